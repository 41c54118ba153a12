"""Borders of panels: straight edges across a line of digits, taller than those, where its number ends."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import Corners, Luma
from .lines import Floats

_HEIGHT = 16
"""Pixels of a digit in the strip that is searched."""
_REACH = 28
"""Rows of the strip above and below the middle of the digits."""
_LEANS = -0.1, -0.05, 0.0, 0.05, 0.1
"""By how much an edge may lean."""
_STRONG, _FAINTEST, _NOISE = 0.1, 3.0, 1.5
"""Step in brightness of an edge: of the contrast of the digits, at least, in grey levels, and of the usual
step from one pixel to the next, which is noise or texture."""
_UNBROKEN = 0.93
"""Share of its rows in which an edge shows."""
_TALL, _TALLER = 0.82, 1.2
"""Half of an edge's height, in heights of the digits, and how much taller it is than any between those: a
digit is half as tall, and the walls of drums are as tall at each side."""
_OUTSIDE, _INSIDE = 0.42, 0.12
"""Heights of the digits from the middle of the last one, and beyond that of the next place, between which a
border keeps a digit out of that place."""
_INK, _SOFT = 0.5, 1
"""Difference in brightness, of the contrast of the digits, that another digit makes up to the border, and
columns before it over which it is soft."""


def borders(luma: Luma, digits: Corners, before: Corners, after: Corners) -> tuple[bool, bool]:
    """Whether a border parts the first of some digits from the place before it, and the last from that after.

    `digits`: quads of a line's first and last digit `(2, 4, 2)`; `before`, `after`: quads `(4, 2)`.
    """
    first, last = digits.mean(axis=1)
    along = (last - first) / max(float(np.hypot(*(last - first))), 1e-3)
    pixel = max(float(np.linalg.norm(digits[:, 3] - digits[:, 0], axis=1).mean()) / _HEIGHT, 1e-3)
    start = before.mean(axis=0) - _HEIGHT * pixel * along
    low, one, other, high = (
        float((place - start) @ along) / pixel
        for place in (before.mean(axis=0), first, last, after.mean(axis=0))
    )
    strip, seen = _strip(luma, start, along, pixel, int(high) + _HEIGHT)
    inner = strip[_REACH - _HEIGHT // 2 : _REACH + _HEIGHT // 2]
    dark, bright = np.percentile(inner[:, int(one) : int(other) + 1], (3, 97))
    contrast = float(bright - dark)
    tall = _heights(strip, seen, _STRONG * contrast) / _HEIGHT
    least = max(_TALL, _TALLER * float(tall[int(one) : int(other) + 1].max(initial=0)))
    out, into = _OUTSIDE * _HEIGHT, _INSIDE * _HEIGHT
    left = slice(max(int(low - into), 0), max(int(one - out), 0))
    right = slice(int(other + out) + 1, int(high + into) + 1)
    sides = (tall[left][::-1] > least, inner[:, left][:, ::-1]), (tall[right] > least, inner[:, right])
    left_ends, right_ends = (_ends_at(border, ground, _INK * contrast) for border, ground in sides)
    return left_ends, right_ends


def _ends_at(border: NDArray[np.bool_], ground: Floats, ink: float) -> bool:
    """Whether there is a border in some columns, given from the digits outwards, and no ink up to it."""
    if not border.any():
        return False
    free = ground[:, : max(int(border.argmax()) - _SOFT, 0)]
    return not free.size or float(free.max() - free.min()) < ink


def _strip(
    luma: Luma, start: Floats, along: Floats, pixel: float, columns: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """The surroundings of a line, upright, and what of them is in the picture.

    The middle row goes through the digits.
    """
    axes = np.array([[along[0], -along[1]], [along[1], along[0]]]) * pixel
    begin = start - _REACH * axes[:, 1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = columns, 2 * _REACH + 1
    matrix = np.column_stack([axes, begin])
    strip = cv2.warpAffine(luma, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    x, y = np.arange(size[0]), np.arange(size[1])[:, None]
    there = [begin[k] + axes[k, 0] * x + axes[k, 1] * y for k in (0, 1)]
    seen = (there[0] > 0) & (there[0] < luma.shape[1]) & (there[1] > 0) & (there[1] < luma.shape[0])
    return np.asarray(cv2.blur(strip, (1, 3)), np.float32), seen


def _heights(strip: Floats, seen: NDArray[np.bool_], least: float) -> NDArray[np.float32]:
    """Half of the height of the tallest edge through the middle of each column of a strip, in rows."""
    steps = np.zeros_like(strip)
    steps[:, 2:-1] = (strip[:, 2:-1] + strip[:, 3:] - strip[:, :-3] - strip[:, 1:-2]) / 2
    least = max(least, _FAINTEST, _NOISE * float(np.median(np.abs(steps))))
    reaches = np.arange(_REACH // 3, _REACH + 1)
    tallest = np.zeros(strip.shape[1], np.float32)
    for way in (steps, -steps):
        edges = cv2.dilate((seen & (way > least)).astype(np.uint8), np.ones((1, 3), np.uint8))
        for lean in _LEANS:
            shear = np.array([[1, lean, -lean * _REACH], [0, 1, 0]])
            upright = cv2.warpAffine(edges, shear, edges.shape[::-1], flags=cv2.INTER_NEAREST)
            sums = np.cumsum(np.pad(upright, ((1, 0), (0, 0))), axis=0, dtype=np.int32)
            shown = sums[_REACH + 1 + reaches] - sums[_REACH - reaches]
            unbroken = shown >= _UNBROKEN * (2 * reaches + 1)[:, None]
            tallest = np.maximum(tallest, np.where(unbroken, reaches[:, None], 0).max(axis=0))
    return tallest
