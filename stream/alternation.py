"""A display that shows several values in turn: which of them a reading is.

There is one reading a display and frame still. It has the name and the unit of the value that is shown, so
that a value has readings only while it is to be seen. What fits none of them keeps the display's name, and is
never `ok`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .config import DisplayConfig
from .frames import Frame
from .punctuation import Marks
from .readings import Reading, Status
from .signs import Sign
from .similarity import UNMOVED, Similarity
from .value_settings import ValueConfig
from .wording import number, wording

HELD = 5
"""Frames after another sign has lit up in which the text may still be that of the value before."""


@dataclass(eq=False)
class _Value:
    """One value, with what is known of its sign."""

    config: ValueConfig
    pattern: re.Pattern[str] | None
    sign: Sign | None


@dataclass(eq=False)
class _Turn:
    """What a display shows at present."""

    values: list[_Value]
    name: str | None = None
    since: int = 0
    """Frames since it became that value."""
    text: str | None = None
    """What was read in the last frame."""
    before: str | None = None
    """What was read of the value before."""


class Alternation:
    """Gives readings of displays with `values` the name of the value that they are."""

    def __init__(self, displays: Iterable[DisplayConfig]) -> None:
        self._turns = {
            display.name: _Turn([_value(value) for value in display.values])
            for display in displays
            if display.values
        }

    def __call__(
        self, frame: Frame, readings: Iterable[Reading], drift: Similarity = UNMOVED
    ) -> Iterator[Reading]:
        """Rename the readings of a frame; regions of signs have moved by `drift` since they were measured."""
        for reading in readings:
            turn = self._turns.get(reading.display)
            yield reading if turn is None else self._named(turn, frame, reading, drift)

    def _named(self, turn: _Turn, frame: Frame, reading: Reading, drift: Similarity) -> Reading:
        for value in turn.values:
            if value.sign is not None:
                value.sign.look(frame.luma, drift)
        for value in turn.values:
            named = _as(value.config, reading)
            if _fits(value, reading, named):
                return self._held(turn, frame, named, told_by_sign=value.sign is not None)
        turn.name = None
        if reading.status is Status.OK:
            return replace(reading, status=Status.LOW_CONFIDENCE)
        return reading

    def _held(self, turn: _Turn, frame: Frame, reading: Reading, told_by_sign: bool) -> Reading:
        """Do not trust a text that was there before its sign."""
        if reading.display != turn.name:
            turn.name, turn.since, turn.before = reading.display, 0, turn.text
        else:
            turn.since += 1
        turn.text = reading.text
        waits = told_by_sign and turn.since < HELD and reading.text == turn.before and not frame.still
        return replace(reading, status=Status.UNSTABLE) if waits and reading.status is Status.OK else reading


def names(displays: Sequence[DisplayConfig]) -> dict[str, str | None]:
    """Units by the names that readings of these displays can have."""
    units: dict[str, str | None] = {}
    for display in displays:
        units[display.name] = display.unit
        units |= {value.name: value.unit or display.unit for value in display.values}
    return units


def _value(config: ValueConfig) -> _Value:
    pattern = None if config.pattern is None else re.compile(config.pattern)
    return _Value(config, pattern, None if config.lit is None else Sign(config.lit))


def _as(config: ValueConfig, reading: Reading) -> Reading:
    """The reading as one of a value, with its point."""
    text = reading.text
    if text is not None and config.decimals is not None:
        digits = [int(digit.digit) for digit in reading.digits]
        text = wording(digits, Marks(minus=text.startswith("-")), config.decimals)
    return replace(
        reading, display=config.name, text=text, value=number(text), unit=config.unit or reading.unit
    )


def _fits(value: _Value, shown: Reading, named: Reading) -> bool:
    """Whether a reading is this value; a pattern sees what is shown, a range what it means."""
    if value.sign is not None and not value.sign.lit:
        return False
    if value.pattern is not None and (shown.text is None or not value.pattern.fullmatch(shown.text)):
        return False
    if value.config.range is None:
        return True
    low, high = (Decimal(str(bound)) for bound in value.config.range)
    return named.value is not None and low <= Decimal(named.value) <= high
