"""Which of the displays that were found count, and which comes first."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .config import PickConfig
from .ranking import prominence
from .readings import Reading, Status

MEMORY = 0.04
"""Share of the newest frame in what is remembered of a display: about a second of video."""
AHEAD = 1.15
"""How much more prominent a display must be to pass the one before it, so that the order does not flicker."""
FORGET = 250
"""Frames after which a display that vanished is forgotten."""
_TRUST = {Status.OK: 1.0, Status.UNSTABLE: 0.7}
_DOUBT = 0.4


@dataclass
class _Known:
    """What is remembered of a display."""

    weight: float
    unseen: int = 0
    """Frames since it was last read."""
    fits: bool = False
    """It has shown a text that fits."""


class Picking:
    """Puts readings in order, the biggest and steadiest display first, and keeps those that are asked for.

    Without wishes all are kept. A text that does not fit is never let through; a display that has fitted
    stays while nothing can be read on it, so that a gap shows as a status and not as silence.
    """

    def __init__(self, wish: PickConfig | None = None) -> None:
        self._wish = wish or PickConfig()
        self._pattern = re.compile(self._wish.pattern) if self._wish.pattern is not None else None
        self._known: dict[str, _Known] = {}

    def reset(self) -> None:
        """Forget all displays."""
        self._known = {}

    def __call__(self, readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
        """Return the readings of this frame that count, in order."""
        now = {reading.display: reading for reading in readings}
        self._remember(now)
        names = [name for name, known in self._known.items() if known.fits]
        if self._wish.largest:
            # A display that is not seen for a moment does not leave its place to a smaller one.
            names = names[:1]
        return tuple(
            now[name] for name in names if name in now and (now[name].text is None or self._fits(now[name]))
        )

    def _remember(self, now: dict[str, Reading]) -> None:
        weights = {name: _weight(reading) for name, reading in now.items()}
        for name, weight in weights.items():
            self._known.setdefault(name, _Known(weight))
        for name, known in self._known.items():
            known.unseen = 0 if name in now else known.unseen + 1
            known.weight += MEMORY * (weights.get(name, 0.0) - known.weight)
            known.fits = known.fits or (name in now and self._fits(now[name]))
        self._known = {n: self._known[n] for n in self._order() if self._known[n].unseen <= FORGET}

    def _order(self) -> list[str]:
        """Names as they were ordered before, each moved up past those that it has clearly outgrown."""
        order: list[str] = []
        for name, known in self._known.items():
            place = len(order)
            while place and known.weight > AHEAD * self._known[order[place - 1]].weight:
                place -= 1
            order.insert(place, name)
        return order

    def _fits(self, reading: Reading) -> bool:
        wish = self._wish
        if wish.digits is None and self._pattern is None:
            return True
        if reading.text is None or wish.digits not in (None, len(reading.digits)):
            return False
        return self._pattern is None or self._pattern.fullmatch(reading.text) is not None


def _weight(reading: Reading) -> float:
    return prominence(reading) * _TRUST.get(reading.status, _DOUBT)
