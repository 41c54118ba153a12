"""Characters as masks, from whatever draws them, and lines of text set from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

RASTER = 96
"""Height of a digit in pixels in the masks that typefaces hand out."""

Mask = NDArray[np.uint8]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom; pixel (0, 0) covers [0, 1) x [0, 1)."""


@dataclass(frozen=True, eq=False)
class Glyph:
    """A character's ink, cropped tight, in raster pixels."""

    mask: Mask
    left: float
    """From the pen to the ink."""
    top: float
    """From the top of the digits down to the ink."""
    advance: float


@dataclass(frozen=True)
class PointPlace:
    """Where points stand in a line of fixed pitch, in heights of the digits."""

    shift: float | None = None
    """From the end of the cell before to the point's middle; usually just inside."""
    advance: float = 0.06
    """By which a point moves the next cell on."""
    drop: float = 0.0
    """Below the foot of the digits."""
    unlit: str = ""
    """Point that stands unlit behind every cell."""
    colon: float = 0.55
    """Width of a colon's cell, in pitches; 0 squeezes it in between two cells."""
    colon_shift: float = 0.0
    """From the middle of that cell to the colon's."""


class Typeface(Protocol):
    """Something that draws characters with digits `RASTER` pixels high."""

    def __hash__(self) -> int: ...

    def glyph(self, char: str) -> Glyph | None:
        """Ink of a character; None if the typeface lacks it, a blank is a glyph without ink."""


@dataclass(frozen=True)
class Mark:
    """One character as it was drawn."""

    char: str
    box: Box
    """Tight ink."""
    cell: Box
    """Its slot: pitch wide, the line high."""
    wheel: int = 0
    """Tenths that a drum stands past the digit before."""

    @property
    def digit(self) -> int | None:
        """0-9, or None for anything else."""
        return int(self.char) if self.char.isdigit() else None


@dataclass(frozen=True, eq=False)
class Line:
    """Text set in one typeface: its ink, and what is where."""

    ink: NDArray[np.float32]
    """0..1."""
    ghost: NDArray[np.float32] | None
    """Ink of everything that could be lit, 0..1."""
    marks: tuple[Mark, ...]
    points: tuple[Box, ...] = ()
    """Ink of decimal points, commas and colons."""


def scaled(glyph: Glyph, scale: float) -> Mask:
    """The glyph's mask at another size, at least one pixel each way."""
    height, width = glyph.mask.shape
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return cv2.resize(glyph.mask, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def typeset(
    face: Typeface,
    text: str,
    height: float,
    *,
    tracking: float = 0.0,
    pitch: float | None = None,
    pad: tuple[int, int] = (4, 4),
    ghost: str | None = None,
    dots: PointPlace | None = None,
) -> Line:
    """Set a line with digits `height` pixels high.

    `tracking` is extra space and `pitch` a fixed advance, both in heights; points take no cell then.
    `ghost` is the character that stands unlit in every cell.
    """
    scale = height / RASTER
    dots = dots or PointPlace()
    shift = -0.04 * (pitch or 0) if dots.shift is None else dots.shift
    unlit_dot = face.glyph(dots.unlit) if dots.unlit else None
    pad_x, pad_y = pad
    placed: list[tuple[str, Mask, int, int, Box]] = []
    pen = float(pad_x)
    last_cell = -1.0
    rise = 0
    fall = round(height)
    unlit: list[tuple[Mask, int, int]] = []
    ghost_glyph = face.glyph(ghost) if ghost else None
    for char in text:
        glyph = face.glyph(char)
        if glyph is None:
            continue
        point = pitch is not None and char in ".,"
        mask = scaled(glyph, scale)
        advance = glyph.advance * scale + tracking * height
        x = pen + glyph.left * scale
        if pitch is not None and not point:
            advance = pitch * height * (dots.colon if char == ":" else 1)
            x = pen + (advance - glyph.advance * scale) / 2 + glyph.left * scale
            x += dots.colon_shift * height if char == ":" else 0
        if point:
            x = pen + shift * height - mask.shape[1] / 2
            advance = dots.advance * height
        y = round(glyph.top * scale + (dots.drop * height if point else 0))
        if glyph.mask.any():
            placed.append((char, mask, round(x), y, (pen, 0.0, pen + advance, height)))
            rise, fall = min(rise, y), max(fall, y + mask.shape[0])
        elif char == " ":
            placed.append((" ", mask[:0], round(x), 0, (pen, 0.0, pen + advance, height)))
        if ghost_glyph is not None and not point and char != ":":
            unlit.append(
                (
                    scaled(ghost_glyph, scale),
                    round(pen + (advance - ghost_glyph.advance * scale) / 2 + ghost_glyph.left * scale),
                    round(ghost_glyph.top * scale),
                )
            )
            if unlit_dot is not None:
                dot = scaled(unlit_dot, scale)
                x_dot = pen + advance + shift * height - dot.shape[1] / 2
                unlit.append((dot, round(x_dot), round(unlit_dot.top * scale + dots.drop * height)))
        last_cell = max(last_cell, x + mask.shape[1], pen + advance)
        pen += advance
    top = pad_y - rise
    shape = top + fall + pad_y, round(max(pen, last_cell)) + pad_x + 1
    ink = np.zeros(shape, np.uint8)
    marks: list[Mark] = []
    points: list[Box] = []
    for char, mask, x, y, cell in placed:
        x = max(x, 0)
        box = (float(x), float(y + top), float(x + mask.shape[1]), float(y + top + mask.shape[0]))
        cell = (cell[0], cell[1] + top, cell[2], cell[3] + top)
        if mask.size:
            stamp(ink, mask, x, y + top)
        if char in ".,:":
            points.append(box)
        else:
            marks.append(Mark(char, box if mask.size else cell, cell))
    under = None
    if unlit:
        layer = np.zeros(shape, np.uint8)
        for mask, x, y in unlit:
            stamp(layer, mask, max(x, 0), y + top)
        under = unit(layer)
    return Line(unit(ink), under, tuple(marks), tuple(points))


def unit(mask: Mask) -> NDArray[np.float32]:
    """The mask as shares of ink, 0..1."""
    return np.asarray(mask / np.float32(255), np.float32)


def stamp(canvas: Mask, mask: Mask, x: int, y: int) -> None:
    """Put a mask on a canvas, the darker of both kept where they overlap."""
    left, top = max(x, 0), max(y, 0)
    part = canvas[top : y + mask.shape[0], left : x + mask.shape[1]]
    source = mask[top - y : top - y + part.shape[0], left - x : left - x + part.shape[1]]
    np.maximum(part, source, out=part)
