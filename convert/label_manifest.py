"""A manifest that people label: each change is in the file before the call returns."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..sinks.collection import locked
from .errors import DatasetError
from .labels import parse_crop, parse_readings
from .manifest import MANIFEST
from .sample import Kind

LABELLED = (Kind.CROP, Kind.STRIP, Kind.PHOTO)
"""Kinds whose label can be typed while looking at the file."""

Row = dict[str, str]


@dataclass
class _Table:
    """The lines of a manifest as they stand, whatever columns it has."""

    mark: str
    end: str
    lines: list[list[str]]

    def rows(self) -> list[Row]:
        header, *lines = self.lines
        return [dict(zip(header, line, strict=False)) for line in lines]


class Manifest:
    """The lines of a folder's manifest; other programs may add lines meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._folder = folder.absolute()
        self._path = Path(os.path.realpath(folder / MANIFEST))
        self._read()

    def rows(self) -> list[Row]:
        """Return the lines of files that can be labelled."""
        kinds = {kind.value for kind in LABELLED}
        return [row for row in self._read().rows() if row.get("kind") in kinds]

    def label(self, file: str, label: str) -> None:
        """Write a file's label; an empty one takes it back."""
        kinds = {row["kind"] for row in self.rows() if row.get("file") == file}
        if label:
            (parse_crop if Kind.CROP.value in kinds else parse_readings)(label)

        def change(table: _Table) -> None:
            place = table.lines[0].index("label")
            for line in self._lines(table, file):
                line[place] = label

        self._change(change)

    def remove(self, file: str) -> list[list[str]]:
        """Take a file's lines out, and return them for `restore`."""
        removed: list[list[str]] = []

        def change(table: _Table) -> None:
            removed.extend(self._lines(table, file))
            table.lines = [line for line in table.lines if line not in removed]

        self._change(change)
        return removed

    def restore(self, lines: Iterable[list[str]]) -> None:
        """Put lines back that `remove` took out, at the end."""
        self._change(lambda table: table.lines.extend(lines))

    def path(self, file: str) -> Path | None:
        """Where a file of the manifest is; None if it is not there, or not inside the folder."""
        path = Path(os.path.normpath(self._folder / file))
        inside = "\0" not in file and path.is_relative_to(os.path.normpath(self._folder))
        return path if inside and path.is_file() else None

    def _lines(self, table: _Table, file: str) -> list[list[str]]:
        place = table.lines[0].index("file")
        found = [line for line in table.lines[1:] if len(line) > place and line[place] == file]
        if not found:
            raise DatasetError(f"{self._path}: no line for {file!r} any more")
        width = len(table.lines[0])
        for line in found:
            line.extend([""] * (width - len(line)))
        return found

    def _read(self) -> _Table:
        try:
            text = self._path.read_bytes().decode("utf-8")
            mark = "\ufeff" if text.startswith("\ufeff") else ""
            lines = list(csv.reader(io.StringIO(text.removeprefix(mark), newline="")))
        except OSError as error:
            raise DatasetError(f"{self._path}: {error.strerror or error}") from None
        except (UnicodeDecodeError, csv.Error) as error:
            raise DatasetError(f"{self._path}: no CSV in UTF-8: {error}") from None
        if missing := {"file", "label", "kind"} - set(lines[0] if lines else ()):
            raise DatasetError(f"{self._path}:1: no column {', '.join(sorted(missing))}")
        end = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
        return _Table(mark, end, lines)

    def _change(self, change: Callable[[_Table], None]) -> None:
        """Change the lines and put the new manifest in the place of the old one, whole at any time."""
        part = self._path.with_name(f".{self._path.name}.part")
        with locked(self.folder):
            table = self._read()
            change(table)
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator=table.end).writerows(table.lines)
            try:
                with part.open("wb") as file:
                    file.write((table.mark + text.getvalue()).encode())
                    file.flush()
                    os.fsync(file.fileno())
                shutil.copymode(self._path, part)
                os.replace(part, self._path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
