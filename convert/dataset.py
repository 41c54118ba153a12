"""Data sets: folders of crops, pictures and videos with a `manifest.csv` that says what they show."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..crops import SIZE, letterbox
from .errors import DatasetError, LabelError
from .labels import CropLabel, ReadingLabel, Span, parse_crop, parse_readings, parse_video

MANIFEST = "manifest.csv"
Image = NDArray[np.uint8]


class Kind(str, Enum):
    """What a file of a data set is."""

    CROP = "cropped-digit"
    STRIP = "strip"
    PHOTO = "full-photo"
    VIDEO = "video"


@dataclass(frozen=True)
class Box:
    """A digit in a picture, in pixels of the file."""

    digit: str
    """`0` to `9`, or `?` for one that nobody can tell."""
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sample:
    """One line of a manifest."""

    path: Path
    kind: Kind
    line: int
    """Line in the manifest."""
    crop: CropLabel | None = None
    """What a crop shows."""
    readings: tuple[ReadingLabel, ...] = ()
    """What a picture shows; empty where nobody has read it."""
    spans: tuple[Span, ...] = ()
    """What a video shows."""
    boxes: tuple[Box, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    """All columns as they stand, for example `device` and `fold`."""

    def picture(self) -> Image:
        """Read the picture as `(H, W, 3)` BGR."""
        return self._read(cv2.IMREAD_COLOR)

    def grey(self) -> Image:
        """Read the picture as `(H, W)`."""
        return self._read(cv2.IMREAD_GRAYSCALE)

    def _read(self, flag: int) -> Image:
        image = cv2.imread(str(self.path), flag)
        if image is None:
            raise DatasetError(f"{self.path}: not a picture that can be read")
        return cast(Image, image)


@dataclass(frozen=True)
class Dataset:
    """A folder's samples, in the order of its manifest."""

    name: str
    """The folder's name, with those above it as far as it takes to tell data sets apart."""
    folder: Path
    samples: tuple[Sample, ...]

    def of_kind(self, *kinds: Kind) -> tuple[Sample, ...]:
        """Return the samples of these kinds."""
        return tuple(s for s in self.samples if s.kind in kinds)

    def crops(self) -> Iterator[tuple[Image, Sample]]:
        """Yield each crop as the classifier gets it, `(32, 32)`, with its sample."""
        for sample in self.of_kind(Kind.CROP):
            yield letterbox(sample.grey()), sample


def load(folder: Path) -> Dataset:
    """Read a folder's manifest and check every line of it; pictures are only looked for, not opened."""
    manifest = folder / MANIFEST
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            missing = {"file", "label", "kind"} - set(reader.fieldnames or ())
            if missing:
                raise DatasetError(f"{manifest}:1: no column {', '.join(sorted(missing))}")
            samples = tuple(_sample(folder, manifest, reader.line_num, row) for row in reader)
    except OSError as error:
        raise DatasetError(f"{manifest}: {error.strerror or error}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{manifest}: no CSV in UTF-8: {error}") from None
    return Dataset(folder.resolve().name, folder, samples)


def find(folders: Iterable[Path]) -> list[Dataset]:
    """Load these folders; one without a manifest stands for all the data sets right below it."""
    found: dict[Path, Dataset] = {}
    for folder in folders:
        below = [] if (folder / MANIFEST).exists() else sorted(p.parent for p in folder.glob(f"*/{MANIFEST}"))
        found |= {f.resolve(): load(f) for f in below or [folder]}
    return [replace(dataset, name=_name(folder, found)) for folder, dataset in found.items()]


def stack(crops: Iterable[Image]) -> Image:
    """Stack crops to one batch `(N, 32, 32)`, also when there is none."""
    batch = list(crops)
    return np.stack(batch) if batch else np.zeros((0, SIZE, SIZE), np.uint8)


def _name(folder: Path, among: Iterable[Path]) -> str:
    """Return as many of the folder's last parts as no other folder ends with."""
    others = [other.parts for other in among if other != folder]
    length = 1
    while any(other[-length:] == folder.parts[-length:] for other in others):
        length += 1
    return "/".join(folder.parts[-length:])


def _sample(folder: Path, manifest: Path, line: int, row: dict[str, str]) -> Sample:
    try:
        if "" in row:
            raise DatasetError("more columns than the first line names")
        path = folder / row["file"]
        if not row["file"] or not path.is_file():
            raise DatasetError(f"no such file: {row['file']!r}")
        try:
            kind = Kind(row["kind"])
        except ValueError:
            kinds = ", ".join(k.value for k in Kind)
            raise DatasetError(f"unknown kind {row['kind']!r}; known are {kinds}") from None
        boxes = _boxes(row.get("boxes", ""))
        label = row["label"]
        if kind is Kind.CROP:
            return Sample(path, kind, line, crop=parse_crop(label), boxes=boxes, columns=row)
        if kind is Kind.VIDEO:
            return Sample(path, kind, line, spans=parse_video(label), boxes=boxes, columns=row)
        return Sample(path, kind, line, readings=parse_readings(label), boxes=boxes, columns=row)
    except (DatasetError, LabelError) as error:
        raise DatasetError(f"{manifest}:{line}: {error}") from None


def _boxes(text: str) -> tuple[Box, ...]:
    if not text.strip():
        return ()
    try:
        return tuple(_box(entry) for entry in json.loads(text))
    except (ValueError, TypeError) as error:
        raise DatasetError(f"bad boxes: {error}; [[digit, x, y, width, height], ...] expected") from None


def _box(entry: list[object]) -> Box:
    digit, *numbers = entry
    name = str(digit)
    if len(numbers) != 4 or not all(
        isinstance(n, int | float) and not isinstance(n, bool) and math.isfinite(n) for n in numbers
    ):
        raise ValueError(f"{json.dumps(entry)} is no digit with four numbers")
    if name not in tuple("0123456789?"):
        raise ValueError(f"{name!r} is no digit")
    x, y, width, height = cast("list[float]", numbers)
    if width <= 0 or height <= 0:
        raise ValueError(f"{json.dumps(entry)} has no area")
    return Box(name, x, y, width, height)
