"""Digits that stand in a line: one box a digit among overlapping candidates, and the line's geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .frames import Corners

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

BARS = 1, 7
"""Digits that sides of panels, corners of frames and walls between drums look like."""
_MAX_HEIGHT_RATIO = np.log(1.4)
_MAX_RISE = 0.45
"""Of the digit height, between the centres of neighbours, beyond what the distance explains."""
_MAX_SLOPE = 0.35
_MAX_GAP = 1.7
"""Of the digit height, between the edges of neighbours."""
_MAX_OVERLAP = 0.35
"""Of the narrower of two neighbours."""
_HOLE = 1.45
"""Of the usual step, from which a digit may be missing in between."""
OVER_POINT = 1.55
"""Steps from one digit to the next if there is a point between them."""
_ROOM = 1.1
"""Free way between two digits, in widths of one, that a third has room in."""
_USUAL_STEP = 0.65
"""Least usual step, of the digit height: `1`s in proportional type stand close."""
_WIDEST_USUAL = 2.2
"""Greatest usual step: drums stand far apart."""
_LEVEL = np.deg2rad(14)
"""Angle up to which quads are about level."""
_ALONG = np.deg2rad(3)
"""Angle between quads up to which they may be of one line."""
_NARROWEST, _WIDEST = 0.42, 2.4
"""Distance of neighbours, of the digit height."""


def chains(
    boxes: Floats, weights: Floats, shortest: int = 2, unlikeness: Floats | None = None
) -> list[Indices]:
    """Split candidates `(N, 4)` into lines, best first; each box is used once, nested ones not at all.

    A line is the path of greatest weight through boxes that can be neighbours (dynamic programming from left
    to right); what overlaps a chosen path is removed before the next one is sought. `weights` are positive
    for likely digits. Returns index arrays from left to right with at least `shortest` members.
    """
    order = np.argsort(boxes[:, 0] + boxes[:, 2] / 2, kind="stable")
    sorted_boxes, sorted_weights = boxes[order], weights[order]
    penalty = _neighbour_penalty(sorted_boxes)
    if unlikeness is not None:
        penalty += unlikeness[np.ix_(order, order)]
    overlap = _overlap_of_smaller(sorted_boxes)
    alive = sorted_weights > 0
    found: list[Indices] = []
    while alive.any():
        path = _best_path(sorted_weights, penalty, alive)
        alive[path] = False
        if len(path) >= shortest:
            alive &= ~(overlap[path].max(axis=0) > 0.5)
            found.append(order[path])
    return found


def _neighbour_penalty(boxes: Floats) -> Floats:
    """`(N, N)`: cost of box j (column) directly right of box i (row); infinite where that cannot be."""
    x, y, w, h = boxes.T
    height = (h[:, None] + h[None, :]) / 2
    ratio = np.abs(np.log(h[:, None] / h[None, :]))
    gap = (x[None, :] - (x + w)[:, None]) / height
    run = (x + w / 2)[None, :] - (x + w / 2)[:, None]
    rise = np.abs((y + h / 2)[None, :] - (y + h / 2)[:, None])
    crooked = np.maximum(rise - _MAX_SLOPE / 3 * np.maximum(run, 0), 0) / height
    cost = 50 * ratio**2 + 25 * crooked**2 + 0.8 * np.maximum(gap - 0.5, 0) + 8 * np.maximum(-gap, 0)
    impossible = (
        (run <= 0)
        | (ratio > _MAX_HEIGHT_RATIO)
        | (crooked > _MAX_RISE)
        | (rise > _MAX_SLOPE * run + 0.12 * height)
        | (gap > _MAX_GAP)
        | (-gap * height > _MAX_OVERLAP * np.minimum(w[:, None], w[None, :]))
    )
    cost[impossible] = np.inf
    return np.asarray(cost, np.float32)


def _overlap_of_smaller(boxes: Floats) -> Floats:
    """`(N, N)`: intersection over the area of the smaller box."""
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    side = np.minimum(high[:, None], high[None]) - np.maximum(low[:, None], low[None])
    area = boxes[:, 2] * boxes[:, 3]
    both = np.maximum(side, 0).prod(axis=2)
    return np.asarray(both / np.minimum(area[:, None], area[None]), np.float32)


def _best_path(weights: Floats, penalty: Floats, alive: NDArray[np.bool_]) -> Indices:
    index = np.flatnonzero(alive)
    best = weights[index].copy()
    previous = np.full(len(index), -1)
    for k in range(1, len(index)):
        reach = best[:k] - penalty[index[:k], index[k]]
        j = int(np.argmax(reach))
        if reach[j] > 0:
            best[k] += reach[j]
            previous[k] = j
    k = int(np.argmax(best))
    path = []
    while k >= 0:
        path.append(index[k])
        k = int(previous[k])
    return np.asarray(path[::-1], np.intp)


def holes(corners: Corners) -> frozenset[int]:
    """Return the places in a line `(N, 4, 2)` before which there is room for another digit."""
    if len(corners) < 2:
        return frozenset()
    return frozenset((np.flatnonzero(steps_of(corners) > _HOLE) + 1).tolist())


def roomy(corners: Corners) -> NDArray[np.bool_]:
    """Return which gaps `(N - 1,)` of a line `(N, 4, 2)` a digit as wide as most has room in."""
    ways = np.linalg.norm(np.diff(corners.mean(axis=1), axis=0), axis=1)
    widths = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    free = ways - (widths[1:] + widths[:-1]) / 2
    return np.asarray(free > _ROOM * np.sort(widths)[len(widths) // 2])


def beyond(corners: Corners, holes: int, steps: float = 1.0) -> Corners:
    """Return the places `(2, 4, 2)` so many steps before the first and after the last digit of a line."""
    step = steps * (corners[-1] - corners[0]).mean(axis=0) / (len(corners) - 1 + holes)
    return np.stack([corners[0] - step, corners[-1] + step])


def steps_of(corners: Corners) -> Floats:
    """Ways from each digit to the next, the usual one being 1."""
    ways = np.linalg.norm(np.diff(corners.mean(axis=1), axis=0), axis=1)
    height = float(np.median(np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)))
    usual = max(
        float(np.median(ways)) if len(ways) > 2 else float(ways.min(initial=np.inf)), _USUAL_STEP * height
    )
    return np.asarray(ways / min(usual, _WIDEST_USUAL * height), np.float32)


@dataclass(frozen=True)
class Line:
    """The frame of one line of digits: `u` runs along it, `v` across it, both in pixels."""

    angle: float
    """Radians, clockwise on the screen."""
    height: float
    """Of its digits."""
    u: Floats
    """Centres of the digits along the line."""
    v: float
    """Centre of the line across it."""
    widths: Floats

    @classmethod
    def fit(cls, corners: Corners) -> Line:
        """Fit a line through digits `(N, 4, 2)` given from left to right."""
        centres = corners.mean(axis=1)
        widths = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
        heights = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
        height = median(heights)
        tilt = direction(corners)
        tilt = tilt if abs(tilt) >= _LEVEL else 0.0
        angle = tilt + _slope(rotated(centres, -tilt), height)
        u, v = rotated(centres, -angle).T
        return cls(angle, height, u, median(v), widths)

    def quads(self, u: Floats, widths: Floats) -> Corners:
        """Return the quads `(N, 4, 2)` of digits at `u` with the line's angle and height."""
        half_h = self.height / 2
        left, right = u - widths / 2, u + widths / 2
        top, bottom = np.full_like(u, self.v - half_h), np.full_like(u, self.v + half_h)
        flat = np.stack([left, top, right, top, right, bottom, left, bottom], axis=1).reshape(-1, 4, 2)
        return np.asarray(rotated(flat, self.angle), np.float32)

    def pitches(self, ones: NDArray[np.bool_]) -> list[tuple[float, float]]:
        """Return origin and distance of slots that all wide digits may stand in; none for proportional type.

        A `1` (marked in `ones`) may stand anywhere in its slot, so it has no say. Several are possible where
        only every second digit was found.
        """
        slots: list[tuple[float, float]] = []
        if (~ones).sum() == 1 and ones.sum() > 1:
            # Ones all stand at one side of their slots: they tell the distance, the wide digit the origin.
            for _, distance in self._regular(self.u[ones]):
                slots.append((float(self.u[~ones][0]), distance))
        elif (~ones).sum() > 1:
            slots = self._regular(self.u[~ones])
        return slots

    def _regular(self, u: Floats) -> list[tuple[float, float]]:
        """Origins and distances of even rows that all of `u` stand in."""
        shortest = float(np.diff(u).min())
        slots = []
        for parts in (1, 2, 3):
            base = shortest / parts
            if not _NARROWEST * self.height <= base <= _WIDEST * self.height:
                continue
            place = np.concatenate([[0], np.cumsum(np.maximum(np.round(np.diff(u) / base), 1))])
            distance, origin = np.polyfit(place, u, 1)
            worst = np.abs(origin + distance * place - u).max()
            if worst <= min(0.1 * self.height, 0.12 * distance):
                slots.append((float(origin), float(distance)))
        return slots


def levelled(corners: Corners) -> list[tuple[float, Indices]]:
    """Sort quads `(N, 4, 2)` by direction: an angle in radians, 0 if about level, and its rows."""
    along = corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]
    angles = np.arctan2(along[:, 1], along[:, 0])
    level = np.abs(angles) < _LEVEL
    if level.any() and not level.all():
        # A line at the limit is not torn apart.
        level |= np.abs(angles[:, None] - angles[level]).min(axis=1) < _ALONG
    groups = [(0.0, np.flatnonzero(level))] if level.any() else []
    left = np.flatnonzero(~level)
    while len(left):
        near = np.abs(angles[left] - angles[left[0]]) < _LEVEL
        groups.append((float(np.mean(angles[left[near]])), left[near]))
        left = left[~near]
    return groups


def direction(corners: Corners) -> float:
    """Mean angle of quads `(N, 4, 2)` in radians, clockwise on the screen."""
    x, y = (corners[:, 1] - corners[:, 0] + corners[:, 2] - corners[:, 3]).sum(axis=0).tolist()
    return math.atan2(y, x)


def _slope(centres: Floats, height: float) -> float:
    """Median direction between all pairs (Theil-Sen); short baselines count as level."""
    first, second = _pairs(len(centres))
    step = centres[second] - centres[first]
    step = step[np.abs(step[:, 0]) > 0.6 * height]
    return float(np.arctan(median(step[:, 1] / step[:, 0]))) if len(step) else 0.0


@lru_cache(maxsize=64)
def _pairs(count: int) -> tuple[Indices, Indices]:
    """Each pair of so many, as two arrays of indices."""
    first, second = np.triu_indices(count, 1)
    return np.asarray(first, np.intp), np.asarray(second, np.intp)


def median(values: Floats) -> float:
    """Return the median of a few values."""
    # NumPy's own costs twenty times as much on so few values.
    ordered, last = np.sort(values), len(values) - 1
    return (float(ordered[last // 2]) + float(ordered[(last + 1) // 2])) / 2


def rotated(points: Floats, angle: float) -> Floats:
    """Turn points `(..., 2)` clockwise about the origin by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[c, s], [-s, c]], np.float32), np.float32)


def upright(boxes: Floats) -> Corners:
    """Return boxes `(N, 4)` as quads `(N, 4, 2)`."""
    x, y, w, h = np.asarray(boxes, np.float32).T
    return np.stack([x, y, x + w, y, x + w, y + h, x, y + h], axis=1).reshape(-1, 4, 2)


def hulls(corners: Corners) -> Floats:
    """Return the upright boxes `(N, 4)` around quads `(N, 4, 2)`."""
    low, high = corners.min(axis=1), corners.max(axis=1)
    return np.concatenate([low, high - low], axis=1)
