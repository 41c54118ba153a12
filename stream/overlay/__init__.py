"""Draws what was read over the frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from ..frames import Corners
from ..readings import Digit, Reading, Status
from ..results import percent
from .layout import Rect, Space, corner, hull, place, place_each
from .tiles import Colour, Rows, Run, Tile, tile

if TYPE_CHECKING:
    from ..results import Result

WHITE: Colour = (245, 247, 250)
SOFT: Colour = (168, 176, 186)
# Told apart with red-green blindness too, by lightness as well as by hue; the word stands beside them.
GREEN: Colour = (62, 214, 160)
AMBER: Colour = (255, 178, 56)
GREY: Colour = (150, 158, 168)

COLOURS = {Status.OK: GREEN, Status.BLANK: GREY, Status.STALE: GREY}
SMALLEST = 9
"""Pixels of the smallest text that can be read."""


class Label(NamedTuple):
    """A tile and where it goes."""

    tile: Tile
    rect: Rect


def draw(picture: NDArray[np.uint8], result: Result) -> NDArray[np.uint8]:
    """Draw quads, digits, readings and the state of the camera into a BGR picture, and return it."""
    height, width = picture.shape[:2]
    line = max(1, round(min(width, height) / 540))
    for reading in result.readings:
        if quads := [_outset(d.corners, 0.5 + line) for d in reading.digits if _drawable(d)]:
            points = [np.rint(quad * 16).astype(np.int32) for quad in quads]
            red, green, blue = _colour(reading)
            cv2.polylines(picture, points, True, (blue, green, red), line, cv2.LINE_AA, shift=4)
    for label in arrange(result, width, height):
        label.tile.lay(picture, label.rect.x, label.rect.y)
    return picture


def arrange(result: Result, width: int, height: int) -> list[Label]:
    """Choose the labels of a picture of this size and their places.

    A label that has no room is left out: first those of single digits, the reading last.
    """
    shorter = min(width, height)
    unit = max(10, round(shorter / 44))
    gap = max(2, unit // 3)
    digits = [[d for d in reading.digits if _drawable(d)] for reading in result.readings]
    space = Space(width, height, [d.corners for group in digits for d in group], margin=max(1, unit // 8))
    labels: list[Label] = []

    def stand(label: Tile, rect: Rect | None) -> bool:
        if rect is not None:
            labels.append(Label(label, rect))
        return rect is not None

    state = tile(_state(result, unit))
    stand(state, corner(space, state.size, gap))
    for reading, group in zip(result.readings, digits, strict=True):
        # Without digits nobody knows where the display is: such readings pile up in the lower left.
        anchor = hull(np.stack([d.corners for d in group])) if group else Rect(gap, height - gap, 0, 0)
        for size in (round(unit * 1.7), round(unit * 1.2), unit):
            plate = tile(_summary(reading, size, max(SMALLEST, round(size * 0.56))), stripe=_colour(reading))
            if stand(plate, place(space, anchor, plate.size, gap)):
                break
    for group in digits:
        if not group:
            continue
        for rows in (_full, _short):
            tiles = [tile(rows(d, unit), centred=True) for d in group]
            rects = place_each(space, [d.corners for d in group], [t.size for t in tiles], gap)
            if rects is not None:
                labels += [Label(t, rect) for t, rect in zip(tiles, rects, strict=True)]
                break
    return labels


def _colour(reading: Reading) -> Colour:
    return COLOURS.get(reading.status, AMBER)


def _drawable(digit: Digit) -> bool:
    return bool(np.isfinite(digit.corners).all())


def _outset(quad: Corners, by: float) -> Corners:
    """Move the sides of a quad outwards, so that a line drawn there lies around the ink."""
    right = quad[1] - quad[0] + quad[2] - quad[3]
    down = quad[3] - quad[0] + quad[2] - quad[1]
    right, down = (side / max(float(np.hypot(*side)), 1e-3) for side in (right, down))
    away = [-right - down, right - down, right + down, down - right]
    return np.asarray(quad + np.stack(away) * by, np.float32)


def _state(result: Result, unit: int) -> Rows:
    size = max(SMALLEST, round(unit * 0.85))
    runs = [Run(result.camera, size, WHITE)]
    if result.source is not None and result.source.state not in ("live", "ended"):
        runs.append(Run("  " + result.source.state.replace("_", " "), size, AMBER))
    if result.fps > 0:
        runs.append(Run(f"  {result.fps:.0f} fps", size, SOFT))
    if result.latency_ms is not None:
        runs.append(Run(f"  {result.latency_ms:.0f} ms", size, SOFT))
    return (tuple(runs),)


def _summary(reading: Reading, size: int, small: int) -> Rows:
    word = Run(reading.status.value.replace("_", " "), small, _colour(reading))
    name = Run(reading.display + "  ", small, SOFT)
    if reading.text is None:
        return ((name, word),)
    number = [Run(reading.text, size, WHITE)]
    if reading.unit:
        number.append(Run(" " + reading.unit, round(size * 0.8), SOFT))
    return tuple(number), (name, word, Run("  " + percent(reading.confidence), small, SOFT))


def _full(digit: Digit, unit: int) -> Rows:
    small = max(SMALLEST, round(unit * 0.68))
    return (
        (Run(digit.digit, max(11, unit), WHITE),),
        (Run(percent(digit.confidence), small, SOFT),),
        (Run(f"#{digit.track}", small, GREY),),
    )


def _short(digit: Digit, unit: int) -> Rows:
    return ((Run(digit.digit, max(11, unit), WHITE),),)
