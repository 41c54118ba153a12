"""What is remembered of each display from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .continuity import Continuity
from .drums import Wheels
from .frames import Corners
from .punctuation import MarksSeen
from .readings import Digit, Status
from .watched import Indices

_FAR = 0.5
"""Heights from where a display was first, from which it travels through the picture."""


@dataclass(frozen=True, eq=False)
class Shown:
    """What was seen on a display when anything on it last changed."""

    rows: Indices = field(default_factory=lambda: np.zeros(0, np.intp))
    """Of the tracks of its digits."""
    values: list[int] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    wheels: list[int | None] = field(default_factory=list)
    ink: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2, 0), np.float32))
    shares: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    """What they take of their places, as their ink tells."""
    text: str | None = None
    confidence: float = 0.0
    status: Status | None = Status.BLANK
    """None where the time that it has stood decides."""
    agreed: bool = True
    """Nearly all looks saw the same marks."""


@dataclass(eq=False)
class State:
    """What is remembered of a display between frames."""

    first: int
    """Frame in which it was first seen."""
    text: str | None = None
    since: int = 0
    """Processed frames with this text."""
    brief: str | None = None
    """Text before this one, if it did not settle: should it come back, the digits flicker."""
    marks: MarksSeen = field(default_factory=MarksSeen)
    wheels: Wheels = field(default_factory=Wheels)
    lost: bool = False
    """The localizer has not found one of its digits again."""
    doubted: int = 0
    """Frame until which the number is doubted: it may go on, a wheel has jumped, or it flickers."""
    contrast: float = 0.0
    """Of its digits, when they were last beyond doubt."""
    continuity: Continuity = field(default_factory=Continuity)
    shown: Shown = field(default_factory=Shown)
    grouping: int = -1
    """Of the displays when that was seen."""
    corners: Corners | None = None
    """Quads of all tracks where `digits` are."""
    digits: tuple[Digit, ...] = ()
    closed: tuple[bool, bool] | None = None
    """Whether borders end its number at each side; None until asked since the last look of the localizer."""
    origin: Corners | None = None
    """Quads of its digits when they were first seen."""
    whole: list[int] = field(default_factory=list)
    """Tracks of its digits when it was last wholly in the picture, with room for another at both ends."""

    def travels(self, corners: Corners) -> bool:
        """Whether its digits `(N, 4, 2)` are far from where they were first."""
        if self.origin is None or len(self.origin) != len(corners):
            self.origin = corners
        way = (corners - self.origin).mean(axis=(0, 1))
        return bool(np.hypot(*way) > _FAR * np.linalg.norm(corners[0, 3] - corners[0, 0]))
