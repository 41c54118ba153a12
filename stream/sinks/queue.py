"""A sink behind a bounded queue and a thread of its own, so that it slows nobody down."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING

from ..errors import OutputError
from ..results import Result
from .sink import Sink, SinkClosed

if TYPE_CHECKING:
    from typing_extensions import Self

log = logging.getLogger(__name__)

FLUSH_INTERVAL = 0.2
"""Seconds that a busy sink may hold results back."""
REPORT_INTERVAL = 60.0
"""Seconds between two reports of a sink that keeps failing."""


@dataclass(frozen=True)
class SinkStats:
    """How a sink has fared so far."""

    name: str
    written: int
    dropped: int
    """Results that were pushed out by newer ones before the sink got to them."""
    failed: int
    """Results that the sink could not write."""
    last_error: str | None


class SinkQueue:
    """Feed one sink from its own thread.

    Lossless, for files: `put` waits while the queue is full, and a sink that fails ends the program: the
    next `put`, or the exit, raises its OutputError. Otherwise, for live sources: the oldest result makes room
    and is counted, and a failing sink is tried again with each result and reported once a minute.
    """

    def __init__(
        self,
        sink: Sink,
        *,
        lossless: bool,
        size: int | None = None,
        close_timeout: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sink = sink
        self.lossless = lossless
        self._size = size or (8 if sink.pictures else 1024)
        self._waits = lossless and not sink.newest_only
        self._close_timeout = close_timeout
        self._clock = clock
        # Queues in C, because Ctrl-C in the middle of a Condition would leave its lock held for ever.
        self._items: SimpleQueue[Result | None] = SimpleQueue()
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(self._size):
            self._places.put(None)
        self._progress = 0
        self._written = self._dropped = self._failed = 0
        self._last_error: str | None = None
        self._reported: float | None = None
        self._unreported = 0
        self._end: Exception | None = None
        self._told = self._ending = False
        # Daemon: a sink that hangs in the system must not keep the program from ending.
        self._thread = threading.Thread(target=self._work, name=f"sink-{sink.name}", daemon=True)

    @property
    def stats(self) -> SinkStats:
        """Counters up to now."""
        return SinkStats(self.sink.name, self._written, self._dropped, self._failed, self._last_error)

    def put(self, result: Result) -> None:
        """Hand over a result; raises SinkClosed when nobody looks any more, OutputError as the class says."""
        if self._waits:
            self._places.get()
            if self._end is not None:
                self._places.put(None)  # for the next caller
        self._raise_end()
        if not self._waits:
            self._make_room()
        self._items.put(result)

    def __enter__(self) -> Self:
        self.sink.open()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._finish()
        if self._told:
            return
        if error is None:
            self._raise_end()
        elif self._end is not None:
            log.warning("%s", self._end)

    def _make_room(self) -> None:
        with suppress(Empty):
            while self._items.qsize() >= self._size:
                self._items.get_nowait()
                self._dropped += 1

    def end(self) -> None:
        """Let the thread empty the queue and close the sink; leaving waits for that."""
        if not self._ending:
            self._ending = True
            self._items.put(None)

    def _finish(self) -> None:
        """Wait until the queue is empty and the sink closed; give it up when it makes no progress."""
        self.end()
        while True:
            before = self._progress
            self._thread.join(self._close_timeout)
            if not self._thread.is_alive():
                return
            if self._progress == before:
                log.warning(
                    "%s: no progress for %g s, given up with %d results unwritten",
                    self.sink.name,
                    self._close_timeout,
                    self._items.qsize() - 1,
                )
                return

    def _raise_end(self) -> None:
        if isinstance(self._end, SinkClosed) or (self._end is not None and self.lossless):
            self._told = True
            raise self._end

    def _work(self) -> None:
        flushed = self._clock()
        while self._end is None and (result := self._items.get()) is not None:
            self._progress += 1
            if self._attempt(partial(self.sink.write, result)):
                self._written += 1
            if self._items.empty() or self._clock() - flushed >= FLUSH_INTERVAL:
                self._attempt(self.sink.flush)
                flushed = self._clock()
            del result  # its frame is large
            self._places.put(None)
        self._attempt(self.sink.close)
        if self._unreported:
            self._report()

    def _attempt(self, action: Callable[[], None]) -> bool:
        try:
            action()
        except SinkClosed as closed:
            self._end = self._end or closed
        except Exception as error:
            # A fault of the program in one sink must not take down the others of a live deployment.
            if not isinstance(error, OSError):
                log.debug("%s failed", self.sink.name, exc_info=True)
            self._failure(error)
        else:
            return True
        return False

    def _failure(self, error: Exception) -> None:
        text = str(error) or type(error).__name__
        self._failed += 1
        self._last_error = text
        if self.lossless:
            known = error if isinstance(error, OutputError) else OutputError(f"{self.sink.name}: {text}")
            self._end = self._end or known
            return
        self._unreported += 1
        if self._reported is None or self._clock() - self._reported >= REPORT_INTERVAL:
            self._report()

    def _report(self) -> None:
        count, self._unreported = self._unreported, 0
        self._reported = self._clock()
        log.warning("%s%s", self._last_error, f" ({count} times)" if count > 1 else "")
