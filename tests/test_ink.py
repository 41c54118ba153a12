"""What a digit takes of its place, on crops drawn to the pixel."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.crops import cut_raw
from digitstream.ink import NARROWEST, ROOM, THINNEST, ends, part, profiles, reaches, runs_on, shares

Picture = NDArray[np.uint8]

HEIGHT, WIDTH = 60, 36
LEFT = 60, 110, 160
PLACES = np.array([[[x, 40], [x + WIDTH, 40], [x + WIDTH, 100], [x, 100]] for x in LEFT], np.float32)


def picture(ground: int = 200) -> Picture:
    return np.full((140, 260), ground, np.uint8)


def boxes(image: Picture, places: NDArray[np.float32] = PLACES) -> NDArray[np.float32]:
    """Left, top, right and bottom of the digits of a line."""
    taken = part(places, shares(profiles(cut_raw(image, places), places), places))
    return np.concatenate([taken.min(axis=1), taken.max(axis=1)], axis=1)


def ring(image: Picture, box: tuple[int, int, int, int], ink: int, thick: int = 6) -> None:
    left, top, right, bottom = box
    image[top:bottom, left:right] = ink
    image[top + thick : bottom - thick, left + thick : right - thick] = int(image[0, 0])


@pytest.mark.parametrize(("ground", "ink"), [(200, 60), (40, 220)])
def test_a_box_that_is_too_large_shrinks_to_the_ink(ground: int, ink: int) -> None:
    image = picture(ground)
    for x in LEFT:
        ring(image, (x + 5, 48, x + 31, 92), ink)
    for x, box in zip(LEFT, boxes(image), strict=True):
        room = ROOM * HEIGHT
        assert box == pytest.approx([x + 5 - room, 48 - room, x + 31 + room, 92 + room], abs=3)


def test_a_box_that_is_too_small_grows() -> None:
    image = picture()
    for x in LEFT:
        ring(image, (x - 3, 36, x + 39, 104), 60)
    for x, (left, top, right, bottom) in zip(LEFT, boxes(image), strict=True):
        assert left == pytest.approx(x - 5, abs=3)
        assert right == pytest.approx(x + 41, abs=3)
        assert (top, bottom) == pytest.approx((34, 106), abs=3)


@pytest.mark.parametrize("thick", [4, 7, 11])
def test_a_bar_at_the_side_of_its_place_is_as_thin_as_it_is(thick: int) -> None:
    image = picture()
    ring(image, (60, 40, 96, 100), 60)
    image[40:100, 145 - thick : 145] = 60
    ring(image, (160, 40, 196, 100), 60)
    left, top, right, bottom = boxes(image)[1]
    assert (left + right) / 2 == pytest.approx(145 - thick / 2, abs=1)
    assert right - left == pytest.approx(max(thick, THINNEST * HEIGHT), abs=1.2)
    assert (top, bottom) == pytest.approx((40 - ROOM * HEIGHT, 100 + ROOM * HEIGHT), abs=2)


def test_noise_in_the_middle_of_its_place_is_not_the_ink_of_a_bar_aside() -> None:
    image = picture()
    noise = np.random.default_rng(1).normal(0, 6, image.shape)
    for x in LEFT:
        image[40:100, x + 30 : x + 36] = 170
    for x, (left, _, right, _) in zip(LEFT, boxes(np.asarray(image + noise, np.uint8)), strict=True):
        assert (left, right) == pytest.approx((x + 29.4, x + 36.6), abs=2)


def test_edges_are_found_between_the_pixels_of_a_crop() -> None:
    widths = []
    for shift in np.linspace(0, 2.4, 7):
        image = np.full((560, 1040), 200, np.uint8)
        for x in LEFT:
            at = round(4 * (x + 24 + shift))
            image[160:400, at : at + 28] = 60
        small = np.asarray(cv2.resize(image, (260, 140), interpolation=cv2.INTER_AREA), np.uint8)
        lefts = boxes(small)[:, 0] - np.array(LEFT) - 24 - shift
        assert np.abs(lefts).max() < 0.8
        widths += [right - left for left, _, right, _ in boxes(small)]
    assert np.ptp(widths) < 1


def test_a_bar_in_the_middle_keeps_some_width() -> None:
    image = picture()
    for x in LEFT:
        image[40:100, x + 14 : x + 21] = 60
    for left, _, right, _ in boxes(image):
        assert right - left == pytest.approx(NARROWEST * HEIGHT, abs=2)


def test_the_plate_that_a_digit_stands_on_is_no_ink() -> None:
    image = picture(30)
    for x in LEFT:
        image[40:100, x : x + WIDTH] = 210
        cv2.rectangle(image, (x + 11, 52), (x + 24, 88), 40, 5)
    for x, (left, top, right, bottom) in zip(LEFT, boxes(image), strict=True):
        assert (left, right) == pytest.approx((x + 5, x + 30), abs=3)
        assert (top, bottom) == pytest.approx((47, 93), abs=4)


def test_one_digit_that_is_half_covered_does_not_change_the_height_of_its_line() -> None:
    image = picture()
    for x in LEFT:
        ring(image, (x, 40, x + WIDTH, 100), 60)
    image[68:, 105:150] = 200
    tops, bottoms = boxes(image)[:, 1], boxes(image)[:, 3]
    assert np.ptp(tops) < 0.5
    assert np.ptp(bottoms) < 0.5
    assert bottoms[1] == pytest.approx(100 + ROOM * HEIGHT, abs=3)


def test_where_nothing_is_to_be_seen_the_places_stay() -> None:
    places = PLACES + np.float32(0.25)
    taken = part(places, shares(profiles(cut_raw(picture(), places), places), places))
    assert np.allclose(taken, places, atol=1e-3)


def test_a_turned_place_keeps_its_turn() -> None:
    matrix = cv2.getRotationMatrix2D((130, 70), 20, 1)
    image = picture()
    for x in LEFT:
        ring(image, (x + 5, 48, x + 31, 92), 60)
    turned = np.asarray(cv2.warpAffine(image, matrix, (260, 140), borderValue=200), np.uint8)
    places = np.asarray(cv2.transform(PLACES, matrix), np.float32)
    taken = part(places, shares(profiles(cut_raw(turned, places), places), places))
    back = cv2.transform(taken, cv2.invertAffineTransform(matrix))
    for x, quad in zip(LEFT, back, strict=True):
        assert quad[0] == pytest.approx([x + 3, 46], abs=3)
        assert quad[2] == pytest.approx([x + 33, 94], abs=3)


def test_no_digits() -> None:
    none = np.zeros((0, 4, 2), np.float32)
    assert part(none, shares(profiles(np.zeros((0, 32, 32), np.uint8), none), none)).shape == (0, 4, 2)


def bar(top: int, bottom: int, left: int = 14, right: int = 18) -> Picture:
    crop = np.full((32, 32), 200, np.uint8)
    crop[top:bottom, left:right] = 60
    return crop


@pytest.mark.parametrize(
    ("top", "bottom", "on"), [(4, 28, False), (0, 32, True), (4, 32, True), (0, 28, True)]
)
def test_a_wall_goes_on_where_a_one_ends(top: int, bottom: int, on: bool) -> None:
    beyond, through = runs_on(bar(top, bottom)[None])
    assert beyond.tolist() == [on]
    assert through.tolist() == [(top, bottom) == (0, 32)]


@pytest.mark.parametrize(("top", "bottom", "expected"), [(4, 28, True), (0, 32, False), (0, 28, True)])
def test_only_the_side_of_a_panel_has_no_end(top: int, bottom: int, expected: bool) -> None:
    quad = np.array([[[0, 0], [20, 0], [20, 40], [0, 40]]], np.float32)
    assert ends(profiles(bar(top, bottom)[None], quad)).tolist() == [expected]


@pytest.mark.parametrize(("left", "width", "expected"), [(-14, 26, True), (9, 8, False)])
@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("upside_down", [False, True])
def test_what_the_picture_cuts_off_reaches_its_edge(
    left: int, width: int, expected: bool, right: bool, upside_down: bool
) -> None:
    image = picture()
    ring(image, (max(left, 0), 48, left + width, 92), 60)
    place = np.array([[-16, 40], [20, 40], [20, 100], [-16, 100]], np.float32)
    if right:
        image = np.ascontiguousarray(image[:, ::-1])
        place[:, 0] = image.shape[1] - place[[1, 0, 3, 2], 0]
    if upside_down:
        place = place[[2, 3, 0, 1]]
    seen = profiles(cut_raw(image, place[None]), place[None])
    assert reaches(seen, place[None], (260, 140)).tolist() == [expected]
