"""Which of the lines that lie on each other stand."""

from __future__ import annotations

import numpy as np

from digitstream.lines import upright
from digitstream.located import Located, among, apart, joined, outside


def line(left: float, top: float, height: float, chance: float, count: int = 4) -> Located:
    width = 0.6 * height
    boxes = [[left + 1.2 * width * k, top, width, height] for k in range(count)]
    return upright(np.array(boxes, np.float32)), np.full(count, chance, np.float32)


def test_the_better_one_of_two_lines_on_each_other_stands() -> None:
    poor, good, other = line(10, 10, 40, 0.9), line(12, 12, 36, 0.99), line(10, 100, 40, 0.9)
    kept = apart([poor, good, other])
    assert len(kept) == 2
    assert len(among(kept, [good, other])) == 2


def test_of_two_that_are_as_good_the_first_one_stays() -> None:
    whole, parts = line(10, 10, 40, 0.995), line(14, 18, 24, 0.998)
    assert apart([whole, parts])[0] is whole
    assert apart([parts, whole])[0] is parts


def test_all_digits_of_some_lines() -> None:
    corners, chance = joined([line(10, 10, 40, 0.9), line(10, 100, 40, 0.8, 3)])
    assert corners.shape == (7, 4, 2)
    assert chance.tolist() == np.float32([0.9] * 4 + [0.8] * 3).tolist()
    assert joined([])[0].shape == (0, 4, 2)


def test_a_line_ends_where_others_are() -> None:
    others = np.array([[90, 5, 40, 50], [10, 100, 40, 50]], np.float32)
    corners, chance = outside(line(10, 10, 40, 0.9), others)
    assert corners[:, 0, 0].tolist() == [10, np.float32(38.8), np.float32(67.6)]
    assert len(chance) == 3
    assert outside((corners, chance), np.zeros((0, 4), np.float32))[0].shape == (3, 4, 2)
