"""How a text comes closest to a label: which digits are right, wrong, missing and too many."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .labels import ReadingLabel

_Counts = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Alignment:
    """The cheapest way to turn a label's digits into those of a text."""

    cost: int
    right: int
    wrong: int
    """Digits in place of others."""
    missing: int
    surplus: int
    text: str = ""


def align(label: ReadingLabel, text: str) -> Alignment:
    """Align a label with a text; digits beyond a `~` are not too many.

    >>> from .labels import parse_readings
    >>> align(parse_readings("12345")[0], "1.245")
    Alignment(cost=1, right=4, wrong=0, missing=1, surplus=0, text='1.245')
    >>> align(parse_readings("65~")[0], "6502").surplus
    0
    """
    truth, shown = label.digits, re.sub(r"\D", "", text)
    before, after = label.text.startswith("~"), label.text.endswith("~")

    @cache
    def best(i: int, j: int) -> _Counts:
        """Cost, minus right, wrong, missing and surplus of the rests from `i` and `j` on."""
        if i == len(truth) and j == len(shown):
            return 0, 0, 0, 0, 0
        options = []
        if i < len(truth) and j < len(shown):
            same = truth[i] in ("?", shown[j])
            options.append(_sum(best(i + 1, j + 1), (0, -1, 0, 0, 0) if same else (1, 0, 1, 0, 0)))
        if i < len(truth):
            options.append(_sum(best(i + 1, j), (1, 0, 0, 1, 0)))
        if j < len(shown):
            free = (before and i == 0) or (after and i == len(truth))
            options.append(_sum(best(i, j + 1), (0, 0, 0, 0, 0) if free else (1, 0, 0, 0, 1)))
        return min(options)

    cost, right, wrong, missing, surplus = best(0, 0)
    return Alignment(cost, -right, wrong, missing, surplus, text)


def _sum(a: _Counts, b: _Counts) -> _Counts:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3], a[4] + b[4]
