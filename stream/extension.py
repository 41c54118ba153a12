"""Digits that stand a step beyond the ends of a line, or across a point, where no proposal was."""

from __future__ import annotations

import numpy as np

from .lines import OVER_POINT, beyond, holes
from .slots import AS_STRONG, LONGEST, Lined, View, inserted

_FEWEST = 2
"""Digits of a line that tell where its next one stands."""
_ALIKE, _OTHER = 0.9, 0.985
"""Probability of one in the light of the line, and of one in any: the last drum may stand out."""


def extended(digits: Lined, view: View) -> Lined:
    """Add the digits that stand beyond the ends of a line beyond doubt, but `1`s: edges of frames are.

    A line of `1`s for the most part may be segments, or walls between drums: it is left as it is.
    """
    while _FEWEST <= len(digits[0]) < LONGEST:
        corners, _, names = digits
        if 2 * (names == 1).sum() > len(names):
            return digits
        count = len(holes(corners))
        places = np.concatenate([beyond(corners, count), beyond(corners, count, OVER_POINT)])
        seen, shown, light = view.judge(places)
        inside = ((places >= 0) & (places < np.array(view.size))).all(axis=(1, 2))
        plain = inside & (seen > _ALIKE) & (shown != 1)
        if not plain.any():
            return digits
        lit = view.judge(corners)[2]
        alike = light.like(lit, AS_STRONG) & ~light.adverse(lit) & ~view.walls(places)[0]
        plain &= (alike | (seen > _OTHER)) & ~(light.faint(lit) & (shown == 8))
        # Across a point stands nothing but one of the very same digits.
        plain[2:] &= (alike & light.of(lit))[2:] & ~plain[:2]
        if not plain.any():
            return digits
        added = np.flatnonzero(plain)
        ends = np.where(added % 2, len(corners), -1)
        order = np.concatenate([np.arange(len(corners)), ends]).astype(np.float32)
        digits = inserted(digits, (places[added], seen[added], shown[added]), order)
    return digits
