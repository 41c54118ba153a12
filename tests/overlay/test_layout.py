from __future__ import annotations

import numpy as np
import pytest

from digitstream.overlay.layout import Rect, Space, corner, hull, place, place_each

BOX = np.array([[40, 40], [60, 40], [60, 70], [40, 70]], np.float32)
DIAMOND = np.array([[50, 20], [80, 50], [50, 80], [20, 50]], np.float32)


def test_hull_is_whole_pixels_around_the_points() -> None:
    assert hull(np.array([[[1.2, 2.0], [3.5, 7.9]]], np.float32)) == Rect(1, 2, 3, 6)


@pytest.mark.parametrize(
    ("rect", "free"),
    [
        (Rect(0, 0, 30, 30), True),  # the hulls meet, the quad does not
        (Rect(0, 0, 40, 40), False),  # over a side
        (Rect(45, 45, 4, 4), False),  # inside
        (Rect(0, 0, 100, 100), False),  # around
        (Rect(90, 90, 10, 10), True),
        (Rect(91, 90, 10, 10), False),  # leaves the picture
        (Rect(-1, 0, 5, 5), False),
    ],
)
def test_a_rectangle_is_free_when_it_keeps_clear_of_a_turned_quad(rect: Rect, free: bool) -> None:
    assert Space(100, 100, [DIAMOND], margin=0).fits([rect]) is free


def test_the_direction_of_the_corners_does_not_matter() -> None:
    assert not Space(100, 100, [DIAMOND[::-1]], margin=0).fits([Rect(45, 45, 4, 4)])


def test_labels_do_not_cover_one_another() -> None:
    space = Space(100, 100, [], margin=2)
    assert not space.fits([Rect(0, 0, 10, 10), Rect(11, 0, 10, 10)])
    assert space.fits([Rect(0, 0, 10, 10), Rect(12, 0, 10, 10)])
    space.take([Rect(0, 0, 10, 10)])
    assert not space.fits([Rect(5, 5, 10, 10)])


def test_a_label_goes_below_and_above_where_there_is_no_room_below() -> None:
    assert place(Space(200, 200, [BOX], 1), hull(BOX), (50, 20), gap=4) == Rect(40, 74, 50, 20)
    assert place(Space(200, 80, [BOX], 1), hull(BOX), (50, 20), gap=4) == Rect(40, 16, 50, 20)


def test_a_label_wider_than_the_room_beside_is_moved_into_the_picture() -> None:
    placed = place(Space(100, 200, [BOX], 1), hull(BOX), (90, 20), gap=4)
    assert placed == Rect(10, 74, 90, 20)


def test_no_room_is_none() -> None:
    assert place(Space(30, 30, [], 1), Rect(0, 0, 5, 5), (40, 10), gap=2) is None
    assert corner(Space(30, 30, [], 1), (40, 10), gap=2) is None


def test_the_next_corner_when_a_digit_is_in_the_first() -> None:
    quad = np.array([[0, 0], [20, 0], [20, 20], [0, 20]], np.float32)
    assert corner(Space(100, 100, [quad], 1), (30, 10), gap=2) == Rect(68, 2, 30, 10)


def test_labels_of_a_level_row_line_up() -> None:
    quads = [BOX, BOX + np.array([40, 6], np.float32)]
    placed = place_each(Space(200, 200, quads, 1), quads, [(20, 15), (20, 15)], gap=4)
    assert placed == [Rect(40, 21, 20, 15), Rect(80, 21, 20, 15)]


def test_labels_of_a_column_go_beside_it() -> None:
    quads = [BOX + np.array([0, 35 * i], np.float32) for i in range(3)]
    placed = place_each(Space(200, 200, quads, 1), quads, [(20, 15)] * 3, gap=4)
    assert placed is not None
    assert {rect.x for rect in placed} == {64}


def test_all_digits_get_labels_or_none() -> None:
    quads = [BOX, BOX + np.array([25, 0], np.float32)]
    space = Space(200, 200, quads, 1)
    assert place_each(space, quads, [(30, 15), (30, 15)], gap=4) is None
    assert space.fits([Rect(40, 21, 30, 15)])
