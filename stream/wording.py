"""Digits and marks as text, and the number that a text means."""

from __future__ import annotations

from collections.abc import Sequence

from .punctuation import Marks


def wording(values: Sequence[int], marks: Marks, decimals: int | None = None) -> str:
    """Write digits with what stands between them; so many `decimals` set the point wherever it was seen.

    >>> wording([1, 2, 5], Marks(point=2, minus=True))
    '-12.5'
    """
    point = marks.point
    if decimals is not None:
        point = len(values) - decimals if decimals else None
    parts = ["-"] if marks.minus else []
    for place, value in enumerate(values):
        if place == point:
            parts.append("." if place else "0.")
        elif place in marks.colons:
            parts.append(":")
        parts.append(str(value))
    return "".join(parts)


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
