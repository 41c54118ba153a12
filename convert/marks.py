"""What the network of marks learns from: gaps of rendered displays, and of real counters without marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..crops import SIZE, normalise, straighten
from ..lines import Line
from ..punctuation import NONE, places
from .bezel import Panel
from .dataset import Kind, load
from .displays import Display, DotMatrix, Fluorescent, Lcd, Led, Segmented
from .drums import Drum
from .fonts import Role
from .glyphs import Box
from .optics import corners, photograph, pose, project, warp
from .prints import Engraved, HouseNumber, Printed
from .punctuated import show
from .surroundings import surround
from .synthesize import contrast_of

DISPLAYS: tuple[tuple[type[Display], float], ...] = (
    (Lcd, 0.32),
    (Led, 0.17),
    (Fluorescent, 0.04),
    (DotMatrix, 0.1),
    (Printed, 0.14),
    (Engraved, 0.02),
    (HouseNumber, 0.03),
    (Drum, 0.18),
)
"""Kinds of displays and their shares."""
_LEAST_CONTRAST = 25.0
"""Deviation of a crop in which nothing can be seen even after amplification."""


@dataclass(frozen=True, eq=False)
class Gaps:
    """Crops of the places where marks can stand."""

    crops: NDArray[np.uint8]
    """`(N, 32, 32)`, preprocessed as at run time."""
    mark: NDArray[np.int64]
    """Index in `contract.MARK_LABELS`."""
    domain: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Gaps:
        return Gaps(self.crops[rows], self.mark[rows], self.domain[rows])


def join(parts: Sequence[Gaps]) -> Gaps:
    """All gaps of several parts."""
    return Gaps(
        *(np.concatenate([vars(part)[name] for part in parts]) for name in ("crops", "mark", "domain"))
    )


def rendered(pictures: int, seed: int, fonts: Role = "train", workers: int = 1) -> Gaps:
    """Gaps of so many rendered displays; the same on every run, whatever the number of workers."""
    tasks = zip(repeat(seed), range(pictures), repeat(fonts), strict=False)
    if workers > 1:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            return join(list(pool.map(_picture, tasks, chunksize=64)))
    return join([_picture(task) for task in tasks])


def empty(count: int, seed: int) -> Gaps:
    """Places that show nothing at all, but for noise and uneven light."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(-1, 1, SIZE)
    light = rng.uniform(-20, 20, (count, 2, 1, 1)) * (rng.random((count, 1, 1, 1)) < 0.5)
    grain = rng.normal(0, 1, (count, SIZE, SIZE)) * rng.choice([0, 0.5, 2, 6], (count, 1, 1))
    crops = 128 + light[:, 0] * slope + light[:, 1] * slope[:, None] + grain
    return Gaps(
        normalise(np.clip(np.rint(crops), 0, 255).astype(np.uint8), edge=0),
        np.zeros(count, np.int64),
        np.full(count, "empty"),
    )


def of_counters(folder: Path, seed: int, looks: int = 8, validation: bool = False) -> Gaps:
    """Gaps of the strips of a manifest folder, which show counters without any mark."""
    rng = np.random.default_rng(seed)
    crops: list[NDArray[np.uint8]] = []
    for sample in load(folder).of_kind(Kind.STRIP):
        boxes = sorted((box for box in sample.boxes if box.digit.isdigit()), key=lambda box: box.x)
        if len(boxes) < 2 or (sample.columns.get("split") == "val") != validation:
            continue
        tight = [(b.x, b.y + 0.05 * b.height, b.x + b.width, b.y + 0.95 * b.height) for b in boxes]
        image = sample.grey()
        for _ in range(looks):
            line = _jittered(rng, Line.fit(corners(tight)))
            crops.append(straighten(otherwise(rng, image), places(line)))
    stacked = np.concatenate(crops) if crops else np.zeros((0, 32, 32), np.uint8)
    return Gaps(stacked, np.zeros(len(stacked), np.int64), np.full(len(stacked), folder.name))


def otherwise(rng: np.random.Generator, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture in other light, through another lens, and half the time as a negative."""
    out = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 2.5))) if rng.random() < 0.4 else image
    if rng.random() < 0.5:
        out = cv2.LUT(out, np.rint(255 * (np.arange(256) / 255) ** rng.uniform(0.5, 2)).astype(np.uint8))
    if rng.random() < 0.4:
        noise = rng.normal(0, rng.uniform(2, 8), out.shape)
        out = np.clip(out + noise, 0, 255).astype(np.uint8)
    return np.asarray(255 - out if rng.random() < 0.35 else out, np.uint8)


def _picture(task: tuple[int, int, Role]) -> Gaps:
    """Gaps of one display."""
    seed, index, role = task
    rng = np.random.default_rng((seed, index))
    target = float(np.clip(np.exp(rng.normal(3.4, 0.65)), 10, 120))
    native = float(np.clip(target, 26, 64))
    shares = np.array([share for _, share in DISPLAYS])
    kind = DISPLAYS[int(rng.choice(len(DISPLAYS), p=shares / shares.sum()))][0]
    display = kind(rng, native, role)
    shown = show(rng, display)
    if shown is None:
        return empty(0, seed)
    panel, marks = shown
    boxes = [panel.marks[index].box for index in panel.reading]
    signs = [mark.box for mark in panel.marks if mark.char == "-"]
    if isinstance(display, Segmented) and rng.random() < 0.6:
        boxes = _slots(panel)
    surround(rng, panel.image, _hull(boxes + signs), native, role)
    grey = cv2.cvtColor(np.clip(panel.image, 0, 255), cv2.COLOR_BGR2GRAY).astype(np.float32, copy=False)
    scale = target / native
    angle = rng.normal(0, 2.0) if rng.random() < 0.85 else rng.uniform(-12, 12)
    matrix = pose(rng, (grey.shape[1], grey.shape[0]), scale, float(angle), rng.choice([0, 0.03, 0.06]))
    size = max(round(grey.shape[1] * scale), 8), max(round(grey.shape[0] * scale), 8)
    view = warp(grey, matrix, size)
    quads = project(matrix, corners(boxes))
    picture = photograph(view, rng, target, severity=0.8, contrast=contrast_of(view, quads))
    if rng.random() < 0.15:
        picture, quads = _cropped(rng, picture, quads, target)
    crops = straighten(picture, places(_jittered(rng, Line.fit(quads))))
    clear = (crops.std(axis=(1, 2)) > _LEAST_CONTRAST) | (marks == NONE)
    return Gaps(crops[clear], marks[clear], np.full(int(clear.sum()), display.domain, "U24"))


def _cropped(
    rng: np.random.Generator, picture: NDArray[np.uint8], quads: NDArray[np.float32], height: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The picture cut close around its digits."""
    room = rng.uniform(0, [0.8, 0.25, 0.25, 0.25]) * height
    left, top = np.maximum(quads.min(axis=(0, 1)) - room[:2], 0).astype(int)
    right, bottom = np.ceil(quads.max(axis=(0, 1)) + room[2:]).astype(int)
    return picture[top:bottom, left:right], (quads - np.array([left, top])).astype(np.float32)


def _hull(boxes: Sequence[Box]) -> Box:
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def _slots(panel: Panel) -> list[Box]:
    """Equal boxes around the digits, as a localizer makes them that knows the pitch of a line."""
    digits = [panel.marks[index] for index in panel.reading]
    wide = [mark for mark in digits if mark.char != "1"]
    if not wide:
        return [mark.box for mark in digits]
    width = float(np.median([mark.box[2] - mark.box[0] for mark in wide]))
    inset = float(np.median([mark.box[0] - mark.cell[0] for mark in wide]))
    return [(mark.cell[0] + inset, mark.box[1], mark.cell[0] + inset + width, mark.box[3]) for mark in digits]


def _jittered(rng: np.random.Generator, line: Line) -> Line:
    """A line as far off as localizers are."""
    height = line.height
    return replace(
        line,
        angle=line.angle + float(np.clip(rng.normal(0, 0.012), -0.03, 0.03)),
        height=height * float(1 + np.clip(rng.normal(0, 0.04), -0.1, 0.1)),
        u=np.asarray(line.u + np.clip(rng.normal(0, 0.025, len(line.u)), -0.07, 0.07) * height, np.float32),
        v=line.v + float(np.clip(rng.normal(0, 0.03), -0.08, 0.08)) * height,
    )


def domains(gaps: Gaps) -> Iterable[tuple[str, Gaps]]:
    """The gaps of each kind of display."""
    for name in sorted(set(gaps.domain.tolist())):
        yield name, gaps[gaps.domain == name]
