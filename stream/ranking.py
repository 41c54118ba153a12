"""Which readings stand out."""

from __future__ import annotations

import math

from .readings import Reading


def rank(readings: tuple[Reading, ...]) -> list[Reading]:
    """Sort readings, the one that a person would name first at the head: large, long, and sure."""
    return sorted(readings, key=lambda reading: (reading.text is None, -prominence(reading)))


def prominence(reading: Reading) -> float:
    """Return how much a reading stands out: the height of its digits, more for several and for sure ones."""
    count = len(reading.digits)
    if not count:
        return 0.0
    height = sum([digit.height for digit in reading.digits]) / count
    return height * math.sqrt(min(count, 4)) * reading.confidence
