from __future__ import annotations

import numpy as np
import pytest

from digitstream.overlay.tiles import PLATE, Run, legible, tile

WHITE = (255, 255, 255)


def ink_rows(text: str) -> tuple[int, int]:
    """First and last row that text reaches."""
    made = tile(((Run(text, 40, WHITE),),))
    rows = np.nonzero((made.ink.max(axis=2) > 128).any(axis=1))[0]
    return int(rows[0]), int(rows[-1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kWh", "kWh"),
        ("m³", "m³"),
        ("°C", "°C"),
        ("µS/cm", "uS/cm"),
        ("kΩ", "kOhm"),
        ("\u2126", "Ohm"),
        ("Gaszähler", "Gaszahler"),
        ("東", "?"),
        ("a\tb", "a?b"),
    ],
)
def test_every_text_is_shown_somehow(text: str, expected: str) -> None:
    assert legible(text) == expected


def test_raised_digits_stand_higher_and_are_smaller() -> None:
    top, bottom = ink_rows("3")
    raised_top, raised_bottom = ink_rows("³")
    assert raised_bottom - raised_top < (bottom - top) * 0.75
    assert raised_bottom < bottom - 8
    assert abs(raised_top - top) <= 4


def test_a_tile_grows_with_its_text() -> None:
    small, large = tile(((Run("12", 12, WHITE),),)), tile(((Run("12", 48, WHITE),),))
    assert large.size[0] > 3 * small.size[0]
    assert tile(((Run("1234", 12, WHITE),),)).size[0] > small.size[0]


def test_the_plate_is_translucent_and_its_text_is_not() -> None:
    made = tile(((Run("8", 60, WHITE),),))
    for level in (0, 255):
        picture = np.full((made.size[1], made.size[0], 3), level, np.uint8)
        made.lay(picture, 0, 0)
        assert (
            (picture.reshape(-1, 3) >= 250).all(axis=1).any()
        )  # the core of the strokes is white on anything
        middle = picture[2, made.size[0] // 2]  # plate above the text
        assert (middle < 128).all()
        assert (middle > 40).all() if level else (middle <= max(PLATE)).all()


def test_nothing_is_drawn_beyond_the_tile() -> None:
    made = tile(((Run("8", 30, WHITE),),), stripe=(0, 255, 0))
    picture = np.full((100, 120, 3), 128, np.uint8)
    made.lay(picture, 20, 30)
    w, h = made.size
    picture[30 : 30 + h, 20 : 20 + w] = 128
    assert (picture == 128).all()


def test_the_same_tile_is_rendered_once() -> None:
    assert tile(((Run("5", 20, WHITE),),)) is tile(((Run("5", 20, WHITE),),))
