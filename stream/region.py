"""The part of a frame where a display is: an upright box, or four corners."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ConfigError

Point = tuple[float, float]
Box = tuple[float, float, float, float]
Quad = tuple[Point, Point, Point, Point]

FARTHEST = 1e6
"""Coordinates beyond this are a slip of the pen."""
INSIDE = 0.9
"""Share of a region that must lie in the frame; a box drawn by hand may stick out a little."""


def as_region(value: Any) -> Box | Quad:
    """Take `[x, y, width, height]` or four corners clockwise from the top left, or say what is wrong.

    >>> as_region([10, 20, 300, 80])
    (10.0, 20.0, 300.0, 80.0)
    >>> as_region([[0, 0], [10, 10], [10, 0], [0, 10]])
    Traceback (most recent call last):
    ...
    ValueError: crosses itself: name the corners clockwise from the top left
    """
    if isinstance(value, list | tuple) and len(value) == 4:
        if all(map(_is_coordinate, value)):
            x, y, width, height = map(float, value)
            if width < 1 or height < 1:
                raise ValueError("has no area: width and height must be at least 1")
            return x, y, width, height
        if all(isinstance(p, list | tuple) and len(p) == 2 and all(map(_is_coordinate, p)) for p in value):
            (a, b), (c, d), (e, f), (g, h) = value
            quad = (float(a), float(b)), (float(c), float(d)), (float(e), float(f)), (float(g), float(h))
            _check_quad(quad)
            return quad
    raise ValueError("is neither [x, y, width, height] nor four corners [[x, y], [x, y], [x, y], [x, y]]")


def region_corners(region: Box | Quad) -> NDArray[np.float32]:
    """Return the corners `(4, 2)`, clockwise from the region's own top left."""
    if isinstance(region[0], tuple):
        return np.asarray(region, np.float32)
    x, y, width, height = np.asarray(region, np.float64)
    return np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)], np.float32)


def check_region(region: Box | Quad, size: tuple[int, int], where: str = "region") -> None:
    """Raise ConfigError unless the region lies in a frame of `size` (width, height)."""
    corners = region_corners(region)
    if share_inside(corners, size) < INSIDE:
        low, high = corners.min(axis=0), corners.max(axis=0)
        x, y, right, bottom = (round(float(value)) for value in (*low, *high))
        raise ConfigError(
            f"{where}: x {x} to {right} and y {y} to {bottom} lies outside the frame"
            f" of {size[0]}x{size[1]} pixels; measure it in a frame of that size, after `rotate`"
        )


def share_inside(corners: NDArray[np.float32], size: tuple[int, int]) -> float:
    """Return how much of the upright hull of corners `(4, 2)` lies in a frame of `size` (width, height)."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    seen = np.clip(np.minimum(high, size) - np.maximum(low, 0), 0, None)
    return float(seen.prod() / (high - low).prod())


def _is_coordinate(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST


def _check_quad(quad: Quad) -> None:
    points = np.asarray(quad)
    edges = np.roll(points, -1, axis=0) - points
    following = np.roll(edges, -1, axis=0)
    # Positive where the outline turns right: y grows downwards.
    turns = edges[:, 0] * following[:, 1] - edges[:, 1] * following[:, 0]
    x, y = points.T
    area = 0.5 * float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))
    if (turns > 0).all() and area >= 1:
        return
    if (turns < 0).all():
        raise ValueError("runs anticlockwise: name the corners clockwise from the top left")
    if (turns > 0).sum() == 2 and (turns < 0).sum() == 2:
        raise ValueError("crosses itself: name the corners clockwise from the top left")
    if abs(area) < 1 or (turns == 0).any():
        raise ValueError("has no area: three of its corners lie on one line")
    raise ValueError("has a dent: its four corners must span a rectangle seen from any side")
