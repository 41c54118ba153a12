"""The log as JSON lines."""

from __future__ import annotations

from pathlib import Path

from ..results import Result
from .linefile import LineFile
from .sink import Sink


class JsonlSink(Sink):
    """Append each reading to a file as one JSON line."""

    def __init__(self, path: Path, max_bytes: int | None = None, keep: int = 5) -> None:
        self.name = path.name
        self._file = LineFile(path, max_bytes=max_bytes, keep=keep)

    def open(self) -> None:
        self._file.open()

    def write(self, result: Result) -> None:
        self._file.add(result.json_lines)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()
