"""Decimal points, colons and minus signs: small marks between the digits of a line and before it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .classifier import Model, log_softmax
from .contract import MARK_LABELS, MARKS
from .crops import straighten
from .frames import Corners, Luma
from .lines import Floats, Line

NONE, POINT, COLON, MINUS = range(len(MARK_LABELS))

_ABOVE, _BELOW = 0.05, 0.3
"""What is shown above and below the digits, in their heights."""
_SIDE = 1 + _ABOVE + _BELOW
_NARROWEST = 0.6
"""Least width of what is shown between two digits, in heights."""
_BEYOND = 1.2
"""The same in distances of the two digits."""
_BEFORE = 0.75
"""From the first digit to the middle of what is shown before it, in distances of neighbours."""


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
        logits = self.logits(straighten(luma, places(Line.fit(corners))))["mark"]
        return weigh(log_softmax(logits / np.float32(self.contract.temperature)), self.contract.accept)


def places(line: Line) -> Corners:
    """Quads `(N, 4, 2)` of where marks can stand: before the first digit, then between each two."""
    steps = np.diff(line.u)
    usual = float(np.median(steps)) if len(steps) else 0.8 * line.height
    before = line.u[0] - _BEFORE * np.clip(usual, 0.5 * line.height, line.height)
    middles = np.concatenate([[before], (line.u[1:] + line.u[:-1]) / 2])
    between = np.clip(_BEYOND * steps, _NARROWEST * line.height, _SIDE * line.height)
    widths = np.concatenate([[_SIDE * line.height], between])
    shown = Line(
        line.angle,
        _SIDE * line.height,
        middles.astype(np.float32),
        line.v + (_BELOW - _ABOVE) / 2 * line.height,
        widths.astype(np.float32),
    )
    return shown.quads(shown.u, shown.widths)


def weigh(logs: Floats, accept: float) -> Marks:
    """The marks of a line from log-probabilities `(N, 4)` of its places; a line has one point at most."""
    chances = np.exp(logs.astype(np.float64))
    between = chances[1:] / chances[1:, :MINUS].sum(axis=1, keepdims=True).clip(1e-9)
    # Odds of a point in each gap and in no other, beside 1 for none at all.
    odds = np.concatenate([[1.0], between[:, POINT] / (1 - between[:, POINT]).clip(1e-6)])
    point = int(np.argmax(odds))
    colons = tuple(
        gap for gap, chance in enumerate(between, 1) if gap != point and chance[COLON] > chance[NONE]
    )
    doubts = [odds[point] / odds.sum(), max(chances[0, MINUS], 1 - chances[0, MINUS])]
    doubts += [max(c[COLON], c[NONE] + c[POINT]) for gap, c in enumerate(between, 1) if gap != point]
    return Marks(point or None, colons, bool(chances[0, MINUS] > 0.5), bool(min(doubts) >= accept))
