"""How bright digits and their ground are: what normalised crops no longer tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .crops import SIZE, Image

Floats = NDArray[np.float32]

UNLIT = 0.3
"""Contrast of an `8`, relative to the strongest digit of its line, below which it is not lit.

Segments that are off show an `8`; another digit as faint is only of a dark colour, like the red of drums.
"""
LETTER = 0.6
"""Contrast of a thing beside digits, relative to theirs, from which it may be a letter of the same print."""
GLARING = 2.2
"""Contrast of a thing, relative to the digits of a line, above which it is an edge of their frame."""
OTHER_GROUND = 0.6
"""Difference of the grounds, relative to the contrast, from which two digits stand on different things."""
ADVERSE, STRONG, INVERSE = 0.5, 50.0, 1.5
"""Contrast of a thing the other way than digits: above theirs, relative to their contrast and in grey levels;
and relative to its own the way that they are."""
OTHER_WAY = 0.4
"""Contrast the other way than digits, relative to theirs, from which a thing may be printed so."""
ALIKE, NEAR = 0.3, 0.4
"""Difference of contrasts, as a logarithm, and of grounds, relative to the contrast, within one display."""
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

    def columns(self) -> Floats:
        """Return all three `(N, 3)`."""
        return np.stack([self.ground, self.above, self.below], axis=1)

    def __getitem__(self, rows: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Light:
        return Light(self.ground[rows], self.above[rows], self.below[rows])

    @property
    def contrast(self) -> float:
        """That of most digits."""
        return _middle(np.maximum(self.above, self.below))

    def put(self, row: int, other: Light, other_row: int) -> None:
        """Take the light of a digit from another measurement."""
        for name, values in vars(other).items():
            getattr(self, name)[row] = values[other_row]

    def faint(self, others: Light) -> NDArray[np.bool_]:
        """Which digits `(N,)` have much less contrast than `others`, some digits of the same line."""
        mine, theirs = self._contrast(others)
        most, other = theirs.max(initial=0), self.above + self.below - mine
        # What is printed the other way has strokes of its own; reflections in a display are not as strong.
        printed = (other > INVERSE * mine) & (other > OTHER_WAY * most)
        return np.asarray((mine < UNLIT * most) & ~printed)

    def fainter(self, others: Light) -> NDArray[np.bool_]:
        """Which digits `(N,)` have less contrast than the faintest of `others`."""
        mine, theirs = self._contrast(others)
        return np.asarray(mine < LETTER * theirs.min(initial=np.inf))

    def like(self, others: Light, least: float = 0.0) -> NDArray[np.bool_]:
        """Which digits `(N,)` stand on the ground of `others`, with at least that share of their contrast."""
        if not len(others.ground):
            return np.ones(len(self.ground), bool)
        mine, theirs = self._contrast(others)
        off = np.abs(self.ground - _middle(others.ground))
        reach = others.contrast
        fits = (mine >= least * theirs.max()) & (mine <= GLARING * _middle(theirs))
        return np.asarray(fits & (off <= OTHER_GROUND * reach))

    def adverse(self, others: Light) -> NDArray[np.bool_]:
        """Which digits `(N,)` have strong strokes the other way than `others`, like the edge of a panel.

        A reflection in a dim display is not as strong.
        """
        return np.asarray(self._adverse(others) > max(ADVERSE * others.contrast, STRONG))

    def inverse(self, others: Light) -> NDArray[np.bool_]:
        """Which digits `(N,)` are dark on light among `others` that are light on dark, or the other way."""
        mine, _ = self._contrast(others)
        only = self.above + self.below > (1 + INVERSE) * mine
        return np.asarray(only & (self._adverse(others) > ADVERSE * others.contrast))

    def _adverse(self, others: Light) -> Floats:
        """Contrast of these digits the other way than the others are printed, above what those have."""
        mine, theirs = self._contrast(others)
        return np.asarray(self.above + self.below - mine - _low(others.above + others.below - theirs))

    def of(self, others: Light) -> NDArray[np.bool_]:
        """Which digits `(N,)` are lit as if they were one of `others`."""
        if not len(others.ground):
            return np.zeros(len(self.ground), bool)
        mine, theirs = self._contrast(others)
        usual, off = _middle(theirs), np.abs(self.ground - _middle(others.ground))
        return np.asarray(
            (np.abs(np.log(np.maximum(mine, 1) / max(usual, 1))) < ALIKE) & (off < NEAR * usual)
        )

    def _contrast(self, others: Light) -> tuple[Floats, Floats]:
        """Contrast of these digits and of the others, both the way that the others are printed."""
        # A reflection must not outweigh all other digits, hence logarithms.
        above, below = (np.log1p(np.maximum(side, 0)).sum() for side in (others.above, others.below))
        light = above > below
        return (self.above, others.above) if light else (self.below, others.below)

    def unlikeness(self) -> Floats:
        """`(N, N)`: how little two digits look as if they were of one display, from 0 to 6."""
        reach = np.maximum(np.maximum(self.above, self.below), 1)
        light = self.above > self.below
        off = (self.ground[:, None] - self.ground[None]) / ((reach[:, None] + reach[None]) / 2)
        return np.asarray(np.minimum(6 * off**2, 3) + 3 * (light[:, None] != light[None]), np.float32)


def _low(values: Floats) -> float:
    """Lower median: of two halves that differ, the lower one; 0 for no values."""
    return float(np.sort(values)[(len(values) - 1) // 2]) if len(values) else 0.0


def _middle(values: Floats) -> float:
    """Upper median, 0 for no values; `np.median` takes ten times as long for a handful of them."""
    return float(np.sort(values)[len(values) // 2]) if len(values) else 0.0
