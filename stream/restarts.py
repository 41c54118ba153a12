"""How often something may fail before it counts as broken."""

from __future__ import annotations

from collections import deque

BUDGET = 5
"""Restarts at once ..."""
WINDOW = 60.0
"""... within so many seconds."""
SLOW = 60.0
"""Seconds between two attempts after that."""
BREATH = 0.5
"""Seconds before a restart at once."""


class Restarts:
    """Restarts within a budget, so that a fault that stays does not keep the machine busy."""

    def __init__(self) -> None:
        self.count = 0
        """Restarts so far."""
        self._recent: deque[float] = deque()

    def pause(self, now: float) -> float:
        """Return the seconds to wait before the restart that is due now."""
        while self._recent and now - self._recent[0] > WINDOW:
            self._recent.popleft()
        self._recent.append(now)
        self.count += 1
        return BREATH if len(self._recent) <= BUDGET else SLOW
