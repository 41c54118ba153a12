"""Text as small pictures that are laid over a frame."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
"""Red, green, blue."""

PLATE: Colour = (14, 17, 22)
OPACITY = 0.72
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
SPELLED = str.maketrans(
    {"\u00b5": "u", "\u03bc": "u", "\u03a9": "Ohm", "\u2126": "Ohm", "€": "EUR", "£": "GBP"}
)
"""Signs of units that the font lacks: micro, ohm and currencies."""


@dataclass(frozen=True)
class Run:
    """A piece of text of one size and colour."""

    text: str
    size: int
    """Pixels."""
    colour: Colour


Rows = tuple[tuple[Run, ...], ...]


@dataclass(frozen=True, eq=False)
class Tile:
    """A translucent plate with text, ready to be laid over a picture."""

    ink: NDArray[np.uint8]
    """What is added, `(H, W, 3)` BGR."""
    keep: NDArray[np.uint8]
    """Share of the picture that shines through, in 255ths, `(H, W, 3)`."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.ink.shape[1], self.ink.shape[0]

    def lay(self, picture: NDArray[np.uint8], x: int, y: int) -> None:
        """Draw it with its top left corner there; it must lie inside the picture."""
        w, h = self.size
        part = picture[y : y + h, x : x + w]
        cv2.multiply(part, self.keep, dst=part, scale=1 / 255)
        cv2.add(part, self.ink, dst=part)


@lru_cache(maxsize=384)
def tile(rows: Rows, stripe: Colour | None = None, centred: bool = False) -> Tile:
    """Render rows of text on a dark plate, with a coloured stripe at its left where one is asked for."""
    unit = max(run.size for row in rows for run in row)
    pad = max(2, round(unit * 0.28))
    bar = max(2, round(unit * 0.16)) if stripe else 0
    widths = [sum(_width(run) for run in row) for row in rows]
    heights = [round(max(run.size for run in row) * 1.02) for row in rows]
    w = round(max(widths)) + 2 * pad + bar
    h = sum(heights) + round(pad * 1.4)
    plate = _plate(w, h, max(1, unit // 6))
    image = Image.new("RGB", (w, h))
    draw = ImageDraw.Draw(image)
    if stripe:
        draw.rectangle((0, 0, bar - 1, h), fill=stripe)
    text = Image.new("L", (w, h), 0)
    mask = ImageDraw.Draw(text)
    if stripe:
        mask.rectangle((0, 0, bar - 1, h), fill=255)
    y = round(pad * 0.7)
    for row, width, height in zip(rows, widths, heights, strict=True):
        x = bar + pad + ((max(widths) - width) / 2 if centred else 0.0)
        base = y + round(height * 0.84)
        for run in row:
            x = _write(draw, mask, x, base, run)
        y += height
    over = np.asarray(text, np.float32)[:, :, None] / 255
    colour = np.asarray(image, np.float32)[:, :, ::-1]
    ink = (colour * over + np.array(PLATE[::-1], np.float32) * OPACITY * (1 - over)) * plate[:, :, None]
    keep = 255 * (1 - plate[:, :, None] * (OPACITY + (1 - OPACITY) * over))
    return Tile(np.rint(ink).astype(np.uint8), np.rint(np.repeat(keep, 3, axis=2)).astype(np.uint8))


def legible(text: str) -> str:
    """Return the text in characters that the font has.

    >>> legible("0123 m³, 5 µΩ")
    '0123 m³, 5 uOhm'
    """
    out = []
    for char in text.translate(SPELLED):
        if char in "⁰¹²³⁴⁵⁶⁷⁸⁹" or _known(char):
            out.append(char)
        else:
            plain = unicodedata.normalize("NFKD", char)
            out += [c for c in plain if _known(c)] or ["?"]
    return "".join(out)


@lru_cache(maxsize=16)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # every wheel of Pillow has FreeType
    return font


@lru_cache(maxsize=512)
def _known(char: str) -> bool:
    if char == " ":
        return True
    return char.isprintable() and bytes(_font(20).getmask(char)) != bytes(_font(20).getmask("\U0010fffe"))


def _pieces(run: Run) -> list[tuple[str, int, int]]:
    """Split into text, size and rise: raised digits, which the font lacks, are small ones higher up."""
    pieces: list[tuple[str, int, int]] = []
    for char in legible(run.text):
        plain = char.translate(RAISED)
        size, rise = (run.size, 0) if plain == char else (round(run.size * 0.62), round(run.size * 0.34))
        if pieces and pieces[-1][1:] == (size, rise):
            pieces[-1] = pieces[-1][0] + plain, size, rise
        else:
            pieces.append((plain, size, rise))
    return pieces


def _width(run: Run) -> float:
    return sum(_font(size).getlength(text) for text, size, _ in _pieces(run))


def _write(draw: ImageDraw.ImageDraw, mask: ImageDraw.ImageDraw, x: float, base: int, run: Run) -> float:
    for text, size, rise in _pieces(run):
        # The colour is laid on without edges, the mask carries the anti-aliasing.
        box = draw.textbbox((x, base - rise), text, font=_font(size), anchor="ls")
        draw.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), fill=run.colour)
        mask.text((x, base - rise), text, font=_font(size), fill=255, anchor="ls")
        x += _font(size).getlength(text)
    return x


def _plate(w: int, h: int, radius: int) -> NDArray[np.floating]:
    """Return how far each pixel belongs to a rectangle with round corners."""
    scale = 4
    big = Image.new("L", (w * scale, h * scale), 0)
    ImageDraw.Draw(big).rounded_rectangle((0, 0, w * scale - 1, h * scale - 1), radius * scale, fill=255)
    small = cv2.resize(np.asarray(big), (w, h), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / 255
