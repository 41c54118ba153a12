"""Many cameras in one process, each in a thread of its own, all into the same sinks."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timezone

from .config import CameraConfig, SiteConfig
from .pipeline import Pipeline
from .sinks import Fanout, Sink, SinkClosed, open_sinks
from .sources import EndOfSource, Source, open_source

log = logging.getLogger(__name__)

TICK = 1.0
"""Seconds without a frame after which readings are `stale`, and between two such readings."""
_POLL = 0.25
"""Seconds in which a stop is noticed."""


def run(site: SiteConfig, stop: threading.Event, *, show_progress: bool = False) -> None:
    """Read all cameras until their files end or `stop` is set; everything read is in the sinks then.

    Raises the error of a file that cannot be read or of a log that cannot be written. A live camera that is
    down is no error: it is taken in when it comes.
    """
    sources = [open_source(camera) for camera in site.cameras]
    live = any(source.live for source in sources)
    sinks = site.sinks
    with open_sinks(
        live=live,
        console=sinks.console,
        progress=show_progress and not live,
        jsonl=sinks.jsonl,
        csv=sinks.csv,
        video=sinks.video,
        snapshot=sinks.snapshot,
        window=sinks.window,
        cameras=[camera.name for camera in site.cameras],
        max_bytes=sinks.max_bytes,
        keep=sinks.keep,
        others=[*_web(site), *_collect(site)],
    ) as fanout:
        workers = [
            _Worker(camera, source, site, fanout, stop)
            for camera, source in zip(site.cameras, sources, strict=True)
        ]
        _run_all(workers, stop)


def _web(site: SiteConfig) -> Sequence[Sink]:
    if site.sinks.web is None:
        return ()
    from .web import WebSink

    web = site.sinks.web
    token = web.token.get_secret_value() if web.token else None
    return (WebSink(web.host, web.port, token, open_browser=web.open_browser),)


def _collect(site: SiteConfig) -> Sequence[Sink]:
    if site.sinks.collect is None:
        return ()
    from .classifier import Classifier
    from .sinks.collect import CollectSink

    collect = site.sinks.collect
    accept = Classifier.load(site.model).contract.accept
    return (CollectSink(collect.folder, accept, max_files=collect.max_files, max_bytes=collect.max_bytes),)


def _run_all(workers: list[_Worker], stop: threading.Event) -> None:
    if len(workers) == 1:
        workers[0].work()
    else:
        threads = [threading.Thread(target=w.work, name=f"camera-{w.camera.name}") for w in workers]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        finally:
            stop.set()
    errors = [worker.error for worker in workers if worker.error is not None]
    if errors:
        raise errors[0]


class _Worker:
    """The loop of one camera."""

    def __init__(
        self, camera: CameraConfig, source: Source, site: SiteConfig, sinks: Fanout, stop: threading.Event
    ) -> None:
        self.camera = camera
        self.error: Exception | None = None
        self._source = source
        self._site = site
        self._sinks = sinks
        self._stop = stop

    def work(self) -> None:
        """Read until the end; an error is kept for the supervisor."""
        try:
            with (
                Pipeline(
                    self.camera, live=self._source.live, model=self._site.model, threads=self._site.threads
                ) as pipeline,
                self._source,
            ):
                self._loop(pipeline)
        except SinkClosed:
            self._stop.set()
        except Exception as error:
            # A fault in one camera must not take the others down.
            self.error = error
            if len(self._site.cameras) > 1:
                log.error("%s: %s", self.camera.name, error)

    def _loop(self, pipeline: Pipeline) -> None:
        heard = time.monotonic()
        while not self._stop.is_set():
            try:
                frame = self._source.read(_POLL)
            except EndOfSource:
                return
            now = time.monotonic()
            if frame is not None:
                heard = now
                self._sinks.write(pipeline.process(frame, self._source.status))
            elif now - heard >= TICK:
                heard = now
                self._sinks.write(pipeline.stale(datetime.now(timezone.utc), self._source.status))
