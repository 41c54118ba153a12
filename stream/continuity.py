"""Whether a number follows from the one before, or has only lost or gained something at its ends."""

from __future__ import annotations

PATIENCE = 125
"""Readings in a row until it is believed that a number did lose a digit, or that its point has moved."""
_LONG = 4
"""Digits of a number from which the lowest may go on at the same time."""


class Continuity:
    """Remembers the last number of a display that was sure.

    A hand, a reflection or the edge of a frame adds or takes a digit at an end, or hides a point, while the
    lowest digit goes on; what a display really shows next seldom is the same number with one digit more.
    """

    def __init__(self) -> None:
        self._sure: str | None = None
        self._odd = 0

    def doubts(self, text: str) -> bool:
        """Return whether a text that seems sure is to be doubted still."""
        if self._sure is None or not _is_odd(text, self._sure) or self._odd >= PATIENCE:
            self._sure, self._odd = text, 0
            return False
        self._odd += 1
        return True


def _is_odd(text: str, before: str) -> bool:
    """Whether two texts differ in little but their marks, or in digits at one end.

    >>> _is_odd("130739", "1.30739"), _is_odd("311", "3110"), _is_odd("16.716", "6.716")
    (True, True, True)
    >>> _is_odd("740039", "7400.13"), _is_odd("751562", "51561")
    (True, True)
    >>> _is_odd("3111", "3110"), _is_odd("9.9", "10.0"), _is_odd("10.00", "9.999")
    (False, False, False)
    """
    new, old = ("".join(filter(str.isdigit, each)) for each in (text, before))
    shorter, longer = sorted((new, old), key=len)
    if len(new) == len(old):
        half = (len(new) + 1) // 2
        return _marks(text) != _marks(before) and new[:half] == old[:half]
    ends = longer[: len(shorter)], longer[-len(shorter) :]
    # The lowest digit may have gone on.
    same = len(shorter) - (len(shorter) >= _LONG)
    return any(shorter[:same] == end[:same] for end in ends)


def _marks(text: str) -> str:
    return "".join("0" if each.isdigit() else each for each in text)
