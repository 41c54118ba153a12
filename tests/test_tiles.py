"""Digits that are too small for the working picture: found in turn, then kept in sight."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from digitstream.classifier import Classifier
from digitstream.config import CameraConfig
from digitstream.frames import Frame
from digitstream.localizer import Localizer
from digitstream.pipeline import Pipeline
from digitstream.tiles import grid

PLACE = 1320, 800
"""Of the number in the wide pictures, in 1920ths and 1080ths."""


def wide(height: int, size: tuple[int, int] = (1920, 1080)) -> np.ndarray:
    """A grey wall with one number in digits of so many pixels."""
    picture = np.full((size[1], size[0]), 150, np.uint8)
    scale = cv2.getFontScaleFromHeight(cv2.FONT_HERSHEY_SIMPLEX, height, max(height // 7, 1))
    place = tuple(round(part * size[0] / 1920) for part in PLACE)
    cv2.putText(
        picture, "407258", place, cv2.FONT_HERSHEY_SIMPLEX, scale, 30, max(height // 7, 1), cv2.LINE_AA
    )
    return cv2.GaussianBlur(picture, (0, 0), 0.6)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


@pytest.mark.parametrize("size", [(1920, 1080), (3840, 2160), (4032, 3024), (1280, 720), (641, 481)])
def test_the_parts_cover_the_picture_and_share_their_edges(size: tuple[int, int]) -> None:
    parts = grid(np.zeros(size[::-1], np.uint8))
    seen = np.zeros(size[::-1], np.uint8)
    for left, top, right, bottom in parts:
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]
        seen[top:bottom, left:right] += 1
    assert seen.min() == 1
    assert (seen > 1).mean() > 0.1


def test_a_small_picture_has_no_parts() -> None:
    assert grid(np.zeros((400, 900), np.uint8)) == []


@pytest.mark.parametrize(
    ("height", "size"), [(11, (1920, 1080)), (14, (1920, 1080)), (16, (3840, 2160)), (24, (3840, 2160))]
)
def test_small_digits_are_found_within_two_seconds_and_then_in_every_look(
    height: int, size: tuple[int, int], classifier: Classifier
) -> None:
    localizer, picture = Localizer(classifier), wide(height, size)
    counts = [len(localizer(picture, index).corners) for index in range(0, 60, 6)]
    assert counts[-1] == 6
    first = counts.index(6)
    assert set(counts[first:]) == {6}


@pytest.mark.parametrize(("height", "size"), [(13, (1920, 1080)), (11, (1280, 720)), (18, (3840, 2160))])
@pytest.mark.parametrize("noise", [0, 2])
def test_small_digits_beside_a_larger_display_are_found_within_two_seconds(
    height: int, size: tuple[int, int], noise: float
) -> None:
    picture = wide(height, size)
    large = size[0] // 6, size[1] // 2
    cv2.putText(picture, "283746", large, cv2.FONT_HERSHEY_SIMPLEX, size[1] / 200, 20, 8, cv2.LINE_AA)
    grain = np.rint(np.random.default_rng(1).normal(0, noise, picture.shape)).astype(np.int8)
    seen: dict[str, int] = {}
    with Pipeline(CameraConfig(source="-"), live=False) as pipeline:
        for index in range(51):
            frame = np.asarray(cv2.add(picture, np.roll(grain, 997 * index), dtype=cv2.CV_8U), np.uint8)
            readings = pipeline.process(Frame(index, frame, monotonic=time.monotonic())).readings
            for reading in readings:
                seen.setdefault(str(reading.text), index)
    # Of 25 frames a second; and the larger one is not lost while the smaller is looked for.
    assert seen["283746"] == 0
    assert seen["407258"] <= 50
    assert {reading.text for reading in readings} >= {"283746", "407258"}


def test_a_still_is_searched_to_the_last_corner(classifier: Classifier) -> None:
    found = Localizer(classifier)(wide(12), 0, thorough=True)
    assert len(found.corners) == 6
    middle = found.corners.mean(axis=(0, 1))
    assert middle == pytest.approx([PLACE[0] + 30, PLACE[1] - 6], abs=12)


def test_digits_of_twenty_pixels_are_found_in_one_look(classifier: Classifier) -> None:
    assert len(Localizer(classifier)(wide(21), 1000).corners) == 6


def test_what_has_left_its_part_is_not_looked_for_there(classifier: Classifier) -> None:
    localizer, picture = Localizer(classifier), wide(12)
    localizer(picture, 0, thorough=True)
    assert len(localizer(np.full_like(picture, 150), 6).corners) == 0


def test_a_smaller_picture_has_none_of_the_parts_of_a_larger_one(classifier: Classifier) -> None:
    localizer = Localizer(classifier)
    assert len(localizer(wide(12), 0, thorough=True).corners) == 6
    assert len(localizer(np.full((700, 900), 150, np.uint8), 6).corners) == 0
