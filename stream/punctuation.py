"""Decimal points, colons and minus signs: small marks beside the digits of a line."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import Corners, Luma
from .lines import Line, rotated

ROWS = 32
"""Height of a digit in the straightened line."""
_ABOVE, _BELOW = 6, 12
"""Rows shown above and below the digits."""
_BESIDE = 28
"""Columns shown beside the first and last digit."""


@dataclass(frozen=True)
class Marks:
    """What stands between the digits of a line."""

    point: int | None = None
    """Number of digits to the left of the decimal point."""
    colons: tuple[int, ...] = ()
    """The same for colons."""
    minus: bool = False


def find_marks(luma: Luma, corners: Corners) -> Marks:
    """Find the marks of a line whose digits are the quads `(N, 4, 2)`, left to right."""
    line = Line.fit(corners)
    scale = ROWS / line.height
    start = line.u[0] * scale - line.widths[0] * scale / 2 - _BESIDE
    strip = _straightened(luma, line, float(start), scale)
    places = line.u * scale - start
    halves = line.widths * scale / 2
    ink = _ink(strip, places, halves)
    _, _, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=4)
    return _read(stats[1:].astype(np.float64), centres[1:], places, halves)


def _straightened(luma: Luma, line: Line, start: float, scale: float) -> Luma:
    """The line lying level, digits `ROWS` high."""
    columns = int(min((line.u[-1] + line.widths[-1] / 2) * scale - start + _BESIDE, 1200))
    rows = _ABOVE + ROWS + _BELOW
    top = line.v - line.height / 2 - _ABOVE / scale
    flat = np.array([[0, 0], [columns, 0], [0, rows]], np.float32)
    there = rotated(np.array([start / scale, top], np.float32) + flat / scale, line.angle)
    matrix = cv2.getAffineTransform(flat - 0.5, there.astype(np.float32) - np.float32(0.5))
    shrink = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    if scale < 0.5:
        luma = cv2.blur(luma, (round(0.7 / scale),) * 2) if luma.size < 1 << 18 else luma
        shrink = cv2.INTER_LINEAR
    return np.asarray(
        cv2.warpAffine(
            luma, matrix, (columns, rows), flags=shrink | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )


def _ink(strip: Luma, places: NDArray[np.float32], halves: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Mask of what is printed: the polarity is that of the digits against the rows between and beside them."""
    smooth = cv2.GaussianBlur(strip, (0, 0), 0.8).astype(np.float32)
    background = cv2.GaussianBlur(smooth, (0, 0), ROWS / 2)
    columns = np.arange(strip.shape[1])
    on_digit = (np.abs(columns[:, None] - places) < halves).any(axis=1)
    body = smooth[_ABOVE : _ABOVE + ROWS][:, on_digit]
    low, middle, high = np.percentile(body, (4, 50, 96))
    around = float(np.median(smooth[:, ~on_digit])) if (~on_digit).any() else float(middle)
    dark = around - low > high - around
    threshold = (around + low) / 2 if dark else (around + high) / 2
    local = smooth < background - 0.12 * (high - low) if dark else smooth > background + 0.12 * (high - low)
    mask = (smooth < threshold if dark else smooth > threshold) & local
    return mask.astype(np.uint8)


def _read(
    stats: NDArray[np.float64], centres: NDArray[np.float64], places: NDArray[np.float32], halves: NDArray[np.float32]
) -> Marks:
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    x, y = centres[:, 0], (centres[:, 1] - _ABOVE) / ROWS
    full = area / np.maximum(width * height, 1)
    dot = (
        (width <= 0.32 * ROWS)
        & (height <= 0.36 * ROWS)
        & (area >= 5)
        & (full > 0.5)
        & (np.maximum(width, height) < 2.5 * np.minimum(width, height))
    )
    low = dot & (y > 0.76) & (y < 1.22)
    upper = dot & (y > 0.12) & (y < 0.5)
    lower = dot & (y > 0.5) & (y < 0.95)
    points: list[tuple[float, int]] = []
    colons: list[int] = []
    for i in range(len(places) - 1):
        gap = (x > places[i] + 0.55 * halves[i]) & (x < places[i + 1] - 0.4 * halves[i + 1])
        if any(abs(x[a] - x[b]) < 0.2 * ROWS for a in np.flatnonzero(upper & gap) for b in np.flatnonzero(lower & gap)):
            colons.append(i + 1)
        elif (low & gap).any():
            points.append((float(area[low & gap].max()), i + 1))
    bar = (
        (width >= 0.2 * ROWS)
        & (width <= 0.8 * ROWS)
        & (height <= 0.25 * ROWS)
        & (width > 1.6 * height)
        & (y > 0.36)
        & (y < 0.64)
        & (x < places[0] - halves[0] * 0.8)
        & (stats[:, 0] > 0)
        & (full > 0.6)
    )
    return Marks(max(points)[1] if points else None, tuple(colons), bool(bar.any()))
