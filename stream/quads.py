"""Quads of digits as complex numbers, and how far two of them cover the same place."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .frames import Corners
from .similarity import Points

DUPLICATE = 0.5
"""Likeness from which two quads of one result are one digit."""
PIECE = 0.6
"""Height of a piece of a digit, of its own, at most."""
THIN = 0.35
"""Least width of a digit place, in heights: a `1` is thinner, but does not sit closer to its neighbours."""


def as_points(corners: ArrayLike) -> Points:
    """Turn quads `(N, 4, 2)` into complex numbers `(N, 4)`."""
    return np.ascontiguousarray(corners, np.float64).reshape(-1, 4, 2).view(np.complex128)[..., 0]


def as_corners(points: Points) -> Corners:
    """Turn complex numbers `(N, 4)` into quads `(N, 4, 2)`."""
    return np.ascontiguousarray(points).view(np.float64).reshape(-1, 4, 2).astype(np.float32)


def likeness(quads: Points, others: Points) -> NDArray[np.float64]:
    """Return `(N, M)`: how far two quads cover the same digit place, from 0 to 1.

    Measured along and across each quad's own line. Along the line the smaller may lie anywhere in the
    larger (a `1` after an `8`); across it they must have the same extent.
    """
    upright = _upright(quads)
    low, high = extent(quads * upright[:, None])
    other_low, other_high = extent(others[None] * upright[:, None, None])
    low, high = low[:, None], high[:, None]
    shared = np.maximum(np.minimum(high, other_high) - np.maximum(low, other_low), 0)
    size, other_size = high - low, other_high - other_low
    overlap = shared / np.maximum(size + other_size - shared, 1e-9)
    inside = shared[..., 0] / np.maximum(np.minimum(size, other_size)[..., 0], 1e-9)
    return np.asarray((inside + overlap[..., 0]) / 2 * overlap[..., 1])


def pieces(quads: Points, others: Points) -> NDArray[np.bool_]:
    """Return `(N, M)`: whether a quad lies in another one and is much smaller, like a segment of a digit."""
    upright = _upright(others)
    low, high = extent(others * upright[:, None])
    middle = quads.mean(axis=1)[:, None] * upright
    inside = (low[:, 0] < middle.real) & (middle.real < high[:, 0])
    inside &= (low[:, 1] < middle.imag) & (middle.imag < high[:, 1])
    height, other = (np.abs(each[:, 3] - each[:, 0]) for each in (quads, others))
    return np.asarray(inside & (height[:, None] < PIECE * other))


def extent(quads: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and greatest x and y `(..., 2)` of quads, none thinner than a digit place."""
    low = np.stack([quads.real.min(axis=-1), quads.imag.min(axis=-1)], axis=-1)
    high = np.stack([quads.real.max(axis=-1), quads.imag.max(axis=-1)], axis=-1)
    size = high - low
    grow = np.maximum(THIN * size[..., 1] - size[..., 0], 0) / 2
    low[..., 0] -= grow
    high[..., 0] += grow
    return low, high


def pair(scores: NDArray[np.float64], least: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Match rows to columns one to one, the best pair first, down to a least score."""
    rows, columns = np.nonzero(scores >= least)
    order = np.argsort(-scores[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    chosen: list[int] = []
    while rows.size:
        row, column = rows[0], columns[0]
        chosen += (row, column)
        free = (rows != row) & (columns != column)
        rows, columns = rows[free], columns[free]
    matched = np.array(chosen, np.intp).reshape(-1, 2)
    return matched[:, 0], matched[:, 1]


def distinct(quads: Points, scores: ArrayLike) -> NDArray[np.intp]:
    """Return the indices of quads that are no duplicate of one with a better score, in their order."""
    left = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    alike = likeness(quads, quads) >= DUPLICATE
    kept: list[int] = []
    while left.size:
        kept.append(int(left[0]))
        left = left[1:][~alike[left[0], left[1:]]]
    return np.sort(np.array(kept, np.intp))


def _upright(quads: Points) -> Points:
    """Turns that make quads stand upright, each along its own line."""
    along = quads[:, 1] - quads[:, 0] + quads[:, 2] - quads[:, 3]
    return np.asarray(np.exp(-1j * np.angle(along)))
