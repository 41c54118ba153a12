"""Where no stable region is a whole digit: displays as windows, and cells all over them.

Faint or broken segments leave MSER with parts of digits, but the window that they stand in is stable itself.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import Boxes, Corners, Luma
from .proposals import working_picture

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
Found = tuple[Corners, Floats]
"""A line: its quads and their probabilities."""

MOST_WINDOWS = 6
_STRIP = 2.2
"""Width by height from which a picture is taken for a display itself."""
_HEIGHTS = (0.9, 0.8, 0.7, 0.6, 0.5, 0.42)
"""Heights of cells, in heights of the window."""
_ASPECT = 0.56
"""Width of a cell by its height."""
_STEP = 0.13
"""From one cell to the next, in heights of a cell."""
_SPARSE = 3
"""Each how many-th cell of a row, and row of cells, is looked at first."""
_NEAR = 2.1
"""Steps around a hint within which all cells are looked at."""
_HINT, _PLAIN, _PLAINLY = 0.1, 0.5, 4
"""Probability from which a first cell hints at a digit, that of plain hints, and how many of those there must
be: a pair of digits makes twice as many."""
_SUPPORT = 2.0
"""Sum of probabilities of cells that agree, from which there is a digit."""
_MOST_DIGITS = 40
_SURE = 0.9
"""Probability of a digit that needs no second look."""
_FITTING = 0.38
"""Of the height of a window, that of the digits which it shows."""
_MORE = 0.8
"""Of a digit, that a sweep must have found more than there was."""
_LINE = 3
"""Sure digits of a line that need not be looked at again for one digit more: it is as likely a letter."""
_PARTS = 1.3
"""Distance of neighbours, in heights, from which they may be parts of digits only."""
_AS_TALL, _WHOLE = 1.15, 1.5
"""How much taller digits of a sweep may be, and are where there were only parts of them."""


def windows(luma: Luma) -> Boxes:
    """Return upright boxes that are filled evenly and have the shape of a display, the largest first."""
    work, scale = working_picture(luma)
    rows, columns = work.shape
    found: list[tuple[int, int, int, int]] = []
    for bright in (255 - work, work):
        mser = cv2.MSER.create(
            delta=6, min_area=60, max_area=int(0.6 * work.size), max_variation=0.6, min_diversity=0.0
        )
        mser.setPass2Only(True)
        regions, boxes = mser.detectRegions(bright)
        x, y, width, height = np.asarray(boxes, np.int64).reshape(-1, 4).T
        wide = (1.6 * height < width) & (width < 9 * height) & (width > 0.08 * columns)
        # Texture has thousands of regions, displays few: only those are looked at one by one.
        found += [
            (int(x[i]), int(y[i]), int(width[i]), int(height[i]))
            for i in np.flatnonzero(wide & (height >= max(10, 0.06 * rows))).tolist()
            if len(regions[i]) > 0.72 * width[i] * height[i]
        ]
    if columns > _STRIP * rows:
        found.append((0, 0, columns, rows))
    chosen = np.array(_different(found)[:MOST_WINDOWS], np.float32).reshape(-1, 4)
    return np.asarray(chosen * scale, np.float32)


def _different(boxes: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Leave out boxes that lie mostly in a larger one."""
    kept: list[tuple[int, int, int, int]] = []
    for box in sorted(boxes, key=lambda b: -b[2] * b[3]):
        x, y, width, height = box
        for left, top, w, h in kept:
            across, down = min(x + width, left + w) - max(x, left), min(y + height, top + h) - max(y, top)
            if across > 0 and down > 0 and across * down > 0.7 * width * height:
                break
        else:
            kept.append(box)
    return kept


def cells(window: Floats) -> tuple[Boxes, NDArray[np.bool_]]:
    """Return boxes `(N, 4)` of the size of digits at all places of a window, and which to look at first."""
    left, top, across, down = window.tolist()
    boxes, first = [], []
    for share in _HEIGHTS:
        height = share * down
        width, step = _ASPECT * height, _STEP * height
        x = np.arange(-0.1 * width, across - 0.9 * width, step)
        y = np.arange(0, down - height + 1e-3, step)
        grid = np.stack(np.meshgrid(left + x, top + y), axis=-1).reshape(-1, 2)
        boxes.append(np.hstack([grid, np.full((len(grid), 2), (width, height))]))
        first.append(np.logical_and.outer(_sparse(len(y)), _sparse(len(x))).ravel())
    return np.asarray(np.concatenate(boxes), np.float32), np.concatenate(first)


def _sparse(count: int) -> NDArray[np.bool_]:
    """Which places of a row are looked at first."""
    return np.asarray(np.arange(count) % _SPARSE == count // 2 % _SPARSE)


def promising(boxes: Boxes, first: Boxes, chance: Floats) -> Boxes:
    """Return the boxes near those of the first that hint at digits; where few do, it is texture."""
    if (chance > _PLAIN).sum() < _PLAINLY:
        return boxes[:0]
    hints = first[chance > _HINT]
    off = np.abs((boxes[:, :2] + boxes[:, 2:] / 2)[:, None] - (hints[:, :2] + hints[:, 2:] / 2))
    near = (off < _NEAR * _STEP * hints[:, 3:]).all(axis=2)
    return boxes[np.any(near, axis=1)]


def merged(boxes: Boxes, chance: Floats, names: Indices) -> Boxes:
    """Merge cells about one place that see the same digit to one box a digit, the best supported first."""
    size = boxes[:, 2:]
    centres = boxes[:, :2] + size / 2
    apart = np.abs(centres[:, None] - centres[None])
    near = (apart < size[:, None] * (0.45, 0.25)).all(axis=2) & (names[:, None] == names)
    near &= np.abs(np.log(size[:, None, 1] / size[None, :, 1])) < 0.25
    support = near @ chance**2
    alive = np.ones(len(boxes), bool)
    found: list[NDArray[np.floating]] = []
    while alive.any() and len(found) < _MOST_DIGITS:
        best = int(np.argmax(np.where(alive, support, 0)))
        if support[best] < _SUPPORT:
            break
        group = near[best] & alive
        box = np.average(boxes[group], axis=0, weights=chance[group] ** 4)
        found.append(box)
        off = np.abs(centres - (box[:2] + box[2:] / 2))
        alive &= ~(off < np.maximum(size, box[2:]) * (0.62, 0.6)).all(axis=1)
        alive[best] = False
    return np.asarray(found, np.float32).reshape(-1, 4)


def fills(window: Floats, corners: Corners, scores: Floats) -> bool:
    """Whether a line is what a window shows: digits of a fitting height, beyond doubt but for one wheel."""
    sure = int((scores > _SURE).sum())
    fits = _tall(corners) > _FITTING * float(window[3]) or (sure >= _LINE and _whole(corners))
    return fits and sure >= max(len(scores) - 1, 2) and within(window, corners)


def better(swept: list[Found], known: list[Found]) -> bool:
    """Whether cells, which are coarse, saw whole digits where stable regions are parts, or more digits."""
    more = sum(map(_sum, swept)) - sum(map(_sum, known))
    if more <= _MORE or not known:
        return more > _MORE
    corners, scores = max(known, key=_sum)
    grown = _tall(max(swept, key=_sum)[0]) / _tall(corners)
    if (scores > _SURE).sum() < _LINE:
        return not _AS_TALL < grown < _WHOLE
    many = more > 1 + _MORE
    return many and grown < _AS_TALL if _whole(corners) else many or grown > _WHOLE


def _whole(corners: Corners) -> bool:
    """Whether digits stand as close as whole ones do."""
    across = float(np.linalg.norm(corners[-1].mean(axis=0) - corners[0].mean(axis=0)))
    return across < _PARTS * _tall(corners) * (len(corners) - 1)


def _sum(line: Found) -> float:
    return float(line[1].sum())


def _tall(corners: Corners) -> float:
    return float(np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1).mean())


def within(window: Floats, corners: Corners) -> bool:
    """Whether the middle of a line is in a window."""
    off = corners.mean(axis=(0, 1)) - window[:2]
    return bool(((off > 0) & (off < window[2:])).all())
