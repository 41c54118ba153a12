"""What is known of each tracked digit, from the distinct looks at it so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .classifier import NONE, Classifier
from .crops import SIZE, cut_raw, normalise
from .frames import Corners, Luma
from .ghosts import second_look
from .glance import CELLS, Glances, normalised, replaced
from .ink import profiles
from .light import Light

Floats = NDArray[np.float32]

NEW_LOOK = 24.0
"""Normalised grey levels by which a cell must differ for a picture to count as another look, beyond what a
place that is a little off explains."""
BESIDE = 2.5
"""How many times more a place must change in which there was no digit."""
STIRRED = 14.0
"""The same soon after another look: segments that fade change the picture bit by bit."""
SOON = 1, 3, 8, 20
"""Frames after another look when that is enough."""
OTHER_PICTURE = 75.0
"""Grey levels from which the display itself must have changed: what was known is forgotten."""
RELIT = 12.0
"""Normalised grey levels by which a digit becomes lighter or darker as a whole when its light is new."""
REGAINED = 0.2
"""The same for its contrast, as a logarithm."""
MOST_LOOKS = 4
"""Looks that can add up: an error that all frames share is not made certain by repetition."""

_LEAST = np.full(max(SOON) + 2, NEW_LOOK)
"""Grey levels that make another look, by the frames since the last one."""
_LEAST[list(SOON)] = STIRRED

_ROWS = (
    "_seen", "_slopes", "_age", "_level", "_gain", "_mean", "_again", "_ghosts", "_looks", "_wheel",
    "_sharpness", "_ink",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What each digit shows; rows are those that were asked for."""

    ids: NDArray[np.int64]
    chances: Floats
    """`(N, 11)`: probabilities of 0-9 and none."""
    again: Floats
    """The same without segments that may not be lit, from the last look."""
    ghosts: NDArray[np.bool_]
    """Which of them would be an 8 with those."""
    wheel: Floats
    """Fraction of a drum's step beyond the digit below, 0 to 1."""
    sharpness: Floats
    """How well that fraction is known, 0 to 1."""
    light: Light
    ink: Floats
    """How strong the ink in columns and rows of its crop is, `(N, 2, SIZE)`."""
    looked: NDArray[np.bool_]
    """Digits that were classified in this frame."""
    changed: NDArray[np.bool_]
    """Digits of which anything here is new in this frame."""


class Evidence:
    """Classifies what changed and adds up distinct looks; an unchanged picture changes nothing."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._glances = Glances()
        self._ids = np.zeros(0, np.int64)
        self._seen = np.zeros((0, CELLS * CELLS), np.float32)
        self._slopes = np.zeros((0, 2, CELLS * CELLS), np.float32)
        self._age = np.zeros(0, np.int64)
        """Frames since the last look that was another one."""
        self._level = np.zeros(0, np.float32)
        self._gain = np.zeros(0, np.float32)
        self._mean = np.zeros((0, NONE + 1), np.float32)
        self._again = np.zeros((0, NONE + 1), np.float32)
        self._ghosts = np.zeros(0, bool)
        self._looks = np.zeros(0, np.int64)
        self._wheel = np.zeros(0, np.float32)
        self._sharpness = np.zeros(0, np.float32)
        self._light = np.zeros((3, 0), np.float32)
        self._ink = np.zeros((0, 2, SIZE), np.float32)
        self._verdicts: Verdicts | None = None

    def look(self, levels: Sequence[Luma], ids: NDArray[np.int64], corners: Corners) -> Verdicts:
        """Look at the digits `ids` in a frame's luma, given with its halvings.

        A glance tells what changed: that alone is cut out, and one batched call classifies it.
        """
        if ids is not self._ids and not np.array_equal(ids, self._ids):
            self._follow(ids)
        cells, level, gain = normalised(self._glances(levels, corners))
        off = cells - self._seen
        change = np.abs(off).max(axis=1, initial=0)
        self._age += 1
        usual = _LEAST[np.minimum(self._age, len(_LEAST) - 1)]
        # A place beside a display is not a digit yet; what lights up there changes it altogether.
        least = np.where(ids < 0, BESIDE * NEW_LOOK, usual)
        suspects = np.flatnonzero(change > least)
        if len(suspects):
            change[suspects] = np.abs(replaced(off[suspects], self._slopes[suspects])).max(axis=1)
        looked = (change > least) | (self._looks == 0)
        relit = (np.abs(level - self._level) * gain > RELIT) | (np.abs(np.log(gain / self._gain)) > REGAINED)
        changed = looked | relit
        if not changed.any() and self._verdicts is not None:
            if self._verdicts.changed.any():
                self._verdicts = replace(self._verdicts, looked=looked, changed=changed)
            return self._verdicts
        rows = np.flatnonzero(changed)
        raw = cut_raw(levels[0], corners[rows])
        light = Light.measure(raw)
        self._light[:, rows] = light.ground, light.above, light.below
        self._level[rows], self._gain[rows] = level[rows], gain[rows]
        if looked.any():
            fresh = raw[looked[rows]]
            scores = self._classifier(normalise(fresh))
            rows = np.flatnonzero(looked)
            self._again[rows], self._ghosts[rows] = second_look(self._classifier, fresh, scores.digits)
            plain = np.where(self._ghosts[rows, None], self._again[rows], scores.digits)
            self._learn(rows, change[rows], plain)
            self._wheel[rows] = scores.wheel
            self._sharpness[rows] = scores.wheel_sharpness
            self._ink[rows] = profiles(raw[looked[changed]], corners[rows])
            self._seen[rows] = cells[rows]
            self._age[rows[change[rows] > NEW_LOOK]] = 0
            self._slopes[rows] = self._glances.slopes(rows) * gain[rows, None, None]
        weight = np.sqrt(np.clip(self._looks, 1, MOST_LOOKS)).astype(np.float32)
        self._verdicts = Verdicts(
            self._ids,
            softmax(self._mean * weight[:, None]),
            np.exp(self._again),
            self._ghosts.copy(),
            self._wheel.copy(),
            self._sharpness.copy(),
            Light(*self._light.copy()),
            self._ink.copy(),
            looked,
            changed,
        )
        return self._verdicts

    def _learn(self, rows: NDArray[np.intp], change: Floats, logs: Floats) -> None:
        contradicts = np.argmax(logs, axis=1) != np.argmax(self._mean[rows], axis=1)
        fresh = (self._looks[rows] == 0) | (change > OTHER_PICTURE) | contradicts
        # What is hardly another picture shows where it has changed, but makes nothing surer.
        more = change > NEW_LOOK
        looks = np.where(fresh, 1, np.minimum(self._looks[rows] + more, MOST_LOOKS))
        before = np.where(fresh[:, None], 0, self._mean[rows])
        self._mean[rows] = before + (logs - before) / looks[:, None]
        self._looks[rows] = looks

    def _follow(self, ids: NDArray[np.int64]) -> None:
        """Rearrange the rows; new ids start unknown."""
        known = {int(track): row for row, track in enumerate(self._ids)}
        rows = np.array([known.get(int(track), -1) for track in ids], np.intp)
        kept = rows >= 0

        def arranged(values: NDArray[np.generic]) -> NDArray[np.generic]:
            out = np.zeros((len(ids), *values.shape[1:]), values.dtype)
            out[kept] = values[rows[kept]]
            return out

        for name in _ROWS:
            setattr(self, name, arranged(getattr(self, name)))
        self._light = np.ascontiguousarray(arranged(self._light.T).T)
        self._gain[~kept] = 1
        self._ids, self._verdicts = ids, None


def softmax(logs: Floats) -> Floats:
    """Probabilities of the rows."""
    power = np.exp(logs - logs.max(axis=1, keepdims=True, initial=-np.inf)) if len(logs) else logs
    return np.asarray(power / power.sum(axis=1, keepdims=True), np.float32)
