"""Digit quads with stable ids, carried through every frame by the motion of the picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .frames import Corners, Luma
from .motion import Motion
from .quads import DUPLICATE, as_corners, as_points, distinct, likeness, pair, pieces
from .similarity import Points, Similarity

HISTORY = 512
"""Frames back to which quads can be carried forward."""
MISSES = 4
"""Localizer results in a row without a digit that its track survives."""
PATIENCE = 6
"""The same for a track in which digits are still seen, so that nothing lives on a mistake."""
SAME = 0.35
"""Least likeness of a track and a quad that show the same digit place."""
KNOWN = 3
"""Results in which a digit was found, from which pieces of it are nothing new."""
FAR = 0.2
"""Mean corner distance, in heights, from which a quad is replaced rather than smoothed."""
RESHAPED = 0.25
"""The same for its width: an `8` became a `1`."""
STIRRED = 0.1
"""The same for its way, from which the next result is to show whether it stays there."""
GAIN = 0.25
"""Share of a new quad in a smoothed one, once a track has been seen a few times."""
CELL = 4
"""Side, in reduced pixels, of the cells by which a picture is compared."""
CHANGE = 4.0
"""Grey levels by which a cell changes when something happens in it; noise and compression stay below."""
SETTLED = 2
"""Localizer results on an unchanged picture after which further ones tell nothing new."""


@dataclass(frozen=True, eq=False)
class Tracks:
    """All tracks in the current frame, as arrays with one row a track; not to be written to."""

    ids: NDArray[np.int64]
    corners: Corners
    misses: NDArray[np.int64]
    """Localizer results in a row that did not have it, since a digit was last seen there."""
    born: NDArray[np.int64]
    """Index of the frame in which it was first found."""
    unfound: NDArray[np.int64]
    """Localizer results in a row that did not have it, whatever was seen there since."""
    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """Line of the localizer in which it was last found, counted over all its results; none if unknown."""

    def __len__(self) -> int:
        return len(self.ids)


class Tracker:
    """Keeps the quads of all digits from frame to frame.

    Quads are kept in the coordinates of the first frame since the last cut ("the scene"), so a frame costs
    one multiplication for all of them, nothing adds up, and a late result is as good as a prompt one.
    """

    def __init__(self) -> None:
        self._motion = Motion()
        self._next_id = 1
        self._next_line = 0
        self._clear()

    def _clear(self) -> None:
        self._poses: dict[int, Similarity] = {}
        self._index = -1
        self._scene = np.empty((0, 4), np.complex128)
        self._hits = np.empty(0, np.int64)
        self._unfound = np.empty(0, np.int64)
        self._lines = np.empty(0, np.int64)
        self._looks = 0
        self._stirred = False
        self._calm_since = 0
        self._anchor: NDArray[np.int16] | None = None
        self._shown: Similarity | None = None
        empty = np.empty(0, np.int64)
        self.tracks = Tracks(empty, np.empty((0, 4, 2), np.float32), empty, empty, empty)

    def reset(self) -> None:
        """Forget all frames and tracks; ids are never used again."""
        self._motion.reset()
        self._clear()

    @property
    def levels(self) -> list[Luma]:
        """The current picture and its halvings, the last with 120-239 rows."""
        return self._motion.levels

    @property
    def small(self) -> Luma:
        """The current picture, reduced to 120-239 rows."""
        return self._motion.small

    @property
    def pose(self) -> Similarity:
        """From the first frame since the last cut to the current one, in pixels."""
        return self._motion.pose

    @property
    def cut(self) -> bool:
        """Whether the current frame began a new scene (cut or other size), which drops all tracks."""
        return self._motion.cut

    @property
    def sure(self) -> bool:
        """Whether the motion of the current frame was seen; without texture quads are held still instead."""
        return self._motion.sure

    @property
    def calm_since(self) -> int:
        """Index of the frame since which neither the camera nor anything in the picture has moved."""
        return self._calm_since

    @property
    def steady(self) -> bool:
        """Whether the localizer may rest: its last results were of the very picture that is still there."""
        return self._looks >= SETTLED

    @property
    def confirmed(self) -> bool:
        """Whether the last result had all tracks, and where they were."""
        return not (self._stirred or self._unfound.any())

    def update(self, luma: Luma, index: int) -> Tracks:
        """Take the next frame and carry all quads to it; indices must rise but may leave gaps."""
        if index <= self._index:
            raise ValueError(f"frame {index} comes after frame {self._index}: indices must rise")
        pose = self._motion.update(luma)
        if self._motion.cut:
            self._clear()
        self._index = index
        self._poses[index] = pose
        if len(self._poses) > HISTORY:
            del self._poses[next(iter(self._poses))]
        self._watch(self._motion.small)
        if pose is self._shown:
            # The same object again: nobody need look at what has not moved.
            return self.tracks
        return self._show(self.tracks.ids, self.tracks.misses, self.tracks.born)

    def apply(
        self,
        index: int,
        corners: ArrayLike,
        scores: ArrayLike,
        whole: bool = True,
        lines: ArrayLike | None = None,
    ) -> Tracks:
        """Take what the localizer found in an earlier frame; `lines`: which of its lines each is of, or one.

        Quads that fit a track move it: smoothly by little, at once by much. Others begin a track. Tracks
        that were not found wait for `MISSES` results before they end, unless it was not the whole picture
        that was looked at. A result from before the last cut, or from beyond the history, is ignored.
        """
        pose = self._poses.get(index)
        if pose is None:
            return self.tracks
        quads, scores = as_points(corners), np.asarray(scores, np.float64)
        if len(scores) != len(quads):
            raise ValueError(f"{len(quads)} quads with {len(scores)} scores")
        quads = pose.inverse()(quads)
        numbers = np.zeros(len(quads), np.int64) if lines is None else np.asarray(lines, np.int64)
        numbers = self._next_line + numbers
        self._next_line = int(numbers.max(initial=self._next_line)) + 1
        kept = distinct(quads, scores)
        quads, numbers = quads[kept], numbers[kept]
        old = self.tracks
        alike = likeness(self._scene, quads)
        rows, columns = pair(alike, SAME)

        blended = self._blend(self._scene[rows], quads[columns], self._hits[rows])
        height = np.abs(self._scene[rows, 3] - self._scene[rows, 0])
        self._stirred = bool((np.abs(blended - self._scene[rows]).mean(axis=1) > STIRRED * height).any())
        self._scene[rows] = blended
        self._hits[rows] += 1
        known = self._lines.copy()
        known[rows] = numbers[columns]
        misses, unfound = old.misses + whole, self._unfound + whole
        misses[rows] = unfound[rows] = 0

        taken = np.zeros(len(quads), bool)
        taken[columns] = True
        doubled = (likeness(self._scene[rows], self._scene) >= DUPLICATE).any(axis=0) & (misses > 0)
        stay = (misses <= MISSES) & (unfound <= PATIENCE) & ~doubled
        # Of a digit that is blurred, segments are found: they are nothing new as long as it may come again.
        missed = stay & (unfound > 0) & (self._hits >= KNOWN)
        segments = pieces(quads, self._scene[missed]).any(axis=1)
        fresh = ~taken & ~segments & ~(alike[rows] >= DUPLICATE).any(axis=0)
        count = int(fresh.sum())
        ids = np.arange(self._next_id, self._next_id + count, dtype=np.int64)
        self._next_id += count
        self._scene = np.concatenate([self._scene[stay], quads[fresh]])
        self._hits = np.concatenate([self._hits[stay], np.ones(count, np.int64)])
        self._unfound = np.concatenate([unfound[stay], np.zeros(count, np.int64)])
        self._lines = np.concatenate([known[stay], numbers[fresh]])
        if not whole and count:
            # What is new is to be looked at again.
            self._looks = 0
        elif whole and index >= self._calm_since:
            self._looks += 1
        return self._show(
            np.concatenate([old.ids[stay], ids]),
            np.concatenate([misses[stay], np.zeros(count, np.int64)]),
            np.concatenate([old.born[stay], np.full(count, index, np.int64)]),
        )

    def keep(self, ids: Iterable[int] | NDArray[np.int64]) -> None:
        """Say that digits are still seen in these tracks: they outlive `PATIENCE` results without them."""
        if not self.tracks.misses.any():
            return
        seen = np.isin(self.tracks.ids, np.fromiter(ids, np.int64))
        misses = np.where(seen, 0, self.tracks.misses)
        if not np.array_equal(misses, self.tracks.misses):
            self.tracks = replace(self.tracks, misses=misses)

    def carry(self, corners: ArrayLike, index: int) -> Corners | None:
        """Return quads of an earlier frame as they lie in the current one; None if it is too old."""
        pose = self._poses.get(index)
        if pose is None:
            return None
        return as_corners(self._motion.pose.after(pose.inverse())(as_points(corners)))

    def _show(self, ids: NDArray[np.int64], misses: NDArray[np.int64], born: NDArray[np.int64]) -> Tracks:
        self._shown = self._motion.pose
        corners = as_corners(self._shown(self._scene))
        self.tracks = Tracks(ids, corners, misses, born, self._unfound, self._lines)
        return self.tracks

    @staticmethod
    def _blend(old: Points, new: Points, hits: NDArray[np.int64]) -> Points:
        """Average out the localizer's noise, but follow a digit that has changed its shape or place."""
        height = np.maximum(np.abs(old[:, 3] - old[:, 0]), 1e-9)
        off = np.abs(new - old).mean(axis=1) / height
        wider = np.abs(np.abs(new[:, 1] - new[:, 0]) - np.abs(old[:, 1] - old[:, 0])) / height
        gain = np.where((off > FAR) | (wider > RESHAPED), 1.0, np.maximum(GAIN, 1 / (hits + 1)))
        return np.asarray(old + gain[:, None] * (new - old))

    def _watch(self, small: Luma) -> None:
        """Compare the picture with the one at the start of the calm; whatever enters or moves ends it."""
        height, width = max(small.shape[0] // CELL, 1), max(small.shape[1] // CELL, 1)
        cells = cv2.resize(
            small[: height * CELL, : width * CELL], (width, height), interpolation=cv2.INTER_AREA
        ).astype(np.int16)
        if self._anchor is not None:
            change = (cells - self._anchor).ravel()
            # What the light does to the whole picture is no change; mostly its middle need not be known.
            low, high = int(change.min()), int(change.max())
            if high - low < CHANGE:
                return
            if high - low < 2 * CHANGE:
                middle = int(np.partition(change, change.size // 2)[change.size // 2])
                if max(high - middle, middle - low) < CHANGE:
                    return
        self._anchor, self._calm_since, self._looks = cells, self._index, 0
