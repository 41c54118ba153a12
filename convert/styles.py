"""Fonts as sign painters, foundries and printers bend them: slanted, stretched, bolder, uneven."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .fonts import Face, Role, pick
from .glyphs import RASTER, Glyph

_POINTS = 4
"""Of the grid, each way, whose points an uneven hand moves."""


@dataclass(frozen=True)
class Styled:
    """A font, changed in the same way for every character."""

    face: Face
    slant: float = 0.0
    """Of upright strokes to the right, in heights."""
    stretch: float = 1.0
    weight: float = 0.0
    """By which strokes grow on each side, or shrink below 0, in heights."""
    wobble: float = 0.0
    """How far an uneven hand is off, in heights."""
    seed: int = 0
    crossed: bool = False
    """Whether a 7 has a bar."""

    @classmethod
    def sample(cls, rng: np.random.Generator, role: Role, amount: float) -> Styled:
        """Any font in any style; 0 changes nothing, 1 as much as on the walls of a town."""
        return cls(
            pick(rng, role),
            float(rng.normal(0, 0.13 * amount)) if rng.random() < 0.5 else 0.0,
            float(np.exp(rng.normal(0, 0.22 * amount))),
            float(np.clip(rng.normal(0, 0.02 * amount), -0.03, 0.05)) if rng.random() < 0.5 else 0.0,
            float(abs(rng.normal(0, 0.018 * amount))) if rng.random() < 0.4 else 0.0,
            int(rng.integers(2**31)),
            bool(rng.random() < 0.2 * amount),
        )

    def glyph(self, char: str) -> Glyph | None:
        """Ink of a character, or None where the font has none."""
        return _glyph(self, char)


@lru_cache(maxsize=512)
def _glyph(style: Styled, char: str) -> Glyph | None:
    plain = style.face.glyph(char)
    if plain is None or not plain.mask.any():
        return plain
    pad = round(0.1 * RASTER)
    mask = cv2.copyMakeBorder(plain.mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    height, width = mask.shape
    if style.crossed and char == "7":
        stem = np.flatnonzero(mask[height // 2] > 127)
        reach, thick = round(0.22 * RASTER), max(len(stem) // 2, 3)
        middle = int(stem.mean()) if stem.size else width // 2
        bar = slice(height // 2 - thick // 2, height // 2 + thick - thick // 2)
        mask[bar, max(middle - reach, 0) : middle + reach] = 255
    lean = abs(style.slant) * height
    size = max(round(width * style.stretch + lean), 1)
    y, x = np.mgrid[0:height, 0:size].astype(np.float32)
    x = (x - max(style.slant, 0) * height + style.slant * y) / style.stretch
    if style.wobble:
        rng = np.random.default_rng((style.seed, ord(char)))
        grid = rng.normal(0, style.wobble * RASTER, (2, _POINTS, _POINTS)).astype(np.float32)
        move_x, move_y = (cv2.resize(g, (size, height), interpolation=cv2.INTER_CUBIC) for g in grid)
        x, y = x + move_x, y + move_y
    mask = cv2.remap(mask, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    step = round(abs(style.weight) * RASTER)
    if step:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * step + 1, 2 * step + 1))
        changed = (cv2.dilate if style.weight > 0 else cv2.erode)(mask, kernel)
        # Thin strokes must not vanish.
        mask = changed if changed.astype(np.int64).sum() > 0.4 * mask.astype(np.int64).sum() else mask
    rows, columns = np.flatnonzero(mask.max(axis=1) > 127), np.flatnonzero(mask.max(axis=0) > 127)
    if not rows.size:
        return plain
    tight = np.ascontiguousarray(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.uint8)
    left = plain.left * style.stretch
    return Glyph(tight, left, plain.top - pad + float(rows[0]), plain.advance * style.stretch + lean * 0.3)
