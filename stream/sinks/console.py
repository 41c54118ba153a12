"""The newest readings as a table on the terminal, for people."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..readings import Reading, Status
from ..results import Result, percent
from .sink import Sink, SinkClosed

if TYPE_CHECKING:
    from .progress import FileProgress

REFRESH_INTERVAL = 0.125
"""Seconds between two drawings of the table: faster is not legible."""

STYLES = {
    Status.OK: "bold green",
    Status.LOW_CONFIDENCE: "yellow",
    Status.INCOMPLETE: "yellow",
    Status.UNSTABLE: "yellow",
}


class TableSink(Sink):
    """Keep a table of the newest reading of each display on the terminal."""

    newest_only = True

    def __init__(
        self,
        stream: TextIO | None = None,
        progress: FileProgress | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = "terminal"
        self._stream = stream or sys.stdout
        self._progress = progress
        self._clock = clock
        self._rows: dict[tuple[str, str], tuple[Reading, Result, float]] = {}
        self._live: Live | None = None
        self._drawn = -REFRESH_INTERVAL

    def open(self) -> None:
        if hasattr(self._stream, "reconfigure"):
            self._stream.reconfigure(errors="replace")  # a terminal without ³ shows ?
        both = sys.stderr.isatty()
        self._live = Live(
            console=Console(file=self._stream),
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=both,  # messages appear above the table
            vertical_overflow="ellipsis",
        )
        self._live.start()

    def write(self, result: Result) -> None:
        now = self._clock()
        for reading in result.readings:
            self._rows[reading.camera, reading.display] = reading, result, now
        if self._progress is not None:
            self._progress.advance(result)
        if now - self._drawn >= REFRESH_INTERVAL:
            self._draw(now)

    def close(self) -> None:
        if self._live is None:
            return
        self._draw(self._clock())
        self._live.stop()
        self._live = None

    def _draw(self, now: float) -> None:
        assert self._live is not None
        self._drawn = now
        try:
            self._live.update(self._render(now), refresh=True)
        except OSError as error:  # the terminal was closed
            raise SinkClosed("the terminal was closed") from error

    def _render(self, now: float) -> RenderableType:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in ("Camera", "Display"):
            table.add_column(name, overflow="ellipsis", no_wrap=True)
        table.add_column("Reading", justify="right", no_wrap=True, min_width=12)
        table.add_column("Sure", justify="right", no_wrap=True)
        table.add_column("Status", no_wrap=True, min_width=14)
        table.add_column("Frame", justify="right", no_wrap=True)
        table.add_column("fps", justify="right", no_wrap=True)
        table.add_column("Age", justify="right", no_wrap=True)
        for (camera, display), (reading, result, seen) in sorted(self._rows.items()):
            table.add_row(
                Text(camera),
                Text(display),
                Text(shown(reading), style=STYLES.get(reading.status, "dim")),
                Text(percent(reading.confidence) if reading.text is not None else ""),
                Text(reading.status.value, style=STYLES.get(reading.status, "dim")),
                Text(str(reading.frame)),
                Text(f"{result.fps:.0f}"),
                Text(f"{now - seen:.0f} s" if now - seen >= 1 else ""),
            )
        return table if self._progress is None else Group(table, self._progress.renderable)


def shown(reading: Reading) -> str:
    """Return text and unit as people read them, a dash for nothing."""
    if reading.text is None:
        return "-"
    return f"{reading.text} {reading.unit}" if reading.unit else reading.text
