"""The newest frame of a camera or stream that may go away and come back."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from ..config import CameraConfig
from ..errors import SourceDenied, SourceError, SourceTimeout
from ..frames import Frame
from .clock import MediaClock
from .faults import shown, source_error
from .reconnect import Backoff
from .source import EndOfSource, Feed, Source, SourceStatus
from .thinning import thinned

log = logging.getLogger(__name__)

BLIND = 30.0
"""Seconds that data may come without one good picture, before the stream is reopened."""
QUIET = 2.0
"""Seconds without a frame after which a source shows as stalled."""
LINGER = 0.7
"""Seconds that a reader has to end in when the source is closed, before it is left behind."""
ABANDONED = 4
"""Reader threads that may hang at once, before no more are started."""


class LiveSource(Source):
    """A reader thread keeps the newest frame; when the source is lost, it is reopened with growing pauses.

    A reader that hangs where nothing can interrupt it (name resolution, a driver) is abandoned: it keeps its
    old generation number, and whatever it still delivers is dropped.
    """

    live = True

    def __init__(
        self,
        camera: CameraConfig,
        opener: Callable[[], Feed],
        *,
        backoff: Backoff | None = None,
        pause: float = 0.0,
    ) -> None:
        """`pause`: seconds in which it is normal that nothing comes."""
        self._camera, self._opener, self._pause = camera, opener, pause
        self.interval = max(pause, thinned(camera))
        self._backoff = backoff or Backoff()
        self._fresh = threading.Condition()
        self._stop = threading.Event()
        self._generation = 0
        self._threads: list[threading.Thread] = []
        self._newest: Frame | None = None
        self._index = 0
        self._deadline = float("inf")
        self._last_frame = 0.0
        self._clock = MediaClock(live=True)
        self._status = SourceStatus()
        self._damaged = 0

    @property
    def opener(self) -> Callable[[], Feed]:
        """What opens it once, without the reader thread."""
        return self._opener

    def open(self) -> None:
        self._launch(0.0)

    def read(self, timeout: float = 1.0) -> Frame | None:
        until = time.monotonic() + timeout
        with self._fresh:
            while self._newest is None:
                if self._stop.is_set():
                    raise EndOfSource
                now = time.monotonic()
                if now >= until:
                    return None
                self._watch(now)
                self._fresh.wait(min(until - now, 0.5))
            frame, self._newest = self._newest, None
            self._status = replace(self._status, frames=self._status.frames + 1)
            return frame

    def close(self) -> None:
        with self._fresh:
            self._stop.set()
            self._fresh.notify_all()
        until = time.monotonic() + LINGER
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.01))
        with self._fresh:
            self._generation += 1
            self._newest = None
            self._status = replace(self._status, state="ended")

    @property
    def status(self) -> SourceStatus:
        with self._fresh:
            status, now = self._status, time.monotonic()
            quiet = min(QUIET, self._camera.read_timeout) + self._pause
            if status.state == "live" and now - self._last_frame > quiet:
                return replace(status, state="stalled")
            return status

    def _launch(self, delay: float) -> None:
        self._generation += 1
        self._deadline = float("inf")
        self._threads = [t for t in self._threads if t.is_alive()]
        name = f"source-{self._camera.name}"
        thread = threading.Thread(target=self._run, args=(self._generation, delay), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _watch(self, now: float) -> None:
        """Abandon a reader that hangs; called with the lock held."""
        if now <= self._deadline or sum(t.is_alive() for t in self._threads) > ABANDONED:
            return
        error = SourceTimeout(f"{shown(self._camera.source)}: hangs; trying anew")
        self._launch(self._failed(self._generation, error))

    def _run(self, generation: int, delay: float) -> None:
        while not self._stop.wait(delay) and generation == self._generation:
            try:
                self._connect(generation)
                error = SourceError(f"{shown(self._camera.source)}: connection lost")
            except SourceError as known:
                error = known
            except Exception as unknown:
                log.debug("%s: unexpected error", self._camera.name, exc_info=True)
                error = source_error(unknown, self._camera.source)
            with self._fresh:
                delay = self._failed(generation, error)
            # Pictures hang on its traceback, and in cycles of the library: nobody wants them during the wait.
            del error
            gc.collect()

    def _connect(self, generation: int) -> None:
        """Open the source and publish its frames until it ends."""
        camera = self._camera
        self._allow(generation, 2 * camera.open_timeout + 1)
        feed = self._opener()
        try:
            self._opened(generation, feed)
            last, skipped = time.monotonic(), 0
            for picture in feed:
                now = time.monotonic()
                self._allow(generation, 2 * camera.read_timeout + 1 + self._pause)
                if self._stop.is_set() or generation != self._generation:
                    return
                if picture is None:
                    if feed.skipped > skipped:
                        last, skipped = now, feed.skipped
                        self._heard(generation, now)
                    if now - last > max(BLIND, camera.read_timeout) + self._pause:
                        name, seconds = shown(camera.source), now - last
                        raise SourceTimeout(f"{name}: data comes, but no picture in {seconds:.0f} s")
                    self._count_damage(generation, feed)
                    continue
                last = now
                captured = datetime.now(timezone.utc)
                with self._fresh:
                    if generation != self._generation:
                        return
                    media = self._clock.stamp(picture.time, now)
                    self._publish(picture.frame(self._index, media, captured, now))
                self._count_damage(generation, feed)
        finally:
            feed.close()

    def _heard(self, generation: int, now: float) -> None:
        """Note that a picture has come, though nobody wants it."""
        with self._fresh:
            if generation == self._generation:
                self._last_frame = now

    def _allow(self, generation: int, seconds: float) -> None:
        if generation == self._generation:
            self._deadline = time.monotonic() + seconds

    def _opened(self, generation: int, feed: Feed) -> None:
        with self._fresh:
            if generation == self._generation:
                self._damaged = self._status.damaged
                self._status = replace(self._status, info=feed.info)
                self._clock.restart(feed.info.fps)

    def _count_damage(self, generation: int, feed: Feed) -> None:
        if feed.damaged and generation == self._generation:
            with self._fresh:
                self._status = replace(self._status, damaged=self._damaged + feed.damaged)

    def _publish(self, frame: Frame) -> None:
        """Make `frame` the newest; called with the lock held."""
        status = self._status
        if status.state != "live":
            back = self._index > 0
            log.log(logging.INFO, "%s: %s, %dx%d", self._camera.name, "back" if back else "live", *frame.size)
            self._backoff.succeed()
            status = replace(status, state="live", reconnects=status.reconnects + back)
        if self._newest is not None:
            status = replace(status, drops=status.drops + 1)
        self._status, self._newest, self._last_frame = status, frame, frame.monotonic
        self._index += 1
        self._fresh.notify()

    def _failed(self, generation: int, error: SourceError) -> float:
        """Note the failure and return the pause before the next attempt; called with the lock held."""
        if generation != self._generation or self._stop.is_set():
            return 0.0
        denied = isinstance(error, SourceDenied)
        delay = self._backoff.wait(denied)
        self._deadline = float("inf")
        status, text = self._status, str(error)
        stalled = status.state == "live" and isinstance(error, SourceTimeout)
        news = status.state == "live" or text != status.last_error
        log.log(logging.WARNING if news else logging.DEBUG, "%s; next try in %.1f s", text, delay)
        self._status = replace(
            status,
            state="auth_failed" if denied else "failed",
            stalls=status.stalls + stalled,
            last_error=text,
        )
        return delay
