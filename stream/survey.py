"""What was seen of every display while a source was watched, in the coordinates of its best picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import Corners, Frame, Luma
from .lines import Line
from .motion import Motion
from .quality import Look, Quality, judge, look
from .ranking import prominence
from .readings import Reading, Status
from .region import share_inside
from .similarity import Similarity, carried

SETTLING = 12
"""Readings of a display that do not count: it has only just been found."""
SEEN = 0.2
"""Share of the pictures in which something must be seen to be a display."""
STEADY = 0.8
"""Share of its texts that must agree on the number of digits, or decimals, for it to be known."""
LOOKED = 10
"""Pictures between two that are measured."""
MARGINS = (0.4, 0.3, 0.2, 0.1, 0.0)
"""Room around the digits, in their heights: as much as the picture has."""


@dataclass(frozen=True, eq=False)
class Sighting:
    """One display as it was found."""

    text: str
    """What was read in the best picture, if it was sure, else the last one that was, or the one seen most."""
    region: Corners
    """`(4, 2)` in the best picture, along the line of digits and with room around them."""
    digits: int | None
    """How many it has, where that was steady."""
    counts: tuple[int, ...]
    """All numbers of digits that were seen."""
    decimals: int | None
    """How many stand after the point, where one was seen steadily."""
    turning: bool
    """Wheels were seen between two digits: it is a mechanical counter."""
    sure: float
    """Share of the pictures in which it was `ok`; `unstable` counts half."""
    quality: Quality
    weight: float
    """How much it stands out."""


@dataclass
class _Seen:
    """What is collected of one display."""

    readings: int = 0
    sure: float = 0.0
    judged: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    last_ok: str | None = None
    corners: dict[int, list[Corners]] = field(default_factory=dict)
    """By number of digits, in the coordinates of the first picture."""
    turning: int = 0
    weights: list[float] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)


class Survey:
    """Takes frames and their readings; a cut begins anew, as another scene."""

    def __init__(self) -> None:
        self._motion = Motion()
        self._scenes: list[_Scene] = []

    def add(self, frame: Frame, readings: tuple[Reading, ...]) -> None:
        """Take the readings of one frame."""
        pose = Similarity() if frame.still else self._motion.update(frame.luma)
        if not self._scenes or (self._motion.cut and not frame.still):
            self._scenes.append(_Scene())
        self._scenes[-1].add(frame, pose, readings)

    @property
    def frames(self) -> int:
        """How many were taken."""
        return sum(scene.frames for scene in self._scenes)

    def result(self) -> tuple[Frame, list[Sighting]]:
        """Return the best picture and the displays in it, the one that stands out most first."""
        longest = max(self._scenes, key=lambda scene: scene.frames)
        return longest.best, longest.sightings()


class _Scene:
    """Frames without a cut between them."""

    best: Frame

    def __init__(self) -> None:
        self.frames = 0
        self._pose = Similarity()
        self._score = -1.0
        self._shown: dict[str, str] = {}
        self._seen: dict[str, _Seen] = {}

    def add(self, frame: Frame, pose: Similarity, readings: tuple[Reading, ...]) -> None:
        back = pose.inverse()
        measured = self.frames % LOOKED == 0
        grey = _grey(frame) if measured else None
        self.frames += 1
        for reading in readings:
            if reading.digits:
                self._take(reading, back, grey, frame.still)
        score = sum(r.confidence for r in readings if r.status is Status.OK)
        # A frame is copied only where it is clearly better: the source may write over its planes.
        if score > 1.02 * self._score + 0.01:
            self.best, self._pose, self._score = _copied(frame), pose, score
            self._shown = {
                r.display: r.text for r in readings if r.status is Status.OK and r.text is not None
            }

    def _take(self, reading: Reading, back: Similarity, grey: Luma | None, still: bool) -> None:
        seen = self._seen.setdefault(reading.display, _Seen())
        seen.readings += 1
        corners = np.stack([digit.slot for digit in reading.digits])
        if still or seen.readings > SETTLING:
            seen.judged += 1
            seen.sure += {Status.OK: 1.0, Status.UNSTABLE: 0.5}.get(reading.status, 0.0)
        seen.weights.append(prominence(reading))
        seen.turning += any(digit.wheel is not None for digit in reading.digits)
        if reading.text is not None:
            seen.texts[reading.text] += 1
            seen.corners.setdefault(len(corners), []).append(carried(corners, back))
        if reading.status is Status.OK:
            seen.last_ok = reading.text
        if grey is not None:
            seen.looks.append(look(grey, corners, region_around(corners, (grey.shape[1], grey.shape[0]))))

    def sightings(self) -> list[Sighting]:
        least = max(1, SEEN * self.frames)
        known = [
            self._sighting(seen, self._shown.get(name))
            for name, seen in self._seen.items()
            if seen.texts and seen.looks and seen.readings >= least
        ]
        found = sorted(known, key=lambda sighting: -sighting.weight * (0.3 + sighting.sure))
        apart: list[Sighting] = []
        for sighting in found:
            # A display that was lost and found again has two names.
            if not any(_within(sighting.region.mean(axis=0), other.region) for other in apart):
                apart.append(sighting)
        return apart

    def _sighting(self, seen: _Seen, shown: str | None) -> Sighting:
        total = sum(seen.texts.values())
        lengths = {count: len(corners) for count, corners in seen.corners.items()}
        usual = max(lengths, key=lambda count: lengths[count])
        longest = max(count for count, times in lengths.items() if times >= 0.1 * total)
        places = Counter({_decimals(text): 0 for text in seen.texts})
        for text, times in seen.texts.items():
            places[_decimals(text)] += times
        decimals, agreed = places.most_common(1)[0]
        corners = np.median(seen.corners[longest], axis=0).astype(np.float32)
        sure = seen.sure / seen.judged if seen.judged else 0.0
        return Sighting(
            text=shown or seen.last_ok or seen.texts.most_common(1)[0][0],
            region=region_around(carried(corners, self._pose), self.best.size),
            digits=usual if lengths[usual] >= STEADY * total else None,
            counts=tuple(sorted(lengths)),
            decimals=decimals if agreed >= STEADY * total else None,
            turning=2 * seen.turning > seen.readings,
            sure=sure,
            quality=judge(seen.looks, sure),
            weight=float(np.median(seen.weights)),
        )


def region_around(digits: Corners, size: tuple[int, int]) -> Corners:
    """Return corners `(4, 2)` around digits `(N, 4, 2)`: along their line, with room, inside the picture."""
    line = Line.fit(digits)
    left, right = line.u - line.widths / 2, line.u + line.widths / 2
    for margin in MARGINS:
        room = margin * line.height
        low, high = float(left.min()) - room, float(right.max()) + room
        middle, width = np.array([(low + high) / 2], np.float32), np.array([high - low], np.float32)
        taller = Line(line.angle, line.height + 2 * room, line.u, line.v, line.widths)
        corners = taller.quads(middle, width)[0]
        if share_inside(corners, size) >= 1 - 1e-6:
            break
    return np.asarray(np.clip(corners, 0, size), np.float32)


def _decimals(text: str) -> int | None:
    """Digits after the point; None without one.

    >>> _decimals("013.45"), _decimals("12:30")
    (2, None)
    """
    _, point, rest = text.partition(".")
    return len(rest) if point else None


def _within(point: NDArray[np.float32], region: Corners) -> bool:
    side, reach = np.roll(region, -1, axis=0) - region, point - region
    return bool((side[:, 0] * reach[:, 1] - side[:, 1] * reach[:, 0] >= 0).all())


def _grey(frame: Frame) -> Luma:
    """Full-range grey; luma may be limited to 16-235."""
    return np.asarray(cv2.cvtColor(frame.bgr(), cv2.COLOR_BGR2GRAY), np.uint8)


def _copied(frame: Frame) -> Frame:
    picture = frame.bgr().copy()
    return Frame(frame.index, frame.luma.copy(), frame.media_time, still=frame.still, _to_bgr=picture.copy)
