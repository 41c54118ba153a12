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
_PARTED, _FAR = 1.5, 1.8
"""Steps from a display to another one beside it, at least, and to one that is of another size for sure: a
point takes less."""
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
    """Split a line into two displays side by side: three digits or more each.

    They are of another pitch, and of another size or stand apart; or of another size, and stand far apart.
    They part where both are most even.
    """
    least, place = np.inf, 0
    for k in range(_DISPLAY, len(chain) - _DISPLAY + 1):
        taller, wider, way = _differ(boxes[chain[:k]], boxes[chain[k:]])
        other = wider > _OTHER_STEP and (taller > _OTHER_HEIGHT or way > _PARTED)
        if not other and not (taller > _OTHER_HEIGHT and way > _FAR):
            continue
        sides = boxes[chain[:k]], boxes[chain[k:]]
        uneven = sum(_unevenness(side[:, 3]) + _unevenness(_steps(side)) for side in sides)
        if uneven < least:
            least, place = uneven, k
    return [chain[:place], chain[place:]] if place else [chain]


def beside(part: Indices, chain: Indices, boxes: Floats) -> Indices:
    """Return the other digits of a line that `of_one_size` split, if they are of another display for sure."""
    other = chain[~np.isin(chain, part)]
    if len(other):
        sides = (part, other) if chain[0] == part[0] else (other, part)
        taller, _, way = _differ(boxes[sides[0]], boxes[sides[1]])
        if taller > _OTHER_HEIGHT and way > _FAR:
            return other
    return other[:0]


def _differ(left: Floats, right: Floats) -> tuple[float, float, float]:
    """How much taller, and further apart, the digits of one of two lines are, and steps between the two."""
    one, two = median(_steps(left)), median(_steps(right))
    between = float(_steps(np.stack([left[-1], right[0]]))[0])
    return _ratio(median(left[:, 3]), median(right[:, 3])), _ratio(one, two), between / max(one, two)


def _steps(boxes: Floats) -> Floats:
    return np.asarray(np.diff(boxes[:, 0] + boxes[:, 2] / 2), np.float32)


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
