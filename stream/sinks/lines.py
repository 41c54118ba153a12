"""Readings on standard output as JSON lines, for programs."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from ..results import Result
from .sink import Sink, SinkClosed, output_error


class LinesSink(Sink):
    """Write each reading as one JSON line to standard output."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.name = "standard output"
        self._stream = stream or sys.stdout
        self._lines = bytearray()

    def write(self, result: Result) -> None:
        self._lines += result.json_lines

    def flush(self) -> None:
        data, self._lines = self._lines, bytearray()
        try:
            self._stream.buffer.write(data)
            self._stream.buffer.flush()
        except BrokenPipeError as error:
            self._mute()
            raise SinkClosed("standard output was closed") from error
        except OSError as error:
            self._mute()
            raise output_error("standard output", error) from error

    def close(self) -> None:
        if self._lines:
            self.flush()

    def _mute(self) -> None:
        """Point standard output nowhere, or the interpreter complains about it once more when it exits."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)
