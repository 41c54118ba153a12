"""Which digits were hard to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..crops import cut
from ..frames import Frame
from ..readings import Digit, Reading, Status
from ..results import Result
from .collection import NEAR, fingerprint

LINGERING = 1.0
"""Seconds from which `unstable` matters: every reading is when its number has just changed."""


@dataclass
class _Display:
    """What is remembered of a display from one frame to the next."""

    digits: dict[int, Digit] = field(default_factory=dict)
    """By their tracks."""
    unstable: float | None = None
    """Since when."""


class HardDigits:
    """Finds the digits that the program is not sure of, with the reason; one object serves one camera.

    Hard is a digit whose confidence is below `accept` (`unsure`); one that became another although its
    picture stayed (`changed`); and each digit of a reading whose status is `low_confidence`, `incomplete`,
    or `unstable` for a while.
    """

    def __init__(self, accept: float) -> None:
        self._accept = accept
        self._frame: Frame | None = None
        self._displays: dict[str, _Display] = {}

    def find(self, result: Result) -> list[tuple[Reading, list[tuple[Digit, str]]]]:
        """Return the readings with hard digits in them, and those digits, the hardest first."""
        frame = result.frame
        if frame is None:
            return []
        found = []
        before, self._displays = self._displays, {}
        for reading in result.readings:
            display = before.get(reading.display, _Display())
            hard = sorted(self._hard(reading, frame, display), key=lambda pair: pair[0].confidence)
            if hard:
                found.append((reading, hard))
            self._displays[reading.display] = display
        self._frame = frame
        return found

    def _hard(self, reading: Reading, frame: Frame, display: _Display) -> Iterator[tuple[Digit, str]]:
        before, display.digits = display.digits, {digit.track: digit for digit in reading.digits}
        rejected = self._rejected(reading, moment(frame), display)
        for digit in reading.digits:
            if digit.confidence < self._accept:
                yield digit, "unsure"
            elif digit.track in before and self._contradicts(digit, frame, before[digit.track]):
                yield digit, "changed"
            elif rejected:
                yield digit, reading.status.value

    def _rejected(self, reading: Reading, now: float, display: _Display) -> bool:
        if reading.status is not Status.UNSTABLE:
            display.unstable = None
            return reading.status in (Status.LOW_CONFIDENCE, Status.INCOMPLETE)
        # A source that starts anew may go back in time.
        if display.unstable is None or now < display.unstable:
            display.unstable = now
        return now - display.unstable >= LINGERING

    def _contradicts(self, digit: Digit, frame: Frame, before: Digit) -> bool:
        if digit.digit == before.digit or self._frame is None:
            return False
        old = cut(self._frame.luma, before.slot[None])[0]
        new = cut(frame.luma, digit.slot[None])[0]
        return (fingerprint(old) ^ fingerprint(new)).bit_count() <= NEAR


def moment(frame: Frame) -> float:
    """Seconds by the source's own time where it has one, so that a file gives the same on every run."""
    return frame.monotonic if frame.media_time is None else frame.media_time
