"""What the pipeline hands to the sinks for one frame of one camera."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .frames import Frame
from .readings import Reading

if TYPE_CHECKING:
    from .liveness import Fault
    from .registration import Drift
    from .sources.source import SourceStatus

Picture = NDArray[np.uint8]
"""`(H, W, 3)`, BGR."""


class _Drawing:
    """A picture that is drawn once, by the first thread that asks."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.picture: Picture | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """The readings of one frame, and what was going on when they were made."""

    camera: str
    frame: Frame | None
    """None when no frame came: the readings are stale then."""
    readings: tuple[Reading, ...]
    fps: float
    """Frames a second that are processed at present."""
    latency_ms: float | None = None
    """From the frame in hand to the readings; None for files."""
    source: SourceStatus | None = None
    fault: Fault | None = None
    """Why the picture is not to be believed."""
    drift: Drift | None = None
    """How far the camera has moved since the regions were measured; None without regions."""
    _drawing: _Drawing = field(default_factory=_Drawing, init=False, repr=False)

    def picture(self) -> Picture | None:
        """Return the frame with the overlay, or None without a frame.

        It is drawn once and shared by all sinks, hence read-only.
        """
        if self.frame is None:
            return None
        with self._drawing.lock:
            if self._drawing.picture is None:
                from .overlay import draw  # fonts are loaded only where a picture is asked for

                picture = self.frame.bgr()
                if not picture.flags.writeable or not picture.flags.c_contiguous:
                    picture = picture.copy()
                draw(picture, self)
                picture.flags.writeable = False
                self._drawing.picture = picture
            return self._drawing.picture

    @cached_property
    def json_lines(self) -> bytes:
        """The readings as JSON lines, put together once for all sinks."""
        return "".join(reading.to_json() + "\n" for reading in self.readings).encode()

    def without_frame(self) -> Result:
        """Return a copy that keeps no picture alive, for sinks that only want the readings."""
        return self if self.frame is None else replace(self, frame=None)


def percent(share: float) -> str:
    """Write a share as people read it, rounded down: 99.8 % is not certain.

    >>> percent(0.998)
    '99%'
    """
    return f"{int(share * 100 + 1e-6)}%"
