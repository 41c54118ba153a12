"""Displays side by side, and bars that are of none."""

from __future__ import annotations

import numpy as np
import pytest

from digitstream.parting import beside, of_one_size, parted, trimmed


def row(x: float, count: int, height: float = 40, pitch: float = 30, width: float = 22) -> np.ndarray:
    boxes = [(x + k * pitch, 20, width, height) for k in range(count)]
    return np.array(boxes, np.float32)


def test_a_line_is_split_far_from_the_next_digit_where_a_part_is_long_enough() -> None:
    boxes = np.concatenate([row(10, 4), row(210, 2)])
    parts = [[0, 1, 2, 3], [4, 5]]
    assert [part.tolist() for part in parted(np.arange(6), boxes)] == parts
    assert [part.tolist() for part in parted(np.arange(6), boxes, 4)] == parts
    assert [part.tolist() for part in parted(np.arange(6), boxes, 5)] == [[0, 1, 2, 3, 4, 5]]
    assert [part.tolist() for part in parted(np.arange(4), boxes, 2)] == [[0, 1, 2, 3]]


@pytest.mark.parametrize("left", [3, 4, 5, 6])
def test_displays_side_by_side_part_where_both_are_even(left: int) -> None:
    boxes = np.concatenate([row(10, left), row(10 + 30 * left + 50, 9 - left, height=50, pitch=40)])
    parts = [part.tolist() for part in of_one_size(np.arange(9), boxes)]
    assert parts == [list(range(left)), list(range(left, 9))]


def test_displays_of_one_pitch_and_another_size_part_where_they_stand_far_apart() -> None:
    for way, parts in ((60, [list(range(4)), list(range(4, 8))]), (48, [list(range(8))])):
        boxes = np.concatenate([row(10, 4), row(100 + way, 4, height=50)])
        assert [part.tolist() for part in of_one_size(np.arange(8), boxes)] == parts
        others = [beside(np.array(part), np.arange(8), boxes).tolist() for part in parts]
        assert others == parts[::-1] if len(parts) == 2 else others == [[]]


def test_a_line_of_one_size_or_of_one_pitch_is_one_display() -> None:
    one = np.concatenate([row(10, 4), row(140, 4)])
    small_decimals = np.concatenate([row(10, 4), row(130, 4, height=30)])
    for boxes in (one, small_decimals):
        assert [part.tolist() for part in of_one_size(np.arange(8), boxes)] == [list(range(8))]


@pytest.mark.parametrize(
    ("height", "chance", "name", "stays"),
    [(50, 0.6, 1, False), (50, 0.6, 7, False), (30, 0.6, 1, False), (50, 0.9, 1, True), (41, 0.6, 1, True),
     (50, 0.6, 8, True)],
    ids=["a bar", "a corner", "a short bar", "a plain one", "of the height of the others", "no bar"],
)  # fmt: skip
def test_an_unsure_bar_of_another_height_ends_no_line(
    height: float, chance: float, name: int, stays: bool
) -> None:
    boxes = np.concatenate([row(10, 4), row(140, 1, height=height)])
    chances, names = np.array([0.99] * 4 + [chance], np.float32), np.array([4, 1, 0, 7, name])
    assert trimmed(np.arange(5), boxes, chances, names).tolist() == [0, 1, 2, 3] + [4] * stays
    assert trimmed(np.arange(4, -1, -1), boxes, chances, names).tolist() == [4] * stays + [3, 2, 1, 0]


def test_few_sure_digits_tell_nothing_of_a_bar() -> None:
    boxes = np.concatenate([row(10, 2), row(80, 1, height=60)])
    chances, names = np.array([0.99, 0.99, 0.6], np.float32), np.array([4, 7, 1])
    assert trimmed(np.arange(3), boxes, chances, names).tolist() == [0, 1, 2]
