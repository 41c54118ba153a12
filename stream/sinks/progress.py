"""How far a file has been read."""

from __future__ import annotations

import sys
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from ..results import Result
from .sink import Sink


class FileProgress:
    """A bar along the media time; without a known length it only shows the frame."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.renderable = Progress(
            TextColumn("frame {task.fields[frame]}"),
            BarColumn(),
            TextColumn("{task.fields[fps]:.0f} fps"),
            TimeRemainingColumn(),
            console=Console(file=stream or sys.stderr),
        )
        self._task: TaskID = self.renderable.add_task("", total=None, frame=0, fps=0.0)

    def advance(self, result: Result) -> None:
        """Move to where this result is."""
        if not result.readings:
            return
        newest = result.readings[0]
        self.renderable.update(
            self._task,
            total=result.source.info.seconds if result.source else None,
            completed=newest.media_time or 0.0,
            frame=newest.frame,
            fps=result.fps,
        )


class ProgressSink(Sink):
    """Show the progress on standard error, for when standard output is a pipe or quiet."""

    newest_only = True

    def __init__(self, stream: TextIO | None = None) -> None:
        self.name = "progress"
        self._progress = FileProgress(stream)

    def open(self) -> None:
        self._progress.renderable.start()

    def write(self, result: Result) -> None:
        self._progress.advance(result)

    def close(self) -> None:
        self._progress.renderable.stop()
