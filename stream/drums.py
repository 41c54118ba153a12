"""The value of a mechanical counter, from the positions of its wheels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_TURNING = 0.25
"""Fraction of a step from rest by which a wheel is seen to turn."""
_TURN_LOOKS, _OFF_REST = 2, 0.2
"""Looks at wheels that are off rest by so much of a step that make a display a mechanical counter."""
_MOVED = 0.05
"""Part of a step by which a wheel moves between two frames while it turns over."""
_BETWEEN = 0.3
"""Fraction of a step from rest by which two digits are seen at once."""
_STEP = 0.8
"""Least part of a step that a wheel which is misread is off."""
_ARRIVING = 0.8
"""Fraction of a step from which a wheel may have arrived if its box is a little off: no digit is sure."""
_AT_REST = 0.1
"""Fraction of a step from rest within which a wheel may be at rest."""
_RESTING = 2
"""Wheels at rest that tell how far the boxes of a line are off."""
_THERE = 0.98
"""Fraction of a step from which it has, unless other wheels tell how far its box is off."""
_STOOD = 9
"""Frames without motion in which a wheel stands."""
_NEARLY = 0.75, 0.9
"""Fractions of a step in which a wheel that was not seen to turn may show its next digit too early."""
_HALFWAY = 0.12
"""Fraction of a step from rest from which a wheel stands between digits."""
_SHARP = 0.6
"""Certainty of a wheel's fraction from which it is believed."""
_PLAIN = 0.8
"""Probability of two neighbouring digits from which it is plain that a wheel stands between them."""
_SEEN = 0.5
"""Probability from which a digit counts as readable."""
_LOWER = 0.2
"""Fraction up to which the lower of two digits alone is named."""
ARRIVED = 0.06
"""Fraction short of the next digit that counts as arrived: play of the wheel, error of the measurement."""


class Wheels:
    """What is remembered of the wheels of a display from frame to frame, if it has any."""

    def __init__(self) -> None:
        self.moved = False
        """The lowest has moved since the frame before."""
        self.arriving = False
        """The lowest stands just short of its next digit."""
        self.jumped = False
        """The lowest was seen elsewhere than it can have turned to, and has stood between digits since."""
        self._turns = 0
        self._halfway = False
        """The lowest has stood between digits: it may stop anywhere."""
        self._before: Floats | None = None

    @property
    def turn(self) -> bool:
        """Whether there are wheels: they were seen to turn."""
        return self._turns >= _TURN_LOOKS

    def forget(self) -> None:
        """Forget where they stood."""
        self._before = None

    def read(
        self, chances: Floats, fraction: Floats, sharpness: Floats, looked: bool, stood: int = 0
    ) -> tuple[list[int], Floats, list[int | None]]:
        """Return the digits of a line, their probabilities, and the tenths of its wheels if it is a counter.

        `chances` `(N, 11)`, `fraction` and `sharpness` `(N,)` are the classifier's; `looked`: those of the
        last digit are new; `stood`: frames in which the line has read the same.
        """
        places, values = np.arange(len(chances)), np.argmax(chances[:, :10], axis=1)
        own, sharp = chances[places, values], sharpness > _SHARP
        off_middle = abs(float(fraction[-1]) - 0.5)
        turning = bool(sharp[-1] and off_middle < 0.5 - _TURNING)
        self._turns += bool(sharp[-1] and off_middle < 0.5 - _OFF_REST and looked)
        jumped, self.moved, self.arriving, self.jumped = self.jumped, False, False, False
        off = play(fraction[:-1], sharpness[:-1])
        if not turning and not self.turn:
            self._before = values.astype(np.float32) if own.min() > _PLAIN else None
            if off is not None and sharp[-1] and _NEARLY[0] < (fraction[-1] - off) % 1 < _NEARLY[1]:
                own[-1] = min(own[-1], _SEEN)
            return values.tolist(), own, [None] * len(values)

        fraction = (fraction - (off or 0.0)) % 1
        wheels = positions(chances, fraction)
        plain = _pairs(chances, wheels) > _PLAIN
        before = self._before
        if before is not None and len(before) == len(wheels):
            carried = np.array(list(map(carried_on, before.tolist(), fraction.tolist())), np.float32)
            step = np.abs((wheels - carried + 5) % 10 - 5)
            kept = sharp & (~plain | _is_seen(values, carried))
            between = abs(fraction[-1] - 0.5) < 0.5 - _BETWEEN
            self.jumped = bool(between and (jumped or (sharp[-1] and not kept[-1] and step[-1] > _STEP)))
            wheels[kept] = carried[kept]
            plain |= sharp
            self.moved = bool(abs((wheels[-1] - before[-1] + 5) % 10 - 5) > _MOVED)
        self._before = wheels if plain.all() else None
        self.arriving = bool(wheels[-1] % 1 >= _ARRIVING)
        digits = counter_digits(wheels)
        confidences = np.maximum(_pairs(chances, wheels), chances[places, digits])
        confidences[plain] = np.maximum(confidences[plain], _SEEN)
        between = abs(fraction[-1] - 0.5) < 0.5 - _HALFWAY
        self._halfway |= bool(sharp[-1] and between and not self.moved and stood >= _STOOD)
        there = _THERE if off is None or self._halfway else 1 - ARRIVED
        if _ARRIVING <= wheels[-1] % 1 < there:
            confidences[-1] = min(confidences[-1], _SEEN)
        return digits, confidences, [int(wheel * 10) % 10 for wheel in wheels]


def play(fraction: Floats, sharpness: Floats) -> float | None:
    """Fraction of a step that wheels at rest seem to be turned by: the boxes of a line are off, all alike.

    None where too few are at rest.

    >>> round(play(np.array([0.98, 0.97, 0.98, 0.5], np.float32), np.full(4, 0.9, np.float32)), 2)
    -0.02
    """
    off = (fraction + 0.5) % 1 - 0.5
    resting = off[(np.abs(off) < _AT_REST) & (sharpness > _SHARP)]
    return float(np.median(resting)) if len(resting) >= _RESTING else None


def _pairs(chances: Floats, wheels: Floats) -> Floats:
    """Probability of the two digits that each wheel stands between."""
    below, places = wheels.astype(np.intp) % 10, np.arange(len(wheels))
    return np.asarray(chances[places, below] + chances[places, (below + 1) % 10])


def _is_seen(values: NDArray[np.intp], wheels: Floats) -> NDArray[np.bool_]:
    """Whether the likeliest digits are those that wheels in these positions show."""
    below, fraction = np.floor(wheels).astype(np.intp) % 10, wheels % 1
    upper = (values == (below + 1) % 10) & (fraction > _BETWEEN)
    return np.asarray(((values == below) & (fraction < 1 - _BETWEEN)) | upper)


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
