"""When to try again after a source was lost."""

from __future__ import annotations

import random

STEPS = (1.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before each attempt; the last one repeats."""
JITTER = 0.2
"""Share by which a wait varies, so that many cameras behind one switch do not come back at one instant."""


class Backoff:
    """Steps up with every failure; starts anew when frames have come."""

    def __init__(self, steps: tuple[float, ...] = STEPS, seed: int | None = None) -> None:
        self._steps = steps
        self._failures = 0
        self._random = random.Random(seed)

    def wait(self, denied: bool = False) -> float:
        """Return the seconds to wait after one more failure; a refused password goes to the longest at once.

        Trying a wrong password often locks accounts.
        """
        step = self._steps[-1] if denied else self._steps[min(self._failures, len(self._steps) - 1)]
        self._failures += 1
        return step * (1 + JITTER * (2 * self._random.random() - 1))

    def succeed(self) -> None:
        """Frames have come."""
        self._failures = 0
