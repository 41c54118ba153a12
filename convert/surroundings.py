"""What stands so close to displays that it could be taken for one of their marks."""

from __future__ import annotations

import cv2
import numpy as np

from .bezel import write
from .fonts import Role
from .glyphs import Box
from .textures import Image

_CAPTION = "0123456789kWhmLITRESprice.:-"


def surround(rng: np.random.Generator, image: Image, display: Box, height: float, role: Role) -> None:
    """Draw some edges of frames, a caption, ticks, blots and specks around the box of a display's digits."""
    if rng.random() < 0.12:
        _blot(rng, image, display, height)
    if rng.random() < 0.42:
        _frame(rng, image, display, height)
    if rng.random() < 0.3:
        _caption(rng, image, display, height, role)
    if rng.random() < 0.06:
        _tick(rng, image, display, height)
    if rng.random() < 0.2:
        for _ in range(int(rng.integers(1, 6))):
            _speck(rng, image, display, height)


def dot(image: Image, x: float, y: float, size: float, tone: float) -> None:
    """Draw a round spot; `size` is its diameter."""
    middle = round(x * 16), round(y * 16)
    cv2.circle(image, middle, max(round(size * 8), 8), (tone, tone, tone), -1, cv2.LINE_AA, 4)


def _frame(rng: np.random.Generator, image: Image, display: Box, height: float) -> None:
    """Bars along some sides, bright or dark."""
    tone = _tone(rng)
    left, top, right, bottom = display
    apart = rng.uniform(0.1, 0.4, 4) * height
    inner = np.rint([left - apart[0], top - apart[1], right + apart[2], bottom + apart[3]])
    outer = np.rint(inner + np.array([-1, -1, 1, 1]) * rng.uniform(0.05, 1.0) * height)
    x0, y0, x1, y1 = (max(int(value), 0) for value in inner)
    a0, b0, a1, b1 = (max(int(value), 0) for value in outer)
    bars = (np.s_[b0:y0, a0:a1], np.s_[y1:b1, a0:a1], np.s_[b0:b1, a0:x0], np.s_[b0:b1, x1:a1])
    for bar, drawn in zip(bars, rng.random(4) < 0.6, strict=True):
        if drawn:
            image[bar] = tone


def _blot(rng: np.random.Generator, image: Image, display: Box, height: float) -> None:
    """A hand, a hose or a reflection that reaches in from the left, no bar of its own as a minus is."""
    right = display[0] - rng.uniform(0.1, 0.6) * height
    y, tall = rng.uniform(display[1], display[3]), rng.uniform(0.1, 0.5) * height
    reach = max(right + rng.uniform(0.2, 1.0) * height, 0.0)
    layer = np.zeros(image.shape[:2], np.uint8)
    middle = round((right - reach) * 16), round(y * 16)
    cv2.ellipse(layer, middle, (round(reach * 16), round(tall * 16)), 0, 0, 360, 255, -1, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(layer, (0, 0), 0.3 + rng.uniform(0, 0.05) * height)[:, :, None] / np.float32(255)
    image += soft * (_tone(rng) - image)


def _caption(rng: np.random.Generator, image: Image, display: Box, height: float, role: Role) -> None:
    """Small print right below the digits."""
    room = round(height * rng.uniform(0.25, 0.9))
    top = round(display[3] + rng.uniform(0.1, 0.35) * height)
    word = "".join(rng.choice(list(_CAPTION), int(rng.integers(4, 12))))
    if top + room < image.shape[0]:
        write(rng, image, word, room, top, role)


def _tick(rng: np.random.Generator, image: Image, display: Box, height: float) -> None:
    """A stroke that parts the thousands: it hangs at the top."""
    x, y = rng.uniform(display[0], display[2]), display[1] + rng.uniform(0, 0.1) * height
    end = x - rng.uniform(0, 0.08) * height, y + rng.uniform(0.1, 0.25) * height
    tone, thick = _tone(rng), max(round(rng.uniform(0.04, 0.1) * height), 1)
    cv2.line(image, (round(x), round(y)), (round(end[0]), round(end[1])), (tone,) * 3, thick, cv2.LINE_AA)


def _speck(rng: np.random.Generator, image: Image, display: Box, height: float) -> None:
    """Dust, smaller than any point."""
    left, top, right, bottom = display
    x, y = rng.uniform(left, right), rng.uniform(top, bottom + 0.3 * height)
    dot(image, x, y, height * rng.uniform(0.02, 0.06), _tone(rng))


def _tone(rng: np.random.Generator) -> float:
    return float(rng.choice([rng.uniform(0, 60), rng.uniform(190, 255)]))
