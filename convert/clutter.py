"""What is not a digit, however much a blob detector likes it: letters, signs, parts of digits, hardware."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from .bezel import Panel
from .displays import Display
from .fonts import Face
from .glyphs import Box, Glyph, Mark, Typeface
from .segments import Segments
from .textures import Image, background, colour, surface

LETTERS = "ABCEFGHJKMNPRSTUVWXYZLabcdefghjkmnpqrstuvwxyz"
SIGNS = "$%°€/+#&@?*=£"
SEGMENT_LETTERS = "ACEFHLPUhnrtucdy°-="
_LIKE_DIGITS = frozenset("OoQDIl|i!")
"""Letters that are a digit's twin in most fonts."""

_HALVES = {
    "left": "03689",
    "right": "04",
    "top": "5",
    "bottom": "235",
}
"""Digits whose half is no other digit, even where a crop's padding draws the cut strokes on."""


@lru_cache(maxsize=8192)
def ambiguous(face: Typeface, char: str) -> bool:
    """Whether a letter could be taken for a digit of the same typeface by its shape alone."""
    if char in _LIKE_DIGITS:
        return True
    glyph = face.glyph(char)
    if glyph is None:
        return True
    # Letters of seven segments share most of them with some digit and differ all the same.
    segmented = isinstance(face, Segments) or (isinstance(face, Face) and face.kind == "segment")
    limit = 0.9 if segmented else 0.62
    ink = _thumb(glyph)
    for digit in "0123456789":
        other = face.glyph(digit)
        if other is not None:
            shape = _thumb(other)
            if np.minimum(ink, shape).sum() > limit * np.maximum(ink, shape).sum():
                return True
    return False


def _thumb(glyph: Glyph) -> NDArray[np.float32]:
    height, width = glyph.mask.shape
    scale = 24 / max(height, width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(glyph.mask, size, interpolation=cv2.INTER_AREA)
    out = np.zeros((24, 24), np.float32)
    y, x = (24 - size[1]) // 2, (24 - size[0]) // 2
    out[y : y + size[1], x : x + size[0]] = small / np.float32(255)
    return out


def distractors(rng: np.random.Generator, display: Display, panel: Panel) -> list[tuple[Box, str]]:
    """Boxes on a display that hold no digit, and why."""
    face: Typeface | None = getattr(display, "face", None)
    found: list[tuple[Box, str]] = [(box, "hardware") for box in panel.extras]
    own = set(panel.reading)
    for index, mark in enumerate(panel.marks):
        if index in own or mark.digit is not None:
            continue
        if mark.char == " ":
            found.append((_inner(rng, mark.cell), "blank"))
        elif mark.char not in _LIKE_DIGITS and not (face and ambiguous(face, mark.char)):
            found.append((mark.box, "letter"))
    found += [(box, "point") for box in panel.points]
    digits = [panel.marks[index] for index in panel.reading]
    for one, two in pairwise(digits):
        found.append((_hull(one.box, two.box), "two"))
        found.append((_between(one.box, two.box), "between"))
    for mark in digits:
        found += _parts(rng, mark, display.domain)
    return found


def _parts(rng: np.random.Generator, mark: Mark, domain: str) -> list[tuple[Box, str]]:
    """Boxes around parts of a digit, or beside it."""
    left, top, right, bottom = mark.box
    width, height = right - left, bottom - top
    share = rng.uniform(0.18, 0.42)
    found: list[tuple[Box, str]] = []
    # A crop has a margin: the sliver must be thin for the rest of the digit to stay out.
    sliver = share * 0.7 * width
    if mark.char in _HALVES["left"]:
        found.append(((left, top, left + sliver, bottom), "half"))
    if mark.char in _HALVES["right"]:
        found.append(((right - sliver, top, right, bottom), "half"))
    if domain != "drum":
        if mark.char in _HALVES["top"]:
            found.append(((left, top, right, top + share * height), "half"))
        if mark.char in _HALVES["bottom"]:
            found.append(((left, bottom - share * height, right, bottom), "half"))
        if mark.char in "0689" and domain in ("lcd", "led", "vfd"):
            side = (left, top, left + 0.22 * width, top + 0.55 * height)
            found.append(((left, top, right, top + 0.2 * height), "segment"))
            if mark.char != "0":
                found.append((side, "segment"))
        shift = rng.choice([-1, 1]) * rng.uniform(0.55, 0.75) * height
        found.append(((left, top + shift, right, bottom + shift), "off"))
    if mark.char in "0689":
        low, high = {"0": (0.2, 0.8), "6": (0.56, 0.86), "8": (0.56, 0.86), "9": (0.14, 0.44)}[mark.char]
        inside = (left + 0.27 * width, top + low * height, right - 0.27 * width, top + high * height)
        # The slit of a narrow 0 is a 1 of the other polarity.
        if inside[2] - inside[0] > 0.4 * (inside[3] - inside[1]):
            found.append((inside, "hole"))
    off = rng.choice([-1, 1]) * rng.uniform(0.55, 0.8) * max(width, 0.45 * height)
    found.append(((left + off, top, right + off, bottom), "off"))
    if rng.random() < 0.3:
        grow = rng.uniform(1.0, 1.8)
        middle = (left + right) / 2, (top + bottom) / 2
        reach = 0.5 * height * (1 + grow)
        found.append(((middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach), "far"))
    return found


def plate(rng: np.random.Generator, height: float) -> tuple[Image, list[Box]]:
    """A picture without any digit, and boxes where a detector might see some."""
    shape = round(height * rng.uniform(2.2, 3.5)), round(height * rng.uniform(4, 7))
    boxes: list[Box] = []
    kind = rng.integers(4)
    if kind == 0:
        image = background(rng, shape)
    elif kind == 1:
        image, boxes = _barcode(rng, shape)
    else:
        image = surface(rng, shape, colour(rng, 30, 230, 0.3), 2.0)
        boxes = _icons(rng, image, height)
    if not boxes:
        for _ in range(9):
            tall = height * rng.uniform(0.5, 1.3)
            wide = tall * rng.uniform(0.25, 1.1)
            x, y = rng.uniform(0, max(shape[1] - wide, 1)), rng.uniform(0, max(shape[0] - tall, 1))
            boxes.append((x, y, x + wide, y + tall))
    return image, boxes


def _barcode(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[Image, list[Box]]:
    height, width = shape
    image = surface(rng, shape, colour(rng, 180, 250, 0.05))
    unit = max(height / 40, 1.0)
    x = 3 * unit
    top, bottom = int(0.1 * height), int(0.9 * height)
    bars: list[float] = []
    while x < width - 4 * unit:
        wide = unit * rng.integers(1, 4)
        image[top:bottom, int(x) : int(x + wide)] = 20
        bars.append(x)
        x += wide + unit * rng.integers(1, 4)
    boxes: list[Box] = []
    for _ in range(6):
        first = int(rng.integers(max(len(bars) - 6, 1)))
        last = min(first + int(rng.integers(3, 7)), len(bars) - 1)
        boxes.append((bars[first], float(top), bars[last], top + (bottom - top) * float(rng.uniform(0.3, 1))))
    return image, boxes


def _icons(rng: np.random.Generator, image: Image, height: float) -> list[Box]:
    """Screws, arrows, triangles and the like in a row."""
    boxes: list[Box] = []
    base = float(image.mean())
    x = 0.2 * height
    while x + height < image.shape[1]:
        size = height * rng.uniform(0.5, 1.0)
        y = rng.uniform(0.1 * height, image.shape[0] - size - 0.1 * height)
        tone = float(rng.uniform(0, 70) if base > 120 else rng.uniform(150, 250))
        shapes = _icon(rng)
        scale = np.array([size * rng.uniform(0.6, 1.0), size])
        drawn = [np.rint((shape * scale + (x, y)) * 16).astype(np.int32) for shape in shapes]
        thick = max(int(size * rng.uniform(0.06, 0.14)), 1)
        if rng.random() < 0.5:
            cv2.fillPoly(image, drawn, (tone, tone, tone), cv2.LINE_AA, 4)
        else:
            cv2.polylines(image, drawn, True, (tone, tone, tone), thick, cv2.LINE_AA, 4)
        points = np.concatenate(drawn) / 16
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        boxes.append((float(left), float(top), float(right), float(bottom)))
        x += height * rng.uniform(1.0, 1.5)
    return boxes


def _icon(rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Outlines of a sign in the unit square."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1) / 2 + 0.5
    angle = rng.uniform(0, np.pi)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    slot = np.array(
        [along + across * 0.16, along - across * 0.16, -along - across * 0.16, -along + across * 0.16]
    )
    cross = np.array(
        [across + along * 0.16, across - along * 0.16, -across - along * 0.16, -across + along * 0.16]
    )
    signs: list[list[NDArray[np.float64]]] = [
        [circle, slot * 0.38 + 0.5],
        [circle, slot * 0.38 + 0.5, cross * 0.38 + 0.5],
        [np.array([[0, 1], [0.5, 0], [1, 1.0]])],
        [np.array([[0, 0], [1, 0.5], [0, 1.0]])],
        [np.array([[0, 0.35], [0.55, 0.35], [0.55, 0.1], [1, 0.5], [0.55, 0.9], [0.55, 0.65], [0, 0.65]])],
        [
            np.array(
                [
                    [0, 0.25],
                    [0.85, 0.25],
                    [0.85, 0.4],
                    [1, 0.4],
                    [1, 0.6],
                    [0.85, 0.6],
                    [0.85, 0.75],
                    [0, 0.75],
                ]
            )
        ],
        [np.array([[0, 0.5], [0.5, 0], [1, 0.5], [0.8, 0.5], [0.8, 1], [0.2, 1], [0.2, 0.5]])],
        [np.array([[0.5, 0], [0.9, 0.6], [0.7, 1], [0.3, 1], [0.1, 0.6]])],
        [np.array([[0.6, 0], [0.1, 0.6], [0.45, 0.6], [0.3, 1], [0.9, 0.4], [0.5, 0.4]])],
        [np.array([[0, 0.5], [0.15, 0.4], [0.4, 0.7], [0.9, 0.05], [1, 0.15], [0.4, 1.0]])],
        [np.array([[0, 0], [1, 0], [1, 1], [0, 1.0]])],
        [
            np.array([[0, 0], [1, 0.0], [1, 0.3], [0, 0.3]]),
            np.array([[0, 0.6], [1, 0.6], [1, 0.9], [0, 0.9]]),
        ],
    ]
    return signs[int(rng.integers(len(signs)))]


def _inner(rng: np.random.Generator, cell: Box) -> Box:
    left, top, right, bottom = cell
    inset = (right - left) * rng.uniform(0.1, 0.22)
    return left + inset, top, right - inset, bottom


def _hull(one: Box, two: Box) -> Box:
    return min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3])


def _between(one: Box, two: Box) -> Box:
    return (one[0] + one[2]) / 2, min(one[1], two[1]), (two[0] + two[2]) / 2, max(one[3], two[3])
