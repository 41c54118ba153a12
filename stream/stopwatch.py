"""How long each stage of the pipeline takes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from .config import CameraConfig
from .frames import Frame
from .pipeline import Pipeline
from .results import Result

STAGES = {
    "_tracker": {"update": "track", "apply": "track"},
    "_reader": {"watch": "group", "read": "read"},
    "_evidence": {"look": "classify"},
    "_liveness": {"look": "judge"},
    "_localizer": {"submit": "wait", "take": "wait"},
}
"""Parts of the pipeline, their methods, and the stage that each belongs to."""
WHOLE = "frame"
"""All stages of a frame together."""


class Stopwatch:
    """Collects what each frame spent in each stage."""

    def __init__(self) -> None:
        self._frames: list[dict[str, float]] = []
        self._current: dict[str, float] = defaultdict(float)
        self._started: tuple[float, float] | None = None

    def timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return `call`, its time counted to a stage of the current frame."""

        def timing(*arguments: Any, **settings: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*arguments, **settings)
            finally:
                self._current[stage] += time.perf_counter() - began

        return timing

    def begin(self) -> None:
        """A frame begins."""
        if self._started is None:
            self._started = time.perf_counter(), time.process_time()
        self._current = defaultdict(float)

    def end(self) -> None:
        """The frame is done."""
        self._frames.append(dict(self._current))

    @property
    def frames(self) -> int:
        """Frames that are done."""
        return len(self._frames)

    def since_the_first_frame(self) -> tuple[float, float]:
        """Return the seconds since then, and those that the processors were busy."""
        began, busy = self._started or (time.perf_counter(), time.process_time())
        return time.perf_counter() - began, time.process_time() - busy

    def milliseconds(self) -> dict[str, dict[str, float]]:
        """Return mean and 99th percentile of each stage a frame, the longest first."""
        stages = {stage for frame in self._frames for stage in frame}
        spent = {s: 1000 * np.array([frame.get(s, 0.0) for frame in self._frames]) for s in stages}
        return {
            stage: {"mean": float(times.mean()), "p99": float(np.percentile(times, 99))}
            for stage, times in sorted(spent.items(), key=lambda item: -item[1].mean())
        }


class TimedPipeline(Pipeline):
    """A pipeline that reads as any other and tells a stopwatch about it."""

    def __init__(self, stopwatch: Stopwatch, camera: CameraConfig, **settings: Any) -> None:
        super().__init__(camera, **settings)
        self._stopwatch = stopwatch
        self._whole = stopwatch.timed(WHOLE, super().process)
        for part, methods in STAGES.items():
            owner = getattr(self, part)
            for method, stage in methods.items():
                setattr(owner, method, stopwatch.timed(stage, getattr(owner, method)))

    def process(self, frame: Frame, *rest: Any) -> Result:
        self._stopwatch.begin()
        try:
            result: Result = self._whole(frame, *rest)
            return result
        finally:
            self._stopwatch.end()
