"""Many cameras in one process, each in a thread of its own, all into the same sinks."""

from __future__ import annotations

import gc
import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from . import memory, systemd
from .config import CameraConfig, SiteConfig
from .errors import DigitstreamError
from .outputs import Outputs
from .pipeline import Pipeline
from .results import Result
from .sinks import SinkClosed
from .sources import SourceStatus
from .worker import MakePipeline, Worker

log = logging.getLogger(__name__)

_POLL = 0.1
"""Seconds in which a stop or a new configuration is noticed."""
_SWITCH = 0.001
"""Seconds after which a thread lets others run: with Python's own five times as many, a localizer can hold
up the frame loops between any two of their steps.
"""
GRACE = 1.2
"""Seconds that the loops have to end in, before they are left behind."""


@dataclass(frozen=True)
class Reload:
    """How a running deployment gets a new configuration."""

    wanted: threading.Event
    """Set when it is to be read again."""
    load: Callable[[], SiteConfig]
    """Reads it, or raises ConfigError."""


def run(
    site: SiteConfig,
    stop: threading.Event,
    *,
    show_progress: bool = False,
    reload: Reload | None = None,
    make_pipeline: MakePipeline = Pipeline,
) -> None:
    """Read all cameras until their files end or `stop` is set; everything read is in the sinks then.

    Raises the error of a file that cannot be read or of a log that cannot be written. A live camera that is
    down is no error: it is taken in when it comes.
    """
    crew = _Crew(site, make_pipeline)
    sys.setswitchinterval(_SWITCH)
    if crew.live:
        memory.share_arenas()
    with Outputs(site, live=crew.live, show_progress=show_progress) as outputs:
        try:
            crew.start(outputs)
            # What is there now stays: collecting garbage need not look at it again.
            gc.freeze()
            systemd.notify("READY=1")
            _watch(crew, stop, reload)
        finally:
            systemd.notify("STOPPING=1")
            crew.end()
    if crew.errors:
        raise crew.errors[0]


def _watch(crew: _Crew, stop: threading.Event, reload: Reload | None) -> None:
    """Look after the loops until all have ended or the program is to stop."""
    watchdog, told, tidied = systemd.Watchdog(), "", time.monotonic()
    while not stop.is_set() and crew.goes_on(_POLL):
        now = time.monotonic()
        watchdog.turned(crew.turned, now)
        if crew.live and now - tidied >= memory.INTERVAL:
            memory.give_back()
            tidied = now
        if crew.unwatched:
            stop.set()
        if reload is not None and reload.wanted.is_set():
            reload.wanted.clear()
            systemd.reloading()
            _take_over(crew, reload)
            systemd.notify("READY=1")
        if (summary := crew.summary()) != told:
            told = summary
            systemd.notify(f"STATUS={summary}")


def _take_over(crew: _Crew, reload: Reload) -> None:
    try:
        crew.change(reload.load())
    except DigitstreamError as error:
        log.error("the configuration stays as it was: %s", "; ".join(str(error).splitlines()))


class _Crew:
    """The workers of a deployment."""

    def __init__(self, site: SiteConfig, make_pipeline: MakePipeline) -> None:
        self._site, self._make_pipeline = site, make_pipeline
        self._outputs: Outputs | None = None
        self._workers = {camera.name: self._worker(camera, site) for camera in site.cameras}
        self._reported: set[int] = set()

    @property
    def live(self) -> bool:
        """Whether any source is a live one."""
        return any(worker.live for worker in self._workers.values())

    @property
    def turned(self) -> float:
        """When the slowest loop last went round."""
        turns = [worker.turned for worker in self._workers.values() if worker.alive]
        return min(turns, default=time.monotonic())

    @property
    def errors(self) -> list[Exception]:
        """What ended loops, a closed pipe or window aside."""
        errors = (worker.error for worker in self._workers.values())
        return [error for error in errors if error is not None and not isinstance(error, SinkClosed)]

    @property
    def unwatched(self) -> bool:
        """Whether a pipe or window was closed, so that nobody looks any more."""
        return any(isinstance(worker.error, SinkClosed) for worker in self._workers.values())

    def summary(self) -> str:
        """Count the cameras by state."""
        states = Counter(worker.status.state for worker in self._workers.values())
        return ", ".join(f"{count} {state}" for state, count in sorted(states.items()))

    def start(self, outputs: Outputs) -> None:
        """Begin to read all cameras."""
        self._outputs = outputs
        for worker in self._workers.values():
            worker.start()

    def goes_on(self, seconds: float) -> bool:
        """Wait so long, less when a loop ends; return whether any went on until now."""
        alive = [worker for worker in self._workers.values() if worker.alive]
        if alive:
            alive[0].join(seconds)
        self._report()
        return bool(alive)

    def end(self) -> None:
        """Stop all loops; one that hangs is left behind."""
        self._stop([*self._workers.values()])
        self._report()

    def change(self, site: SiteConfig) -> None:
        """Go over to another configuration; cameras that are the same in both go on.

        Raises what is wrong with it; nothing has changed then.
        """
        assert self._outputs is not None
        other_model = (site.model, site.threads) != (self._site.model, self._site.threads)
        if other_model:
            from .classifier import Classifier

            Classifier.load(site.model, site.threads)
        kept = {} if other_model else self._same(site)
        fresh = {c.name: self._worker(c, site) for c in site.cameras if c.name not in kept}
        if not self._outputs.serve(site):
            with ExitStack() as pause:
                for worker in self._workers.values():
                    pause.enter_context(worker.writing)
                self._outputs.exchange(site)
        leaving = [worker for name, worker in self._workers.items() if name not in kept]
        self._stop(leaving)
        for worker in leaving:
            if worker.camera.name not in fresh:
                self._write(Result(worker.camera.name, None, (), 0.0, None, SourceStatus("ended")))
        for worker in fresh.values():
            worker.start()
        workers = {**kept, **fresh}
        self._site, self._workers = site, {camera.name: workers[camera.name] for camera in site.cameras}
        log.info("configuration read again: %d cameras go on, %d begin", len(kept), len(fresh))

    def _same(self, site: SiteConfig) -> dict[str, Worker]:
        """Workers that go on as they are; one that an error has ended is tried again."""
        found = ((camera, self._workers.get(camera.name)) for camera in site.cameras)
        return {
            camera.name: worker
            for camera, worker in found
            if worker is not None and worker.camera == camera and worker.error is None
        }

    def _worker(self, camera: CameraConfig, site: SiteConfig) -> Worker:
        return Worker(
            camera, self._write, model=site.model, threads=site.threads, make_pipeline=self._make_pipeline
        )

    def _write(self, result: Result) -> None:
        assert self._outputs is not None
        self._outputs.write(result)

    def _stop(self, workers: list[Worker]) -> None:
        for worker in workers:
            worker.stop()
        until = time.monotonic() + GRACE
        for worker in workers:
            worker.join(max(until - time.monotonic(), 0.01))

    def _report(self) -> None:
        """Say once what ended a loop, where that does not end the program."""
        for worker in self._workers.values():
            error = worker.error
            if error is None or isinstance(error, SinkClosed) or id(worker) in self._reported:
                continue
            self._reported.add(id(worker))
            if len(self._workers) > 1:
                log.error("%s: %s", worker.camera.name, error)
