"""Which tracks make up which display, and what a display is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import cv2
import numpy as np
from numpy.typing import NDArray

from .config import DisplayConfig
from .frames import Corners
from .lines import Floats, Indices, chains, holes, hulls, levelled, rotated
from .parting import of_one_size, parted
from .region import region_corners
from .similarity import UNMOVED, Similarity, carried
from .tracker import Tracks

_LONG = 4
"""Digits of a line from which one of them may belong to another."""
_APART, _EVEN = 1.35, 1.25
"""Steps, in usual ones, from which a digit stands apart, and up to which it continues a line."""
_ASTRAY = 1.2, 0.12, 0.1
"""Steps, in usual ones, from which a digit at an end that is not in line with the others is none of them, and
how much higher or lower it is, in heights, or taller or smaller, as a logarithm."""
_FORGET = 250
"""Frames after which a display that vanished loses its name."""
_OUTSIDE = 0.2
"""Of its height, how far the middle of a digit's place may be out of its region: a `1` stands aside."""
_SHIFTED = 0.06
"""Of its height: what a digit may be off the others' common motion before the lines are made anew."""


@dataclass(eq=False)
class Display:
    """One display while it is followed."""

    name: str
    config: DisplayConfig | None = None
    rows: Indices = field(default_factory=lambda: np.zeros(0, np.intp))
    """Rows of its tracks from left to right."""
    ids: frozenset[int] = frozenset()
    place: tuple[Corners, Indices] | None = None
    """All quads when it was last seen, and which of them were its own."""
    seen: int = 0
    """Frame in which it last had digits."""
    holes: frozenset[int] = frozenset()
    """Places before which there is room for another digit."""
    confirmed: int = 0
    """Localizer results since its digits last came or went."""

    @property
    def hull(self) -> Floats:
        """x, y, width and height when it was last seen."""
        if self.place is None:
            return np.zeros(4, np.float32)
        corners, rows = self.place
        return _hull(corners[rows])


class Displays:
    """Sorts tracks into displays: the configured ones, or all that are there, which keep their names."""

    def __init__(self, configured: Sequence[DisplayConfig] = ()) -> None:
        self._configured = bool(configured)
        self._known = [Display(config.name, config) for config in configured]
        self._ids = np.zeros(0, np.int64)
        self._grouped: Corners | None = None
        self.grouping = 0
        """Counts how often the tracks were sorted; in between, rows and holes of all displays stay."""

    @property
    def known(self) -> tuple[Display, ...]:
        """All displays that may come again."""
        return tuple(self._known)

    def update(self, tracks: Tracks, frame: int, looked: bool, drift: Similarity = UNMOVED) -> list[Display]:
        """Return the displays of this frame; `looked`: a localizer result was applied in it.

        The regions have moved by `drift` since they were measured.
        """
        new = not np.array_equal(tracks.ids, self._ids)
        if new or (looked and (self._configured or self._rearranged(tracks.corners))):
            self._sort(tracks, frame, drift)
        for display in self._known:
            display.confirmed += looked
            if len(display.rows):
                display.seen, display.place = frame, (tracks.corners, display.rows)
        if self._configured:
            return self._known
        return [display for display in self._known if len(display.rows)]

    def _sort(self, tracks: Tracks, frame: int, drift: Similarity) -> None:
        self._ids, self._grouped = tracks.ids, tracks.corners
        self.grouping += 1
        lines = _lines(tracks.corners, tracks.lines)
        if self._configured:
            self._fill(tracks, lines, drift)
        else:
            self._recognise(tracks, lines, frame)
        for display in self._known:
            display.holes = holes(tracks.corners[display.rows])

    def _rearranged(self, corners: Corners) -> bool:
        """Whether digits stand otherwise than when they were last sorted, the motion of them all aside."""
        if self._grouped is None or not len(corners):
            return True
        off = corners - self._grouped
        off -= off.mean(axis=(0, 1))
        heights = np.abs(corners[:, 3] - corners[:, 0]).max(axis=1)
        return bool((np.abs(off).max(axis=(1, 2)) > _SHIFTED * heights).any())

    def _fill(self, tracks: Tracks, lines: list[Indices], drift: Similarity) -> None:
        """Give each configured display the line in its region that suits it best."""
        free = list(lines)
        for display in self._known:
            config = display.config
            assert config is not None
            inside = free
            if config.region is not None:
                region = carried(region_corners(config.region), drift)
                inside = [line[_within(tracks.corners[line], region)] for line in free]
            best = max(inside, key=lambda line: _suits(tracks.corners[line], config.digits), default=None)
            members = np.zeros(0, np.intp) if best is None else best
            _take(display, members, tracks)
            free = [line for line in free if not np.isin(line, members).any()]

    def _recognise(self, tracks: Tracks, lines: list[Indices], frame: int) -> None:
        """Find the known displays again by their tracks, else by their place; the rest are new."""
        left = _reading_order(lines, tracks.corners)
        self._known = [d for d in self._known if frame - d.seen <= _FORGET]
        for display in self._known:
            names = [frozenset(tracks.ids[line].tolist()) for line in left]
            shared = [len(display.ids & line) for line in names]
            near = [_overlap(display.hull, _hull(tracks.corners[line])) for line in left]
            scores = [common + place for common, place in zip(shared, near, strict=True)]
            best = int(np.argmax(scores)) if scores else -1
            if best >= 0 and scores[best] > 0.3:
                _take(display, left.pop(best), tracks)
            else:
                _take(display, np.zeros(0, np.intp), tracks)
        for line in left:
            display = Display(self._free_name(), seen=frame)
            _take(display, line, tracks)
            self._known.append(display)

    def _free_name(self) -> str:
        """The first that none has: outputs keep something by name, which must not grow for months."""
        taken = {display.name for display in self._known}
        return next(name for k in count(1) if (name := f"display-{k}") not in taken)


def _take(display: Display, rows: Indices, tracks: Tracks) -> None:
    ids = frozenset(tracks.ids[rows].tolist())
    if ids != display.ids:
        display.confirmed = 0
    display.rows, display.ids = rows, ids or display.ids if not len(rows) else ids


def _lines(corners: Corners, numbers: NDArray[np.int64]) -> list[Indices]:
    if not len(corners):
        return []
    lines = []
    for angle, rows in levelled(corners):
        boxes = hulls(rotated(corners[rows], -angle))
        joined = chains(boxes, np.full(len(rows), 10, np.float32), shortest=1)
        parts = [part for chain in joined for part in parted(chain, boxes)]
        single = [one for part in parts for one in of_one_size(part, boxes)]
        if len(numbers):
            single = _together(single, numbers[rows], boxes)
        lines += [rows[_aligned(one, boxes)] for one in _nearest(single, boxes)]
    # A digit without neighbours is more often a letter or a screw.
    return [line for line in lines if len(line) > 1] or lines


def _together(lines: list[Indices], numbers: NDArray[np.int64], boxes: Floats) -> list[Indices]:
    """Keep the digits of one line of the localizer, which saw more than where they stand, in one display.

    Unless so many of them are sorted elsewhere that they may be a display by themselves.
    """
    for number in np.unique(numbers).tolist():
        found = np.flatnonzero(numbers == number)
        most = max(int(np.isin(found, line).sum()) for line in lines)
        if len(found) >= _LONG and 0 < len(found) - most < _LONG - 1:
            lines = [line[~np.isin(line, found)] for line in lines]
            found = found[np.argsort(boxes[found, 0] + boxes[found, 2] / 2)]
            lines = [line for line in lines if len(line)] + [found]
    return lines


def _nearest(lines: list[Indices], boxes: Floats) -> list[Indices]:
    """Give a digit that stands apart at an end of its line to one that it continues at an even step."""
    middles, lines = np.asarray(boxes[:, :2] + boxes[:, 2:] / 2, np.float32), list(lines)
    for k in range(len(lines)):
        for end in (0, -1):
            line = lines[k]
            if len(line) < _LONG or _step(middles, line, end) < _APART:
                continue
            for j, other in enumerate(lines):
                if j != k and _continues(int(line[end]), other, end, middles, boxes[:, 3]):
                    lines[k] = np.delete(line, end)
                    lines[j] = _joined(int(line[end]), other, end)
                    break
    return lines


def _continues(digit: int, line: Indices, end: int, middles: Floats, heights: Floats) -> bool:
    """Whether a digit that was at this end of its line is the next of another one, at its far end."""
    size = float(heights[digit])
    if len(line) < _LONG - 1 or not 0.8 < size / heights[line].mean() < 1.25:
        return False
    along, across = (middles[digit] - middles[line[-1 - end]]).tolist()
    towards = (along > 0) == (end == 0) and abs(across) < 0.3 * size
    return towards and _step(middles, _joined(digit, line, end), -1 - end) < _EVEN


def _joined(digit: int, line: Indices, end: int) -> Indices:
    return np.append(line, digit) if end == 0 else np.insert(line, 0, digit)


def _aligned(line: Indices, boxes: Floats) -> Indices:
    """Leave out a digit at an end that stands apart and out of line: a piece of texture beside a display."""
    middles = np.asarray(boxes[:, :2] + boxes[:, 2:] / 2, np.float32)
    apart, off, taller = _ASTRAY
    for end in (0, -1):
        if len(line) < _LONG or _step(middles, line, end) < apart:
            continue
        others, size = np.delete(line, end), float(np.median(boxes[line, 3]))
        # The other end may be astray itself.
        inner = others if len(line) == _LONG else line[1:-1]
        slope, height = np.polyfit(middles[inner, 0], middles[inner, 1], 1).tolist()
        x, y = middles[line[end]].tolist()
        other_size = abs(np.log(boxes[line[end], 3] / np.median(boxes[inner, 3]))) > taller
        if other_size or abs(y - slope * x - height) > off * size:
            line = others
    return line


def _step(middles: Floats, line: Indices, end: int) -> float:
    """From an end of a line to its next digit, in usual steps."""
    steps = np.linalg.norm(np.diff(middles[line], axis=0), axis=1)
    return float(steps[end] / np.median(np.delete(steps, end)))


def _within(corners: Corners, region: Corners) -> NDArray[np.bool_]:
    outline = region.astype(np.float32)
    centres, heights = corners.mean(axis=1), np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    inside = [cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y in centres]
    return np.asarray(np.array(inside, np.float32) >= -_OUTSIDE * heights)


def _suits(corners: Corners, digits: int | None) -> float:
    """Area of a line's digits, with the wished count far ahead."""
    if not len(corners):
        return -1.0
    size = float(hulls(corners)[:, 2:].prod(axis=1).sum())
    return size * (1000 if len(corners) == digits else 1)


def _hull(corners: Corners) -> Floats:
    return np.asarray(hulls(corners.reshape(1, -1, 2))[0])


def _overlap(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes."""
    side = np.minimum(a[:2] + a[2:], b[:2] + b[2:]) - np.maximum(a[:2], b[:2])
    both = float(np.maximum(side, 0).prod())
    return both / max(float(a[2:].prod() + b[2:].prod()) - both, 1e-6)


def _reading_order(lines: list[Indices], corners: Corners) -> list[Indices]:
    """Rows from top to bottom, each from left to right."""
    boxes = [_hull(corners[line]) for line in lines]
    order: list[int] = []
    left = sorted(range(len(lines)), key=lambda k: boxes[k][1])
    while left:
        first = boxes[left[0]]
        middle = [k for k in left if boxes[k][1] < first[1] + first[3] / 2]
        order += sorted(middle, key=lambda k: boxes[k][0])
        left = [k for k in left if k not in middle]
    return [lines[k] for k in order]
