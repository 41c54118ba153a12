"""The newest annotated frame as a picture file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import cv2

from ..errors import OutputError
from ..results import Result
from .sink import Sink, output_error

INTERVAL = 1.0
"""Seconds between two pictures."""


class SnapshotSink(Sink):
    """Replace a PNG by the newest annotated frame, at most once a second and at the end.

    Whoever reads the file finds a whole picture at any time.
    """

    pictures = True
    newest_only = True

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = path.name
        self._path = path
        self._clock = clock
        self._due = 0.0
        self._unsaved: Result | None = None

    def open(self) -> None:
        target = Path(os.path.realpath(self._path))
        if not cv2.haveImageWriter(target.name):
            raise OutputError(f"cannot write '{self._path}': no known kind of picture; end its name in .png")
        if target.exists() and not target.is_file():
            raise OutputError(f"cannot write '{self._path}': it is not a file; give a file name")
        self._target = target
        # The picture replaces the file: what it takes is the right to make a file beside it.
        self._part = target.with_name(f".{target.name}.part")
        try:
            self._part.write_bytes(b"")
            self._part.unlink()
        except OSError as error:
            raise output_error(self._path, error) from error

    def write(self, result: Result) -> None:
        if result.frame is None:
            return
        self._unsaved = result
        if self._clock() >= self._due:
            self._save(result)

    def close(self) -> None:
        if self._unsaved is not None:
            self._save(self._unsaved)

    def _save(self, result: Result) -> None:
        self._unsaved = None
        self._due = self._clock() + INTERVAL
        picture = result.picture()
        assert picture is not None
        done, data = cv2.imencode(self._target.suffix, picture)
        if not done:
            raise OutputError(f"cannot write '{self._path}': the picture cannot be encoded")
        try:
            self._part.write_bytes(data.tobytes())
            os.replace(self._part, self._target)
        except OSError as error:
            self._part.unlink(missing_ok=True)
            raise output_error(self._path, error) from error
