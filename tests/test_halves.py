"""Which boxes may be halves of one digit."""

from __future__ import annotations

import numpy as np
import pytest

from digitstream.halves import around_a_digit, overlapping, side_by_side

HALVES = np.array([[0, 0, 18, 44], [19, 1, 18, 43]], np.float32)
FOUR = np.array([4, 4])


def test_halves_and_what_holds_both() -> None:
    left, right, both = side_by_side(HALVES, FOUR)
    assert (left.tolist(), right.tolist()) == ([0], [1])
    assert both.tolist() == [[0, 0, 37, 44]]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ((0, 0, 0, 0), [4, 7]),
        ((0, 0, 0, 0), [1, 1]),
        ((12, 0, 0, 0), [4, 4]),
        ((0, 14, 0, 0), [4, 4]),
        ((0, 0, 16, 0), [4, 4]),
    ],
)
def test_two_digits_are_no_halves(change: tuple[int, ...], names: list[int]) -> None:
    boxes = HALVES + np.array([(0, 0, 0, 0), change], np.float32)
    assert len(side_by_side(boxes, np.array(names))[0]) == 0


def test_boxes_that_overlap_are_halves_if_they_show_the_same() -> None:
    boxes = HALVES - np.array([(0, 0, 0, 0), (6, 0, 0, 0)], np.float32)
    assert np.isinf(overlapping(boxes, FOUR)[0, 1])
    assert overlapping(boxes, np.array([4, 7]))[0, 1] == 0
    assert overlapping(HALVES, FOUR)[0, 1] == 0


def test_no_boxes_have_no_halves() -> None:
    left, right, both = side_by_side(np.zeros((0, 4), np.float32), np.zeros(0, np.intp))
    assert (len(left), len(right), both.shape) == (0, 0, (0, 4))


@pytest.mark.parametrize(
    ("whole", "names", "chance", "expected"),
    [
        ((9, 2, 19, 40), [4, 4, 4], 0.99, True),
        ((9, 2, 19, 40), [4, 4, 9], 0.99, False),
        ((9, 2, 19, 40), [4, 7, 4], 0.99, False),
        ((9, 2, 19, 40), [1, 1, 1], 0.99, False),
        ((9, 2, 19, 40), [4, 4, 4], 0.6, False),
        ((0, 0, 37, 44), [4, 4, 4], 0.99, False),
        ((4, 2, 16, 40), [4, 4, 4], 0.99, False),
    ],
)
def test_halves_of_the_digit_between_them(
    whole: tuple[int, ...], names: list[int], chance: float, expected: bool
) -> None:
    boxes = np.concatenate([HALVES, np.array([whole], np.float32)])
    cost = around_a_digit(boxes, np.array(names), np.array([0.99, 0.99, chance], np.float32))
    assert np.isinf(cost[0, 1]) == expected
    cost[0, 1] = 0
    assert not cost.any()
