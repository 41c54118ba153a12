from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitstream.frames import Frame
from digitstream.overlay import arrange, draw
from digitstream.readings import Digit, Status
from digitstream.results import Result
from digitstream.sources.source import SourceStatus
from results_of import digits_at, grey, reading_of

SIZES = [(320, 240), (640, 480), (1280, 720), (720, 1280), (3840, 2160)]


def inside(digits: list[Digit], size: tuple[int, int]) -> Any:
    """Mask of the pixels that belong to digits."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    for digit in digits:
        cv2.fillConvexPoly(mask, np.rint(digit.corners).astype(np.int32), 1)
    return mask.astype(bool)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[tuple[int, int], Result]:
    size = draw(st.sampled_from(SIZES))
    readings = []
    for number in range(draw(st.integers(0, 4))):
        height = size[1] * draw(st.floats(0.02, 0.25))
        digits = digits_at(
            draw(st.text("0123456789", min_size=0, max_size=9)),
            size[0] * draw(st.floats(-0.05, 0.95)),
            size[1] * draw(st.floats(-0.05, 0.95)),
            height * draw(st.floats(0.15, 0.9)),
            height,
            draw(st.floats(-3.2, 3.2)),
        )
        text = draw(st.sampled_from(["01345.3", "-7", "88888888.88888", None]))
        unit = draw(st.sampled_from([None, "m³", "kWh"]))
        readings.append(reading_of(text, 0, digits, f"display-{number}", unit, draw(st.sampled_from(Status))))
    return size, Result("cellar", None, tuple(readings), 24.8, draw(st.sampled_from([None, 12.3])))


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_labels_keep_clear_of_digits_of_the_edge_and_of_one_another(
    scene: tuple[tuple[int, int], Result],
) -> None:
    size, result = scene
    digits = inside([d for reading in result.readings for d in reading.digits], size)
    covered = np.zeros_like(digits)
    for label in arrange(result, *size):
        x, y, w, h = label.rect
        assert label.tile.size == (w, h)
        assert 0 <= x <= x + w <= size[0]
        assert 0 <= y <= y + h <= size[1]
        assert not digits[y : y + h, x : x + w].any()
        assert not covered[y : y + h, x : x + w].any()
        covered[y : y + h, x : x + w] = True


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("angle", [0.0, 0.4, 1.57, -0.8])
def test_the_ink_of_digits_is_untouched_in_the_rendered_frame(size: tuple[int, int], angle: float) -> None:
    w, h = size
    digits = digits_at("0123456", w * 0.4, h * 0.4, min(size) * 0.04, min(size) * 0.08, angle)
    picture = grey(w, h)
    result = Result("cellar", None, (reading_of("0123456", 0, digits),), 25.0)
    assert draw(picture, result) is picture
    ink = cv2.erode(inside(digits, size).astype(np.uint8), np.ones((3, 3)), borderValue=0).astype(bool)
    assert ink.any()
    assert (picture[ink] == 128).all()
    assert (picture != 128).any()


def labels_of(result: Result, width: int, height: int) -> int:
    return len(arrange(result, width, height))


def test_a_roomy_display_shows_reading_state_and_every_digit() -> None:
    digits = digits_at("01345", 200, 200, 40, 80)
    result = Result("cellar", None, (reading_of("0134.5", 0, digits),), 25.0)
    assert labels_of(result, 1280, 720) == 2 + 5


def test_digits_too_small_for_text_get_none() -> None:
    digits = digits_at("01345", 200, 200, 5, 10)
    result = Result("cellar", None, (reading_of("0134.5", 0, digits),), 25.0)
    assert labels_of(result, 1280, 720) == 2


def test_a_display_without_digits_is_still_named() -> None:
    readings = [reading_of(None, display=name, status=Status.STALE) for name in ("gas", "heat")]
    assert labels_of(Result("cellar", None, tuple(readings), 0.0), 640, 480) == 1 + 2


def colours(status: Status) -> list[int]:
    digits = digits_at("88", 100, 100, 40, 80)
    picture = grey(640, 480, 0)
    draw(picture, Result("", None, (reading_of("88", 0, digits, status=status),), 0.0))
    return [int(level) for level in picture[98:102, 100:220].max(axis=(0, 1))]


def test_the_status_is_told_by_colour() -> None:
    (blue, green, red) = colours(Status.OK)
    assert green > red + 50
    assert green > blue
    for status in (Status.UNSTABLE, Status.LOW_CONFIDENCE, Status.INCOMPLETE):
        blue, green, red = colours(status)
        assert red > green > blue + 50
    for status in (Status.STALE, Status.BLANK):
        blue, green, red = colours(status)
        assert max(blue, green, red) - min(blue, green, red) < 30


def test_a_source_that_is_not_live_is_told() -> None:
    calm = Result("cellar", None, (), 25.0, source=SourceStatus("live"))
    stalled = Result("cellar", None, (), 25.0, source=SourceStatus("stalled"))
    assert arrange(stalled, 640, 480)[0].rect.w > arrange(calm, 640, 480)[0].rect.w


def test_lines_and_text_grow_with_the_picture() -> None:
    def reading(width: int, height: int) -> int:
        digits = digits_at("01345", width * 0.2, height * 0.4, height * 0.05, height * 0.1)
        return arrange(Result("c", None, (reading_of("01345", 0, digits),), 25.0), width, height)[1].rect.h

    assert reading(640, 480) * 3 < reading(3840, 2160) < reading(640, 480) * 6


def test_digits_that_are_nowhere_are_skipped() -> None:
    lost = Digit("1", 0.9, np.full((4, 2), np.nan, np.float32), 1)
    draw(grey(), Result("cellar", None, (reading_of("1", 0, [lost]),), 25.0))


def test_every_size_of_picture_can_be_drawn_on() -> None:
    for width, height in ((1, 1), (16, 4), (40, 300)):
        picture = grey(width, height)
        result = Result("cellar", Frame(0, picture[:, :, 0]), (reading_of("12"),), 25.0)
        assert draw(picture, result).shape == (height, width, 3)
