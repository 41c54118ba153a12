"""The value of a mechanical counter, from the positions of its wheels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_LOWER = 0.2
"""Fraction up to which the lower of two digits alone is named."""
ARRIVED = 0.06
"""Fraction short of the next digit that counts as arrived: play of the wheel, error of the measurement."""


def positions(chances: Floats, wheel: Floats) -> Floats:
    """Positions `(N,)` of wheels, 0 to 10: `3.4` shows a 3 going up and a 4 coming from below.

    `chances` `(N, 11)` are the classifier's (a digit is right where it is nearest), `wheel` the fractions.
    """
    digits = chances[:, :10]
    # Which of the two is nearest passes from the lower to the upper one around the middle of the way.
    upper = np.clip((wheel - _LOWER) / (1 - 2 * _LOWER), 0, 1)[:, None]
    below = np.argmax((1 - upper) * digits + upper * np.roll(digits, -1, axis=1), axis=1)
    return np.asarray(below + wheel, np.float32) % 10


def carried_on(before: float, wheel: float) -> float:
    """Position nearest to the one before that has the fraction `wheel`: what is blurred need not be read.

    >>> carried_on(3.8, 0.1), carried_on(9.9, 0.3), carried_on(4.2, 0.9)
    (4.1, 0.3, 3.9)
    """
    step = (wheel - before + 0.5) % 1 - 0.5
    return round((before + step) % 10, 6)


def counter_digits(wheels: Floats) -> list[int]:
    """Digits of a counter from its wheel positions, highest first.

    A wheel turns only while the one to its right passes from 9 to 0, by the same fraction; so only the lowest
    one stands between digits freely, and every higher one is corrected by what it must have turned.

    >>> counter_digits(np.array([0.5, 8.5, 9.5], np.float32))
    [0, 8, 9]
    >>> counter_digits(np.array([1.0, 9.02, 3.0], np.float32))
    [1, 9, 3]
    """
    digits: list[int] = []
    turned = 0.0
    for place, position in enumerate(wheels[::-1]):
        if place == 0:
            digit = int(np.floor(position + ARRIVED)) % 10
            fraction = max(float(position) - digit, 0.0) if position < 9.9 or digit == 9 else 0.0
        else:
            digit = round(float(position) - turned) % 10
            fraction = turned
        digits.append(digit)
        turned = min(fraction, 1.0) if digit == 9 else 0.0
    return digits[::-1]
