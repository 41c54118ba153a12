"""Whether frames are dropped because the machine is too slow."""

from __future__ import annotations

from .sources import SourceStatus

INTERVAL = 60.0
"""Seconds between two reports."""
TOLERATED = 0.01
"""Share of frames whose loss is no overload: a hiccup now and then."""


class Overload:
    """Counts what a live source drops, and says so once a minute at most."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._frames = self._drops = 0

    def look(self, status: SourceStatus, now: float) -> str | None:
        """Return what to report, if anything."""
        if self._since is None or status.frames < self._frames:
            self._since, self._frames, self._drops = now, status.frames, status.drops
        if now - self._since < INTERVAL:
            return None
        drops = status.drops - self._drops
        count = status.frames - self._frames + drops
        self._since, self._frames, self._drops = now, status.frames, status.drops
        if drops <= TOLERATED * count:
            return None
        return (
            f"too slow: {drops} of {count} frames were dropped in a minute; give it a smaller picture, "
            "a lower rate or fewer displays (`digitstream bench` tells what the machine carries)"
        )
