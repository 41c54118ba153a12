"""Keep a message that comes again and again from filling the log."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 60.0
"""Seconds in which a message may come ..."""
BURST = 5
"""... so many times; the rest are counted."""
_KEPT = 500
"""Messages that are remembered."""
_MEASURE = re.compile(r"\d+\.\d+")
"""What may differ in messages that are the same: waits and ages, but no names or numbers of cameras."""


@dataclass
class _Seen:
    since: float
    count: int = 0


class Folding(logging.Filter):
    """Lets five messages of a kind pass in a minute; the next one after that tells how many there were.

    Add it to handlers, behind what masks credentials.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, int, str], _Seen] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now, message = self._clock(), record.getMessage()
        key = record.name, record.levelno, _MEASURE.sub("#", message)
        seen = self._seen.pop(key, None) or _Seen(now)
        folded = max(seen.count - BURST, 0)
        if now - seen.since >= WINDOW:
            seen = _Seen(now)
            if folded:
                record.msg, record.args = f"{message} (and {folded} times more since the last)", None
        seen.count += 1
        self._seen[key] = seen  # the newest last
        if len(self._seen) > _KEPT:
            del self._seen[next(iter(self._seen))]
        return seen.count <= BURST
