"""Slots of a line: which hold its digits, told by a judge that knows where the digits are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.frames import Corners
from digitstream.light import Light
from digitstream.lines import Line
from digitstream.slots import BEYOND, Slots, View, best, fitting

SIZE = 640, 200
PITCH, HEIGHT, WIDTH = 40.0, 50.0, 26.0

Shown = dict[float, tuple[int, float]]
"""Digit and probability by the place of its middle."""


def line(count: int, start: float = 200) -> Line:
    u = np.asarray(start + PITCH * np.arange(count), np.float32)
    return Line(0.0, HEIGHT, u, 100.0, np.full(count, WIDTH, np.float32))


def judge(shown: Shown, faint: float = 100.0, reach: float = 6.0) -> Callable[..., object]:
    """Sees a digit in quads whose middle is near it; `faint` is the contrast of those outside 180-400."""

    def look(quads: Corners) -> tuple[NDArray[np.float32], NDArray[np.intp], Light]:
        middles = quads.mean(axis=1)[:, 0]
        chance, names = np.full(len(quads), 0.02, np.float32), np.full(len(quads), 3, np.intp)
        for k, middle in enumerate(middles.tolist()):
            for place, (digit, sure) in shown.items():
                if abs(middle - place) < reach:
                    chance[k], names[k] = sure, digit
        outside = (middles < 180) | (middles > 400)
        above = np.where(chance > 0.1, np.where(outside, faint, 100.0), 5.0).astype(np.float32)
        return chance, names, Light(np.zeros(len(quads), np.float32), above, np.zeros(len(quads), np.float32))

    return look


def view(shown: Shown, faint: float = 100.0, walls: Sequence[float] = (), through: bool = True) -> View:
    """A picture of digits, with bars that go on at the places `walls`, on both sides if they go `through`."""

    def are_walls(quads: Corners) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        middles = quads.mean(axis=1)[:, 0].tolist()
        seen = np.array([any(abs(middle - wall) < 6 for wall in walls) for middle in middles], bool)
        return seen, seen & through

    return View(SIZE, judge(shown, faint), are_walls)  # type: ignore[arg-type]


def slots(
    shown: Shown,
    count: int = 3,
    distance: float = PITCH,
    faint: float = 100.0,
    walls: Sequence[float] = (),
    through: bool = True,
) -> Slots:
    return Slots.along(line(count), WIDTH, (200.0, distance), view(shown, faint, walls, through))


def taken(found: Slots) -> list[int]:
    """Slots that are taken, counted from the first digit of the line."""
    return (found.taken() - BEYOND).tolist()


WHOLE: Shown = {200.0: (4, 0.99), 240.0: (7, 0.99), 280.0: (2, 0.99)}


def test_a_line_holds_its_digits() -> None:
    assert taken(slots(WHOLE)) == [0, 1, 2]


def test_digits_beyond_the_ends_are_found() -> None:
    assert taken(slots(WHOLE | {160.0: (1, 0.99), 320.0: (8, 0.99)})) == [-1, 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("chance", "faint"),
    [(0.8, 100.0), (0.9, 65.0), (0.99, 30.0)],
    ids=["unsure", "unsure, in another light", "a reflection"],
)
def test_what_is_unsure_or_faint_beyond_the_ends_is_left_out(chance: float, faint: float) -> None:
    assert taken(slots(WHOLE | {160.0: (5, chance)}, faint=faint)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("own", "chance", "is_taken"),
    [(0.0, 0.99, True), (0.0, 0.97, False), (100.0, 0.97, False), (100.0, 0.99, True)],
    ids=["a drum the other way", "an unsure one", "an edge", "a digit in strong light"],
)
def test_what_has_strokes_the_other_way_beyond_the_ends_must_be_plain(
    own: float, chance: float, is_taken: bool
) -> None:
    found = slots(WHOLE | {320.0: (5, chance)})
    found.light.above[BEYOND + 3], found.light.below[BEYOND + 3] = own, 90.0
    assert taken(found) == [0, 1, 2, 3][: 3 + is_taken]


@pytest.mark.parametrize(("ground", "chance"), [(0.0, 0.9), (50.0, 0.99)])
def test_a_digit_beyond_a_gap_is_in_the_same_light_or_plain(ground: float, chance: float) -> None:
    found = slots({200.0: (4, 0.99), 240.0: (7, 0.99), 280.0: (2, 0.99), 360.0: (8, chance)}, 5)
    found.light.ground[BEYOND + 4] = ground
    assert taken(found) == [0, 1, 2, 4]
    found.light.ground[BEYOND + 4], found.chance[BEYOND + 4] = 50.0, 0.9
    assert taken(found) == [0, 1, 2]


def test_a_point_may_have_a_slot_of_its_own() -> None:
    assert taken(slots(WHOLE | {120.0: (9, 0.99)})) == [-2, 0, 1, 2]


def test_a_letter_and_its_word_are_no_part_of_the_number() -> None:
    """The `o` of `No. 123` passes for a 0, but there is a letter before it."""
    shown: Shown = {240.0: (0, 0.99), 320.0: (1, 0.99), 360.0: (2, 0.99), 400.0: (3, 0.99)}
    assert taken(slots(shown, 6)) == [1, 3, 4, 5]
    assert taken(slots(shown | {200.0: (7, 0.2)}, 6)) == [3, 4, 5]
    assert taken(slots(shown | {200.0: (7, 0.2)}, 6, walls=(200.0,))) == [1, 3, 4, 5]
    assert taken(slots(shown | {200.0: (7, 0.2), 240.0: (7, 0.99)}, 6)) == [1, 3, 4, 5]


def test_digits_with_more_than_a_hole_are_no_line() -> None:
    shown = {200.0: (4, 0.99), 320.0: (7, 0.99), 360.0: (2, 0.99)}
    assert taken(slots(shown, count=5)) == []


def test_a_slot_that_the_picture_cuts_off_holds_nothing() -> None:
    shown = {20.0 + PITCH * k: (k, 0.99) for k in range(-1, 3)}
    found = Slots.along(line(3, 20.0), WIDTH, (20.0, PITCH), view(shown))
    assert taken(found) == [0, 1, 2]


@pytest.mark.parametrize(
    ("digit", "chance", "origin", "first"),
    [(3, 0.6, 8.0, -1), (3, 0.6, 14.0, 0), (1, 0.6, 10.0, 0), (3, 0.3, 8.0, 0), (3, 0.6, -4.0, 0)],
    ids=["cut off", "whole, but unsure", "a bar", "hardly a digit", "most of it cut off"],
)
def test_a_digit_that_the_picture_cuts_off_is_told_for_what_it_may_be(
    digit: int, chance: float, origin: float, first: int
) -> None:
    shown: Shown = {origin + PITCH * k: (4, 0.99) for k in range(1, 4)} | {origin: (digit, chance)}
    found = Slots.along(line(3, origin + PITCH), WIDTH, (origin + PITCH, PITCH), view(shown))
    assert taken(found) == list(range(first, 3))


def test_the_place_of_an_unsure_digit_is_searched() -> None:
    seen = {200.0: (4, 0.99), 240.0: (7, 0.99), 280.0: (2, 0.5)}
    better = {200.0: (4, 0.99), 240.0: (7, 0.99), 283.0: (2, 0.99)}
    found = slots(seen)
    found.search(judge(better))  # type: ignore[arg-type]
    assert found.chance[BEYOND + 2] == np.float32(0.99)
    assert found.names[BEYOND + 2] == 2
    assert abs(float(found.quads[BEYOND + 2, :, 0].mean()) - 280) < 0.11 * HEIGHT


def test_a_bar_beyond_the_end_is_not_searched_for() -> None:
    found = slots(WHOLE | {160.0: (1, 0.6)})
    found.search(judge(WHOLE | {160.0: (1, 0.99)}, reach=12.0))  # type: ignore[arg-type]
    assert found.chance[BEYOND - 1] == np.float32(0.6)


DRUMS: Shown = {200.0: (4, 0.99), 280.0: (7, 0.99), 360.0: (2, 0.99)}
BARS: Shown = {240.0: (1, 0.97), 320.0: (1, 0.97)}


@pytest.mark.parametrize(("walls", "chosen"), [((240.0, 320.0), 0), ((), 1)], ids=["walls", "ones"])
def test_bars_between_digits_are_walls_of_drums_if_they_go_on(walls: tuple[float, ...], chosen: int) -> None:
    options = [slots(DRUMS | BARS, 5, distance, walls=walls) for distance in (2 * PITCH, PITCH)]
    assert best(options) is options[chosen]


@pytest.mark.parametrize(("chance", "chosen"), [(0.97, 0), (0.99, 1)])
def test_plain_ones_between_digits_that_all_reach_over_their_plates_count(chance: float, chosen: int) -> None:
    shown: Shown = DRUMS | {u: (1, chance) for u in BARS}
    options = [slots(shown, 5, distance, walls=tuple(shown)) for distance in (2 * PITCH, PITCH)]
    assert best(options) is options[chosen]


@pytest.mark.parametrize(("chance", "chosen"), [(0.97, 0), (0.99, 1)])
def test_plain_ones_between_digits_that_touch_their_plates_on_one_side_count(
    chance: float, chosen: int
) -> None:
    shown: Shown = DRUMS | {u: (1, chance) for u in BARS}
    options = [slots(shown, 5, distance, walls=tuple(BARS), through=False) for distance in (2 * PITCH, PITCH)]
    assert best(options) is options[chosen]


@pytest.mark.parametrize(
    ("inside", "found"), [({280.0: (1, 0.99), 320.0: (0, 0.99)}, [4, 7, 1, 0, 2]), ({}, None)],
    ids=["a one and a digit", "nothing"],
)  # fmt: skip
def test_a_box_of_a_one_and_a_digit_does_not_hide_the_pitch(inside: Shown, found: list[int] | None) -> None:
    """Its middle is between the two, in no slot."""
    shown: Shown = {200.0: (4, 0.99), 240.0: (7, 0.99), 360.0: (2, 0.99)} | inside
    u = np.array([200, 240, 308, 360], np.float32)
    widths = np.array([WIDTH, WIDTH, 1.3 * WIDTH, WIDTH], np.float32)
    slots = fitting(Line(0.0, HEIGHT, u, 100.0, widths), WIDTH, np.zeros(4, bool), view(shown))
    assert (slots.names[slots.taken()].tolist() if slots is not None else None) == found


@pytest.mark.parametrize(("width", "found"), [(41.0, [3, 6, 1, 1]), (39.0, [3, 6, 1, 1, 1, 1])])
def test_slots_narrower_than_digits_are_none(width: float, found: list[int]) -> None:
    """Bars beside their slots are seen from the slots on both sides, half a pitch apart."""
    shown: Shown = {200.0: (3, 0.99), 280.0: (6, 0.99)} | {360.0 + 40 * k: (1, 0.99) for k in range(4)}
    u = np.array([200, 280, 380, 460], np.float32)
    widths = np.array([width, width, 10, 10], np.float32)
    slots = fitting(Line(0.0, 70, u, 100.0, widths), width, np.array([0, 0, 1, 1], bool), view(shown))
    assert slots is not None
    assert slots.names[slots.taken()].tolist() == found


def test_a_bar_beyond_the_end_that_goes_on_is_the_side_of_a_panel() -> None:
    shown: Shown = WHOLE | {160.0: (1, 0.99)}
    assert taken(slots(shown)) == [-1, 0, 1, 2]
    assert taken(slots(shown, walls=(160.0,))) == [0, 1, 2]


def test_a_line_is_followed_as_far_as_it_goes() -> None:
    """The first look finds the last three of seven digits, and reaches two slots further."""
    shown: Shown = {40.0 + PITCH * k: (k, 0.99) for k in range(7)}
    seen = view(shown)
    found = Slots.along(line(3), WIDTH, (200.0, PITCH), seen)
    assert taken(found) == [-2, -1, 0, 1, 2]
    while (longer := found.continued(line(3), WIDTH, seen)) is not found:
        found = longer
    assert found.names[found.taken()].tolist() == list(range(7))


def test_a_finer_pitch_wins_where_it_shows_more_digits() -> None:
    shown: Shown = {200.0: (4, 0.99), 240.0: (5, 0.99), 280.0: (7, 0.99), 320.0: (3, 0.99), 360.0: (2, 0.99)}
    options = [slots(shown, 5, 2 * PITCH), slots(shown, 5)]
    assert best(options) is options[1]


def test_no_pitch_gives_no_slots() -> None:
    assert best([]) is None


def test_a_frame_beyond_the_end_may_look_like_a_seven() -> None:
    shown: Shown = WHOLE | {160.0: (7, 0.99)}
    assert taken(slots(shown)) == [-1, 0, 1, 2]
    assert taken(slots(shown, walls=(160.0,))) == [0, 1, 2]


@pytest.mark.parametrize(
    ("place", "chance", "wall", "is_kept"),
    [(308.0, 0.99, False, True), (308.0, 0.9, False, False), (308.0, 0.99, True, False),
     (318.0, 0.99, False, False), (290.0, 0.99, False, False), (172.0, 0.99, False, True),
     (181.0, 0.99, False, False), (342.0, 0.99, False, True), (332.0, 0.99, False, False)],
    ids=["a narrow one", "unsure", "the side of a panel", "too far", "on the last digit", "before the first",
         "the wall of a drum", "across a point", "across less than a point"],
)  # fmt: skip
def test_a_one_at_an_end_may_stand_closer_than_its_slot(
    place: float, chance: float, wall: bool, is_kept: bool
) -> None:
    shown = WHOLE | {place: (1, chance)}
    seen = view(shown, walls=(place,) if wall else ())
    found = Slots.along(line(3), WIDTH, (200.0, PITCH), view(WHOLE))
    u = np.array([*sorted([200.0, 240.0, 280.0, place])], np.float32)
    widths = np.where(u == place, 10, WIDTH).astype(np.float32)
    of_all = Line(0.0, HEIGHT, u, 100.0, widths)
    corners, chances, names = found.with_ones(found.taken(), of_all, u == place, seen)
    middles = [200.0, 240.0, 280.0] + [place] * is_kept
    assert corners.mean(axis=1)[:, 0].tolist() == pytest.approx(sorted(middles))
    assert len(chances) == len(names) == len(middles)
    assert (names == 1).sum() == is_kept
