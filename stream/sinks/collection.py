"""A folder of digits that were hard to read: a data set that waits for a person's labels."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..crops import Image, letterbox
from ..errors import OutputError
from ..readings import Digit, Reading, utc_text
from .linefile import LineFile

MANIFEST = "manifest.csv"
COLUMNS = (
    "file", "label", "kind", "boxes", "guess", "confidence", "reason", "camera", "display", "time"
)  # fmt: skip
NEAR = 6
"""Bits of 64 by which two pictures may differ and still count as the same."""
_STEP = 12
"""Grey levels between neighbouring cells from which their order counts: noise on a plain ground has none."""
_NAME = re.compile(r"(\d)-([0-9a-f]{16})\.png")


@dataclass(frozen=True)
class Example:
    """A digit that was hard to read, cut out."""

    picture: Image
    """Grey, with the surroundings that the classifier sees."""
    digit: Digit
    reading: Reading
    """The reading that it is part of."""
    reason: str

    @property
    def guess(self) -> str:
        """What the program took it for, as a label; empty where a turning drum leaves it open."""
        digit, wheel = self.digit.digit, self.digit.wheel
        if wheel is None:
            return digit
        # A drum's digit is the next one already once it has all but arrived, and where the drum on its right
        # has yet to carry it on.
        last = self.digit is self.reading.digits[-1]
        return f"{digit}.{wheel}" if wheel < 5 or (last and wheel < 9) else ""

    def row(self, file: str) -> dict[str, str]:
        """Return its line of the manifest."""
        return {
            "file": file,
            "label": "",
            "kind": "cropped-digit",
            "boxes": "",
            "guess": self.guess,
            "confidence": f"{self.digit.confidence:.3f}",
            "reason": self.reason,
            "camera": self.reading.camera,
            "display": self.reading.display,
            "time": utc_text(self.reading.time) or "",
        }


class Collection:
    """Adds examples to a folder, none that looks like one of the same guess already there.

    A file is named by its guess and its looks, so that a restart knows from the manifest alone what is there.
    """

    def __init__(self, folder: Path, max_files: int, max_bytes: int) -> None:
        self.folder = folder
        self._max_files = max_files
        self._max_bytes = max_bytes
        self._files = self._bytes = 0
        self._known: dict[str, list[int]] = {}
        self.full = False
        """Whether the last example found no room."""

    def open(self) -> None:
        """Make the folder, or go on with the one that is there."""
        if self.folder.exists() and not self.folder.is_dir():
            raise OutputError(f"cannot write into '{self.folder}': it is not a folder; give another one")
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder):
            names = self._begin()
        self._known = {}
        for match in filter(None, map(_NAME.fullmatch, names)):
            self._known.setdefault(match[1], []).append(int(match[2], 16))
        with os.scandir(self.folder) as entries:
            sizes = [entry.stat().st_size for entry in entries if entry.name.endswith(".png")]
        self._files, self._bytes, self.full = len(sizes), sum(sizes), False

    def add(self, examples: Iterable[Example]) -> int:
        """Save the examples that are new, as long as there is room, and return how many."""
        rows: list[dict[str, str]] = []
        try:
            for example in examples:
                code = fingerprint(letterbox(example.picture))
                known = self._known.setdefault(example.digit.digit, [])
                if any((code ^ other).bit_count() <= NEAR for other in known):
                    continue
                data = cv2.imencode(".png", example.picture)[1].tobytes()
                self.full = self._files >= self._max_files or self._bytes + len(data) > self._max_bytes
                if self.full:
                    break
                name = f"{example.digit.digit}-{code:016x}.png"
                _write(self.folder / name, data)
                known.append(code)
                self._files += 1
                self._bytes += len(data)
                rows.append(example.row(name))
        finally:
            if rows:
                with locked(self.folder):
                    self._append(rows)
        return len(rows)

    def _begin(self) -> list[str]:
        """Return the files in the manifest; a line that a power cut left unfinished goes."""
        path = self.folder / MANIFEST
        if not path.exists() or path.stat().st_size == 0:
            self._append([])
        data = path.read_bytes()
        try:
            lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        except (UnicodeDecodeError, csv.Error) as error:
            raise OutputError(f"cannot go on with '{path}': no CSV in UTF-8: {error}") from None
        header = lines[0] if lines else []
        if missing := {"file", "label", "kind"} - set(header):
            raise OutputError(
                f"cannot go on with '{path}': no column {', '.join(sorted(missing))}; choose another folder"
            )
        if not data.endswith(b"\n") and len(lines) > 1 and len(lines[-1]) < len(header):
            os.truncate(path, data.rfind(b"\n") + 1)
            lines.pop()
        place = header.index("file")
        return [line[place] for line in lines[1:] if len(line) > place]

    def _append(self, rows: Sequence[dict[str, str]]) -> None:
        file = LineFile(self.folder / MANIFEST, _line(COLUMNS))
        try:
            # Opened each time: who labels puts a new file in its place.
            file.open()
            try:
                (header,) = csv.reader([file.first_line().decode("utf-8-sig")])
                file.add(b"".join(_line([row.get(column, "") for column in header]) for row in rows))
            finally:
                file.close()
        except OSError:
            for row in rows:
                (self.folder / row["file"]).unlink(missing_ok=True)
            raise


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other programs that do the same from changing the manifest of a folder meanwhile."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network disks know no locks: better without one than not at all.
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def fingerprint(crop: Image) -> int:
    """Return 64 bits of how a crop looks: where it gets brighter from left to right."""
    cells = cv2.resize(crop, (9, 8), interpolation=cv2.INTER_AREA).astype(np.int16)
    brighter = cells[:, 1:] - cells[:, :-1] > _STEP
    return int.from_bytes(np.packbits(brighter).tobytes(), "big")


def _write(path: Path, data: bytes) -> None:
    """Write a file that is whole or not there, also after a power cut."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _line(values: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue().encode()
