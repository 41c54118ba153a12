"""Typefaces without a font: seven segments of any shape, and dot matrices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from .glyphs import RASTER, Glyph

Shape = Literal["hexagon", "mitre", "bar", "round", "tapered"]
SHAPES: tuple[Shape, ...] = ("hexagon", "mitre", "bar", "round", "tapered")

LIT = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgecd",
    "7": "abc", "8": "abcdefg", "9": "abfgcd", "A": "abcefg", "C": "adef", "E": "adefg", "F": "aefg",
    "H": "bcefg", "J": "bcd", "L": "def", "P": "abefg", "U": "bcdef", "h": "cefg", "n": "ceg", "r": "eg",
    "t": "defg", "u": "cde", "c": "deg", "d": "bcdeg", "y": "bcdfg", "°": "abfg", "-": "g", "_": "d",
    "=": "dg", " ": "",
}  # fmt: skip
"""Segments that are lit, a at the top and on clockwise, g in the middle."""

Points = NDArray[np.float64]
_FINE = 2


@dataclass(eq=False)
class Segments:
    """Seven segments, in heights of the digit."""

    shape: Shape = "hexagon"
    width: float = 0.52
    thickness: float = 0.13
    gap: float = 0.02
    """Between the tips of neighbouring segments."""
    slant: float = 0.0
    """Shear to the right."""
    tailless: str = ""
    """Which of 6, 9 lack their bar, and 7 where it has its left stroke."""
    dot: float = 1.15
    """Size of a point, in thicknesses."""
    round_dot: bool | None = None
    """Whether points are circles or squares; usually as the segments' ends are."""
    colon: tuple[float, float] = (0.3, 0.7)
    """Heights of a colon's dots."""
    colon_slant: float = 0.0
    """Shear of a colon, which need not lean as digits do."""
    _glyphs: dict[str, Glyph | None] = field(default_factory=dict, repr=False)

    @classmethod
    def sample(cls, rng: np.random.Generator, *, gaps: bool = False) -> Segments:
        """Draw a typeface; with `gaps` the segments stand well apart."""
        width, thickness = float(rng.uniform(0.42, 0.62)), float(rng.uniform(0.08, 0.18))
        gap = float(rng.uniform(0.05, 0.14) if gaps else rng.uniform(0, 0.04))
        # What remains of a segment must still look like one.
        room = min((width - 2 * thickness - 0.08) / 2, (0.42 - 1.5 * thickness) / 1.5, 0.34 - 1.5 * thickness)
        shape = SHAPES[int(rng.integers(len(SHAPES)))]
        if shape in ("mitre", "tapered"):
            room = min(room, 0.1)
        return cls(
            shape,
            width,
            thickness,
            max(min(gap, room), 0.0),
            float(rng.choice([0, rng.uniform(0.02, 0.2)])),
            "".join(char for char in "679" if rng.random() < 0.08),
        )

    def lit(self, char: str) -> str | None:
        """Segments of a character."""
        segments = LIT.get(char)
        if char in self.tailless and segments is not None:
            return {"6": "fgecd", "9": "abfgc", "7": "fabc"}[char]
        return segments

    def glyph(self, char: str) -> Glyph | None:
        """Ink of a character that seven segments can show, or of a point."""
        if char not in self._glyphs:
            self._glyphs[char] = self._draw(char)
        return self._glyphs[char]

    def _draw(self, char: str) -> Glyph | None:
        advance = (self.width + self.slant / 2 + 0.12) * RASTER
        if char in ".,:":
            circle = self.shape in ("hexagon", "round") if self.round_dot is None else self.round_dot
            return _dots(char, self.thickness * self.dot, advance, circle, self.colon, self.colon_slant)
        lit = self.lit(char)
        if lit is None:
            return None
        if not lit:
            return Glyph(np.zeros((1, 1), np.uint8), 0, 0, advance)
        outlines = self.outlines()
        return _fill([outlines[name] for name in lit], advance)

    def outlines(self) -> dict[str, Points]:
        """Polygon of each segment, the digit's upright box from (0, 0) to (width, 1)."""
        top, side, middle = self._corner()
        polygons = {"a": top, "f": side, "g": middle}
        polygons["d"] = _mirror(top, 1, 1.0)
        polygons["e"] = _mirror(side, 1, 1.0)
        polygons["b"] = _mirror(side, 0, self.width)
        polygons["c"] = _mirror(polygons["e"], 0, self.width)
        return {
            name: polygon + [[self.slant, 0]] * (1 - polygon[:, 1:]) for name, polygon in polygons.items()
        }

    def _corner(self) -> tuple[Points, Points, Points]:
        """Top, upper left and middle segment; the others mirror them."""
        w, t, g = self.width, self.thickness, self.gap
        r, s = t / 2, g / 2
        if self.shape in ("mitre", "tapered"):
            # Slanted at the corners of the digit; in the middle pointed, or cut straight.
            cut = r if self.shape == "mitre" else 0.35 * r
            top = [(s, 0), (w - s, 0), (w - t - s, t), (t + s, t)]
            side = [(0, s), (t, t + s), (t, 0.5 - r - s), (t - cut, 0.5 - s), (0, 0.5 - s - 0.3 * cut)]
            middle = [
                (cut + s, 0.5), (t + s, 0.5 - r), (w - t - s, 0.5 - r),
                (w - cut - s, 0.5), (w - t - s, 0.5 + r), (t + s, 0.5 + r),
            ]  # fmt: skip
            return np.array(top), np.array(side), np.array(middle)
        if self.shape == "bar":
            top = [(0, 0), (w, 0), (w, t), (0, t)]
            side = [(0, t + s), (t, t + s), (t, 0.5 - r - s), (0, 0.5 - r - s)]
            middle = [(0, 0.5 - r), (w, 0.5 - r), (w, 0.5 + r), (0, 0.5 + r)]
            return np.array(top, float), np.array(side), np.array(middle)
        ends = {
            "top": ((r, r), (w - r, r)),
            "side": ((r, r), (r, 0.5)),
            "middle": ((r, 0.5), (w - r, 0.5)),
        }
        made = [self._stroke(np.array(a, float), np.array(b, float)) for a, b in ends.values()]
        return made[0], made[1], made[2]

    def _stroke(self, start: Points, end: Points) -> Points:
        along = (end - start) / np.linalg.norm(end - start)
        across = np.array([-along[1], along[0]]) * self.thickness / 2
        radius = self.thickness / 2
        if self.shape == "hexagon":
            start, end = start + along * self.gap / 2, end - along * self.gap / 2
            a, b = start + along * radius, end - along * radius
            return np.array([start, a - across, b - across, end, b + across, a + across])
        a, b = start + along * (self.gap / 2 + radius * 0.6), end - along * (self.gap / 2 + radius * 0.6)
        turn = np.linspace(-np.pi / 2, np.pi / 2, 7)[:, None]
        cap = np.cos(turn) * along * radius + np.sin(turn) * across
        return np.concatenate([b + cap, a - cap])


_MATRIX = {
    "0": "3E4141413E", "1": "00427F4000", "2": "4261514946", "3": "2141454B31", "4": "1814127F10",
    "5": "2745454539", "6": "3C4A494930", "7": "0171090503", "8": "3649494936", "9": "064949291E",
    "A": "7E1111117E", "C": "3E41414122", "E": "7F49494941", "F": "7F09090901", "H": "7F0808087F",
    "K": "7F08142241", "L": "7F40404040", "M": "7F020C027F", "N": "7F0408107F", "P": "7F09090906",
    "R": "7F09192946", "T": "01017F0101", "U": "3F4040403F", "V": "1F2040201F", "W": "3F4038403F",
    "X": "6314081463", "Y": "0708700807", "%": "2313086462", "-": "0808080808", "+": "08083E0808",
    "k": "7F10284400", "h": "7F08040478", "m": "7C04180478", "°": "0006090906", "$": "242A7F2A12",
    "/": "2010080402", "=": "1414141414", "#": "FFFFFFFFFF", " ": "0000000000",
}  # fmt: skip
"""Columns of the 5x7 characters from left to right, lowest bit on top; `#` is every dot."""


@dataclass(eq=False)
class Dots:
    """A 5x7 dot matrix."""

    size: float = 0.8
    """Diameter of a dot, in pitches."""
    square: bool = False
    slashed: bool = False
    """A zero with a stroke through it."""
    _glyphs: dict[str, Glyph | None] = field(default_factory=dict, repr=False)

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Dots:
        """Draw a typeface."""
        return cls(float(rng.uniform(0.55, 1.05)), bool(rng.random() < 0.5), bool(rng.random() < 0.1))

    def glyph(self, char: str) -> Glyph | None:
        """Ink of a character that the matrix has."""
        if char not in self._glyphs:
            self._glyphs[char] = self._draw(char)
        return self._glyphs[char]

    def _draw(self, char: str) -> Glyph | None:
        pitch = 1 / 7
        if char in ".,:":
            return _dots(char, pitch * self.size, 6 * pitch * RASTER, not self.square)
        columns = "3E5149453E" if char == "0" and self.slashed else _MATRIX.get(char)
        if columns is None:
            return None
        dots: list[Points] = []
        turn = np.linspace(0, 2 * np.pi, 4 if self.square else 12, endpoint=False) + np.pi / 4
        radius = pitch * self.size / 2 * (2**0.5 if self.square else 1)
        outline = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
        for column, bits in enumerate(bytes.fromhex(columns)):
            rows = [row for row in range(7) if bits >> row & 1]
            dots += [outline + np.array([column + 0.5, row + 0.5]) * pitch for row in rows]
        if not dots:
            return Glyph(np.zeros((1, 1), np.uint8), 0, 0, 6 * pitch * RASTER)
        return _fill(dots, 6 * pitch * RASTER)


def _mirror(polygon: Points, axis: int, size: float) -> Points:
    out = np.array(polygon, np.float64)
    out[:, axis] = size - out[:, axis]
    return out


def _dots(
    char: str,
    size: float,
    advance: float,
    circle: bool,
    colon: tuple[float, float] = (0.3, 0.7),
    slant: float = 0.0,
) -> Glyph:
    """A point or comma on the baseline, or a colon in the middle."""
    turn = np.linspace(0, 2 * np.pi, 16 if circle else 4, endpoint=False) + np.pi / 4
    outline = np.stack([np.cos(turn), np.sin(turn)], axis=1) * size / 2 * (1 if circle else 2**0.5)
    centres = colon if char == ":" else (1 - size / 2,)
    shapes = [outline + np.array([size / 2 + slant * (1 - y), y]) for y in centres]
    if char == ",":
        shapes.append(np.array([[0.3, 1 - size / 2], [0.9, 1 - size / 2], [0.1, 1 + size * 0.7]]) * [size, 1])
    return _fill(shapes, size * RASTER if char != ":" else advance * 0.5, centre=char == ":")


def _fill(polygons: list[Points], advance: float, centre: bool = False) -> Glyph:
    """Draw polygons given in heights, with smooth edges."""
    border = RASTER // 4
    scale = RASTER * _FINE
    low = np.min([polygon.min(axis=0) for polygon in polygons], axis=0)
    high = np.max([polygon.max(axis=0) for polygon in polygons], axis=0)
    size = np.ceil((np.maximum(high, [1, 1]) - np.minimum(low, 0)) * RASTER).astype(int) + 2 * border
    canvas = np.zeros((size[1] * _FINE, size[0] * _FINE), np.uint8)
    for polygon in polygons:
        points = np.rint((polygon * scale + border * _FINE) * 16).astype(np.int32)
        cv2.fillPoly(canvas, [points], 255, cv2.LINE_AA, 4)
    ink = cv2.resize(canvas, None, fx=1 / _FINE, fy=1 / _FINE, interpolation=cv2.INTER_AREA)
    rows, columns = np.flatnonzero(ink.max(axis=1) > 127), np.flatnonzero(ink.max(axis=0) > 127)
    x, y = int(columns[0]), int(rows[0])
    mask = np.ascontiguousarray(ink[y : rows[-1] + 1, x : columns[-1] + 1]).astype(np.uint8, copy=False)
    left = (advance - mask.shape[1]) / 2 if centre else x - border
    return Glyph(mask, left, y - border, advance)
