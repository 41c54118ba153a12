"""When the localizer looks again: soon while something is new, and now and then when nothing is."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import Corners, Luma
from .similarity import Similarity, carried, in_reduced
from .tracker import Tracker

CELL = 8
"""Side, in reduced pixels, of the cells by which the picture is searched for what is new."""
NEWS = 6.0
"""Mean grey levels in a cell that no motion explains, from which something new stands there."""
CONFIRMED = 2
"""Results in a row that find just what was known, after which there is no hurry."""
PATIENCE, MOST = 4, 4
"""Looks without news after which the next are taken later and later, and how much later at most."""
EMPTY = 8
"""The same where there is nothing: a look at each angle."""
HASTE, AGAIN, RESTLESS = 20, 8, 8
"""Looks without news in a hurry, after news and after one that found another thing; each further one waits a
little longer, up to so many times: things which are digits at every other look must not keep it busy."""
TOUR = 5
"""Looks in which all parts of a picture are searched for what is small, after something was new."""
_NEAR = 1
"""Reduced pixels by which an edge may be off where the picture was followed."""


class Attention:
    """Compares each picture, the motion taken back, with the one that the localizer saw last.

    `hurry` frames or seconds go by between two looks while there is something new, `leisure` when there is
    not, and more after some time; digits that come, go or change in their places are the classifier's
    business, and no news.
    """

    at_leisure = False
    """Whether the last look was taken without anything new to see."""

    def __init__(self, hurry: float, leisure: float) -> None:
        self._hurry, self._leisure = hurry, leisure
        self._last = self._checked = float("-inf")
        self._seen = self._darkest = self._brightest = np.empty((0, 0), np.uint8)
        self._pose = Similarity()
        self._news = True
        self._confirmed = self._idle = self._hasty = 0
        self._known = np.zeros(0, np.int64)
        self._toured = float("-inf")
        self._left = self._share = 0

    def due(self, now: float, tracker: Tracker, rows: int) -> bool:
        """Return whether the localizer shall look at the current picture, which has so many rows."""
        since = now - self._last
        if tracker.steady or since < self._hurry:
            return False
        wait = self._wait
        if not self._news and since < wait and now - self._checked >= self._hurry / 3:
            self._checked = now
            self._news = self._is_new(tracker, rows)
        return self._news or since >= wait

    def looked(self, now: float, tracker: Tracker, parts: int = 0) -> None:
        """Say that the localizer has been given the current picture, which has so many parts."""
        self.at_leisure = self._sure and not self._news
        self._idle = self._idle + 1 if self.at_leisure else 0
        self._hasty = 0 if self._news else self._hasty + (not self._sure)
        # Each look takes one of the parts along.
        self._left = parts if self._news else self._left - 1
        self._share = -(-parts // TOUR)
        self._last, self._news, self._pose = now, False, tracker.pose
        self._seen = tracker.small
        kernel = np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8)
        self._darkest = np.asarray(cv2.erode(tracker.small, kernel), np.uint8)
        self._brightest = np.asarray(cv2.dilate(tracker.small, kernel), np.uint8)

    def parts(self, now: float) -> int:
        """Return how many parts of the current picture the localizer shall look at, before it rests."""
        waits = now - max(self._last, self._toured) < self._hurry
        return 0 if waits else max(min(self._share, self._left), 0)

    def toured(self, now: float, parts: int) -> None:
        """Say that the localizer has been given so many parts of the current picture."""
        self._toured, self._left = now, self._left - parts

    def found(self, tracker: Tracker) -> None:
        """Say that a result was applied: what it has changed is to be confirmed by the next."""
        tracks = tracker.tracks
        same = np.array_equal(tracks.ids, self._known) and tracker.confirmed
        if self._sure and not same:
            self._hasty = HASTE - AGAIN
        self._confirmed = self._confirmed + 1 if same else 0
        self._known = tracks.ids

    @property
    def _sure(self) -> bool:
        return self._confirmed >= (CONFIRMED if len(self._known) else EMPTY)

    @property
    def _wait(self) -> float:
        """Frames or seconds until the next look, if nothing is new."""
        if self._sure:
            return self._leisure * min(max(self._idle // PATIENCE, 1), MOST)
        return self._hurry * min(max(self._hasty - HASTE + 1, 1), RESTLESS)

    def _is_new(self, tracker: Tracker, rows: int) -> bool:
        small, digits = tracker.small, tracker.tracks.corners
        factor = round(rows / len(small))
        if small.shape != self._seen.shape or not tracker.sure:
            return True
        back = self._pose.after(tracker.pose.inverse())
        motion = in_reduced(back, factor)
        if abs(motion.turn - 1) * max(small.shape) + abs(motion.shift) > 0.25:
            small, digits = _moved(small, motion, self._seen), carried(digits, back)
        over, under = cv2.subtract(small, self._brightest), cv2.subtract(self._darkest, small)
        cells = _cells(np.maximum(over, under))
        cells[_covered(cells.shape, digits / np.float32(factor))] = 0
        most = float(cells.max(initial=0))
        if most <= NEWS:
            return False
        # What the light does to the whole picture is no news.
        usual = float(np.partition(cells, cells.size // 2, axis=None)[cells.size // 2])
        return most > NEWS + usual


def _moved(picture: Luma, motion: Similarity, other: Luma) -> Luma:
    """A picture carried by a motion; where it does not reach, the other one, which is as expected."""
    turn, shift = motion
    matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
    size = other.shape[1], other.shape[0]
    moved = cv2.warpAffine(picture, matrix, size, other.copy(), cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    return np.asarray(moved, np.uint8)


def _cells(picture: Luma) -> NDArray[np.float32]:
    height, width = max(picture.shape[0] // CELL, 1), max(picture.shape[1] // CELL, 1)
    inside = picture[: height * CELL, : width * CELL].astype(np.float32)
    return np.asarray(cv2.resize(inside, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _covered(shape: tuple[int, ...], corners: Corners) -> NDArray[np.bool_]:
    """Cells that digits lie in or touch."""
    covered = np.zeros(shape, bool)
    if len(corners):
        low = np.floor(corners.min(axis=1) / CELL - 0.25).astype(int).clip(0)
        high = np.ceil(corners.max(axis=1) / CELL + 0.25).astype(int).clip(0)
        for (left, top), (right, bottom) in zip(low.tolist(), high.tolist(), strict=True):
            covered[top:bottom, left:right] = True
    return covered
