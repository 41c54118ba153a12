from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstream.borders import borders
from digitstream.frames import Corners, Luma

HEIGHT, STEP, LEFT, TOP = 40, 52, 150, 140
"""Of the digits of a number that stands at (LEFT, TOP)."""
COUNT = 5


def place(number: float, count: int = 1) -> Corners:
    left = LEFT + number * STEP
    quad = [[left, TOP], [left + 36, TOP], [left + 36, TOP + HEIGHT], [left, TOP + HEIGHT]]
    return np.array([quad] * count, np.float32)


def picture(panel: tuple[int, int] | None = None, room: int = 30, walls: bool = False) -> Luma:
    """A number, and a panel between two columns that is so many rows taller at each side, on a wall."""
    luma = np.full((320, 600), 90, np.uint8)
    if panel is not None:
        luma[TOP - room : TOP + HEIGHT + room, slice(*panel)] = 40
    for number in range(COUNT):
        x = LEFT + number * STEP
        if walls:
            luma[TOP - 10 : TOP + HEIGHT + 10, x - 8 : x - 4] = 120
        cv2.putText(luma, "52839"[number], (x, TOP + HEIGHT), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 220, 4)
    return luma


def parted(luma: Luma, first: int = 0, last: int = COUNT - 1) -> tuple[bool, bool]:
    digits = np.concatenate([place(first), place(last)])
    return borders(luma, digits, place(first - 1)[0], place(last + 1)[0])


END = LEFT + COUNT * STEP


def test_a_panel_ends_the_number_at_both_sides() -> None:
    assert parted(picture((LEFT - 20, END + 8))) == (True, True)


def test_a_number_on_a_wide_panel_may_go_on() -> None:
    assert parted(picture((40, 580))) == (False, False)
    assert parted(picture((LEFT - 20, 580))) == (True, False)


def test_digits_are_no_border() -> None:
    luma = picture((LEFT - 20, END + 8))
    assert parted(luma, last=COUNT - 2) == (True, False)
    assert parted(luma, first=1) == (False, True)


def test_an_edge_must_be_taller_than_digits() -> None:
    assert parted(picture((LEFT - 20, END + 8), room=8)) == (False, False)


def test_a_border_must_be_taller_than_walls_between_drums() -> None:
    luma = picture((LEFT - 14, END + 8), room=16, walls=True)
    assert parted(luma) == (False, False)
    assert parted(luma, last=COUNT - 2) == (False, False)
    assert parted(picture((LEFT - 14, END + 8), room=40, walls=True)) == (True, True)


def test_a_part_of_a_digit_before_the_border_may_belong_to_the_number() -> None:
    luma = picture((LEFT - 20, END + 8))
    luma[TOP + 4 : TOP + HEIGHT - 4, LEFT - 12 : LEFT - 7] = 220
    assert parted(luma) == (False, True)


def test_an_edge_far_beyond_the_next_place_tells_nothing() -> None:
    assert parted(picture((LEFT - 20, END + STEP + 8))) == (True, False)


def test_the_edge_of_the_picture_is_no_border() -> None:
    top, left = TOP - 15, LEFT - 10
    luma = picture((0, 600))[top : TOP + HEIGHT + 15, left : END + 6]
    before, first, last, after = (place(n) - np.float32([left, top]) for n in (-1, 0, COUNT - 1, COUNT))
    assert borders(luma, np.concatenate([first, last]), before[0], after[0]) == (False, False)


def test_noise_and_texture_are_no_border() -> None:
    rng = np.random.default_rng(1)
    for grain in (1, 3, 8, 20):
        noise = rng.integers(0, 256, (320 // grain + 1, 600 // grain + 1)).astype(np.uint8)
        luma = cv2.resize(noise, (600, 320), interpolation=cv2.INTER_LINEAR)
        patch = slice(TOP - 3, TOP + HEIGHT + 3), slice(LEFT - 10, END)
        luma[patch] = picture()[patch]
        assert parted(np.asarray(luma, np.uint8)) == (False, False), grain


@given(turn=st.floats(-45, 45), scale=st.floats(0.5, 1.6), shift=st.floats(0, 1), light=st.floats(0.3, 1))
def test_it_is_the_same_however_the_camera_stands(
    turn: float, scale: float, shift: float, light: float
) -> None:
    matrix = cv2.getRotationMatrix2D((LEFT + 90, TOP + 20), turn, scale)
    matrix[:, 2] += (100 + shift, 200)
    luma = cv2.convertScaleAbs(picture((LEFT - 20, END + 8)), alpha=light)
    seen = np.asarray(cv2.warpAffine(luma, matrix, (900, 900), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    quads = cv2.transform(np.concatenate([place(n) for n in (0, COUNT - 1, -1, COUNT)]), matrix)
    quads = quads.astype(np.float32)
    assert borders(seen, quads[:2], quads[2], quads[3]) == (True, True)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_even_picture_has_none(grey: int) -> None:
    assert parted(np.full((320, 600), grey, np.uint8)) == (False, False)
