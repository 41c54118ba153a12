"""Results as the pipeline makes them, for tests of what comes after it."""

from __future__ import annotations

import numpy as np

from digitstream.frames import Frame
from digitstream.readings import Digit, Reading, Status
from digitstream.results import Picture, Result


def digits_at(text: str, x: float, y: float, width: float, height: float, angle: float = 0.0) -> list[Digit]:
    """Digits in a row that is turned clockwise around its start, half a digit apart."""
    box = np.array([[0, 0], [width, 0], [width, height], [0, height]])
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    step, start = np.array([1.5 * width, 0]), np.array([x, y])
    return [
        Digit(char, 0.987, ((box + i * step) @ turn + start).astype(np.float32), i + 1)
        for i, char in enumerate(text)
    ]


def reading_of(
    text: str | None,
    index: int = 0,
    digits: list[Digit] | None = None,
    display: str = "gas",
    unit: str | None = "m³",
    status: Status = Status.OK,
    camera: str = "cellar",
) -> Reading:
    """A reading of frame `index` of a film of 25 frames a second."""
    return Reading(
        camera, display, index, None, index / 25, text, text, unit, 0.987, status, tuple(digits or ())
    )


def result_of(
    index: int = 0, text: str | None = "01345.3", picture: Picture | None = None, camera: str = "cellar"
) -> Result:
    """A result with one reading, and with a frame where there is a picture."""
    frame = None
    if picture is not None:
        frame = Frame(index, picture[:, :, 1], media_time=index / 25, _to_bgr=picture.copy)
    return Result(camera, frame, (reading_of(text, index, camera=camera),), fps=25.0)


def grey(width: int = 64, height: int = 48, level: int = 128) -> Picture:
    """An even picture."""
    return np.full((height, width, 3), level, np.uint8)
