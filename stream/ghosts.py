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
    all but bright 8s. Where digits are dark, light that falls on a part of one looks like ghosts, and real
    ones are faint.
    """
    again, ghosts = digits.copy(), np.zeros(len(digits), bool)
    eights = np.flatnonzero(digits.argmax(axis=1) == 8)
    if len(eights):
        crops, bright = without(raw[eights])
        eights = eights[bright]
        seen = classifier(normalise(crops[bright])).digits
        again[eights] = seen
        best = seen.argmax(axis=1)
        ghosts[eights] = (best != 8) & (best != NONE) & (seen.max(axis=1) > np.log(_PLAIN))
    return again, ghosts


def without(raw: Image) -> tuple[Image, NDArray[np.bool_]]:
    """Return the crops with all that is less than half as bright as their strokes made ground.

    Also which of them show bright strokes on a darker ground.
    """
    ground = np.median(raw, axis=(1, 2))
    inner = raw[:, EDGE:-EDGE, EDGE:-EDGE].reshape(len(raw), -1)
    dark, strokes = np.quantile(inner, (1 - _STRONGEST, _STRONGEST), axis=1)
    floor = np.rint(ground + _LIT * (strokes - ground)).astype(np.uint8)
    return np.maximum(raw, floor[:, None, None]), np.asarray(strokes - ground > ground - dark)


def revealed(chances: Floats, again: Floats, ghosts: NDArray[np.bool_]) -> Floats:
    """Return the probabilities `(N, 11)` of the digits of one display: where one has ghosts, all have."""
    if not ghosts.any():
        return chances
    eights = chances.argmax(axis=1) == 8
    return np.where(eights[:, None], again, chances)
