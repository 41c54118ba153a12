"""Whether a live picture can be believed: a frozen one, a black one and a test card show no display."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from .frames import Luma

FROZEN_AFTER = 10.0
"""Seconds without any change after which a picture is frozen."""
KEY_FRAMES = 2
"""Key frames that it must have lasted: in between, a still scene is sent as `no change`."""
_ROWS = 8
"""One row in so many is compared, others each time."""
DETAIL = 10
"""Grey levels between neighbouring pixels of the reduced picture: a covered lens has less everywhere."""
_FLAT = 8
"""Grey levels within one bar of a test card, and down it."""
_LAYOUTS = ((0.0, 1.0, 7), (0.0, 1.0, 8), (0.125, 0.875, 7))
"""Left and right end of the colour bars, and how many: SMPTE, EBU, and SMPTE in a wide picture."""


class Fault(str, Enum):
    """What is wrong with a picture that arrives."""

    FROZEN = "frozen"
    COVERED = "covered"
    TEST_CARD = "test_card"
    ELSEWHERE = "elsewhere"

    def __str__(self) -> str:
        return _WORDS[self]


_WORDS = {
    Fault.FROZEN: "frozen",
    Fault.COVERED: "black, or the lens is covered",
    Fault.TEST_CARD: "a test card",
    Fault.ELSEWHERE: "not the view that the regions were measured in",
}


class Liveness:
    """Judges the pictures of one live source, each in well under a tenth of a millisecond."""

    def __init__(self) -> None:
        self._first: Luma | None = None
        self._since = 0.0
        self._key_frames = 0
        self._turn = 0

    def look(self, luma: Luma, small: Luma, key: bool, now: float) -> Fault | None:
        """Return what is wrong with a picture, if anything.

        `small` is the same picture, reduced; `key` tells whether it was coded without reference to others:
        a source that never says so is never frozen.
        """
        if self._changed(luma):
            self._first, self._since, self._key_frames = luma, now, 0
        self._key_frames += key
        if not has_detail(small):
            return Fault.COVERED
        if is_test_card(small):
            return Fault.TEST_CARD
        frozen = self._key_frames >= KEY_FRAMES and now - self._since >= FROZEN_AFTER
        return Fault.FROZEN if frozen else None

    def _changed(self, luma: Luma) -> bool:
        first = self._first
        if first is None or first.shape != luma.shape:
            return True
        # A camera that works has noise in any row: mostly one tells.
        middle = len(luma) // 2
        if not np.array_equal(first[middle : middle + 1], luma[middle : middle + 1]):
            return True
        self._turn = (self._turn + 1) % _ROWS
        return not np.array_equal(first[self._turn :: _ROWS], luma[self._turn :: _ROWS])


def has_detail(small: Luma) -> bool:
    """Tell whether anything at all can be seen in a reduced picture, slow gradients aside."""
    return any(_steps(small, axis).max(initial=0) >= DETAIL for axis in (1, 0))


def is_test_card(small: Luma) -> bool:
    """Tell whether the upper half of a reduced picture is the colour bars of a generator."""
    upper = small[: len(small) // 2]
    if upper.size == 0 or upper[0, 0] < upper[0, -1]:
        return False
    across = upper[len(upper) // 2].astype(np.int16)
    return any(_are_bars(across, *layout) for layout in _LAYOUTS) and _is_same_downwards(upper)


def _steps(picture: Luma, axis: int) -> Luma:
    """Differences of neighbours, down or across."""
    before, after = (picture[:, :-1], picture[:, 1:]) if axis else (picture[:-1], picture[1:])
    return np.maximum(before, after) - np.minimum(before, after)


def _are_bars(row: NDArray[np.int16], left: float, right: float, count: int) -> bool:
    """Tell whether a row is `count` bars, each darker than the one before, as their colours come out."""
    edges = len(row) * np.linspace(left, right, count + 1)
    width = float(edges[1] - edges[0])
    if width < 8:
        return False
    bars = [row[int(edge + 0.25 * width) : int(edge + 0.75 * width)] for edge in edges[:-1]]
    flat = all(bar.max() - bar.min() <= _FLAT for bar in bars)
    levels = np.array([bar.mean() for bar in bars])
    return flat and bool((np.diff(levels) <= -_FLAT).all())


def _is_same_downwards(upper: Luma) -> bool:
    # The bars' own edges may lie between two pixels, and codecs ring there.
    spread = upper.max(axis=0).astype(np.int16) - upper.min(axis=0)
    return float(np.mean(spread <= _FLAT)) > 0.8
