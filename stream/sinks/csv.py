"""The log as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path

from ..errors import OutputError
from ..readings import Reading, Status
from ..results import Result
from .linefile import LineFile
from .sink import Sink

COLUMNS = list(Reading("", "", 0, None, None, None, None, None, 0.0, Status.BLANK).as_dict())


class CsvSink(Sink):
    """Append each reading to a file as one CSV row with the columns of the JSON log.

    `digits` is JSON text; null is an empty field. An existing file must have the same columns and keeps its
    header.
    """

    def __init__(self, path: Path, max_bytes: int | None = None, keep: int = 5) -> None:
        self.name = path.name
        self._header = _row(COLUMNS)
        self._file = LineFile(path, self._header, max_bytes, keep)

    def open(self) -> None:
        self._file.open()
        first = self._file.first_line()
        if first and first != self._header.rstrip():
            self._file.close()
            raise OutputError(f"cannot write '{self._file.path}': it has other columns; move it away first")

    def write(self, result: Result) -> None:
        for reading in result.readings:
            columns = reading.as_dict()
            columns["digits"] = json.dumps(columns["digits"], ensure_ascii=False, separators=(",", ":"))
            self._file.add(_row(columns.values()))

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _row(values: Iterable[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode()
