"""Decimal points, colons and minus signs: small marks between the digits of a line and before it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from .classifier import Model, log_softmax
from .contract import MARK_LABELS, MARKS, Places
from .crops import straighten
from .frames import Corners, Luma
from .lines import Floats, Line

NONE, POINT, COLON, MINUS = range(len(MARK_LABELS))

_PLACES = Places()
_SIDE = 1 + _PLACES.above + _PLACES.below
_LOOKS, _LAST = 12, 5
"""Looks at a line that count, and the last of them, of which most must have seen the same marks."""
_AGREED = 0.6
"""Share of those."""
_SEEN = 0.9
"""Probability from which a point or a minus is seen: one that is not there makes a number wrong, and most
have no minus."""
_PERHAPS = 0.1
"""Probability of a minus from which there may be one."""
_LEAST = 1e-9
"""Probability of what is ruled out."""


@dataclass(frozen=True)
class Marks:
    """What stands between the digits of a line."""

    point: int | None = None
    """Number of digits to the left of the decimal point."""
    colons: tuple[int, ...] = ()
    """The same for colons."""
    minus: bool = False
    sure: bool = field(default=True, compare=False)
    """Whether each of these is far likelier than its opposite."""


class Punctuation(Model):
    """The network that tells marks."""

    kind = MARKS
    name = "marks.tflite"

    def __call__(self, luma: Luma, corners: Corners) -> Marks:
        """Find the marks of a line whose digits are the quads `(N, 4, 2)`, left to right."""
        return weigh(self.look(luma, corners), self.contract.accept)

    def look(self, luma: Luma, corners: Corners) -> Floats:
        """Return the log-probabilities `(N, 4)` of nothing and of each mark at the places of such a line."""
        logits = self.logits(straighten(luma, places(Line.fit(corners))))["mark"]
        return log_softmax(logits / np.float32(self.contract.temperature))


class MarksSeen:
    """What the looks at one line saw between its digits."""

    def __init__(self) -> None:
        self.marks = Marks()
        """What all looks together tell."""
        self.agreed = False
        """Whether most of the last ones saw just that."""
        self._looks: deque[tuple[Floats, Marks]] = deque(maxlen=_LOOKS)

    def __bool__(self) -> bool:
        return bool(self._looks)

    def clear(self) -> None:
        """Forget them: another number is shown."""
        self._looks.clear()

    def add(self, logs: Floats, accept: float) -> None:
        """Add a look: log-probabilities of the marks; those that reach `accept` are sure."""
        self._looks.append((np.exp(logs), weigh(logs, accept)))
        together = np.mean([chances for chances, _ in self._looks], axis=0)
        self.marks = weigh(np.log(np.maximum(together, _LEAST)), accept)
        last = [marks for _, marks in self._looks][-_LAST:]
        self.agreed = last.count(self.marks) >= _AGREED * len(last)


def places(line: Line) -> Corners:
    """Quads `(N, 4, 2)` of where marks can stand: before the first digit, then between each two."""
    height = line.height
    steps = line.u[1:] - line.u[:-1]
    usual = float(np.sort(steps)[len(steps) // 2]) if len(steps) else 0.8 * height
    middles, widths = np.empty_like(line.u), np.empty_like(line.u)
    middles[0] = line.u[0] - _PLACES.before * min(max(usual, 0.5 * height), height)
    middles[1:] = line.u[:-1] + steps / 2
    widths[0] = _SIDE * height
    widths[1:] = np.minimum(np.maximum(_PLACES.beyond * steps, _PLACES.narrowest * height), _SIDE * height)
    down = (_PLACES.below - _PLACES.above) / 2 * height
    shown = Line(line.angle, _SIDE * height, middles, line.v + down, widths)
    return shown.quads(middles, widths)


def may_be_negative(logs: Floats) -> bool:
    """Whether there may be a minus before a line, from log-probabilities `(N, 4)` of its places."""
    return bool(logs[0, MINUS] > np.log(_PERHAPS))


def unsigned(logs: Floats) -> Floats:
    """Rule a minus out."""
    logs = logs.copy()
    logs[0] = np.log(_LEAST)
    logs[0, NONE] = 0
    return logs


def weigh(logs: Floats, accept: float) -> Marks:
    """The marks of a line from log-probabilities `(N, 4)` of its places; a line has one point at most."""
    before, *gaps = np.exp(logs).tolist()
    minus = before[MINUS] > _SEEN
    doubts = [before[MINUS] if minus else 1 - before[MINUS]]
    # Odds of a point in each gap and in no other, beside 1 for none at all.
    odds = [1.0] + [gap[POINT] / max(gap[NONE] + gap[COLON], 1e-6) for gap in gaps]
    point = odds.index(max(odds))
    seen = odds[point] / sum(odds)
    doubts.append(seen if not point or seen > _SEEN else 0.0)
    colons = []
    for place, gap in enumerate(gaps, 1):
        if place != point:
            colon = gap[COLON] / max(1 - gap[MINUS], 1e-6)
            doubts.append(max(colon, 1 - colon))
            if gap[COLON] > gap[NONE]:
                colons.append(place)
    return Marks(point or None, tuple(colons), minus, min(doubts) >= accept)
