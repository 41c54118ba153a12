"""Keep credentials out of the list of processes, which every user of the machine can read."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path

from .redact import redact, secrets_of

_BEGIN, _END = 48, 49
"""Fields of `/proc/self/stat` that hold where the arguments lie in memory, counted from 1 as in proc(5)."""


def hide_arguments() -> None:
    """Mask the credentials in the arguments that the system shows of this process, where it can be done."""
    with suppress(OSError, ValueError, IndexError):
        begin, end = _place()
        shown = Path("/proc/self/cmdline").read_bytes()
        words = shown.decode(errors="surrogateescape").split("\0")
        hidden = "\0".join(redact(word, secrets_of(word)) for word in words).encode(errors="surrogateescape")
        # Longer only where the mask is longer than what it hides: the end of the arguments is cut off then.
        if hidden != shown and len(shown) == end - begin:
            ctypes.memmove(begin, hidden[: end - begin - 1].ljust(end - begin, b"\0"), end - begin)


def _place() -> tuple[int, int]:
    # The second field is a name in brackets that may hold blanks.
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return int(fields[_BEGIN - 3]), int(fields[_END - 3])
