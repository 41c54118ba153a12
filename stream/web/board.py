"""The newest result of every camera and what has been counted: written by the sink, read by the page."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..readings import Reading, Status
from ..results import Result
from ..sinks.queue import SinkStats

LATENCY_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the latency histogram, in seconds; one more bin holds the rest."""

UNWELL = frozenset({"connecting", "stalled", "failed", "auth_failed"})
"""States of a source in which no frame comes."""


@dataclass
class CameraRecord:
    """What is known of one camera."""

    newest: Result
    seen: float
    version: int = 0
    pictured: Result | None = None
    """The newest result that has a frame."""
    picture_seen: float = 0.0
    picture_version: int = 0
    results: int = 0
    latency_bins: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS) + 1))
    latency_sum: float = 0.0
    statuses: Counter[tuple[str, Status]] = field(default_factory=Counter)
    """How many readings each display had of each status."""
    accepted: dict[str, tuple[Reading, float]] = field(default_factory=dict)
    """The last `ok` reading of each display and when it came."""

    def put(self, result: Result, now: float) -> None:
        """Take over a new result."""
        self.newest, self.seen = result, now
        self.version += 1
        self.results += 1
        if result.frame is not None:
            self.pictured, self.picture_seen = result, now
            self.picture_version += 1
        if result.latency_ms is not None:
            self.latency_bins[bisect_left(LATENCY_BOUNDS, result.latency_ms / 1000)] += 1
            self.latency_sum += result.latency_ms / 1000
        for reading in result.readings:
            self.statuses[reading.display, reading.status] += 1
            if reading.status is Status.OK:
                self.accepted[reading.display] = reading, now


class Board:
    """One record a camera, behind a lock that is only ever held for microseconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._cameras: dict[str, CameraRecord] = {}
        self._version = 0
        self.sinks: Callable[[], Sequence[SinkStats]] = tuple
        """Tells how the outputs fare."""

    @property
    def version(self) -> int:
        """Goes up with every result: nothing is new while it stays."""
        return self._version

    def put(self, result: Result) -> None:
        """Take over a new result; the one before it is forgotten."""
        now = self._clock()
        with self._lock:
            record = self._cameras.get(result.camera)
            if record is None:
                record = self._cameras[result.camera] = CameraRecord(result, now)
            record.put(result, now)
            self._version += 1

    def picture(self, camera: str | None) -> tuple[str, int, Result] | None:
        """Return name, version and result of the newest picture; of the first camera when none is named."""
        with self._lock:
            if camera is None:
                camera = next(iter(self._cameras), "")
            record = self._cameras.get(camera)
            if record is None or record.pictured is None:
                return None
            return camera, record.picture_version, record.pictured

    def readings(self, newer: dict[str, int]) -> list[Reading]:
        """Return the readings of the cameras that have a newer version than `newer` says, and update that."""
        found: list[Reading] = []
        with self._lock:
            for name, record in self._cameras.items():
                if newer.get(name) != record.version:
                    newer[name] = record.version
                    found.extend(record.newest.readings)
        return found

    def healthy(self, patience: float = 30.0) -> bool:
        """Return whether every camera brings frames to be believed, or has come to its end."""
        now = self._clock()
        with self._lock:
            return bool(self._cameras) and not any(
                _state(record.newest) in UNWELL
                or record.newest.fault is not None
                or (_state(record.newest) == "live" and now - record.seen > patience)
                for record in self._cameras.values()
            )

    def state(self) -> dict[str, Any]:
        """Return everything that the page shows, ready for JSON."""
        now = self._clock()
        with self._lock:
            return {"v": 1, "cameras": [_camera(name, r, now) for name, r in self._cameras.items()]}

    def visit(self, look: Callable[[str, CameraRecord, float], None]) -> None:
        """Call `look(name, record, now)` for each camera, under the lock."""
        now = self._clock()
        with self._lock:
            for name, record in self._cameras.items():
                look(name, record, now)


def _state(result: Result) -> str:
    return "live" if result.source is None else result.source.state


def _camera(name: str, record: CameraRecord, now: float) -> dict[str, Any]:
    result, source = record.newest, record.newest.source
    frame = record.pictured.frame if record.pictured is not None else None
    return {
        "camera": name,
        "state": _state(result),
        "error": source.last_error if source is not None and source.state in UNWELL else None,
        "size": None if frame is None else list(frame.size),
        "fps": round(result.fps, 1),
        "latency_ms": None if result.latency_ms is None else round(result.latency_ms, 1),
        "frames": record.results if source is None else source.frames,
        "drops": 0 if source is None else source.drops,
        "reconnects": 0 if source is None else source.reconnects,
        "picture": record.picture_version,
        "picture_age_s": None if frame is None else round(now - record.picture_seen, 1),
        "readings": [_reading(reading, record, now) for reading in result.readings],
    }


def _reading(reading: Reading, record: CameraRecord, now: float) -> dict[str, Any]:
    last, at = record.accepted.get(reading.display, (None, now))
    accepted = None
    if last is not None:
        accepted = {"text": last.text, "value": last.value, "unit": last.unit, "age_s": round(now - at, 1)}
    return {**reading.as_dict(), "last_ok": accepted}
