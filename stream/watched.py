"""What is looked at in each frame: the digits of the displays, and where more of them may stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .displays import Display
from .frames import Corners
from .lines import OVER_POINT, roomy

Indices = NDArray[np.intp]

_WIDE = 1.3
"""Heights from one digit to the next from which there is room for another between them."""
_PLACES = 5
"""Kinds of places beside a digit: before, after, in the gap after it, and across a point on both sides."""
ACROSS = 2
"""Index of the first place across a point among those of a display."""
BETWEEN = 4
"""Index of the first place between digits among those of a display."""


class Watched:
    """The places that belong to one sorting of the tracks into displays."""

    def __init__(
        self, grouping: int = -1, displays: Sequence[Display] = (), tracks: NDArray[np.int64] | None = None
    ) -> None:
        self.grouping = grouping
        self.displays = displays
        ids = np.zeros(0, np.int64) if tracks is None else tracks
        self.beside: list[slice] = []
        """Where the places beyond and between the digits of each display are; empty for one digit."""
        places: list[tuple[int, int, int, float, int]] = []
        for display in displays:
            before = len(places)
            if len(display.rows) > 1:
                places += _places(display)
            self.beside.append(slice(len(ids) + before, len(ids) + len(places)))
        table = np.array(places, np.float64).reshape(-1, 5)
        self._near, self._first, self._last, kinds = table[:, [0, 1, 2, 4]].astype(np.intp).T
        self._shares = table[:, 3, None, None].astype(np.float32)
        self.ids: NDArray[np.int64] = np.concatenate([ids, -_PLACES * ids[self._near] - kinds])
        """The tracks, then the places."""
        self._seen: tuple[Corners, Corners] | None = None

    def corners(self, tracks: Corners) -> Corners:
        """Return the quads of all places from those of the tracks; the same array for the same array."""
        if self._seen is None or self._seen[0] is not tracks:
            ways = (tracks[self._last] - tracks[self._first]).mean(axis=1, keepdims=True)
            self._seen = tracks, np.concatenate([tracks, tracks[self._near] + self._shares * ways])
        return self._seen[1]


def _places(display: Display) -> list[tuple[int, int, int, float, int]]:
    """Each place by the digit near it, two others, its share of the way between those, and its kind."""
    rows = display.rows.tolist()
    first, last = rows[0], rows[-1]
    step = 1 / (len(rows) - 1 + len(display.holes))
    places = [
        (first, first, last, -step, 0),
        (last, first, last, step, 1),
        (first, first, last, -OVER_POINT * step, 3),
        (last, first, last, OVER_POINT * step, 4),
    ]
    if display.place is not None:
        corners = display.place[0][display.rows]
        ways = np.linalg.norm(np.diff(corners.mean(axis=1), axis=0), axis=1)
        heights = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
        wide = (ways > _WIDE * heights.mean()) | roomy(corners)
        places += [(rows[k], rows[k], rows[k + 1], 0.5, 2) for k in np.flatnonzero(wide).tolist()]
    return places
