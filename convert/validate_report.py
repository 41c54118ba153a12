"""Show what is in data sets and what is wrong with them: tables on the terminal, and contact sheets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ..errors import OutputError
from .dataset import Image, Sample
from .errors import DatasetError
from .sheet import MAX_TILES, tile, write_sheet
from .validate import CLASSES, Summary, Twins, Validation

SHOWN = 8
"""Problems of a kind that are printed."""
_GREEN = (80, 255, 80)


def show(console: Console, result: Validation) -> None:
    """Print a table of the sets, one of their classes, and the first problems of each kind."""
    sets = _table("Data sets", "samples", "unlabelled", "look alike", "smallest", "median", "largest")
    classes = _table("Classes", *CLASSES)
    for summary in result.sets:
        sizes = ["x".join(map(str, summary.size(share))) for share in (0, 0.5, 1)] if summary.sizes else []
        counts = (len(summary.samples), summary.unlabelled, summary.alike)
        sets.add_row(summary.name, *(str(count or "") for count in counts), *sizes)
        for device, shown in sorted(summary.classes.items()):
            name = f"{summary.name}/{device}" if device else summary.name
            classes.add_row(name, *(str(shown[c]) if shown[c] else "" for c in CLASSES))
    for table in (sets, classes):
        if table.row_count:
            console.print(table)
    for check, group in groupby(result.problems, key=lambda problem: problem.check):
        problems = list(group)
        console.print(f"[bold]{check.value}[/bold]: {len(problems)}")
        for problem in problems[:SHOWN]:
            console.print(f"  {problem}", markup=False, highlight=False, soft_wrap=True)
        if len(problems) > SHOWN:
            console.print(
                f"  ... and {len(problems) - SHOWN} more; --json FILE has them all", highlight=False
            )


def write_sheets(folder: Path, result: Validation) -> list[Path]:
    """Write a sheet of each data set's samples, and one of the pairs that are suspicious."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: {error.strerror or error}") from None
    written = []
    for summary in result.sets:
        tiles = [tile(_marked(s), s.columns["label"] or "no label") for s in _choice(summary)]
        written += _write(folder / f"{summary.name.replace('/', '-')}.png", tiles)
    return written + _write(folder / "suspicious.png", [_pair(twins) for twins in result.twins[:MAX_TILES]])


def _write(path: Path, tiles: Sequence[Image]) -> list[Path]:
    if tiles:
        write_sheet(path, tiles)
    return [path] if tiles else []


def _choice(summary: Summary) -> list[Sample]:
    """Choose as many samples as a sheet takes, evenly from each label, in the order of the labels."""
    by_label: dict[str, list[Sample]] = {}
    for sample in summary.samples:
        by_label.setdefault(sample.columns["label"], []).append(sample)
    share = MAX_TILES / max(len(summary.samples), 1)
    chosen: list[Sample] = []
    for _, samples in sorted(by_label.items()):
        count = min(len(samples), max(1, int(len(samples) * share)))
        chosen += [samples[i * len(samples) // count] for i in range(count)]
    return chosen[:MAX_TILES]


def _marked(sample: Sample) -> Image:
    """Return the picture with its boxes, or a dark one where it cannot be read."""
    try:
        picture = sample.picture()
    except DatasetError:
        return np.zeros((32, 32, 3), np.uint8)
    thickness = max(1, max(picture.shape[:2]) // 150)
    for box in sample.boxes:
        ends = (box.x, box.y), (box.x + box.width, box.y + box.height)
        start, end = (tuple(round(value) for value in point) for point in ends)
        cv2.rectangle(picture, start, end, _GREEN, thickness)
    return picture


def _pair(twins: Twins) -> Image:
    height = 96
    halves = [_scaled(_marked(sample), height) for sample in (twins.first, twins.second)]
    gap = np.zeros((height, 4, 3), np.uint8)
    labels = " | ".join(sample.columns["label"] or "?" for sample in (twins.first, twins.second))
    return tile(np.hstack([halves[0], gap, halves[1]]), f"{labels} {twins.check.value}")


def _scaled(picture: Image, height: int) -> Image:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    return cast(Image, cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    # On a narrow terminal names are folded, never numbers.
    table.add_column("set", overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table
