"""Marks are drawn beside blocks that stand for digits; the same marks must be found."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitstream.lines import rotated, upright
from digitstream.punctuation import Marks, find_marks


def display(
    count: int,
    height: int,
    *,
    point: int | None = None,
    colon: int | None = None,
    minus: bool = False,
    light: bool = False,
    angle: float = 0.0,
    contrast: int = 120,
) -> tuple[np.ndarray, np.ndarray]:
    """A picture of `count` hollow digits with marks, and their quads."""
    width, pitch, left, top = 0.55 * height, 0.85 * height, 1.6 * height, 1.2 * height
    shape = round(3.4 * height), round(left + count * pitch + 1.6 * height)
    ink = np.zeros(shape, np.float32)
    stroke = max(2, round(0.13 * height))
    boxes = []
    for k in range(count):
        x, y = left + k * pitch, top
        low, high = (round(x), round(y)), (round(x + width), round(y + height))
        cv2.rectangle(ink, low, high, 1, -1)
        inner = (low[0] + stroke, low[1] + stroke), (high[0] - stroke, high[1] - stroke)
        cv2.rectangle(ink, *inner, 0, -1)
        boxes.append((x, y, width, height))

    def dot(place: int, y: float) -> None:
        x = left + place * pitch - (pitch - width) / 2
        cv2.circle(ink, (round(x * 16), round(y * 16)), round(0.085 * height * 16), 1, -1, cv2.LINE_AA, 4)

    if point is not None:
        dot(point, top + 0.93 * height)
    if colon is not None:
        dot(colon, top + 0.3 * height)
        dot(colon, top + 0.7 * height)
    if minus:
        bar = (left - 0.65 * height, top + 0.44 * height), (left - 0.2 * height, top + 0.56 * height)
        cv2.rectangle(ink, *(tuple(map(round, corner)) for corner in bar), 1, -1)
    middle = np.array(shape[::-1]) / 2
    corners = rotated(upright(np.array(boxes)) - middle, angle) + middle
    turn = cv2.getRotationMatrix2D(tuple(map(float, middle)), -np.degrees(angle), 1)
    ink = cv2.GaussianBlur(cv2.warpAffine(ink, turn, shape[::-1]), (0, 0), 0.02 * height + 0.3)
    noise = np.random.default_rng(count * height).normal(0, 3, shape)
    grey = (60 + contrast * ink if light else 200 - contrast * ink) + noise
    return np.clip(grey, 0, 255).astype(np.uint8), corners.astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 8), st.integers(24, 120), st.booleans(), st.booleans(), st.floats(-0.2, 0.2), st.data())
def test_a_point_and_a_minus_are_seen(
    count: int, height: int, light: bool, minus: bool, angle: float, data: st.DataObject
) -> None:
    point = data.draw(st.none() | st.integers(1, count - 1))
    picture, corners = display(count, height, point=point, minus=minus, light=light, angle=angle)
    assert find_marks(picture, corners) == Marks(point, (), minus)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("height", [24, 48, 90])
def test_a_colon_is_no_point(light: bool, height: int) -> None:
    assert find_marks(*display(4, height, colon=2, light=light)) == Marks(None, (2,), False)


def test_a_faint_display_shows_its_point() -> None:
    assert find_marks(*display(5, 40, point=3, contrast=25)) == Marks(3, (), False)


def test_an_even_picture_has_no_marks() -> None:
    _, corners = display(4, 40)
    assert find_marks(np.full((200, 300), 90, np.uint8), corners) == Marks()


def test_a_line_at_the_edge_of_the_picture_is_read_too() -> None:
    picture, corners = display(4, 40, point=2)
    x0, y0 = corners.min(axis=(0, 1)).astype(int)
    x1, y1 = corners.max(axis=(0, 1)).astype(int) + 1
    assert find_marks(picture[y0:y1, x0:x1], corners - np.array([x0, y0], np.float32)).point == 2
