"""How bright digits and their ground are: what normalised crops no longer tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .crops import SIZE, Image

Floats = NDArray[np.float32]

UNLIT = 0.3
"""Contrast of a digit, relative to the strongest of its line, below which it is not lit."""
LETTER = 0.6
"""Contrast of a thing beside digits, relative to theirs, from which it may be a letter of the same print."""
GLARING = 2.2
"""Contrast of a thing, relative to the digits of a line, above which it is an edge of their frame."""
OTHER_GROUND = 0.6
"""Difference of the grounds, relative to the contrast, from which two digits stand on different things."""
_INNER_ROWS, _INNER_COLUMNS = slice(2, 14), slice(3, 13)
"""Blocks of 2 x 2 pixels of a crop in which a digit stands, its neighbours left out."""


@dataclass(frozen=True, eq=False)
class Light:
    """Grey levels of N digits, as the camera saw them."""

    ground: Floats
    above: Floats
    """How far the brightest strokes are above the ground."""
    below: Floats
    """How far the darkest ones are below it."""

    @classmethod
    def measure(cls, raw: Image) -> Light:
        """Measure crops `(N, 32, 32)` that are not normalised."""
        blocks = raw.reshape(len(raw), SIZE // 2, 2, SIZE // 2, 2).mean(axis=(2, 4), dtype=np.float32)
        flat = blocks.reshape(len(raw), (SIZE // 2) ** 2)
        ground = np.partition(flat, flat.shape[1] // 2, axis=1)[:, flat.shape[1] // 2]
        inner = blocks[:, _INNER_ROWS, _INNER_COLUMNS]
        return cls(ground, inner.max(axis=(1, 2)) - ground, ground - inner.min(axis=(1, 2)))

    def __getitem__(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Light:
        return Light(self.ground[rows], self.above[rows], self.below[rows])

    def lit_beside(self, others: Light, least: float = UNLIT) -> NDArray[np.bool_]:
        """Which digits `(N,)` have about the contrast of `others`, some digits of the same line."""
        light = others.above.sum() > others.below.sum()
        mine, theirs = (self.above, others.above) if light else (self.below, others.below)
        if not len(theirs):
            return np.ones(len(mine), bool)
        return np.asarray((mine >= least * theirs.max()) & (mine <= GLARING * _middle(theirs)))

    def like(self, others: Light, least: float = UNLIT) -> NDArray[np.bool_]:
        """Which digits `(N,)` are lit, and stand on the same ground as `others`."""
        if not len(others.ground):
            return np.ones(len(self.ground), bool)
        off = np.abs(self.ground - _middle(others.ground))
        reach = _middle(np.maximum(others.above, others.below))
        return np.asarray(self.lit_beside(others, least) & (off <= OTHER_GROUND * reach))

    def unlikeness(self) -> Floats:
        """`(N, N)`: how little two digits look as if they were of one display, from 0 to 6."""
        reach = np.maximum(np.maximum(self.above, self.below), 1)
        light = self.above > self.below
        off = (self.ground[:, None] - self.ground[None]) / ((reach[:, None] + reach[None]) / 2)
        return np.asarray(np.minimum(6 * off**2, 3) + 3 * (light[:, None] != light[None]), np.float32)


def _middle(values: Floats) -> float:
    """Upper median; `np.median` takes ten times as long for a handful of values."""
    return float(np.sort(values)[len(values) // 2])
