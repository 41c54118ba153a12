"""Readings of a film held against what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..readings import Reading, Status
from .film import Sight

ELSEWHERE = "elsewhere"
"""Name for what is read where no display is."""
_MARGIN = 0.5
"""Around the digits of a display, in their heights, within which a reading is a reading of it."""


@dataclass(frozen=True)
class Miss:
    """A reading that is not what was shown."""

    display: str
    frame: int
    shown: str
    """Empty where the display is dark."""
    read: str | None
    ok: bool
    """Its status: a wrong reading that is `ok` is worse than one that is missed."""

    def follows(self, other: Miss) -> bool:
        """Whether it is the error of the frame before once more."""
        return self == replace(other, frame=other.frame + 1)


@dataclass
class Score:
    """How the readings of one display, or of several, fared; scores add up."""

    frames: int = 0
    """Frames that count: those in which the display can be seen, after the first second."""
    right: int = 0
    """Those with the right reading, or with `unstable` while it changes."""
    shown: int = 0
    """Those in which it is lit."""
    ok: int = 0
    """Those of them with a right reading that is `ok`."""
    settled: int = 0
    """Those of the lit ones in which it does not change."""
    settled_ok: int = 0
    """Those of them with a right reading that is `ok`."""
    wheels: int = 0
    """Frames with the right reading of a counter and a position of its last wheel."""
    wheels_right: int = 0
    """Those whose position is right within a tenth."""
    wrong_ok: list[Miss] = field(default_factory=list)
    """Readings that were `ok` and wrong, of all frames."""
    misses: list[Miss] = field(default_factory=list)
    """Frames that count and are not right."""

    def __add__(self, other: Score) -> Score:
        return Score(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    @property
    def right_share(self) -> float | None:
        """Of the frames that count; None where none does."""
        return _share(self.right, self.frames)

    @property
    def ok_share(self) -> float | None:
        """Of the frames in which the display is lit."""
        return _share(self.ok, self.shown)

    @property
    def settled_share(self) -> float | None:
        """Of the frames in which it is lit and does not change."""
        return _share(self.settled_ok, self.settled)

    @property
    def wheel_share(self) -> float | None:
        """Of the positions of the last wheel."""
        return _share(self.wheels_right, self.wheels)

    def as_dict(self) -> dict[str, Any]:
        """The shares for JSON, as far as there is anything to share."""
        shares = {
            "right": self.right_share,
            "ok": self.ok_share,
            "settled_ok": self.settled_share,
            "wheel_within_one": self.wheel_share,
        }
        known = {name: share for name, share in shares.items() if share is not None}
        return {"frames": self.frames, **known, "wrong_ok": len(self.wrong_ok)}


class Scorer:
    """Scores each display by what was shown and read in every frame.

    The first `skip` frames only count for wrong readings that were `ok`.
    """

    def __init__(self, skip: int) -> None:
        self.skip = skip
        self.scores: dict[str, Score] = {}
        self._frame = -1

    def add(self, sights: Sequence[Sight], readings: Sequence[Reading]) -> list[Miss]:
        """Add the next frame; returns the errors that begin in it."""
        self._frame += 1
        before = {name: (len(one.wrong_ok), len(one.misses)) for name, one in self.scores.items()}
        left = list(readings)
        for sight in sights:
            own = [reading for reading in left if is_at(reading, sight)]
            left = [reading for reading in left if all(reading is not other for other in own)]
            score = self.scores.setdefault(sight.name, Score())
            add_frame(score, sight, own, self._frame, counts=self._frame >= self.skip)
        for reading in left:
            if reading.status is Status.OK:
                wrong = Miss(ELSEWHERE, self._frame, "", reading.text, True)
                self.scores.setdefault(ELSEWHERE, Score()).wrong_ok.append(wrong)
        return [miss for name, one in self.scores.items() for miss in _new(one, *before.get(name, (0, 0)))]


def is_at(reading: Reading, sight: Sight) -> bool:
    """Whether a reading's middle lies on a display."""
    if not reading.digits or not len(sight.quads):
        return False
    middle = np.mean([digit.corners.mean(axis=0) for digit in reading.digits], axis=0)
    low, high = sight.quads.min(axis=(0, 1)), sight.quads.max(axis=(0, 1))
    reach = _MARGIN * float((sight.quads.max(axis=1) - sight.quads.min(axis=1))[:, 1].max())
    return bool((middle > low - reach).all() and (middle < high + reach).all())


def add_frame(score: Score, sight: Sight, readings: Sequence[Reading], index: int, counts: bool) -> None:
    """Add what was read of one display in one frame."""
    truth = sight.texts[0]
    accepted = [reading for reading in readings if reading.status is Status.OK]
    wrong = [reading for reading in accepted if (reading.text or "") not in sight.texts]
    score.wrong_ok += [Miss(sight.name, index, truth, reading.text, True) for reading in wrong]
    if not counts or sight.hidden:
        return
    first = next((r for r in readings if (r.text or "") in sight.texts and r.text), None)
    read = first is not None or ("" in sight.texts and all(r.text is None for r in readings))
    waiting = sight.changing and any(reading.status is Status.UNSTABLE for reading in readings)
    is_ok = first is not None and first.status is Status.OK
    score.frames += 1
    score.right += read or waiting
    if not (read or waiting):
        texts = [reading.text for reading in readings if reading.text]
        score.misses.append(Miss(sight.name, index, truth, " ".join(texts) or None, False))
    if truth:
        score.shown += 1
        score.ok += is_ok
        score.settled += not sight.changing
        score.settled_ok += is_ok and not sight.changing
    wheel = first.digits[-1].wheel if first is not None else None
    if wheel is not None and sight.wheel is not None:
        apart = abs(wheel - sight.wheel)
        score.wheels += 1
        score.wheels_right += min(apart, 10 - apart) <= 1


def runs(misses: Sequence[Miss]) -> list[Miss]:
    """The first of each run of errors that follow each other."""
    return [miss for place, miss in enumerate(misses) if not place or not miss.follows(misses[place - 1])]


def _new(score: Score, wrong: int, missed: int) -> list[Miss]:
    """Errors added after these counts, but those that only go on."""
    parts = (score.wrong_ok, wrong), (score.misses, missed)
    return [m for misses, start in parts for m in runs(misses[max(start - 1, 0) :])[start > 0 :]]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
