"""What each display shows: digits, point and sign as text, and how far that can be trusted."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .config import CameraConfig, DisplayConfig
from .displays import Display, Displays
from .drums import ARRIVED, carried_on, counter_digits, positions
from .evidence import NONE, Verdicts
from .frames import Corners, Frame
from .light import LETTER
from .lines import beyond
from .motion import UNMOVED, Similarity
from .punctuation import Marks, Punctuation
from .readings import Digit, Reading, Status
from .tracker import Tracks

SETTLED = 3
"""Frames in a row with one text until it counts."""
CONFIRMED = 2
"""Localizer results in a row with the same digits until no digit of a display can be missing."""
_SEEN = 0.5
"""Probability from which a digit counts as readable."""
_LURKING = 0.5
"""Probability of a digit beyond the ends of a display from which its number may be longer."""
_MARKS = 5
"""Looks at the marks of a line that vote."""
_TURNING = 0.25
"""Fraction of a step from rest by which a wheel is seen to turn."""
_MOVED = 0.05
"""Part of a step by which a wheel moves between two frames while it turns over."""
_ARRIVING = 0.8
"""Fraction of a step from which a wheel may have arrived if its box is a little off: no digit is sure."""
_SHARP = 0.6
"""Certainty of a wheel's fraction from which it is believed."""
_PLAIN = 0.8
"""Probability of two neighbouring digits from which it is plain that a wheel stands between them."""
_TURN_LOOKS = 2
"""Looks at turning wheels that make a display a mechanical counter."""


@dataclass(eq=False)
class _State:
    """What is remembered of a display between frames."""

    text: str | None = None
    since: int = 0
    """Processed frames with this text."""
    marks: deque[Marks] = field(default_factory=lambda: deque(maxlen=_MARKS))
    turns: int = 0
    """Looks in which a wheel stood between two digits."""
    wheels: NDArray[np.float32] | None = None
    """Positions of the wheels in the frame before, where all were plain."""
    moved: bool = False
    """The lowest wheel has moved since the frame before."""


class Reader:
    """Turns tracks and verdicts into one reading a display and frame."""

    def __init__(self, camera: CameraConfig, accept: float) -> None:
        self._camera = camera.name
        self._accept = accept
        self._punctuation = Punctuation.load()
        self._displays = Displays(camera.displays)
        self._states: dict[str, _State] = {}
        self._shown: list[Display] = []

    def watch(
        self, frame: int, tracks: Tracks, looked: bool, drift: Similarity = UNMOVED
    ) -> tuple[NDArray[np.int64], Corners]:
        """Sort the tracks into displays and return what is to be looked at in this frame: ids and quads.

        First come the tracks, then the places beyond the ends of each display, where a digit that the
        localizer has missed, or one that has just lit up, would stand. `looked`: a localizer result was
        applied in this frame. `drift`: how the configured regions have moved since they were measured.
        """
        self._shown = self._displays.update(tracks, frame, looked, drift)
        ids, corners = [tracks.ids], [tracks.corners]
        for display in self._shown:
            if len(display.rows) > 1:
                ends = tracks.ids[display.rows[[0, -1]]]
                ids.append(-2 * ends - np.array([0, 1]))
                corners.append(beyond(tracks.corners[display.rows], len(display.holes)))
        return np.concatenate(ids), np.concatenate(corners)

    def read(self, frame: Frame, tracks: Tracks, verdicts: Verdicts) -> tuple[Reading, ...]:
        """Return a reading a display, from the verdicts on what `watch` returned for this frame."""
        after = len(tracks)
        readings = []
        for display in self._shown:
            doubt = False
            if len(display.rows) > 1:
                ends = slice(after, after + 2)
                after += 2
                doubt = _may_go_on(verdicts, display.rows, ends)
            readings.append(self._read(frame, display, tracks, verdicts, doubt))
        return tuple(readings)

    def _read(
        self, frame: Frame, display: Display, tracks: Tracks, verdicts: Verdicts, doubt: bool
    ) -> Reading:
        state = self._states.setdefault(display.name, _State())
        config = display.config or DisplayConfig(name=display.name)
        rows = _lit(display.rows, verdicts)
        if config.digits is None and state.turns < _TURN_LOOKS:
            shown = _readable(rows, verdicts.chances)
            doubt = doubt or len(shown) < len(rows)
            rows = shown
        if not len(rows):
            state.text = state.wheels = None
            return self._reading(frame, config, None, 0.0, Status.BLANK, ())
        corners = tracks.corners[rows]
        values, confidences, wheels = self._digits(state, verdicts, rows)
        fresh = bool(verdicts.looked[rows].any()) or not state.marks
        if fresh:
            state.marks.append(self._punctuation(frame.luma, corners))
        marks, agreed, sure = _vote(state.marks)
        sure = sure or config.decimals is not None
        text: str | None = _text(values, marks, config)
        blank = int(np.argmax(display.rows == rows[0]))
        doubt = doubt or any(
            hole - blank not in (marks.point, *marks.colons) for hole in display.holes if hole > blank
        )
        # A row of bars may be anything.
        doubt = doubt or set(values) == {1}
        complete = config.digits in (None, len(display.rows)) and bool((confidences >= _SEEN).all())
        if not complete:
            text = None
        state.since = state.since + 1 if text == state.text and not state.moved else 1
        state.text = text
        confidence = float(confidences.min())
        settled = state.since >= SETTLED and display.confirmed >= CONFIRMED and agreed
        if not complete:
            status = Status.INCOMPLETE
        elif confidence < self._accept or not sure or (config.digits is None and (doubt or len(rows) == 1)):
            status = Status.LOW_CONFIDENCE
        elif not (settled or frame.still):
            status = Status.UNSTABLE
        else:
            status = Status.OK
        digits = tuple(
            Digit(str(value), float(chance), quad, int(track), wheel)
            for value, chance, quad, track, wheel in zip(
                values, confidences, corners, tracks.ids[rows], wheels, strict=True
            )
        )
        return self._reading(frame, config, text, confidence, status, digits)

    def _digits(
        self, state: _State, verdicts: Verdicts, rows: NDArray[np.intp]
    ) -> tuple[list[int], NDArray[np.float32], list[int | None]]:
        """Digits of a line, their probabilities, and the tenths of its wheels if it is a counter."""
        chances, fraction = verdicts.chances[rows], verdicts.wheel[rows]
        places = np.arange(len(rows))
        values = np.argmax(chances[:, :NONE], axis=1)
        own = chances[places, values]
        sharp = verdicts.sharpness[rows] > _SHARP
        turning = bool(sharp[-1] and abs(fraction[-1] - 0.5) < 0.5 - _TURNING)
        state.turns += turning and bool(verdicts.looked[rows[-1]])
        if not turning and state.turns < _TURN_LOOKS:
            state.wheels = values.astype(np.float32) if own.min() > _PLAIN else None
            state.moved = False
            return values.tolist(), own, [None] * len(rows)

        wheels = positions(chances, fraction)
        plain = _pairs(chances, wheels) > _PLAIN
        if state.wheels is not None and len(state.wheels) == len(rows):
            for place in np.flatnonzero(sharp & ~plain):
                wheels[place] = carried_on(float(state.wheels[place]), float(fraction[place]))
            plain |= sharp
            state.moved = bool(abs((wheels[-1] - state.wheels[-1] + 5) % 10 - 5) > _MOVED)
        state.wheels = wheels if plain.all() else None
        digits = counter_digits(wheels)
        confidences = np.maximum(_pairs(chances, wheels), chances[places, digits])
        confidences[plain] = np.maximum(confidences[plain], _SEEN)
        if _ARRIVING <= wheels[-1] % 1 < 1 - ARRIVED:
            confidences[-1] = min(confidences[-1], _SEEN)
        return digits, confidences, [int(wheel * 10) % 10 for wheel in wheels]

    def _reading(
        self,
        frame: Frame,
        config: DisplayConfig,
        text: str | None,
        confidence: float,
        status: Status,
        digits: tuple[Digit, ...],
    ) -> Reading:
        return Reading(
            camera=self._camera,
            display=config.name,
            frame=frame.index,
            time=frame.captured,
            media_time=frame.media_time,
            text=text,
            value=_value(text),
            unit=config.unit,
            confidence=confidence,
            status=status,
            digits=digits,
        )


def _may_go_on(verdicts: Verdicts, rows: NDArray[np.intp], ends: slice) -> bool:
    """Whether there may be more of a number, or of a word, at the places `ends` beyond its digits."""
    light, shown = verdicts.light[ends], verdicts.light[rows]
    chances = verdicts.chances[ends]
    unlit = light.faint(shown) & (np.argmax(chances[:, :NONE], axis=1) == 8)
    more = light.like(shown) & ~unlit & (1 - chances[:, NONE] > _LURKING)
    # Two digits beside a letter are letters themselves, more often than not.
    return bool(more.any() or (len(rows) == 2 and light.like(shown, LETTER).any()))


def _readable(rows: NDArray[np.intp], chances: NDArray[np.float32]) -> NDArray[np.intp]:
    """Leave out what stands at the ends and is no digit: the edge of a frame, a unit."""
    digits = np.flatnonzero(chances[rows, NONE] < _SEEN)
    return rows[digits[0] : digits[-1] + 1] if len(digits) else rows


def _pairs(chances: NDArray[np.float32], wheels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of the two digits that each wheel stands between."""
    below, places = wheels.astype(np.intp) % 10, np.arange(len(wheels))
    return np.asarray(chances[places, below] + chances[places, (below + 1) % 10])


def _lit(rows: NDArray[np.intp], verdicts: Verdicts) -> NDArray[np.intp]:
    """Leave out the leading digits whose segments are not lit."""
    if not len(rows):
        return rows
    light = verdicts.light[rows]
    lit = ~light.faint(light) | (np.argmax(verdicts.chances[rows, :NONE], axis=1) != 8)
    return rows[int(np.argmax(lit)) :]


def rank(readings: tuple[Reading, ...]) -> list[Reading]:
    """Sort readings, the one that a person would name first at the head: large, long, and sure."""
    return sorted(readings, key=lambda reading: (reading.text is None, -prominence(reading)))


def prominence(reading: Reading) -> float:
    """Return how much a reading stands out: the height of its digits, more for several and for sure ones."""
    if not reading.digits:
        return 0.0
    height = np.mean([_height(digit.corners) for digit in reading.digits])
    return float(height * min(len(reading.digits), 4) ** 0.5 * reading.confidence)


def _height(corners: Corners) -> float:
    return float(np.linalg.norm(corners[3] - corners[0]))


def _vote(seen: deque[Marks]) -> tuple[Marks, bool, bool]:
    """The marks seen most often, whether they were seen in nearly every look, and whether mostly for sure."""
    (marks, count), *_ = Counter(seen).most_common(1)
    sure = sum(look.sure for look in seen if look == marks)
    return marks, count >= 0.6 * len(seen), sure > 0.5 * count


def _text(values: list[int], marks: Marks, config: DisplayConfig) -> str:
    """Write the digits with what stands between them.

    >>> _text([1, 2, 5], Marks(point=2, minus=True), DisplayConfig(name="t"))
    '-12.5'
    """
    point = marks.point
    if config.decimals is not None:
        point = len(values) - config.decimals if config.decimals else None
    parts = ["-"] if marks.minus else []
    for place, value in enumerate(values):
        if place == point:
            parts.append("." if place else "0.")
        elif place in marks.colons:
            parts.append(":")
        parts.append(str(value))
    return "".join(parts)


def _value(text: str | None) -> str | None:
    """A decimal number without needless zeros in front; None for times.

    >>> _value("01345.3"), _value("-00.50"), _value("12:30")
    ('1345.3', '-0.50', None)
    """
    if text is None or ":" in text:
        return None
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, rest = digits.partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}{dot}{rest}"
