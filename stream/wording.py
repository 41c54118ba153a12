"""Digits and marks as text, and the number that a text means."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .punctuation import Marks


def wording(values: Sequence[int], marks: Marks, decimals: int | None = None) -> str:
    """Write digits with what stands between them; so many `decimals` set the point wherever it was seen.

    >>> wording([1, 2, 5], Marks(point=2, minus=True))
    '-12.5'
    """
    point = marks.point
    if decimals is not None:
        point = len(values) - decimals if decimals else None
    colons = marks.colons if _is_time(len(values), sorted(marks.colons)) else ()
    parts = ["-"] if marks.minus else []
    for place, value in enumerate(values):
        if place == point:
            parts.append("." if place else "0.")
        elif place in colons:
            parts.append(":")
        parts.append(str(value))
    return "".join(parts)


def _is_time(digits: int, colons: Sequence[int]) -> bool:
    """Whether colons part a number as a time is: marks between all wheels of a counter are none.

    >>> _is_time(4, [2]), _is_time(5, [1, 3]), _is_time(6, [1, 2, 3, 5])
    (True, True, False)
    """
    parts = np.diff([0, *colons, digits]).tolist()
    return 0 < parts[0] <= 2 and all(part == 2 for part in parts[1:])


def number(text: str | None) -> str | None:
    """Return a decimal number without needless zeros in front; None for times.

    >>> number("01345.3"), number("-00.50"), number("12:30")
    ('1345.3', '-0.50', None)
    """
    if text is None or ":" in text:
        return None
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, rest = digits.partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}{dot}{rest}"
