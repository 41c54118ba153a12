"""What is looked at in each frame: the digits of the displays, and the places beyond their ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .displays import Display
from .frames import Corners

Indices = NDArray[np.intp]


class Watched:
    """The places that belong to one sorting of the tracks into displays."""

    def __init__(
        self, grouping: int = -1, displays: Sequence[Display] = (), tracks: NDArray[np.int64] | None = None
    ) -> None:
        self.grouping = grouping
        self.displays = displays
        ids = np.zeros(0, np.int64) if tracks is None else tracks
        lines = [display for display in displays if len(display.rows) > 1]
        self._outer = np.array([display.rows[[0, -1]] for display in lines], np.intp).reshape(-1, 2)
        steps = [len(display.rows) - 1 + len(display.holes) for display in lines]
        self._steps = np.array(steps, np.float32)[:, None, None]
        self.ids: NDArray[np.int64] = np.concatenate([ids, (-2 * ids[self._outer] - [0, 1]).ravel()])
        """The tracks, then two places for each display of more than one digit."""
        self.ends: list[slice] = []
        """Where those of each display are; empty where it has none."""
        after = len(ids)
        for display in displays:
            count = 2 if len(display.rows) > 1 else 0
            self.ends.append(slice(after, after + count))
            after += count
        self._seen: tuple[Corners, Corners] | None = None

    def corners(self, tracks: Corners) -> Corners:
        """Return the quads of all places from those of the tracks; the same array for the same array."""
        if self._seen is None or self._seen[0] is not tracks:
            first, last = tracks[self._outer].swapaxes(0, 1)
            step = (last - first).mean(axis=1, keepdims=True) / self._steps
            ends = np.stack([first - step, last + step], axis=1).reshape(-1, 4, 2)
            self._seen = tracks, np.concatenate([tracks, ends])
        return self._seen[1]
