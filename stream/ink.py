"""How much of its place a digit takes: the extent of its ink, which is what its box shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .crops import MARGIN, SIZE, Image
from .frames import Corners

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

ROOM = 0.04
"""Left free around the ink, in heights of the digit's place."""
NARROWEST, THINNEST = 0.42, 0.12
"""Width of a digit, of its place's height, and of a bar aside, like the `1` of segments."""
_ASIDE, _BAR = 0.15, 0.26
"""Way from the middle of a place to that of its ink, in its widths, from which it stands aside, and width, of
the place's height, up to which it is a bar then: it has no room at its sides."""
_INK = 0.5
"""Contrast of a pixel, relative to the strongest, from which it is ink."""
_WEAK = 0.5
"""Contrast in the middle of a place, of all the place's, below which its ink stands aside."""
_PLATE = 0.64
"""Share of a place that no digit fills: what does is the plate that the digit stands on."""
_GAPS = 1, 2
"""Columns and rows of a crop without ink that may part two segments of a digit."""
_INNER = 0.85
"""Share of a place's width in which its rows are searched for ink."""
_CORE = 6
"""Pixels of a crop on each side of its middle in which all ink is of one digit."""
_THROUGH = 0.3
"""Of a crop, from its top or bottom, that a stroke which goes on takes: twice the margin."""
_FREE = 3
"""Columns at each side of a crop that what stands by itself leaves free."""
_REACH = 2
"""Columns from the picture's edge in which ink that it cuts shows."""
_LEAST, _MOST = 0.5, 1.25
"""Height of the ink, of its place's, outside of which it was not seen well."""

_ALL = np.array([0, 0, 1, 1], np.float32)
_MIDDLES = np.arange(SIZE) + 0.5 - SIZE / 2


def profiles(raw: Image, corners: Corners) -> Floats:
    """Return how strong the ink in columns and rows of the digit's place is, `(N, 2, SIZE)`, 0 to 1.

    `raw`: crops of `corners` as `crops.cut_raw` makes them.
    """
    half = _sides(corners)[:, :, None] / (2 * _pixel(corners)[:, None, None])
    across, along = (np.abs(_MIDDLES) <= half).swapaxes(0, 1)
    middle = np.abs(_MIDDLES) <= 0.7 * half
    centre = middle[:, 0, None, :] & middle[:, 1, :, None]
    sides = across[:, None, :] & middle[:, 1, :, None]
    place = across[:, None, :] & along[:, :, None]
    grey = raw.astype(np.float32)
    ink = _ink(grey, _middle(grey.reshape(len(raw), SIZE * SIZE)), centre, sides)
    plates = ((ink > _INK) & place).sum(axis=(1, 2)) > _PLATE * place.sum(axis=(1, 2))
    if plates.any():
        on = grey[plates]
        ground = np.nanmedian(np.where(place[plates], on, np.nan).reshape(len(on), -1), axis=1)
        ink[plates] = _ink(on, ground, centre[plates], sides[plates])
    # The sides of a plate must not count as ink.
    inner = np.abs(_MIDDLES) <= np.where(plates, _INNER, 1)[:, None] * half[:, 0]
    rows = np.where(inner[:, None, :], ink, 0).max(axis=2)
    top, bottom = _run(rows > _INK, _GAPS[1])
    places = np.arange(SIZE)
    within = (places >= top[:, None]) & (places < bottom[:, None])
    columns = np.where(within[:, :, None], ink, 0).max(axis=1)
    return np.stack([columns, rows], axis=1).clip(0, 1)


def ends(ink: Floats) -> Bools:
    """Whether the ink of profiles `(N, 2, SIZE)` ends above or below: the side of a panel does not."""
    top, bottom = _run(ink[:, 1] > _INK, _GAPS[1])
    return np.asarray((top > 0) | (bottom < SIZE))


def stands_free(ink: Floats) -> Bools:
    """Whether the ink of profiles `(N, 2, SIZE)` ends above or below, and has room at both sides."""
    sides = np.concatenate([ink[:, 0, :_FREE], ink[:, 0, -_FREE:]], axis=1)
    return np.asarray(ends(ink) & (sides.max(axis=1) < _INK))


def reaches(ink: Floats, corners: Corners, size: tuple[int, int]) -> Bools:
    """Whether the ink of profiles `(N, 2, SIZE)` of places `(N, 4, 2)` reaches the edge of the picture.

    That is the edge that a row through a place meets first; a column or two of ground between do not count.
    """
    middles, along = corners.mean(axis=1), corners[:, 1] - corners[:, 0]
    along = along / np.maximum(np.hypot(*along.T), 1e-3)[:, None]
    steep = np.where(np.abs(along) > 1e-3, along, np.inf)
    ways = np.concatenate([-middles / steep, (np.array(size) - middles) / steep], axis=1)
    ways[~np.isfinite(np.tile(steep, 2))] = np.inf
    way = ways[np.arange(len(ways)), np.abs(ways).argmin(axis=1)]
    edge = np.rint(SIZE / 2 + way / _pixel(corners) - 0.5)
    near = np.abs(np.arange(SIZE) - edge[:, None]) <= _REACH
    return np.asarray((np.where(near, ink[:, 0], 0).max(axis=1) > _INK) | ~near.any(axis=1))


def runs_on(raw: Image) -> tuple[Bools, Bools]:
    """Whether a stroke in crops `(N, SIZE, SIZE)` goes on above or below its place, and whether both.

    Walls and the sides of panels do, a `1` ends.
    """
    grey = raw.astype(np.float32)
    centre = (np.abs(_MIDDLES) < _CORE)[:, None] & (np.abs(_MIDDLES) < _CORE)
    ground = _middle(grey.reshape(len(raw), SIZE * SIZE))
    ink = _ink(grey, ground, np.broadcast_to(centre, grey.shape)) > _INK
    # A stroke that leans a little stays in columns side by side.
    ink[:, :, 1:-1] |= ink[:, :, :-2] | ink[:, :, 2:]
    reach = int(SIZE * _THROUGH)
    beyond = ink[:, :reach].all(axis=1) | ink[:, -reach:].all(axis=1)
    inner = ink[:, :, np.abs(_MIDDLES) <= _CORE + 1]
    return np.asarray(np.any(beyond, axis=1)), np.asarray(np.any(inner.all(axis=1), axis=1))


def shares(ink: Floats, corners: Corners) -> Floats:
    """Left, top, right and bottom of what the digits of a line take of their places, `(N, 4)`.

    `ink`: profiles of the crops of `corners`. All digits of a line begin and end at one height.
    """
    pixel, ratio = _pixel(corners), _sides(corners)[:, 1] / _sides(corners)[:, 0]
    (left, right), (top, bottom) = (_edges(ink[:, axis], _GAPS[axis]) for axis in (0, 1))
    shown = np.stack([left, top, right, bottom], axis=1) - SIZE / 2
    shown *= (pixel[:, None] / _sides(corners))[:, [0, 1, 0, 1]]
    height = shown[:, 3] - shown[:, 1]
    whole = (height > _LEAST) & (height < _MOST)
    if not whole.any():
        return np.tile(_ALL, (len(corners), 1))
    shown[:, [1, 3]] = np.median(shown[whole][:, [1, 3]], axis=0)
    shown[~whole | (left == 0) | (right == SIZE)] = _ALL - 0.5
    bar = np.abs(shown[:, 0] + shown[:, 2]) / 2 > _ASIDE
    bar &= shown[:, 2] - shown[:, 0] < _BAR * ratio
    shown[:, [1, 3]] += -ROOM, ROOM
    shown[:, [0, 2]] += (np.where(bar, 0, ROOM) * ratio)[:, None] * (-1, 1)
    least = np.where(bar, THINNEST, NARROWEST) * ratio
    more = np.maximum(least - (shown[:, 2] - shown[:, 0]), 0) / 2
    shown[:, [0, 2]] += np.stack([-more, more], axis=1)
    return np.asarray(shown + 0.5, np.float32)


def part(corners: Corners, shares: Floats) -> Corners:
    """Return the parts of quads `(N, 4, 2)` that `shares` tells of."""
    left, top, right, bottom = shares.T[:, :, None]
    a, b, c, d = corners.swapaxes(0, 1)
    along, below = b - a, c - d
    sides = [(a + x * along, d + x * below) for x in (left, right)]
    (a, d), (b, c) = ((up + top * (down - up), up + bottom * (down - up)) for up, down in sides)
    return np.asarray(np.stack([a, b, c, d], axis=1), np.float32)


def _sides(quads: Corners) -> Floats:
    """Width and height of quads, `(N, 2)`."""
    right, down = quads[:, 1] - quads[:, 0], quads[:, 3] - quads[:, 0]
    sides = np.stack([np.hypot(*right.T), np.hypot(*down.T)], axis=1)
    return np.asarray(np.maximum(sides, 1e-3), np.float32)


def _pixel(quads: Corners) -> Floats:
    """Size of a crop's pixels in the picture, `(N,)`."""
    sides = _sides(quads)
    return np.asarray((sides.max(axis=1) + 2 * MARGIN * sides[:, 1]) / SIZE, np.float32)


def _middle(values: Floats) -> Floats:
    """Upper median of the rows, in a fraction of the time of `np.median`."""
    half = values.shape[1] // 2
    return np.asarray(np.partition(values, half, axis=1)[:, half])


def _ink(grey: Floats, ground: Floats, centre: Bools, place: Bools | None = None) -> Floats:
    """How far pixels are off the ground towards the digit, of the strongest one in the centre.

    Where that is weak, the strongest one in all the place counts.
    """
    off = grey - ground[:, None, None]
    light, dark = _most(off, centre)
    if place is not None:
        aside = _most(off, place)
        weak = np.maximum(light, dark) < _WEAK * np.maximum(*aside)
        light, dark = np.where(weak, aside, (light, dark))
    off *= (np.where(light > dark, 1, -1) / np.maximum(np.maximum(light, dark), 1e-3))[:, None, None]
    return off


def _most(off: Floats, where: Bools) -> tuple[Floats, Floats]:
    """How far pixels are off the ground at most, towards light and dark."""
    inner = np.where(where, off, 0)
    return inner.max(axis=(1, 2)), -inner.min(axis=(1, 2))


def _edges(ink: Floats, gap: int) -> tuple[Floats, Floats]:
    """Where the ink around the middle of each row `(N, SIZE)` begins and ends, between pixels."""
    begin, end = _run(ink > _INK, gap)
    return begin + _short(ink, begin, -1), end - _short(ink, end - 1, 1)


def _short(ink: Floats, last: NDArray[np.intp], step: int) -> Floats:
    """By how much of its last pixel the ink falls short of that pixel's far side; below 0 it goes beyond."""
    rows = np.arange(len(ink))
    within, beyond = ink[rows, last.clip(0, SIZE - 1)], ink[rows, (last + step).clip(0, SIZE - 1)]
    fall = within - beyond
    known = (fall > 0) & (within > _INK) & (beyond <= _INK)
    return np.where(known, 0.5 - (within - _INK) / np.where(known, fall, 1), 0)


def _run(ink: Bools, gap: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the ink around the middle of each row `(N, SIZE)` begins and ends, gaps bridged."""
    closed = ink.copy()
    for width in range(2, gap + 2):
        both = ink[:, :-width] & ink[:, width:]
        for shift in range(1, width):
            closed[:, shift : SIZE - width + shift] |= both
    places = np.arange(SIZE)
    core = ink & (np.abs(_MIDDLES) < _CORE)
    first, last = core.argmax(axis=1)[:, None], SIZE - 1 - core[:, ::-1].argmax(axis=1)[:, None]
    closed |= (places >= first) & (places <= last) & core.any(axis=1)[:, None]
    start = np.where(ink, np.abs(_MIDDLES), SIZE).argmin(axis=1)[:, None]
    begin = np.where(~closed & (places < start), places, -1).max(axis=1) + 1
    end = np.where(~closed & (places > start), places, SIZE).min(axis=1)
    return begin, end
