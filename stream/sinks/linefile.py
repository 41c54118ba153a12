"""A file that only ever holds whole lines."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from .sink import output_error

HELD_LIMIT = 1 << 20
"""Bytes of lines that wait for room on a full disk; beyond, the oldest are lost."""


class LineFile:
    """Append lines to a file, whole or not at all.

    Lines are held back until `flush`. What a full disk cuts off is taken back from the file and held, so that
    the file stays readable and goes on where it stopped once there is room. With `max_bytes` a file that is
    full becomes `NAME.1`, the one before it `NAME.2`, and so on up to `keep`.
    """

    def __init__(self, path: Path, header: bytes = b"", max_bytes: int | None = None, keep: int = 5) -> None:
        self.path = path
        self.lost = 0
        """Lines that were given up."""
        self._header = header
        self._max_bytes = max_bytes
        self._keep = keep
        self._held = bytearray()
        self._fd: int | None = None
        self._regular = False
        self._size = 0

    def open(self) -> None:
        """Open for appending; a new file gets its header at once."""
        try:
            # A pipe that is opened for reading too would count the log itself as its reader.
            special = self.path.exists() and not self.path.is_file()
            mode = os.O_WRONLY if special else os.O_RDWR | os.O_CREAT
            self._fd = os.open(self.path, mode | os.O_APPEND, 0o666)
            status = os.fstat(self._fd)
            self._regular = stat.S_ISREG(status.st_mode)
            self._size = status.st_size if self._regular else 0
            if self._size == 0:
                self._append(self._header)
            elif os.pread(self._fd, 1, self._size - 1) != b"\n":
                # A crash or a power cut left half a line: it must not swallow the next one.
                self._append(b"\n")
        except OSError as error:
            self._release()
            raise output_error(self.path, error) from error

    def first_line(self) -> bytes:
        """Return the first line of the file without its end."""
        if not self._regular or self._fd is None:
            return b""
        return os.pread(self._fd, 4096, 0).partition(b"\n")[0].rstrip(b"\r")

    def add(self, lines: bytes) -> None:
        """Hold whole lines for the next `flush`."""
        self._held += lines
        if len(self._held) > HELD_LIMIT:
            cut = self._held.index(b"\n", len(self._held) - HELD_LIMIT) + 1
            self.lost += self._held.count(b"\n", 0, cut)
            del self._held[:cut]

    def flush(self) -> None:
        """Write the lines that are held; what does not fit stays held."""
        try:
            while self._held:
                end = self._room()
                before = self._size
                try:
                    self._append(bytes(self._held[:end]))
                finally:
                    del self._held[: self._size - before]
        except OSError as error:
            raise output_error(self.path, error) from error

    def close(self) -> None:
        """Flush, make it last through a power cut, and close."""
        if self._fd is None:
            return
        try:
            self.flush()
            if self._regular:
                os.fsync(self._fd)
        except OSError as error:
            raise output_error(self.path, error) from error
        finally:
            self._release()

    def _room(self) -> int:
        """Return how many held bytes, whole lines, go into the file; starts a new file when it is full."""
        if self._fd is None:  # a rotation failed half-way
            self.open()
        if self._max_bytes is None or not self._regular:
            return len(self._held)
        room = self._held.rfind(b"\n", 0, max(0, self._max_bytes - self._size)) + 1
        if room == 0 and self._size > len(self._header):
            self._rotate()
            room = self._held.rfind(b"\n", 0, max(0, self._max_bytes - self._size)) + 1
        return room or self._held.index(b"\n") + 1

    def _append(self, data: bytes) -> None:
        assert self._fd is not None
        written = 0
        try:
            while written < len(data):
                written += os.write(self._fd, data[written:])
        except OSError:
            whole = data.rfind(b"\n", 0, written) + 1
            if self._regular and whole < written:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._fd, os.fstat(self._fd).st_size - (written - whole))
                    written = whole
            raise
        finally:
            self._size += written

    def _rotate(self) -> None:
        assert self._fd is not None
        os.fsync(self._fd)
        self._release()
        for number in range(self._keep - 1, 0, -1):
            with contextlib.suppress(FileNotFoundError):
                os.replace(self._numbered(number), self._numbered(number + 1))
        if self._keep > 0:
            os.replace(self.path, self._numbered(1))
        else:
            os.unlink(self.path)
        self.open()

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")

    def _release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
