"""Folders with a `manifest.csv` that says what their pictures and videos show."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import cast

from .errors import DatasetError, LabelError
from .labels import parse_crop, parse_readings, parse_video
from .problems import Check, Problem, Report
from .sample import Box, Kind, Sample

MANIFEST = "manifest.csv"


def read(folder: Path, report: Report) -> list[Sample]:
    """Read a manifest and check every line of it; pictures are only looked for, not opened."""
    manifest = folder / MANIFEST

    def bad(line: int | None, text: str) -> None:
        report(Problem(Check.LINE, str(manifest) if line is None else f"{manifest}:{line}", text))

    samples: list[Sample] = []
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restkey="", restval="")
            missing = {"file", "label", "kind"} - set(reader.fieldnames or ())
            if missing:
                bad(1, f"no column {', '.join(sorted(missing))}")
                return []
            for row in reader:
                line = reader.line_num
                there = (folder / row["file"]).is_file() if row["file"] else False
                if not there:
                    where = f"{manifest}:{line}"
                    report(Problem(Check.MISSING, where, f"no such file: {row['file']!r}"))
                try:
                    sample = _sample(folder, manifest, line, row)
                except (DatasetError, LabelError) as error:
                    bad(line, str(error))
                else:
                    samples += [sample] if there else []
    except OSError as error:
        bad(None, error.strerror or str(error))
    except (UnicodeDecodeError, csv.Error) as error:
        bad(None, f"no CSV in UTF-8: {error}")
    return samples


def _sample(folder: Path, manifest: Path, line: int, row: dict[str, str]) -> Sample:
    if "" in row:
        raise DatasetError("more columns than the first line names")
    try:
        kind = Kind(row["kind"])
    except ValueError:
        kinds = ", ".join(k.value for k in Kind)
        raise DatasetError(f"unknown kind {row['kind']!r}; known are {kinds}") from None
    label = row["label"]
    return Sample(
        folder / row["file"],
        kind,
        line,
        crop=parse_crop(label) if kind is Kind.CROP and label.strip() else None,
        readings=parse_readings(label) if kind in (Kind.STRIP, Kind.PHOTO) else (),
        spans=parse_video(label) if kind is Kind.VIDEO else (),
        boxes=_boxes(row.get("boxes", "")),
        columns=row,
        listed=manifest,
    )


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
