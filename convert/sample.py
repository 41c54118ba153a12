"""What data sets are made of, whatever layout they have on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..crops import SIZE, letterbox
from .errors import DatasetError
from .labels import CropLabel, ReadingLabel, Span

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
    """A picture or video, and what it shows."""

    path: Path
    kind: Kind
    line: int = 0
    """Line in the manifest, or number in a file of many pictures; 0 where there is neither."""
    crop: CropLabel | None = None
    """What a crop shows; None where nobody has said it yet."""
    readings: tuple[ReadingLabel, ...] = ()
    """What a picture shows; empty where nobody has read it."""
    spans: tuple[Span, ...] = ()
    """What a video shows."""
    boxes: tuple[Box, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    """All columns as they stand, for example `label`, `device` and `fold`."""
    listed: Path | None = None
    """The file that `line` counts in."""
    pixels: Image | None = field(default=None, repr=False, compare=False)
    """The picture as BGR, where `path` holds many."""

    @property
    def where(self) -> str:
        """Where the label stands, for messages."""
        return f"{self.listed}:{self.line}" if self.listed else str(self.path)

    @property
    def unlabelled(self) -> bool:
        """True for a crop of which nothing is known."""
        return self.kind is Kind.CROP and self.crop is None

    def picture(self) -> Image:
        """Read the picture, of a video the first frame, as `(H, W, 3)` BGR."""
        if self.pixels is not None:
            return np.array(self.pixels)
        return self._first_frame() if self.kind is Kind.VIDEO else self._read(cv2.IMREAD_COLOR)

    def grey(self) -> Image:
        """Read the picture as `(H, W)`."""
        if self.pixels is not None:
            return cast(Image, cv2.cvtColor(self.picture(), cv2.COLOR_BGR2GRAY))
        return self._read(cv2.IMREAD_GRAYSCALE)

    def _read(self, flag: int) -> Image:
        image = cv2.imread(str(self.path), flag)
        if image is None:
            raise DatasetError(f"{self.path}: not a picture that can be read")
        return cast(Image, image)

    def _first_frame(self) -> Image:
        capture = cv2.VideoCapture(str(self.path))
        try:
            read, frame = capture.read()
        finally:
            capture.release()
        if not read:
            raise DatasetError(f"{self.path}: not a video that can be read")
        return cast(Image, frame)


@dataclass(frozen=True)
class Dataset:
    """Samples that belong together, in the order of their manifest."""

    name: str
    """The folder's or file's name, with those above it as far as it takes to tell data sets apart."""
    folder: Path
    """Where it lies."""
    samples: tuple[Sample, ...]
    unlabelled: tuple[Sample, ...] = ()
    """Crops that wait for a label; they are none of the samples."""
    given: Path | None = None
    """The path that it was found by."""

    def of_kind(self, *kinds: Kind) -> tuple[Sample, ...]:
        """Return the samples of these kinds."""
        return tuple(s for s in self.samples if s.kind in kinds)

    def crops(self) -> Iterator[tuple[Image, Sample]]:
        """Yield each crop as the classifier gets it, `(32, 32)`, with its sample."""
        for sample in self.of_kind(Kind.CROP):
            yield letterbox(sample.grey()), sample


def stack(crops: Iterable[Image]) -> Image:
    """Stack crops to one batch `(N, 32, 32)`, also when there is none."""
    batch = list(crops)
    return np.stack(batch) if batch else np.zeros((0, SIZE, SIZE), np.uint8)
