"""Where labels go: inside the picture, clear of every digit and of one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..frames import Corners


class Rect(NamedTuple):
    """An upright rectangle in whole pixels."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """First column beyond it."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """First row beyond it."""
        return self.y + self.h


Point = tuple[float, float]


class Space:
    """What is still free in a picture; digits and the labels placed so far are taken."""

    def __init__(self, width: int, height: int, quads: Iterable[Corners], margin: int) -> None:
        """Take `margin` as the pixels that stay free around each digit and label."""
        self.width = width
        self.height = height
        self._margin = margin
        self._quads = [(hull(quad), [(float(x), float(y)) for x, y in quad]) for quad in quads]
        self._taken: list[Rect] = []

    def fits(self, rects: Sequence[Rect]) -> bool:
        """Tell whether all of them lie in the picture and touch nothing, each other included."""
        return not any(_overlap(a, b, self._margin) for i, a in enumerate(rects) for b in rects[:i]) and all(
            self._free(rect) for rect in rects
        )

    def take(self, rects: Sequence[Rect]) -> None:
        """Mark them as taken."""
        self._taken += rects

    def _free(self, rect: Rect) -> bool:
        if rect.x < 0 or rect.y < 0 or rect.right > self.width or rect.bottom > self.height:
            return False
        return not any(_overlap(rect, other, self._margin) for other in self._taken) and not any(
            _overlap(rect, box, self._margin) and _meets(rect, quad, self._margin)
            for box, quad in self._quads
        )


def place(space: Space, anchor: Rect, size: tuple[int, int], gap: int) -> Rect | None:
    """Take a place for one label of this size as near to the anchor as there is room; None without any."""
    for rect in _around(space, anchor, *size, gap):
        if space.fits([rect]):
            space.take([rect])
            return rect
    return None


def place_each(
    space: Space, quads: Sequence[Corners], sizes: Sequence[tuple[int, int]], gap: int
) -> list[Rect] | None:
    """Take a place beside each quad, all on the same side, or none at all.

    They line up along the row of quads where it is level, and follow it quad by quad where it is not.
    """
    for row in _strips([hull(quad) for quad in quads], sizes, gap):
        if space.fits(row):
            space.take(row)
            return row
    return None


def hull(points: Corners) -> Rect:
    """Return the smallest rectangle around points of any shape `(..., 2)`."""
    flat = np.asarray(points).reshape(-1, 2)
    x0, y0 = np.floor(flat.min(axis=0)).astype(int).tolist()
    x1, y1 = np.ceil(flat.max(axis=0)).astype(int).tolist()
    return Rect(x0, y0, x1 - x0, y1 - y0)


def corner(space: Space, size: tuple[int, int], gap: int) -> Rect | None:
    """Take the first free corner of the picture, top left before the others; None without any."""
    w, h = size
    right, bottom = space.width - gap - w, space.height - gap - h
    for x, y in ((gap, gap), (right, gap), (gap, bottom), (right, bottom)):
        rect = Rect(x, y, w, h)
        if space.fits([rect]):
            space.take([rect])
            return rect
    return None


def _around(space: Space, anchor: Rect, w: int, h: int, gap: int) -> Iterator[Rect]:
    def clamp(value: int, end: int) -> int:
        return max(0, min(value, end))

    xs = (anchor.x, anchor.x + (anchor.w - w) // 2, anchor.right - w)
    ys = (anchor.y + (anchor.h - h) // 2, anchor.y, anchor.bottom - h)
    # Directly beside the anchor first, then ever further, for when a neighbour is there.
    for step in range(6):
        away = gap + step * (h // 2 + gap)
        for y in (anchor.bottom + away, anchor.y - away - h):
            for x in xs:
                yield Rect(clamp(x, space.width - w), y, w, h)
        for x in (anchor.right + away, anchor.x - away - w):
            for y in ys:
                yield Rect(x, clamp(y, space.height - h), w, h)
    middle = anchor.x + anchor.w // 2, anchor.y + anchor.h // 2
    grid = [
        Rect(x, y, w, h)
        for y in range(gap, space.height - h - gap + 1, max(h // 2, 1))
        for x in range(gap, space.width - w - gap + 1, max(w // 2, 1))
    ]
    yield from sorted(grid, key=lambda r: abs(r.x + w // 2 - middle[0]) + abs(r.y + h // 2 - middle[1]))


def _strips(hulls: Sequence[Rect], sizes: Sequence[tuple[int, int]], gap: int) -> Iterator[list[Rect]]:
    pairs = list(zip(hulls, sizes, strict=True))
    top, bottom = min(a.y for a in hulls), max(a.bottom for a in hulls)
    left, right = min(a.x for a in hulls), max(a.right for a in hulls)
    tallest = max(a.h for a in hulls)
    if bottom - top < 1.5 * tallest:
        yield [Rect(a.x + (a.w - w) // 2, top - gap - h, w, h) for a, (w, h) in pairs]
        yield [Rect(a.x + (a.w - w) // 2, bottom + gap, w, h) for a, (w, h) in pairs]
    if right - left < 1.5 * max(a.w for a in hulls):
        yield [Rect(right + gap, a.y + (a.h - h) // 2, w, h) for a, (w, h) in pairs]
        yield [Rect(left - gap - w, a.y + (a.h - h) // 2, w, h) for a, (w, h) in pairs]
    yield [Rect(a.x + (a.w - w) // 2, a.y - gap - h, w, h) for a, (w, h) in pairs]
    yield [Rect(a.x + (a.w - w) // 2, a.bottom + gap, w, h) for a, (w, h) in pairs]
    yield [Rect(a.right + gap, a.y + (a.h - h) // 2, w, h) for a, (w, h) in pairs]


def _overlap(a: Rect, b: Rect, margin: int) -> bool:
    ax, ay, aw, ah = a
    bx, by, bw, bh = b
    return ax < bx + bw + margin and bx < ax + aw + margin and ay < by + bh + margin and by < ay + ah + margin


def _meets(rect: Rect, quad: Sequence[Point], margin: int) -> bool:
    """Tell whether a rectangle meets a quad whose hull it meets: no side of the quad keeps them apart."""
    x0, y0, x1, y1 = rect.x - margin, rect.y - margin, rect.right + margin, rect.bottom + margin
    corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    for i, (ax, ay) in enumerate(quad):
        bx, by = quad[(i + 1) % len(quad)]
        dx, dy = bx - ax, by - ay
        own = [dx * (y - ay) - dy * (x - ax) for x, y in quad]
        other = [dx * (y - ay) - dy * (x - ax) for x, y in corners]
        if max(own) < min(other) or min(own) > max(other):
            return False
    return True
