"""Chains of digits split into displays, without the bars at their ends that are of none."""

from __future__ import annotations

import numpy as np

from .lines import BARS, Floats, Indices, median, steps_of, upright

_BREAK = 2.4
"""Of the usual step between digits, from which another display begins: a point may have its own place."""
_DISPLAY = 3
"""Digits from which a part of a line may be a display of its own; fewer are small decimals."""
_OTHER_HEIGHT, _OTHER_STEP = 1.08, 1.15
"""How much taller, and how much further apart, the digits of another display are."""
_PARTED = 1.5
"""Steps from a display to another one beside it, at least."""
_SURE, _WEAK = 0.95, 0.85
"""Probability of digits that tell the height of their line, and of a bar beside them that may be of none."""
_ASTRAY = 1.1
"""How much taller or smaller such a bar is than they are."""


def parted(chain: Indices, boxes: Floats, longest: int = 0) -> list[Indices]:
    """Split a line where the way to the next digit is much longer than elsewhere in it.

    Unless one part has `longest` members, it stays whole.
    """
    parts = np.split(chain, np.flatnonzero(steps_of(upright(boxes[chain])) > _BREAK) + 1)
    return parts if max(map(len, parts)) >= longest else [chain]


def of_one_size(chain: Indices, boxes: Floats) -> list[Indices]:
    """Split a line into two displays side by side: three digits or more each, of another pitch.

    They are of another size, too, or stand apart. They part where both are most even.
    """
    if len(chain) < 2 * _DISPLAY:
        return [chain]
    heights, steps = boxes[chain, 3], np.diff(boxes[chain, 0] + boxes[chain, 2] / 2)
    least, place = np.inf, 0
    for k in range(_DISPLAY, len(chain) - _DISPLAY + 1):
        left, right = median(steps[: k - 1]), median(steps[k:])
        taller, wider = _ratio(median(heights[:k]), median(heights[k:])), _ratio(left, right)
        other = taller > _OTHER_HEIGHT or steps[k - 1] > _PARTED * max(left, right)
        if not other or wider <= _OTHER_STEP:
            continue
        uneven = sum(map(_unevenness, (heights[:k], heights[k:], steps[: k - 1], steps[k:])))
        if uneven < least:
            least, place = uneven, k
    return [chain[:place], chain[place:]] if place else [chain]


def trimmed(chain: Indices, boxes: Floats, chance: Floats, names: Indices) -> Indices:
    """Leave out unsure bars at the ends of a line that are not of the height of its digits.

    What stands beyond those is looked at again, once it is known how far they are apart.
    """
    sure = chance[chain] > _SURE
    if sure.sum() < _DISPLAY:
        return chain
    off = np.abs(np.log(boxes[chain, 3] / median(boxes[chain, 3][sure])))
    astray = (chance[chain] < _WEAK) & np.isin(names[chain], BARS) & (off > np.log(_ASTRAY))
    kept = np.flatnonzero(~astray)
    return chain[kept[0] : kept[-1] + 1]


def _unevenness(values: Floats) -> float:
    return float(np.abs(np.log(np.maximum(values, 1e-6) / max(median(values), 1e-6))).sum())


def _ratio(a: float, b: float) -> float:
    return max(a, b) / max(min(a, b), 1e-6)
