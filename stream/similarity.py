"""Rotation, zoom and shift of a picture, in pixels or in reduced pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .frames import Corners

Points = NDArray[np.complex128]
"""Positions as x + iy, any shape."""


class Similarity(NamedTuple):
    """Rotation, zoom and shift as `z * turn + shift`.

    >>> quarter = Similarity(1j, 2 + 0j)
    >>> quarter.inverse().after(quarter)
    Similarity(turn=(1+0j), shift=0j)
    """

    turn: complex = 1 + 0j
    shift: complex = 0j

    def __call__(self, points: Points) -> Points:
        return points * self.turn + self.shift

    def after(self, first: Similarity) -> Similarity:
        """Return the motion that does `first`, then this one."""
        return Similarity(self.turn * first.turn, self.turn * first.shift + self.shift)

    def inverse(self) -> Similarity:
        """Return the motion back."""
        return Similarity(1 / self.turn, -self.shift / self.turn + 0)


UNMOVED = Similarity()


def carried(corners: Corners, motion: Similarity) -> Corners:
    """Return corners `(..., 2)` as a motion moves them."""
    points = np.ascontiguousarray(corners, np.float64).view(np.complex128)
    return motion(points).view(np.float64).astype(np.float32)


def in_pixels(step: Similarity, factor: int) -> Similarity:
    """Turn a motion between reduced pixel centres into one between pixel edges of the frame."""
    return Similarity(step.turn, factor * (step.shift + (0.5 + 0.5j) * (1 - step.turn)))


def in_reduced(motion: Similarity, factor: int) -> Similarity:
    """Turn a motion between pixel edges of the frame into one between reduced pixel centres.

    >>> in_reduced(in_pixels(Similarity(1 + 1j, 3 + 2j), 4), 4)
    Similarity(turn=(1+1j), shift=(3+2j))
    """
    return Similarity(motion.turn, motion.shift / factor - (0.5 + 0.5j) * (1 - motion.turn))
