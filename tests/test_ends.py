"""Where a number begins and ends, from verdicts that are given."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.classifier import NONE
from digitstream.ends import (
    is_at_edge,
    is_before_a_drum,
    is_chance,
    is_cut_off,
    is_on_an_edge,
    is_twice,
    lit,
    may_go_on,
    readable,
)
from digitstream.evidence import Verdicts
from digitstream.frames import Corners
from digitstream.light import Light

SIZE = 400, 200


def verdicts(text: str, contrast: list[float] | None = None, ground: list[float] | None = None) -> Verdicts:
    """Digits of these names, `x` for none."""
    count = len(text)
    chances = np.full((count, NONE + 1), 0.001, np.float32)
    for row, name in enumerate(text):
        chances[row, NONE if name == "x" else int(name)] = 0.99
    above = np.array(contrast or [100.0] * count, np.float32)
    grounds = np.array(ground or [0.0] * count, np.float32)
    light = Light(grounds, above, np.zeros(count, np.float32))
    seen = np.ones(count, bool)
    zeros = np.zeros(count, np.float32)
    return Verdicts(
        np.arange(count, dtype=np.int64),
        chances,
        chances,
        np.zeros(count, bool),
        zeros,
        zeros,
        light,
        np.zeros((count, 2, 32), np.float32),
        seen,
        seen,
    )


def quads(*lefts: float, width: float = 20, height: float = 40) -> Corners:
    boxes = [[[x, 80], [x + width, 80], [x + width, 80 + height], [x, 80 + height]] for x in lefts]
    return np.array(boxes, np.float32)


def rows(count: int) -> NDArray[np.intp]:
    return np.arange(count, dtype=np.intp)


def test_leading_eights_that_are_not_lit_are_blank() -> None:
    assert lit(rows(4), verdicts("8847", [20, 20, 100, 100])).tolist() == [2, 3]
    assert lit(rows(4), verdicts("8847")).tolist() == [0, 1, 2, 3]
    assert lit(rows(4), verdicts("3347", [20, 20, 100, 100])).tolist() == [0, 1, 2, 3]


def test_what_is_no_digit_at_the_ends_is_left_out() -> None:
    assert readable(rows(5), verdicts("x123x"), ()).tolist() == [1, 2, 3]
    assert readable(rows(3), verdicts("xxx"), ()).tolist() == []


def test_a_thing_of_another_light_beyond_a_hole_is_left_out() -> None:
    seen = verdicts("12345", ground=[0, 0, 0, 0, 200])
    assert readable(rows(5), seen, {4}).tolist() == [0, 1, 2, 3]
    assert readable(rows(5), seen, ()).tolist() == [0, 1, 2, 3, 4]
    first = verdicts("91234", ground=[200, 0, 0, 0, 0])
    assert readable(rows(5), first, {1}).tolist() == [1, 2, 3, 4]
    turning = verdicts("12x4x", ground=[0, 0, 0, 0, 200])
    assert readable(rows(5), turning, (), turning=True).tolist() == [0, 1, 2, 3, 4]


def test_a_digit_beyond_a_hole_is_plain_or_in_the_light_of_the_others() -> None:
    seen = verdicts("12345", contrast=[100, 100, 100, 100, 60])
    assert readable(rows(5), seen, {4}).tolist() == [0, 1, 2, 3, 4]
    seen.chances[4] *= 0.9
    for turning in (False, True):
        assert readable(rows(5), seen, {4}, turning).tolist() == [0, 1, 2, 3]
        assert readable(rows(5), seen, {3}, turning).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "contrast", "expected"),
    [("12x7", None, True), ("123xx", None, False), ("1238x", [100, 100, 100, 20, 20], False)],
    ids=["a digit beyond", "nothing beyond", "unlit segments before"],
)
def test_a_number_may_go_on(text: str, contrast: list[float] | None, expected: bool) -> None:
    seen = verdicts(text, contrast)
    assert may_go_on(seen, rows(len(text) - 2), slice(len(text) - 2, len(text))) is expected


@pytest.mark.parametrize(
    ("beyond", "chance", "expected"), [("9", 0.6, False), ("9", 0.9, True), ("1", 0.9, False)]
)
def test_beyond_a_border_only_a_plain_digit_counts(beyond: str, chance: float, expected: bool) -> None:
    seen = verdicts("123x" + beyond)
    seen.chances[4, [int(beyond), NONE]] = chance, 1 - chance
    seen.ink[4, :, 4:28] = 1
    for closed in ((False, False), (True, False)):
        assert may_go_on(seen, rows(3), slice(3, 5), closed)
    assert may_go_on(seen, rows(3), slice(3, 5), (False, True)) is expected


def test_what_is_beyond_a_border_is_not_cut_off() -> None:
    corners = np.concatenate([quads(40, 70, 100), quads(-10, 130)])
    seen = verdicts("123xx")
    seen.ink[3, 0, 8:20] = 1
    assert is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE, (False, True))
    assert not is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE, (True, False))
    corners[0] -= (50, 0)
    assert is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE, (True, True))


@pytest.mark.parametrize(
    ("ground", "above", "below", "aside", "expected"),
    [
        (20, 95, 10, 0, True),
        (20, 80, 10, 0, False),
        (20, 95, 60, 0, False),
        (110, 95, 10, 0, False),
        (20, 95, 10, 1, False),
    ],
    ids=["a drum", "faint", "the side of a panel", "a reflection on the same ground", "without room"],
)
def test_a_drum_beyond_the_last_digit_may_be_printed_the_other_way(
    ground: float, above: float, below: float, aside: float, expected: bool
) -> None:
    seen = verdicts("2660xx", [10.0] * 5 + [above], [120.0] * 5 + [ground])
    seen.light.below[:] = [100] * 4 + [5, below]
    seen.ink[5, 0, 8:20] = 1
    seen.ink[5, 0, 0] = aside
    corners = quads(40, 70, 100, 130, 10, 160)
    assert is_before_a_drum(seen, rows(4), slice(4, 6), corners, SIZE) is expected
    # What is beyond the picture is nothing.
    assert not is_before_a_drum(seen, rows(4), slice(4, 6), corners, (170, 200))


@pytest.mark.parametrize(("text", "expected"), [("230xx", True), ("1230xx", False)])
def test_a_short_number_may_be_the_end_of_a_longer_one(text: str, expected: bool) -> None:
    count = len(text) - 2
    seen = verdicts(text, ground=[0.0] * count + [200.0, 0.0])
    assert not may_go_on(seen, rows(count), slice(count, count + 2))
    seen.chances[count, [1, NONE]] = 0.36, 0.64
    assert may_go_on(seen, rows(count), slice(count, count + 2)) is expected


def test_two_digits_beside_a_letter_may_be_letters() -> None:
    assert may_go_on(verdicts("10xx"), rows(2), slice(2, 4))


@pytest.mark.parametrize(("left", "expected"), [(-10, True), (-18, False), (5, False)])
def test_ink_at_the_edge_of_the_picture_may_be_a_digit(left: float, expected: bool) -> None:
    corners = np.concatenate([quads(40, 70, 100), quads(left, 130)])
    seen = verdicts("123xx")
    seen.ink[3, 0, 8:20] = 1
    assert is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE) is expected
    # What stands clear of the edge is not cut off, but may be read wrongly for what is cut off beside it.
    seen.ink[3, 0, :20] = 0
    seen.ink[3, 0, 22:26] = 1
    assert not is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE)
    seen.chances[3, NONE] = 0.7
    assert is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE) is expected


@pytest.mark.parametrize(("none", "expected"), [(0.99, False), (0.7, True)])
def test_most_of_a_digit_would_be_read(none: float, expected: bool) -> None:
    corners = np.concatenate([quads(40, 70, 100), quads(-2, 130)])
    seen = verdicts("123xx")
    seen.chances[3, NONE] = none
    seen.ink[3, 0, 8:20] = 1
    assert is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE) is expected


@pytest.mark.parametrize(
    ("left", "below", "none", "expected"),
    [(-10, 80, 0.9, True), (-15, 80, 0.9, False), (-10, 140, 0.9, False), (-10, 80, 0.97, False)],
)
def test_ink_that_fills_what_is_in_the_picture_may_be_a_digit(
    left: float, below: float, none: float, expected: bool
) -> None:
    seen = verdicts("123xx", [100, 100, 100, 0, 5], [0, 0, 0, 90, 0])
    seen.light.below[3], seen.chances[3, NONE] = below, none
    seen.ink[3, 0, :20] = 1
    corners = np.concatenate([quads(40, 70, 100), quads(left, 130)])
    assert is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE) is expected


def test_a_plain_ground_at_the_edge_of_the_picture_is_nothing() -> None:
    corners = np.concatenate([quads(40, 70, 100), quads(-10, 130)])
    seen = verdicts("123xx", [100, 100, 100, 5, 5])
    assert not is_cut_off(seen, rows(3), slice(3, 5), corners, SIZE)


@pytest.mark.parametrize(
    ("step", "confidence", "expected"), [(30, 0.99, False), (80, 0.99, True), (30, 0.97, True)]
)
def test_two_marks_far_apart_or_unsure_are_a_chance(step: float, confidence: float, expected: bool) -> None:
    assert is_chance(quads(40, 40 + step), confidence) is expected


def test_three_digits_are_no_chance() -> None:
    assert not is_chance(quads(40, 140, 240), 0.9)


def inked(seen: Verdicts, row: int, top: int, bottom: int) -> Verdicts:
    """The verdicts, with ink in these rows of one crop."""
    seen.ink[row, :, top:bottom] = 1
    return seen


@pytest.mark.parametrize(
    ("beyond", "top", "bottom", "expected"),
    [("1", 0, 32, False), ("7", 0, 32, False), ("1", 4, 28, True), ("8", 0, 32, True)],
)
def test_the_side_of_a_panel_is_no_digit(beyond: str, top: int, bottom: int, expected: bool) -> None:
    seen = inked(verdicts("234x" + beyond), 4, top, bottom)
    assert may_go_on(seen, rows(3), slice(3, 5)) is expected


def test_a_plain_digit_on_another_ground_may_be_the_last_drum() -> None:
    seen = verdicts("1234x7", ground=[0.0] * 5 + [400.0])
    assert may_go_on(seen, rows(4), slice(4, 6))
    seen.chances[5, [7, NONE]] = 0.7, 0.3
    assert not may_go_on(seen, rows(4), slice(4, 6))


@pytest.mark.parametrize(
    ("chance", "contrast", "expected"),
    [(0.7, 10, False), (0.95, 10, False), (0.7, 30, False), (0.95, 30, True)],
)
def test_noise_beside_a_number_is_no_digit(chance: float, contrast: float, expected: bool) -> None:
    seen = verdicts("1234x7", contrast=[100.0] * 5 + [contrast])
    seen.chances[5, [7, NONE]] = chance, 1 - chance
    assert may_go_on(seen, rows(4), slice(4, 6)) is expected


@pytest.mark.parametrize(
    "beside", ["xx7x", "xxx7", "xxxx7"], ids=["across a point before", "across one after", "between"]
)
def test_a_plain_digit_across_a_point_or_between_digits_belongs_to_the_number(beside: str) -> None:
    """Nearly plain there are edges of panels, what is beyond them, and scales between drums."""
    seen, places = verdicts("1234" + beside), slice(4, 4 + len(beside))
    assert may_go_on(seen, rows(4), places)
    seen.chances[4 + beside.index("7"), [7, NONE]] = 0.9, 0.1
    assert not may_go_on(seen, rows(4), places)
    assert not may_go_on(verdicts("1234" + "x" * len(beside)), rows(4), places)


def test_an_eight_as_dim_after_a_number_may_be_its_last_drum() -> None:
    assert may_go_on(verdicts("123x8", [100, 100, 100, 100, 25]), rows(3), slice(3, 5))


def test_an_eight_as_dim_as_another_drum_is_lit() -> None:
    beside = slice(3, 4)
    assert not may_go_on(verdicts("8158", [100, 100, 100, 25]), rows(3), beside)
    assert may_go_on(verdicts("8158", [100, 100, 28, 25]), rows(3), beside)


@pytest.mark.parametrize(
    ("values", "step", "expected"),
    [((5, 5, 7), 18, True), ((5, 6, 7), 18, False), ((5, 5, 7), 26, False), ((1, 1, 7), 18, False)],
)
def test_two_digits_on_one_place_are_one(values: tuple[int, ...], step: float, expected: bool) -> None:
    assert is_twice(quads(0, step, step + 40), values) is expected


@pytest.mark.parametrize(("left", "expected"), [(-10, True), (-3, False), (392, True), (383, False)])
def test_a_digit_that_the_edge_of_the_picture_cuts_is_not_whole(left: float, expected: bool) -> None:
    ends = sorted((left, 200.0))
    assert is_cut_off(verdicts("47"), rows(2), slice(2, 2), quads(*ends), SIZE) is expected


def test_a_sliver_beside_a_digit_is_part_of_it() -> None:
    corners = np.concatenate([quads(0, 30, 60), quads(78, width=7), quads(95)])
    assert is_twice(corners, [2, 5, 8, 3, 5])
    assert not is_twice(corners, [2, 5, 8, 1, 5])


@pytest.mark.parametrize(("left", "expected"), [(40, False), (15, True), (340, True)])
def test_the_next_digit_may_be_out_of_the_picture(left: float, expected: bool) -> None:
    corners = np.concatenate([quads(left, left + 30), quads(left - 30, left + 60, left - 46, left + 76)])
    assert is_at_edge(slice(2, 6), corners, SIZE) is expected


@pytest.mark.parametrize(
    ("digit", "chance", "contrast", "expected"),
    [
        (1, 0.12, 100, True),
        (1, 0.07, 100, False),
        (1, 0.12, 40, False),
        (9, 0.08, 100, True),
        (7, 0.12, 100, False),
    ],
)
def test_a_trace_of_a_digit_in_the_light_of_the_others_may_be_half_of_one(
    digit: int, chance: float, contrast: float, expected: bool
) -> None:
    seen = verdicts("123xx", [100, 100, 100, contrast, 5])
    seen.chances[3, [digit, NONE]] = chance, 0.98 - chance
    assert may_go_on(seen, rows(3), slice(3, 5)) is expected


@pytest.mark.parametrize(
    ("above", "expected"),
    [((6, 11, 17, 111), True), ((95, 8, 12, 10), True), ((6, 111, 10, 8), False), ((60, 80, 70, 111), False)],
)
def test_a_digit_at_an_end_that_is_dark_and_bright_is_on_an_edge(
    above: tuple[float, ...], expected: bool
) -> None:
    sides = np.zeros(4, np.float32), np.array(above, np.float32), np.full(4, 113, np.float32)
    assert is_on_an_edge(Light(*sides)) is expected
    assert not is_on_an_edge(Light(*(side[2:] for side in sides))), "two digits tell too little"


@pytest.mark.parametrize(
    ("text", "chance", "whole", "expected"),
    [("4327", 0.99, True, 3), ("4320", 0.93, True, 3), ("4320", 0.99, True, 4), ("4320", 0.93, False, 4)],
)
def test_the_edge_of_a_frame_is_no_digit(text: str, chance: float, whole: bool, expected: int) -> None:
    seen = verdicts(text)
    seen.chances[3, int(text[3])] = chance
    seen.light.below[:] = 6, 11, 17, 111
    in_picture = np.array([True, True, True, whole])
    assert len(readable(rows(4), seen, (), whole=in_picture)) == expected


def test_half_a_digit_need_not_stand_on_the_ground_of_the_others() -> None:
    seen = verdicts("4320")
    seen.light.ground[3] += 90
    seen.chances[3] = 0.05
    seen.chances[3, 0] = 0.6
    assert len(readable(rows(4), seen, ())) == 3
    assert len(readable(rows(4), seen, (), whole=np.array([True, True, True, False]))) == 4
