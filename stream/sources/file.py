"""Every frame in order, decoded ahead by a thread of its own."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from ..config import CameraConfig
from ..errors import FormatError, SourceError
from ..frames import Frame
from .clock import MediaClock
from .faults import shown, source_error
from .picture import Picture
from .source import EndOfSource, Feed, Source, SourceStatus
from .thinning import thinned

log = logging.getLogger(__name__)

AHEAD = 1
"""Frames decoded before they are asked for: more take memory and no less time."""


class FileSource(Source):
    """A file, folder or pipe: nothing is dropped, and a slow reader holds the writer back."""

    live = False

    def __init__(
        self, camera: CameraConfig, opener: Callable[[], Feed], *, timed: bool = True, arriving: bool = False
    ) -> None:
        """`timed`: frames without time stamps get some. `arriving`: the time of arrival is theirs."""
        self._camera, self._opener, self._timed, self._arriving = camera, opener, timed, arriving
        self.interval = thinned(camera)
        self._queue: queue.Queue[Frame | Exception] = queue.Queue(AHEAD)
        self._opened, self._stop = threading.Event(), threading.Event()
        self._status = SourceStatus()
        self._frames = 0
        self._begun: float | None = None
        """Monotonic time of the media time 0 of a source that is paced."""
        self._end: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=f"source-{camera.name}", daemon=True)
        start = camera.start_time
        if start is not None and start.tzinfo is None:
            start = start.replace(tzinfo=timezone.utc)
        self._start = None if start is None else start.astimezone(timezone.utc)

    def open(self) -> None:
        self._thread.start()
        self._opened.wait()
        if isinstance(self._end, SourceError):
            raise self._end

    def read(self, timeout: float = 1.0) -> Frame | None:
        if self._end is not None and self._queue.empty():
            raise self._end
        try:
            item = self._queue.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(item, Exception):
            self._end = item
            raise item
        self._frames += 1
        return item

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            # A pipe on which nothing comes cannot be interrupted: its thread is left behind.
            self._thread.join(1.5)
        self._end = self._end or EndOfSource()
        while not self._queue.empty():
            self._queue.get_nowait()

    @property
    def status(self) -> SourceStatus:
        return replace(self._status, frames=self._frames)

    def _run(self) -> None:
        try:
            feed = self._opener()
        except Exception as error:
            self._end = source_error(error, self._camera.source)
            self._update(state="failed", last_error=str(self._end))
            self._opened.set()
            return
        self._update(state="live", info=feed.info)
        self._opened.set()
        end: Exception = EndOfSource()
        try:
            count = self._read_all(feed)
            end = self._judge_end(feed, count)
        except Exception as error:
            end = source_error(error, self._camera.source)
        finally:
            feed.close()
        if isinstance(end, SourceError):
            self._update(state="failed", last_error=str(end))
        else:
            self._update(state="ended")
        self._put(end)

    def _read_all(self, feed: Feed) -> int:
        clock, handed_out = MediaClock(self._camera.fps or feed.info.fps), 0
        for picture in feed:
            if self._stop.is_set():
                break
            if feed.damaged != self._status.damaged:
                self._update(damaged=feed.damaged)
            if picture is None:
                continue
            frame = self._frame(picture, handed_out + feed.skipped, clock)
            if self._camera.paced and frame.media_time is not None:
                self._await(frame.media_time)
            if not self._put(frame):
                break
            handed_out += 1
        self._update(damaged=feed.damaged)
        return handed_out + feed.skipped

    def _frame(self, picture: Picture, index: int, clock: MediaClock) -> Frame:
        now = time.monotonic()
        media = clock.stamp(picture.time, now) if self._timed or picture.time is not None else None
        captured: datetime | None = None
        if self._start is not None:
            captured = None if media is None else self._start + timedelta(seconds=media)
        elif self._arriving:
            captured = datetime.now(timezone.utc)
        return picture.frame(index, media, captured, now)

    def _await(self, media_time: float) -> None:
        now = time.monotonic()
        if self._begun is None:
            self._begun = now - media_time
        self._stop.wait(self._begun + media_time - now)

    def _judge_end(self, feed: Feed, count: int) -> Exception:
        name, announced = shown(self._camera.source), feed.info.frames
        if self._stop.is_set():
            return EndOfSource()
        if not count:
            return FormatError(f"{name}: no picture in it can be decoded")
        if announced and count < announced:
            warning = (
                f"{name}: ends early, {count} of {announced} pictures could be read; record or copy it again"
            )
            log.warning("%s", warning)
            self._update(last_error=warning)
        return EndOfSource()

    def _put(self, item: Frame | Exception) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def _update(self, **changes: object) -> None:
        """Change the status; done by the reader thread alone."""
        self._status = replace(self._status, **changes)  # type: ignore[arg-type]
