"""All sinks of a run as one."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from ..results import Result
from .queue import SinkQueue, SinkStats
from .sink import Sink

if TYPE_CHECKING:
    from typing_extensions import Self

Console = Literal["auto", "table", "lines", "off"]

PLACEHOLDER = "{camera}"


class Fanout:
    """Hands each result to all sinks, in order; entering opens them, leaving empties and closes them."""

    def __init__(self, queues: Sequence[tuple[str | None, SinkQueue]]) -> None:
        """Take pairs of the camera whose results a sink gets (None: of every camera) and the sink's queue."""
        self._queues = queues
        self._stack = ExitStack()

    @property
    def stats(self) -> list[SinkStats]:
        """Counters of each sink up to now."""
        return [queue.stats for _, queue in self._queues]

    def write(self, result: Result) -> None:
        """Hand over a result, from any thread.

        Raises SinkClosed when a pipe or window was closed: the program should end quietly. Raises OutputError
        when a sink of a file source has failed.
        """
        light = result.without_frame()
        for camera, queue in self._queues:
            if camera is None or camera == result.camera:
                queue.put(result if queue.sink.pictures else light)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for _, queue in self._queues:
                stack.enter_context(queue)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # All at once: one that hangs must not take the time of the others.
        for _, queue in self._queues:
            queue.end()
        self._stack.__exit__(kind, error, traceback)


def open_sinks(
    *,
    live: bool,
    console: Console = "auto",
    progress: bool = False,
    jsonl: Path | None = None,
    csv: Path | None = None,
    video: Path | None = None,
    snapshot: Path | None = None,
    window: bool = False,
    cameras: Sequence[str] = (),
    max_bytes: int | None = None,
    keep: int = 5,
    others: Sequence[Sink] = (),
) -> Fanout:
    """Put together the sinks of a run; the result is a context manager.

    `{camera}` in the path of the video or the snapshot makes one for each of `cameras`. `progress` shows how
    far a file is, where standard error is a terminal. `max_bytes` and `keep` rotate the logs.
    """
    sinks: list[tuple[str | None, Sink]] = [
        (None, sink) for sink in _console(console, progress and sys.stderr.isatty())
    ]
    if jsonl is not None:
        from .jsonl import JsonlSink

        sinks.append((None, JsonlSink(jsonl, max_bytes, keep)))
    if csv is not None:
        from .csv import CsvSink

        sinks.append((None, CsvSink(csv, max_bytes, keep)))
    if video is not None:
        from .video import VideoSink

        preset = "superfast" if live else "veryfast"
        sinks += [(camera, VideoSink(path, preset)) for camera, path in _per_camera(video, cameras)]
    if snapshot is not None:
        from .snapshot import SnapshotSink

        sinks += [(camera, SnapshotSink(path)) for camera, path in _per_camera(snapshot, cameras)]
    if window:
        from .window import WindowSink

        sinks.append((None, WindowSink()))
    sinks += [(None, sink) for sink in others]
    patience = 1.0 if live else 10.0
    return Fanout(
        [(camera, SinkQueue(sink, lossless=not live, close_timeout=patience)) for camera, sink in sinks]
    )


def _console(console: Console, progress: bool) -> Iterator[Sink]:
    # Rich takes a tenth of a second to load: a piped run goes without.
    if console == "table" or (console == "auto" and sys.stdout.isatty()):
        from .console import TableSink
        from .progress import FileProgress

        yield TableSink(progress=FileProgress() if progress else None)
        return
    if console != "off":
        from .lines import LinesSink

        yield LinesSink()
    if progress:
        from .progress import ProgressSink

        yield ProgressSink()


def _per_camera(path: Path, cameras: Sequence[str]) -> list[tuple[str | None, Path]]:
    if PLACEHOLDER not in str(path):
        return [(None, path)]
    return [(name, Path(str(path).replace(PLACEHOLDER, _slug(name)))) for name in cameras]


def _slug(name: str) -> str:
    """Return the name as part of a file name.

    >>> _slug("Keller / Gaszähler")
    'Keller-Gaszähler'
    """
    return re.sub(r"\W+", "-", name).strip("-") or "camera"
