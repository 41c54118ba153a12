"""What a display shows in one frame, and how that is written down."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from .frames import Corners


class Status(str, Enum):
    """How far a reading can be trusted; consumers must accept new words."""

    OK = "ok"
    LOW_CONFIDENCE = "low_confidence"
    INCOMPLETE = "incomplete"
    UNSTABLE = "unstable"
    BLANK = "blank"
    STALE = "stale"


@dataclass(frozen=True, eq=False)
class Digit:
    """One digit of a reading."""

    digit: str
    confidence: float
    corners: Corners
    """`(4, 2)`, clockwise from the digit's own top left."""
    track: int
    wheel: int | None = None
    """Position of a drum between this digit and the next, in tenths."""

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width and height of the upright hull."""
        (x0, y0), (x1, y1) = self.corners.min(axis=0), self.corners.max(axis=0)
        x, y = round(float(x0)), round(float(y0))
        return x, y, round(float(x1)) - x, round(float(y1)) - y


@dataclass(frozen=True, eq=False)
class Reading:
    """What one display shows in one frame."""

    camera: str
    display: str
    frame: int
    time: datetime | None
    media_time: float | None
    text: str | None
    """Exactly what is shown, leading zeros kept."""
    value: str | None
    """A decimal number; never a float."""
    unit: str | None
    confidence: float
    status: Status
    digits: tuple[Digit, ...] = ()
    latency_ms: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the columns of the log, in their order."""
        return {
            "v": 1,
            "camera": self.camera,
            "display": self.display,
            "frame": self.frame,
            "time": utc_text(self.time),
            "media_time": None if self.media_time is None else round(self.media_time, 6),
            "text": self.text,
            "value": self.value,
            "unit": self.unit,
            "confidence": round(self.confidence, 3),
            "status": self.status.value,
            "digits": [
                {
                    "digit": d.digit,
                    "confidence": round(d.confidence, 3),
                    "box": list(d.box),
                    "corners": [[round(float(x), 1), round(float(y), 1)] for x, y in d.corners],
                    "track": d.track,
                    "wheel": d.wheel,
                }
                for d in self.digits
            ],
            "latency_ms": None if self.latency_ms is None else round(self.latency_ms, 2),
        }

    def to_json(self) -> str:
        """Return one JSON line without its line end."""
        return json.dumps(self.as_dict(), ensure_ascii=False, separators=(",", ":"))


def utc_text(time: datetime | None) -> str | None:
    """Write a UTC time with milliseconds and `Z`.

    >>> from datetime import timezone
    >>> utc_text(datetime(2026, 1, 31, 12, 0, 0, 400000, tzinfo=timezone.utc))
    '2026-01-31T12:00:00.400Z'
    """
    if time is None:
        return None
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
