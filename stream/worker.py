"""One camera's loop in a thread of its own, begun anew when it fails."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from .config import CameraConfig
from .errors import DigitstreamError, OutputError
from .overload import Overload
from .pipeline import Pipeline
from .redact import redact, secrets_of
from .restarts import Restarts
from .results import Result
from .sinks import SinkClosed
from .sources import EndOfSource, Source, SourceStatus, open_source

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds without a frame after which readings are `stale`, and between two such readings."""
_POLL = 0.25
"""Seconds in which a stop is noticed."""

_turns = threading.BoundedSemaphore(os.cpu_count() or 1)
"""As many frames of live cameras are read at a time as there are processors: the loops of more would take the
interpreter from each other at every step, and all be later for it."""

MakePipeline = Callable[..., Pipeline]


class Worker:
    """Reads one camera until it ends or is stopped.

    A fault of the program while it reads a live camera begins the loop anew, within a budget; after that the
    camera is `failed` and tried again once in a while. Any other error ends the loop and is kept.
    """

    def __init__(
        self,
        camera: CameraConfig,
        emit: Callable[[Result], None],
        *,
        model: Path | None = None,
        threads: int = 1,
        make_pipeline: MakePipeline = Pipeline,
    ) -> None:
        self.camera = camera
        self.error: Exception | None = None
        """What ended the loop."""
        self.turned = time.monotonic()
        """When the loop last went round."""
        self.writing = threading.Lock()
        """Held while a result is handed over."""
        self._emit_to, self._model, self._model_threads = emit, model, threads
        self._make_pipeline = make_pipeline
        self._stop = threading.Event()
        self._source = open_source(camera)
        self._pipeline: Pipeline | None = None
        self._restarts = Restarts()
        self._worked = False
        # Daemon: a loop that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=self._work, name=f"camera-{camera.name}", daemon=True)

    @property
    def live(self) -> bool:
        """Whether the source is a live one."""
        return self._source.live

    @property
    def alive(self) -> bool:
        """Whether the loop goes on."""
        return self._thread.is_alive()

    @property
    def status(self) -> SourceStatus:
        """How the source is doing, with the restarts of the loop."""
        return replace(self._source.status, restarts=self._restarts.count)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the loop to end; `join` waits for it."""
        self._stop.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait until the loop has ended."""
        self._thread.join(seconds)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self._read()
                return
            except Exception as error:
                if not self._survives(error):
                    self.error = error
                    return
                pause = self._restarts.pause(time.monotonic())
                self._report(error, pause)
                self._sit_out(pause, error)
            self._source = open_source(self.camera)

    def _survives(self, error: Exception) -> bool:
        """Whether another attempt may go better: never after the user's mistakes, unless it has worked."""
        if isinstance(error, SinkClosed | OutputError) or not self._source.live:
            return False
        return self._worked or not isinstance(error, DigitstreamError)

    def _read(self) -> None:
        with (
            self._make_pipeline(
                self.camera, live=self._source.live, model=self._model, threads=self._model_threads
            ) as self._pipeline,
            self._source as source,
        ):
            self._loop(self._pipeline, source)

    def _loop(self, pipeline: Pipeline, source: Source) -> None:
        heard, overload = time.monotonic(), Overload()
        while not self._stop.is_set():
            try:
                frame = source.read(_POLL)
            except EndOfSource:
                return
            now = self.turned = time.monotonic()
            status = self.status
            if frame is not None:
                heard = now
                # A still, and a file, wait for the localizer: not in the way of others.
                alone = not source.live or frame.still
                turn: AbstractContextManager[object] = nullcontext() if alone else _turns
                with turn:
                    result = pipeline.process(frame, status)
                self._emit(result)
                self._worked = True
            elif now - heard >= TICK + (source.interval if status.state == "live" else 0.0):
                heard = now
                self._emit(pipeline.stale(datetime.now(timezone.utc), status))
            if report := overload.look(status, now):
                log.warning("%s: %s", self.camera.name, report)

    def _report(self, error: Exception, pause: float) -> None:
        text = _one_line(self.camera, error)
        log.error("%s: %s; begun anew in %g s", self.camera.name, text, pause)
        log.debug("%s: the fault was here", self.camera.name, exc_info=error)

    def _sit_out(self, pause: float, error: Exception) -> None:
        """Wait for the next attempt; the readings are `stale` meanwhile."""
        until = time.monotonic() + pause
        status = replace(self.status, state="failed", last_error=_one_line(self.camera, error))
        while (rest := until - time.monotonic()) > 0 and not self._stop.wait(min(rest, TICK)):
            self.turned = time.monotonic()
            if self._pipeline is not None:
                self._emit(self._pipeline.stale(datetime.now(timezone.utc), status))

    def _emit(self, result: Result) -> None:
        with self.writing:
            self._emit_to(result)


def _one_line(camera: CameraConfig, error: Exception) -> str:
    words = " ".join(str(error).split()).removeprefix(f"{camera.name}: ")
    text = words if isinstance(error, DigitstreamError) else f"unexpected {type(error).__name__}: {words}"
    return redact(text, secrets_of(camera.source))
