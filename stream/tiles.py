"""What is too small for the working picture: parts of the picture, nearly as large as they are, in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from .frames import Boxes, Corners, Luma
from .proposals import MIN_HEIGHT, fine, reduction

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

    def of(self, luma: Luma) -> bool:
        """Whether they are those of pictures of this size."""
        return luma.shape == self._shape

    def again(self, luma: Luma) -> Iterator[Boxes]:
        """Return the boxes of each part that is kept; of another size of picture there is none."""
        if not self.of(luma):
            self._kept, self._shape = [], luma.shape
        return (_boxes(luma, part) for part in self._kept)

    def next(self, luma: Luma, count: int, closed: bool = True) -> Iterator[Boxes]:
        """Return the boxes of so many more parts in turn, of all of them at most; `closed`: see `fine`."""
        parts = grid(luma)
        chosen = [parts[(self._next + k) % len(parts)] for k in range(min(count, len(parts)))]
        self._next += len(chosen)
        return (_boxes(luma, part, closed) for part in chosen)

    def keep(self, luma: Luma, lines: Sequence[Corners], more: bool = False) -> None:
        """Look at the surroundings of these lines again next time, `more` of them than before."""
        around = [_around(line, luma) for line in lines]
        self._kept = ((self._kept if more else []) + around)[:_MOST_KEPT]


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


def _boxes(luma: Luma, part: Part, closed: bool = True) -> Boxes:
    """Boxes in a part of a picture."""
    left, top, right, bottom = part
    factor = reduction(luma)
    boxes = fine(
        luma[top:bottom, left:right],
        max(round(factor / _FINER), 1),
        _TALLEST * MIN_HEIGHT * factor,
        _MOST_BOXES,
        closed,
    )
    boxes[:, :2] += left, top
    return boxes


def _starts(side: int, share: float) -> list[int]:
    count = int(np.ceil((1 - _SHARED * share) / ((1 - _SHARED) * share)))
    return [int(start) for start in np.linspace(0, side - round(share * side), count)]


def _around(line: Corners, luma: Luma) -> Part:
    room = _ROOM * float(np.linalg.norm(line[:, 3] - line[:, 0], axis=1).mean())
    left, top = np.maximum(line.min(axis=(0, 1)) - room, 0).astype(int).tolist()
    right, bottom = (line.max(axis=(0, 1)) + room).astype(int).tolist()
    return left, top, min(right, luma.shape[1]), min(bottom, luma.shape[0])
