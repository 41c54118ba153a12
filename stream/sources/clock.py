"""Media time: seconds since the first frame, always growing."""

from __future__ import annotations

LEAP = 10.0
"""A step of the source's clock longer than this is a new clock, not a pause."""


class MediaClock:
    """Turns the time stamps of a source, good, missing or starting anew, into media time."""

    def __init__(self, fps: float | None = None, live: bool = False) -> None:
        self._step = 1 / fps if fps and 0 < fps < 1000 else 1 / 25
        self._live = live
        self._offset: float | None = None
        self._last: float | None = None
        self._last_now = 0.0

    def restart(self, fps: float | None = None) -> None:
        """The source was reopened: its time stamps start anew, media time goes on."""
        self._offset = None
        if fps and 0 < fps < 1000:
            self._step = 1 / fps

    def stamp(self, time: float | None, now: float) -> float:
        """Return the media time of a frame with time stamp `time` that arrived at `now`."""
        last = self._last
        # The best guess where the source says nothing, or nonsense.
        if last is None:
            guess = 0.0
        elif self._live:
            guess = last + max(now - self._last_now, 1e-3)
        else:
            guess = last + self._step
        if time is None:
            media = guess
        else:
            if self._offset is None:
                self._offset = guess - time
            media = time + self._offset
            if last is not None and (media <= last or (self._live and abs(media - guess) > LEAP)):
                media = guess
                self._offset = guess - time
        self._last, self._last_now = media, now
        return media
