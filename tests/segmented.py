"""Seven-segment displays, drawn apart from the renderer that training uses."""

from __future__ import annotations

import cv2
import numpy as np

from digitstream.lines import upright

SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgecd",
    "7": "abc", "8": "abcdefg", "9": "abfgcd",
}  # fmt: skip
ENDS = {
    "a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2), "e": (0, 1, 0, 2),
    "f": (0, 0, 0, 1), "g": (0, 1, 1, 1),
}  # fmt: skip


def segmented(
    text: str,
    height: int,
    slant: float = 0.0,
    ghost: float = 0.0,
    light: bool = False,
    *,
    pitch: float = 0.72,
    room: float = 0.0,
    colon: tuple[float, float] = (0.3, 0.7),
    dot: float = 0.13,
    square: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """A seven-segment display with its point right beside the foot of a digit, and equal slots as quads.

    `ghost` is the ink of unlit segments and points; a colon is `room` wide and has dots at the heights
    `colon`, all in heights of the digits.
    """
    digits = [char for char in text if char.isdigit()]
    point = text.index(".") if "." in text else None
    colons = [len(part.replace(":", "")) for part in (text[:i] for i, c in enumerate(text) if c == ":")]
    starts = [k * pitch + room * sum(c <= k for c in colons) for k in range(len(digits))]
    width, stroke, left, top = 0.45 * height, 0.11 * height, height, 0.6 * height
    shape = round(2.2 * height), round(2 * left + (starts[-1] + pitch) * height)
    ink = np.zeros(shape, np.float32)

    def place(k: int, x: float, y: float) -> tuple[int, int]:
        x += left + starts[k] * height + slant * (height - y) - slant * height / 2
        return round(x * 16), round((top + y) * 16)

    def draw(k: int, segments: str, dot: bool, strength: float) -> None:
        layer = np.zeros(shape, np.float32)
        for segment in segments:
            x0, y0, x1, y1 = (float(end) for end in ENDS[segment])
            wide, tall = width - stroke, (height - stroke) / 2
            start = place(k, stroke / 2 + x0 * wide, stroke / 2 + y0 * tall)
            end = place(k, stroke / 2 + x1 * wide, stroke / 2 + y1 * tall)
            cv2.line(layer, start, end, 1, max(round(stroke), 1), cv2.LINE_AA, 4)
        if dot:
            middle = place(k, width + 0.1 * height, height - stroke / 2)
            cv2.circle(layer, middle, round(0.6 * stroke * 16), 1, -1, cv2.LINE_AA, 4)
        np.maximum(ink, strength * layer, out=ink)

    for k, digit in enumerate(digits):
        draw(k, "abcdefg", True, ghost)
        draw(k, SEGMENTS[digit], k + 1 == point, 1.0)
    for k in colons:
        for y in colon:
            x, y = place(k, (0.45 - pitch - room) * height / 2, y * height)
            size = round(dot * height / 2 * 16)
            if square:
                cv2.rectangle(ink, (x - size, y - size), (x + size, y + size), 1, -1, cv2.LINE_AA, 4)
            else:
                cv2.circle(ink, (x, y), size, 1, -1, cv2.LINE_AA, 4)
    ink = cv2.GaussianBlur(ink, (0, 0), 0.02 * height + 0.3)
    noise = np.random.default_rng(height).normal(0, 3, shape)
    grey = (50 + 150 * ink if light else 190 - 120 * ink) + noise
    boxes = [
        (left + start * height - slant * height / 2, top, width + slant * height, height) for start in starts
    ]
    return np.clip(grey, 0, 255).astype(np.uint8), upright(np.array(boxes))
