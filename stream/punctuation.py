"""Decimal points, colons and minus signs: small marks beside the digits of a line."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .frames import Corners, Luma
from .lines import Floats, Line, rotated

ROWS = 40
"""Height of a digit in the straightened line."""
_ABOVE, _BELOW = 8, 15
"""Rows shown above and below the digits."""
_BESIDE = 35
"""Columns shown beside the first and last digit."""
_SLANTS = (0.0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24)
_LEAST_CONTRAST = 6.0
"""Grey levels between ink and ground below which nothing is seen."""
_POINT = 0.4
"""Ink of a point, that of the digits being 1."""
_STANDS_OUT = 0.15
"""Ink by which a point exceeds every other gap of its line."""


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
    start = float(line.u[0] * scale - line.widths[0] * scale / 2 - _BESIDE)
    strip = _straightened(luma, line, start, scale)
    centres, halves = line.u * scale - start, line.widths * scale / 2
    ink = _ink(strip, centres, halves)
    first, last = round(float(centres[0] - halves[0])), round(float(centres[-1] + halves[-1]))
    slant = _slant(ink[_ABOVE : _ABOVE + ROWS, max(first, 0) : last])
    ink = _sheared(ink, slant)
    halves = np.maximum(halves - slant * ROWS / 2, 1)
    lefts, rights = centres - halves, centres + halves
    foot = line.v + (0.5 + _BELOW / ROWS) * line.height
    below = rotated(np.array([line.u.mean(), foot], np.float32), line.angle)[1] < len(luma)
    colons = tuple(i for i in range(1, len(centres)) if _is_colon(ink, rights[i - 1], lefts[i]))
    point = _point(ink, lefts, rights, colons, bool(below))
    return Marks(point, colons, _is_minus(ink, float(lefts[0])))


def _straightened(luma: Luma, line: Line, start: float, scale: float) -> Luma:
    """The line lying level, digits `ROWS` high."""
    columns = int(min((line.u[-1] + line.widths[-1] / 2) * scale - start + _BESIDE, 1200))
    rows = _ABOVE + ROWS + _BELOW
    top = line.v - line.height / 2 - _ABOVE / scale
    flat = np.array([[0, 0], [columns, 0], [0, rows]], np.float32)
    there = rotated(np.array([start / scale, top], np.float32) + flat / scale, line.angle)
    matrix = cv2.getAffineTransform(flat - 0.5, there.astype(np.float32) - np.float32(0.5))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    # Digits much taller than the strip are sampled finely first: a point must not fall between two samples.
    fine = max(1, min(4, round(0.7 / scale)))
    matrix[:, :2] /= fine
    strip = cv2.warpAffine(
        luma, matrix, (columns * fine, rows * fine), flags=flags, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(
        cv2.resize(strip, (columns, rows), interpolation=cv2.INTER_AREA) if fine > 1 else strip, np.uint8
    )


def _ink(strip: Luma, centres: Floats, halves: Floats) -> Floats:
    """How much each pixel is like the digits, 0 to 1, rather than like what is between and beside them."""
    smooth = cv2.GaussianBlur(strip, (0, 0), 0.7).astype(np.float32)
    columns = np.arange(strip.shape[1])
    on_digit = (np.abs(columns[:, None] - centres) < halves).any(axis=1)
    body = smooth[_ABOVE : _ABOVE + ROWS]
    low, high = np.percentile(body[:, on_digit], (6, 94))
    ground = np.median(body[:, ~on_digit]) if (~on_digit).sum() > 3 else np.median(body)
    full = low if ground - low > high - ground else high
    reach = full - ground if abs(full - ground) > _LEAST_CONTRAST else np.inf
    return np.asarray(np.clip((smooth - ground) / reach, 0, 1), np.float32)


def _band(ink: Floats, top: float, bottom: float) -> Floats:
    """Rows of the strip between two heights, 0 the top and 1 the bottom of the digits."""
    return ink[round(_ABOVE + top * ROWS) : round(_ABOVE + bottom * ROWS)]


def _strongest(band: Floats, rows: int) -> Floats:
    """Most ink in each column over a window of `rows`."""
    sums = np.cumsum(np.pad(band, ((1, 0), (0, 0))), axis=0)
    return np.asarray((sums[rows:] - sums[:-rows]).max(axis=0) / rows, np.float32)


def _point(ink: Floats, lefts: Floats, rights: Floats, colons: tuple[int, ...], below: bool) -> int | None:
    """The gap with ink at the foot of the digits and none above, if it stands out from the other gaps."""
    foot = _strongest(_band(ink, 0.76, 1.2), 3)
    above = np.max([_band(ink, top, top + 0.2).mean(axis=0) for top in (0.1, 0.3, 0.48)], axis=0)
    # What goes on below the digits is no point but an edge; outside the picture nothing is known.
    under = _band(ink, 1.26, 1.36).mean(axis=0) if below else 0
    strength = foot - above - under
    peaks = []
    for i in range(1, len(lefts)):
        start, end = round(float(rights[i - 1]) - 0.02 * ROWS), round(float(lefts[i]) + 0.02 * ROWS)
        gap = strength[max(start, 0) : max(end, start + 2)]
        wide = np.minimum(gap[:-1], gap[1:]) if len(gap) > 1 else gap
        peaks.append(0.0 if i in colons else float(wide.max(initial=0)))
    if not peaks:
        return None
    best = int(np.argmax(peaks))
    others = sorted(peaks)[:-1]
    if peaks[best] < _POINT or (others and peaks[best] - others[-1] < _STANDS_OUT):
        return None
    return best + 1


def _slant(body: Floats) -> float:
    """How far the digits lean to the right, of their height: upright strokes have the sharpest edges."""
    edges = [float((np.diff(_sheared(body, slant).sum(axis=0)) ** 2).sum()) for slant in _SLANTS]
    best = int(np.argmax(edges))
    return _SLANTS[best] if edges[best] > 1.05 * edges[0] else 0.0


def _sheared(ink: Floats, slant: float) -> Floats:
    """Set leaning digits upright; what is at half height stays in place."""
    if not slant:
        return ink
    middle = len(ink) / 2 if len(ink) == ROWS else _ABOVE + ROWS / 2
    matrix = np.array([[1, slant, -slant * middle], [0, 1, 0]], np.float32)
    size = ink.shape[1], ink.shape[0]
    return np.asarray(cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_LINEAR), np.float32)


def _is_colon(ink: Floats, left: float, right: float) -> bool:
    """Two dots above each other, with nothing between, above or below them."""
    gap = ink[:, max(round(left), 0) : max(round(right), round(left) + 1)]
    if gap.shape[1] < 3:
        return False
    upper, lower = _strongest(_band(gap, 0.2, 0.45), 3), _strongest(_band(gap, 0.55, 0.8), 3)
    # The ends of long segments are here too: what stands beside a dot must be empty.
    clear = np.max(
        [_band(gap, *band).mean(axis=0) for band in ((0.08, 0.16), (0.46, 0.54), (0.86, 0.94))], axis=0
    )
    return bool((np.minimum(upper, lower) - clear).max() > _POINT)


def _is_minus(ink: Floats, left: float) -> bool:
    """A bar at half height, left of the first digit, with room on all sides."""
    area = ink[:, max(round(left - 0.85 * ROWS), 0) : max(round(left - 0.06 * ROWS), 1)]
    count, _, stats, centres = cv2.connectedComponentsWithStats((area > 0.5).astype(np.uint8), connectivity=4)
    for (_, _, width, height, pixels), (_, y) in zip(stats[1:count], centres[1:count], strict=True):
        middle = abs((y - _ABOVE) / ROWS - 0.5) < 0.12
        bar = 0.2 * ROWS <= width <= 0.75 * ROWS and height <= 0.28 * ROWS and width > 1.5 * height
        if middle and bar and pixels > 0.6 * width * height and np.mean(area.max(axis=0) > 0.5) < 0.98:
            return True
    return False
