"""What is too small for the working picture: parts of the picture, nearly as large as they are, in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .frames import Corners, Luma
from .proposals import MIN_HEIGHT, Boxes, fine, reduction

_FINER = 3
"""How many times finer than the working picture a part is seen."""
_SHARED = 0.15
"""Of a part, that the next one shows too."""
_TALLEST = 1.8
"""Height of digits that a part is searched for, in heights of the least of the working picture."""
_MOST_BOXES = 200
_ROOM = 2.5
"""Heights around a line of which the part is made that is looked at again."""
_MOST_KEPT = 6

Part = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""


class Tiles:
    """The parts of a picture that are looked at next, and those in which something was found."""

    def __init__(self) -> None:
        self._next = 0
        self._kept: list[Part] = []
        self._shape: tuple[int, ...] = ()

    def next(self, luma: Luma, count: int) -> Iterator[Boxes]:
        """Return the boxes of each part that is kept, and of so many more in turn; of all of them at most."""
        if luma.shape != self._shape:
            self._kept, self._shape = [], luma.shape
        parts = grid(luma)
        chosen = [parts[(self._next + k) % len(parts)] for k in range(min(count, len(parts)))]
        self._next += len(chosen)
        factor = reduction(luma)
        for left, top, right, bottom in (*self._kept, *chosen):
            boxes = fine(
                luma[top:bottom, left:right],
                max(round(factor / _FINER), 1),
                _TALLEST * MIN_HEIGHT * factor,
                _MOST_BOXES,
            )
            boxes[:, :2] += left, top
            yield boxes

    def keep(self, luma: Luma, lines: Sequence[Corners]) -> None:
        """Look at the surroundings of these lines again next time."""
        self._kept = [_around(line, luma) for line in lines[:_MOST_KEPT]]


def grid(luma: Luma) -> list[Part]:
    """Return the parts of a picture, row by row; none where the working picture shows all there is."""
    factor = reduction(luma)
    if factor == 1:
        return []
    share = max(round(factor / _FINER), 1) / factor
    rows, columns = luma.shape
    return [
        (left, top, left + round(share * columns), top + round(share * rows))
        for top in _starts(rows, share)
        for left in _starts(columns, share)
    ]


def _starts(side: int, share: float) -> list[int]:
    count = int(np.ceil((1 - _SHARED * share) / ((1 - _SHARED) * share)))
    return [int(start) for start in np.linspace(0, side - round(share * side), count)]


def _around(line: Corners, luma: Luma) -> Part:
    room = _ROOM * float(np.linalg.norm(line[:, 3] - line[:, 0], axis=1).mean())
    left, top = np.maximum(line.min(axis=(0, 1)) - room, 0).astype(int).tolist()
    right, bottom = (line.max(axis=(0, 1)) + room).astype(int).tolist()
    return left, top, min(right, luma.shape[1]), min(bottom, luma.shape[0])
