"""Segments that are not lit but show all the same: with them, every digit is nearly an 8."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .classifier import NONE, Classifier
from .crops import EDGE, Image, normalise
from .lines import Floats

_PLAIN = 0.97
"""Probability of another digit without ghosts from which an 8 was none; thin strokes may fade, too."""
_LIT = 0.5
"""Share of the contrast of the strongest strokes that weaker ones lack."""
_STRONGEST = 0.97
"""Share of a crop's pixels that strokes do not exceed."""


def second_look(classifier: Classifier, raw: Image, digits: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return log-probabilities `(N, 11)` of crops without ghosts, and which were 8s by their ghosts alone.

    `raw`: crops as `crops.cut_raw` makes them; `digits`: what the first look at them saw, which stands for
    all but 8s.
    """
    eights = np.flatnonzero(digits.argmax(axis=1) == 8)
    again, ghosts = digits.copy(), np.zeros(len(digits), bool)
    if len(eights):
        seen = classifier(normalise(without(raw[eights]))).digits
        again[eights] = seen
        best = seen.argmax(axis=1)
        ghosts[eights] = (best != 8) & (best != NONE) & (seen.max(axis=1) > np.log(_PLAIN))
    return again, ghosts


def without(raw: Image) -> Image:
    """Return the crops with all that is less than half as strong as their strongest strokes made ground."""
    grey = raw.astype(np.float32)
    ground = np.median(grey, axis=(1, 2))
    inner = grey[:, EDGE:-EDGE, EDGE:-EDGE].reshape(len(raw), -1)
    bright, dark = np.quantile(inner, (_STRONGEST, 1 - _STRONGEST), axis=1)
    light = bright - ground > ground - dark
    floor = ground + _LIT * np.where(light, bright - ground, dark - ground)
    floor = floor[:, None, None]
    lit = np.where(light[:, None, None], np.maximum(grey, floor), np.minimum(grey, floor))
    return np.asarray(np.rint(lit), np.uint8)


def revealed(chances: Floats, again: Floats, ghosts: NDArray[np.bool_]) -> Floats:
    """Return the probabilities `(N, 11)` of the digits of one display: where one has ghosts, all have."""
    if not ghosts.any():
        return chances
    eights = chances.argmax(axis=1) == 8
    return np.where(eights[:, None], again, chances)
