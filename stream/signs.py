"""Whether a lamp or sign in a picture is lit, told by how it looked before."""

from __future__ import annotations

import numpy as np

from .frames import Luma
from .region import Box, Quad, region_corners
from .similarity import UNMOVED, Similarity, carried

_APART = 6.0
"""Grey levels of contrast between lit and unlit from which both have been seen."""
_TWICE = 2.0
"""How many times the contrast of the unlit sign the lit one has at least."""
_FADE = 0.002
"""Share of the way that the extremes come back each frame: a hand in front is forgotten in half a minute."""


class Sign:
    """A sign that goes on and off; which of both is what, it shows by its contrast."""

    def __init__(self, region: Box | Quad) -> None:
        self._corners = region_corners(region)
        self._least, self._most = np.inf, -np.inf
        self.lit: bool | None = None
        """None until it was seen both lit and unlit."""

    def look(self, luma: Luma, drift: Similarity = UNMOVED) -> None:
        """Look at a frame; the region has moved by `drift` since it was measured."""
        corners = carried(self._corners, drift)
        left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
        right, bottom = np.maximum(np.ceil(corners.max(axis=0)), 0).astype(int)
        part = luma[top:bottom, left:right]
        if not part.size:
            self.lit = None
            return
        contrast = float(part.std())
        self._least = min(contrast, self._least + _FADE * max(contrast - self._least, 0.0))
        self._most = max(contrast, self._most - _FADE * max(self._most - contrast, 0.0))
        known = self._most - self._least > _APART and self._most > _TWICE * self._least
        self.lit = contrast > (self._least + self._most) / 2 if known else None
