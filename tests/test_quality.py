"""How well displays can be read: one fault at a time, and the reason is named."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.quality import judge, look
from digitstream.survey import region_around
from moving import box_quads, digit_on

Picture = NDArray[np.uint8]


def panel(
    height: int = 40, left: int = 120, ground: int = 60, ink: int = 190
) -> tuple[Picture, NDArray[np.float32]]:
    picture = np.full((240, 480), 110, np.uint8)
    pitch = round(0.75 * height)
    picture[80 - height // 2 : 80 + 3 * height // 2, max(left - height, 0) : left + 5 * pitch] = ground
    boxes = [digit_on(picture, digit, left + i * pitch, 80, height, ink) for i, digit in enumerate("3658")]
    return cv2.GaussianBlur(picture, (0, 0), 0.7), box_quads(boxes)


def reasons(picture: Picture, digits: NDArray[np.float32], sure: float = 1.0) -> tuple[int, tuple[str, ...]]:
    region = region_around(digits, (picture.shape[1], picture.shape[0]))
    quality = judge([look(np.asarray(picture, np.uint8), digits, region)], sure)
    return quality.score, quality.reasons


def test_a_good_view_has_nothing_to_complain_of() -> None:
    assert reasons(*panel()) == (100, ())
    assert reasons(*panel(ground=200, ink=40)) == (100, ())


def test_paper_is_white_without_glare() -> None:
    assert reasons(*panel(ground=255, ink=30)) == (100, ())


@pytest.mark.parametrize("ink", [255, 250])
def test_digits_that_shine_are_no_glare(ink: int) -> None:
    assert reasons(*panel(ground=20, ink=ink)) == (100, ())


def glare(picture: Picture) -> Picture:
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    spot = 260 * np.exp(-(((x - 150) / 50.0) ** 2) - ((y - 100) / 40.0) ** 2)
    return np.asarray(np.clip(picture + spot, 0, 255), np.uint8)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (glare, "glare"),
        (lambda picture: cv2.GaussianBlur(picture, (0, 0), 6), "blurred"),
        (lambda picture: np.uint8(100 + 0.15 * picture), "low contrast"),
    ],
    ids=["glare", "blurred", "low contrast"],
)
def test_what_is_wrong_with_a_picture_is_named(change: Callable[[Picture], Picture], reason: str) -> None:
    picture, digits = panel()
    score, found = reasons(change(picture), digits)
    assert score < 85
    assert reason in " ".join(found)


def test_small_digits_are_counted_in_pixels() -> None:
    score, found = reasons(*panel(height=12))
    assert score < 75
    assert any("too small: digits are 1" in reason for reason in found)


def test_a_display_at_the_edge_is_cut_off() -> None:
    picture, digits = panel()
    cut = np.ascontiguousarray(picture[:, 130:])
    score, found = reasons(cut, digits - np.array([130, 0], np.float32))
    assert score <= 50
    assert "cut off by the edge of the picture" in found


def test_what_is_rarely_sure_is_unsteady() -> None:
    assert reasons(*panel(), sure=0.4) == (50, ("unsteady: sure in 40% of the pictures",))
    assert reasons(*panel(), sure=0.0) == (20, ("never sure",))


def test_the_worst_comes_first() -> None:
    picture, digits = panel(height=16)
    _, found = reasons(np.uint8(100 + 0.06 * picture), digits)
    assert [reason.split(":")[0] for reason in found][:2] == ["low contrast", "too small"]
