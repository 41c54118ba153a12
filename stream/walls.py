"""Walls between drums: bars that look like `1`s, but take no room in a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .lines import Floats

_EVEN = 0.15
"""Difference, as a share, up to which two steps are one: a `1` takes at least half a step in any type."""


def are_walls(u: Floats, ones: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which digits of a line, given from left to right, are walls.

    The digits beside a wall stand as close as those that have nothing between them. `u`: centres along the
    line; `ones`: which of them look like `1`s.
    """
    walls = np.zeros(len(u), bool)
    suspects = ones.copy()
    suspects[[0, -1]] = False
    rest = np.flatnonzero(~suspects)
    steps, bare = np.diff(u[rest]), np.diff(rest) == 1
    if not suspects.any() or not bare.any():
        return walls
    usual = float(np.median(steps[bare]))
    for k in np.flatnonzero(~bare & (np.abs(steps - usual) < _EVEN * usual)).tolist():
        walls[rest[k] + 1 : rest[k + 1]] = True
    return walls
