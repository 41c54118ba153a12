from __future__ import annotations

import numpy as np
import pytest

from digitstream.convert.bezel import Panel
from digitstream.convert.displays import Display, DotMatrix, Fluorescent, Lcd, Led
from digitstream.convert.drums import Drum, floor_text, wheels
from digitstream.convert.prints import Engraved, EPaper, HouseNumber, Printed

KINDS = (Lcd, Led, Fluorescent, DotMatrix, Printed, EPaper, Engraved, HouseNumber, Drum)


def shown(panel: Panel) -> str:
    return "".join(panel.marks[index].char for index in panel.reading)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_a_display_shows_its_text(kind: type[Display], seed: int) -> None:
    panel = kind(np.random.default_rng(seed), 32, "held-out").render("40718")
    assert shown(panel) == "40718"
    lefts = [panel.marks[index].box[0] for index in panel.reading]
    assert lefts == sorted(lefts)
    height, width = panel.image.shape[:2]
    for mark in panel.marks:
        left, top, right, bottom = mark.box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_text_gives_the_same_picture(kind: type[Display]) -> None:
    first, second = (kind(np.random.default_rng(5), 30, "held-out") for _ in range(2))
    assert np.array_equal(first.render("1234").image, second.render("1234").image)
    assert np.array_equal(first.render("1234").image, first.render("1234").image)


@pytest.mark.parametrize("kind", [Lcd, Led, DotMatrix])
def test_only_the_digits_change_when_the_text_does(kind: type[Display]) -> None:
    display = kind(np.random.default_rng(2), 32, "held-out")
    display.bare = True
    one, two = display.render("1234"), display.render("1294")
    assert one.image.shape == two.image.shape
    change = np.abs(one.image - two.image).max(axis=(0, 2))
    left, _, right, _ = one.marks[2].cell
    assert change[int(left) : int(right)].max() > 5
    assert change[: max(int(left - 20), 0)].max(initial=0) < 1


def test_boxes_hold_the_ink_of_an_lcd() -> None:
    lcd = Lcd(np.random.default_rng(1), 40, "held-out", gaps=False, contrast=0.9)
    lcd.bare, lcd.unlit, lcd.shade, lcd.slope = True, 0.0, 0.0, 0.0
    panel = lcd.render("508")
    grey = panel.image.mean(axis=2)
    dark = grey < 0.5 * np.median(grey)
    outside = dark.copy()
    for mark in panel.marks:
        left, top, right, bottom = (int(value) for value in mark.box)
        inside = dark[top:bottom, left:right]
        assert inside.any(axis=0)[[0, -1]].all()
        assert inside.any(axis=1)[[0, -1]].all()
        outside[top:bottom, left:right] = False
    assert not outside.any()


def test_blanks_are_cells_with_unlit_segments() -> None:
    lcd = Lcd(np.random.default_rng(3), 40, "held-out", gaps=False, contrast=0.8)
    lcd.bare, lcd.unlit, lcd.shade, lcd.slope = True, 0.1, 0.0, 0.0
    panel = lcd.render(" 12")
    assert [mark.char for mark in panel.marks] == [" ", "1", "2"]
    assert shown(panel) == "12"
    left, top, right, bottom = (int(value) for value in panel.marks[0].cell)
    assert np.ptp(panel.image[top:bottom, left:right]) > 4


@pytest.mark.parametrize("tenth", range(10))
def test_the_digit_that_fills_most_of_the_slot(tenth: int) -> None:
    drum = Drum(np.random.default_rng(4), 40, "held-out", red=0)
    mark = drum.turn((4 + tenth / 10,)).marks[0]
    assert mark.wheel == tenth
    assert mark.char == ("4" if tenth < 5 else "5")


def test_digits_of_a_drum_rise_as_it_turns() -> None:
    drum = Drum(np.random.default_rng(4), 40, "held-out", red=0)
    tops = [drum.turn((4 + tenth / 10,)).marks[0].box[3] for tenth in range(5)]
    assert tops == sorted(tops, reverse=True)
    assert tops[0] - tops[-1] > 5


def test_a_full_turn_of_a_drum_is_none() -> None:
    drum = Drum(np.random.default_rng(4), 40, "held-out")
    assert np.array_equal(drum.turn((3.0, 0.0)).image, drum.turn((3.0, 10.0)).image)


@pytest.mark.parametrize(
    ("value", "decimals", "positions"),
    [
        (0, 0, (0.0, 0.0, 0.0, 0.0)),
        (899.5, 0, (0.0, 8.5, 9.5, 9.5)),
        (899.2, 0, (0.0, 8.2, 9.2, 9.2)),
        (900, 0, (0.0, 9.0, 0.0, 0.0)),
        # a wheel moves only while the one below it passes from 9 to 0
        (891.7, 0, (0.0, 8.0, 9.0, 1.7)),
        (89.95, 1, (0.0, 8.5, 9.5, 9.5)),
        (9999.5, 0, (9.5, 9.5, 9.5, 9.5)),
    ],
)
def test_wheels_carry(value: float, decimals: int, positions: tuple[float, ...]) -> None:
    assert wheels(value, 4, decimals) == pytest.approx(positions)


def test_a_counter_shows_the_floor_of_its_value() -> None:
    for tenths in range(0, 20000, 7):
        assert floor_text(wheels(tenths / 10, 4)) == f"{tenths // 10:04d}"
