"""One camera: from frames to readings."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from .alternation import Alternation, names
from .attention import Attention
from .classifier import NONE, Classifier
from .config import CameraConfig
from .errors import ConfigError
from .evidence import Evidence, Verdicts
from .frames import Frame
from .liveness import Fault, Liveness
from .localizer import Found, Localizer
from .localizer_thread import LocalizerThread
from .picking import Picking
from .reader import Reader
from .readings import Reading, Status
from .reference import load_reference
from .region import check_region, region_corners, share_inside
from .registration import Drift, Registration
from .results import Result
from .similarity import UNMOVED, Similarity, carried
from .tiles import grid
from .tracker import Tracker
from .validator import Validator, trusting

if TYPE_CHECKING:
    from typing_extensions import Self

    from .sources import SourceStatus

log = logging.getLogger(__name__)

EVERY, SELDOM = 6, 90
"""Frames between two looks of the localizer at a file: while something is new, and otherwise."""
LAG, LATE = 5, 40
"""The same until a result is applied to a file, however fast it came: every run reads the same."""
PAUSE, LEISURE = 0.15, 3.0
"""Seconds between two looks of the localizer at a live source: while something is new, and otherwise."""
_IN_SIGHT = 0.5
"""Share of a region that must be in the picture for its display to be read."""
_KEPT = 0.75
"""Probability of being a digit from which a track lives on without the localizer."""


class Pipeline:
    """Reads the displays of one camera, frame by frame, as a context manager."""

    def __init__(
        self,
        camera: CameraConfig,
        *,
        live: bool,
        model: Path | None = None,
        threads: int = 1,
        validator: Validator = trusting,
    ) -> None:
        self._camera = camera
        self._live = live
        self._classifier = Classifier.load(model, threads)
        # An interpreter serves one thread. The frames of a file wait for a look: their processor is free.
        together = threads if live else max(threads, min(2, os.cpu_count() or 1))
        localizer = Localizer(Classifier.load(model, together), camera.displays)
        self._localizer = LocalizerThread(localizer)
        self._attention = Attention(PAUSE, LEISURE) if live else Attention(EVERY, SELDOM)
        self._regions = any(display.region is not None for display in camera.displays)
        self._tracker = Tracker()
        self._evidence = Evidence(self._classifier)
        self._liveness = Liveness()
        self._fault: Fault | None = None
        self._registration = _registration(camera)
        self._told = Drift(0, 0, 1)
        self._reader = Reader(camera, self._classifier.contract.accept)
        self._picking = None if camera.displays else Picking(camera.pick)
        self._alternation = Alternation(camera.displays)
        self._validator = validator
        self._accepted: dict[str, Reading] = {}
        self._last: tuple[Reading, ...] = ()
        self._size: tuple[int, int] | None = None
        self._rate = _Rate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the localizer end what it does."""
        self._localizer.close()

    def process(self, frame: Frame, source: SourceStatus | None = None) -> Result:
        """Read one frame; their indices must rise."""
        if frame.size != self._size:
            self._check_regions(frame.size)
        if frame.still:
            self._forget()
        self._tracker.update(frame.luma, frame.index)
        drift = self._register(frame)
        looked = self._apply(self._localize(frame, drift))
        tracks = self._tracker.tracks
        wanted = self._reader.watch(frame.index, tracks, looked, drift)
        verdicts = self._evidence.look(self._tracker.levels, *wanted)
        readings = self._reader.read(frame, tracks, verdicts)
        if self._picking is not None:
            readings = self._picking(readings)
        self._tracker.keep(verdicts.ids[_are_digits(verdicts)])
        latency = (time.monotonic() - frame.monotonic) * 1000 if self._live else None
        if self._doubtful(frame):
            self._last = self._without_values(frame.index, frame.captured, frame.media_time, latency)
        else:
            if latency is not None:
                readings = tuple(replace(reading, latency_ms=latency) for reading in readings)
            named = self._alternation(frame, self._in_sight(frame, readings, drift), drift)
            self._last = tuple(map(self._validated, named))
        rate = self._rate.tick(time.monotonic())
        moved = None if self._registration is None else self._registration.moved
        return Result(self._camera.name, frame, self._last, rate, latency, source, self._fault, moved)

    def stale(self, now: datetime, source: SourceStatus | None = None) -> Result:
        """Say that no frame has come: every display that is known has a reading with status `stale`."""
        frame = max((reading.frame for reading in self._last), default=-1)
        readings = self._without_values(frame, now, None, None)
        return Result(self._camera.name, None, readings, 0.0, None, source)

    def _without_values(
        self, frame: int, time: datetime | None, media_time: float | None, latency: float | None
    ) -> tuple[Reading, ...]:
        """A reading with status `stale` for every display that is known."""
        units = names(self._camera.displays)
        units |= {reading.display: reading.unit for reading in self._last}
        return tuple(
            Reading(
                self._camera.name, name, frame, time, media_time, None, None, unit, 0.0, Status.STALE,
                latency_ms=latency,
            )
            for name, unit in units.items()
        )  # fmt: skip

    def _check_regions(self, size: tuple[int, int]) -> None:
        for display in self._camera.displays:
            if display.region is not None:
                check_region(display.region, size, f"{self._camera.name}: {display.name}: region")
            for value in display.values:
                if value.lit is not None:
                    check_region(value.lit, size, f"{self._camera.name}: {value.name}: lit")
        expected = self._registration.size if self._registration is not None else None
        if expected not in (None, size):
            width, height = expected
            raise ConfigError(
                f"{self._camera.name}: reference: {self._camera.reference} has {width}x{height} pixels,"
                f" but the frames have {size[0]}x{size[1]}; measure anew, for example with `digitstream find`"
            )
        self._size = size

    def _forget(self) -> None:
        """Begin anew: a still has nothing to do with the one before."""
        self._localizer.take(wait=True)
        self._tracker.reset()
        if self._picking is not None:
            self._picking.reset()

    def _register(self, frame: Frame) -> Similarity:
        """Follow the camera, and return how it has moved since the regions were measured."""
        if self._registration is None or (frame.still and not self._live and not self._camera.reference):
            # Pictures on disk need not be of one camera.
            return UNMOVED
        tracker = self._tracker
        self._registration.update(
            frame.luma, tracker.small, tracker.pose, frame.index,
            sure=tracker.sure, fresh=frame.still or tracker.cut,
        )  # fmt: skip
        moved = self._registration.moved
        if not self._registration.lost and moved.differs(self._told, 0.03 * frame.size[1]):
            log.info("%s: the camera has moved: %s; the regions follow", self._camera.name, moved)
            self._told = moved
        return self._registration.drift

    def _in_sight(self, frame: Frame, readings: tuple[Reading, ...], drift: Similarity) -> Iterator[Reading]:
        """Let no display be read whose region has left the picture for the most part."""
        regions = {display.name: display.region for display in self._camera.displays}
        for reading in readings:
            region = regions.get(reading.display)
            if region is None or share_inside(carried(region_corners(region), drift), frame.size) > _IN_SIGHT:
                yield reading
            else:
                yield replace(reading, text=None, value=None, confidence=0.0, status=Status.STALE, digits=())

    def _localize(self, frame: Frame, drift: Similarity) -> Found | None:
        """Submit the frame where it is due, and return what is to be applied now."""
        now = frame.monotonic if self._live else frame.index
        at_once = frame.still or (not self._live and (self._localizer.submitted < 0 or self._tracker.cut))
        due = at_once or self._attention.due(now, self._tracker, frame.size[1])
        parts = 0 if due else self._attention.parts(now)
        lag = LATE if self._attention.at_leisure else LAG
        if self._live and not at_once:
            found = self._localizer.take()
        else:
            # A result that is there early waits: every run of a file must read the same.
            late = due or parts or frame.index - self._localizer.submitted >= lag
            found = self._localizer.take(wait=True) if late else None
        if due and self._localizer.idle:
            self._attention.looked(now, self._tracker, 0 if self._regions else len(grid(frame.luma)))
            self._localizer.submit(frame.luma, frame.index, thorough=frame.still, drift=drift)
        elif parts and self._localizer.idle:
            self._attention.toured(now, parts)
            self._localizer.submit(frame.luma, frame.index, parts=parts)
        return self._localizer.take(wait=True) if at_once else found

    def _apply(self, found: Found | None) -> bool:
        if found is None:
            return False
        self._tracker.apply(found.index, found.corners, found.scores, found.whole, found.lines)
        if found.whole or len(found.corners):
            self._attention.found(self._tracker)
        return found.whole

    def _doubtful(self, frame: Frame) -> bool:
        """Whether a picture is not to be believed."""
        fault: Fault | None = None
        # Stills and files are what they are.
        if self._live and not frame.still:
            fault = self._liveness.look(frame.luma, self._tracker.small, frame.key, frame.monotonic)
        if fault is None and self._registration is not None and self._registration.lost:
            fault = Fault.ELSEWHERE
        if fault is not self._fault:
            if fault is not None:
                log.warning("%s: the picture is %s: no readings until it changes", self._camera.name, fault)
            else:
                log.info("%s: the picture is alive again", self._camera.name)
            self._fault = fault
        return fault is not None

    def _validated(self, reading: Reading) -> Reading:
        reading = self._validator(reading, self._accepted.get(reading.display))
        if reading.status is Status.OK:
            self._accepted[reading.display] = reading
        return reading


def _are_digits(verdicts: Verdicts) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(verdicts.chances[:, NONE] < 1 - _KEPT)


def _registration(camera: CameraConfig) -> Registration | None:
    regions = [region_corners(display.region) for display in camera.displays if display.region is not None]
    if not regions:
        return None
    return Registration(regions, None if camera.reference is None else load_reference(camera.reference))


class _Rate:
    """Frames a second, smoothed."""

    def __init__(self) -> None:
        self._last: float | None = None
        self._period = 0.0

    def tick(self, now: float) -> float:
        if self._last is not None:
            period = now - self._last
            self._period += (period - self._period) * (0.1 if self._period else 1.0)
        self._last = now
        return 1 / self._period if self._period > 0 else 0.0
