"""Which pictures of a stream are wanted: no other is handed out, and where it can be, none is decoded."""

from __future__ import annotations

from collections import deque
from itertools import pairwise

from ..config import CameraConfig

STEADY = 3
"""Ways between key frames that must be alike before it is believed that they come regularly."""
SLOW = 0.2
"""Seconds from one picture to the next of a slow camera."""
_EARLY = 0.25
"""Of the time between two wanted pictures, by which one may come early: clocks of cameras tremble."""
_ALIKE = 0.1
"""By which ways between key frames may differ."""


def thinned(camera: CameraConfig) -> float:
    """Return the seconds that may lie between two pictures that the settings want; 0 where they want all."""
    return max(1 / camera.fps if camera.fps else 0.0, SLOW * camera.every if camera.every > 1 else 0.0)


class Thinning:
    """Picks each `every`-th picture, and at most `fps` a second, by the numbers and times of the stream.

    A picture can only be decoded after those that it refers to, back to a key frame. Where key frames come
    regularly and as often as pictures are wanted, they are the wanted ones, and nothing else is decoded.
    """

    def __init__(self, every: int = 1, fps: float | None = None) -> None:
        self._every = every
        self._period = 1 / fps if fps else 0.0
        self._due = self._last = float("-inf")
        self._keys: deque[tuple[int, float]] = deque(maxlen=STEADY + 1)

    def wants(self, number: int, time: float | None) -> bool:
        """Tell whether a picture is to be handed out, and count it as such; numbers must rise."""
        if number % self._every:
            return False
        if not self._period or time is None:
            return True
        step, self._last = abs(time - self._last), time
        late = time - self._due
        if -min(step / 2, self._period * _EARLY) > late > -2 * self._period:
            return False
        # A grid, so that the rate is right on average; begun anew where the clock leaps.
        self._due = self._due + self._period if abs(late) < self._period else time + self._period
        return True

    def saw_key(self, number: int, time: float | None) -> None:
        """Note a key frame that has come, not yet decoded."""
        if time is not None:
            self._keys.append((number, time))

    @property
    def keys_only(self) -> bool:
        """Whether key frames are all that is wanted."""
        if (self._every == 1 and not self._period) or len(self._keys) <= STEADY:
            return False
        numbers, times = zip(*self._keys, strict=True)
        counts = [b - a for a, b in pairwise(numbers)]
        spans = [b - a for a, b in pairwise(times)]
        longest = max(spans)
        if min(spans) < (1 - _ALIKE) * longest:
            return False
        # Each n-th picture is a key frame each time, or the wrong one would be taken.
        exact = self._every == 1 or (min(counts) == max(counts) and self._every % counts[0] == 0)
        return exact and (not self._period or longest <= self._period * (1 + _EARLY / 2))
