"""Displays that show points, colons and signs, with the mark before each of their digits."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from ..punctuation import COLON, MINUS, NONE, POINT
from .bezel import Panel
from .displays import Display, Segmented
from .drums import Drum
from .glyphs import RASTER, PointPlace
from .segments import Segments
from .surroundings import dot

_OF_CHAR = {".": POINT, ",": POINT, ":": COLON, "-": MINUS}
_DIGITS, _FREQUENCIES = "0123456789", np.array([12, 16, 10, 9, 9, 9, 8, 12, 8, 7]) / 100
"""Feet of a 1 and a 7 are the hardest to tell from points."""


def show(rng: np.random.Generator, display: Display) -> tuple[Panel, NDArray[np.int64]] | None:
    """The display with some number on it, and the mark before each digit.

    None where its typeface lacks a character.
    """
    if isinstance(display, Drum):
        return _counter(rng, display)
    text = _text(rng, isinstance(display, Segmented))
    if isinstance(display, Segmented):
        # Only colons have dots so large that points of that size would touch the digits beside them.
        _place_points(rng, display, largest=0.19 if ":" in text else 0.17)
    panel = display.render(text)
    marks = truth(text)
    signs = [mark.char for mark in panel.marks]
    complete = len(panel.points) == sum(char in ".,:" for char in text) and ("-" in signs or "-" not in text)
    if not complete or not len(marks) or len(marks) != len(panel.reading):
        return None
    return panel, marks


def truth(text: str) -> NDArray[np.int64]:
    """The mark right before each digit.

    >>> truth("-12.5 C")
    array([3, 0, 1])
    """
    return np.array(
        [_OF_CHAR.get(before, NONE) for before, char in pairwise(" " + text) if char.isdigit()], np.int64
    )


def _text(rng: np.random.Generator, segmented: bool) -> str:
    """A number, perhaps with a point, a sign, or words around it; now and then a date or a time."""
    count = int(rng.choice([2, 3, 4, 5, 6, 7, 8], p=[0.1, 0.2, 0.25, 0.2, 0.12, 0.08, 0.05]))
    number = "".join(rng.choice(list(_DIGITS), count, p=_FREQUENCIES))
    dice = rng.random()
    if dice < 0.7:
        mark = str(rng.choice([".", ",", ":"], p=[0.7, 0.14, 0.16]))
        place = int(rng.integers(1, count))
        # A point right beside a foot is the hardest to see.
        foot = str(rng.choice(list("1147"))) if segmented and rng.random() < 0.3 else number[place - 1]
        number = number[: place - 1] + foot + mark + number[place:]
    elif dice < 0.82:
        number = f"{rng.integers(24):0{rng.integers(1, 3)}}:{rng.integers(60):02}"
        number += f":{rng.integers(60):02}" if rng.random() < 0.2 else ""
    elif dice < 0.87:
        mark = str(rng.choice([".", ":", ","]))
        number = mark.join(number[i : i + 2] for i in range(0, count, 2))
    dice = rng.random()
    if dice < 0.22:
        number = "-" + number
    elif dice < 0.36:
        number = " " * int(rng.integers(1, 4)) + number
    elif dice < 0.46:
        number = str(rng.choice(list("EFPLUnr°H" if segmented else "$€£N=+#/x*%V"))) + number
    elif dice < 0.5:
        number = "-" + " " * int(rng.integers(1, 3)) + number
    if rng.random() < 0.2:
        number += str(rng.choice(["C", "F", "E", "L", "h", "-"] if segmented else ["V", "kg", "%", "A", "-"]))
    return number


def _place_points(rng: np.random.Generator, display: Segmented, largest: float) -> None:
    """Points and colons of any size, in cells of their own or squeezed in, some of the points unlit."""
    face = display.face
    lean, width, size = 0.0, 0.55, 0.12
    if isinstance(face, Segments):
        face.round_dot = bool(rng.random() < 0.5)
        face.dot = float(rng.uniform(0.075, largest)) / face.thickness
        face.colon = float(rng.uniform(0.18, 0.42)), float(rng.uniform(0.58, 0.85))
        face.colon_slant = face.slant if rng.random() < 0.6 else 0.0
        lean, width, size = face.slant, face.width, face.dot * face.thickness
    # The foot of a leaning digit is left of its middle, and so is the point.
    foot = -((display.pitch - width) / 2 + lean / 4 + 0.06)
    advance = float(rng.choice([0.0, 0.06, rng.uniform(0, 0.3)], p=[0.55, 0.15, 0.3]))
    room = max(display.pitch - width + advance - size, 0.0)
    inside = min(rng.exponential(0.05), room) if rng.random() < 0.6 else rng.uniform(0, room)
    drop = float(rng.uniform(-0.02, 0.06)) if rng.random() < 0.5 else 0.0
    unlit = "." if rng.random() < 0.5 else ""
    # A colon stands in whatever gap there is, and widens one that is too narrow for it.
    eight = face.glyph("8")
    gap = display.pitch - (eight.mask.shape[1] / RASTER if eight else width)
    cell = max(float(rng.uniform(0, 0.45)) if rng.random() < 0.6 else 0.0, size + 0.08 - gap)
    aside = lean / 4 - 0.06 + float(rng.normal(0, 0.02))
    display.dots = PointPlace(
        float(foot + size / 2 + inside), advance, drop, unlit, cell / display.pitch, aside
    )


def _counter(rng: np.random.Generator, drum: Drum) -> tuple[Panel, NDArray[np.int64]]:
    """A counter, now and then with a comma painted between two of its slots."""
    count = int(rng.integers(3, 9))
    painted = int(rng.integers(1, count)) if rng.random() < 0.3 else 0
    if painted:
        drum.wall = float(rng.uniform(0.2, 0.5))
    wheels = [float(rng.integers(10)) for _ in range(count)]
    if rng.random() < 0.5:
        wheels[-1] += float(rng.integers(10)) / 10
    panel = drum.turn(wheels)
    digits = [panel.marks[index] for index in panel.reading]
    _, top, _, foot = digits[0].box
    size = float(rng.uniform(0.09, 0.18)) * drum.height
    walls = [(left.cell[2] + right.cell[0]) / 2 for left, right in pairwise(digits)]
    if painted:
        x = walls[painted - 1] + rng.normal(0, 0.02) * drum.height
        _paint(rng, panel, x, foot + rng.uniform(-0.1, 0.06) * drum.height - size / 2, size)
    if rng.random() < 0.25:
        # Rivets and screws are round too, but stand elsewhere.
        y = top + drum.height * rng.choice([0.02, 0.5, 1.28])
        for x in walls:
            _paint(rng, panel, x, y, size, comma=False)
    marks = np.zeros(count, np.int64)
    if painted:
        marks[painted] = POINT
    return panel, marks


def _paint(
    rng: np.random.Generator, panel: Panel, x: float, y: float, size: float, comma: bool = True
) -> None:
    image = panel.image
    ground = float(image[np.clip(int(y), 0, len(image) - 1), np.clip(int(x), 0, image.shape[1] - 1)].mean())
    tone = ground + rng.uniform(60, 180) * (1 if ground < 110 else -1)
    if comma and rng.random() < 0.5:
        tail = np.array([[0.5, 0], [-0.5, 0], [-0.4 * rng.uniform(0.5, 1.5), 1.4]]) * size + (x, y)
        cv2.fillPoly(image, [np.rint(tail * 16).astype(np.int32)], (tone,) * 3, cv2.LINE_AA, 4)
    dot(image, x, y, size, tone)
