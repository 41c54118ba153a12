from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitstream.lines import Line, chains, direction, hulls, levelled, roomy, rotated, upright


def row(
    x: float, y: float, count: int, height: float = 40, pitch: float = 30, width: float = 22
) -> np.ndarray:
    boxes = [(x + k * pitch, y, width, height) for k in range(count)]
    return np.array(boxes, np.float32)


def read(boxes: np.ndarray, weights: np.ndarray | None = None) -> list[list[int]]:
    weights = np.full(len(boxes), 3, np.float32) if weights is None else weights
    return [chain.tolist() for chain in chains(boxes, weights)]


def test_rows_are_read_from_left_to_right_whatever_the_order() -> None:
    boxes = np.concatenate([row(10, 20, 5), row(200, 220, 3)])
    order = np.random.default_rng(3).permutation(len(boxes))
    found = read(boxes[order])
    assert sorted([sorted(order[chain].tolist()) for chain in found]) == [[0, 1, 2, 3, 4], [5, 6, 7]]
    for chain in found:
        assert (np.diff(boxes[order][chain][:, 0]) > 0).all()


def test_two_rows_close_together_stay_apart() -> None:
    assert sorted(map(sorted, read(np.concatenate([row(10, 20, 4), row(14, 68, 4)])))) == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
    ]


def test_one_box_a_digit_is_chosen_by_weight() -> None:
    boxes = np.concatenate([row(10, 20, 4), row(8, 18, 4, height=44, width=26)])
    weights = np.array([3, 1, 3, 1, 1, 3, 1, 3], np.float32)
    assert read(boxes, weights) == [[0, 5, 2, 7]]


def test_boxes_inside_a_chosen_digit_are_gone() -> None:
    boxes = np.concatenate([row(10, 20, 3), np.array([[15, 24, 8, 14], [16, 44, 8, 14]], np.float32)])
    assert read(boxes) == [[0, 1, 2]]


def test_unlikely_boxes_join_no_line() -> None:
    assert read(row(10, 20, 3), np.array([3, -1, 3], np.float32)) == [[0, 2]]
    assert read(row(10, 20, 3), np.full(3, -1, np.float32)) == []


@given(st.floats(-0.25, 0.25), st.integers(3, 9))
def test_a_slanted_line_stays_whole(angle: float, count: int) -> None:
    quads = rotated(upright(row(0, 0, count)), angle)
    assert read(hulls(quads)) == [list(range(count))]


@given(st.floats(-0.3, 0.3), st.integers(3, 9), st.floats(8, 200))
def test_a_line_knows_its_direction_height_and_pitch(angle: float, count: int, height: float) -> None:
    boxes = row(50, 80, count, height=height, pitch=0.8 * height, width=0.6 * height)
    line = Line.fit(np.asarray(rotated(upright(boxes), angle)))
    assert line.angle == pytest.approx(angle, abs=1e-3)
    assert line.height == pytest.approx(height, rel=1e-3)
    (_, distance), *_ = line.pitches(np.zeros(count, bool))
    assert distance == pytest.approx(0.8 * height, rel=1e-3)


def test_quads_of_a_line_are_those_it_was_fitted_to() -> None:
    quads = np.asarray(rotated(upright(row(50, 80, 6)), 0.2))
    line = Line.fit(quads)
    assert np.abs(line.quads(line.u, line.widths) - quads).max() < 0.05


def test_a_one_has_no_say_in_the_pitch_and_missing_digits_leave_a_hole() -> None:
    boxes = row(10, 20, 6)
    boxes[1] = (boxes[1][0] + 16, 20, 5, 40)
    line = Line.fit(upright(np.delete(boxes, 3, axis=0)))
    (_, distance), *_ = line.pitches(np.array([False, True, False, False, False]))
    assert distance == pytest.approx(30, abs=0.01)


def test_where_digits_may_be_missing_parts_of_the_distance_are_possible() -> None:
    slots = Line.fit(upright(row(10, 20, 6)[::2])).pitches(np.zeros(3, bool))
    assert [distance for _, distance in slots] == pytest.approx([60, 30, 20], abs=0.01)


def test_proportional_type_has_no_pitch() -> None:
    boxes = np.array([(x, 0, 18, 40) for x in (0, 20, 51, 76, 107)], np.float32)
    assert Line.fit(upright(boxes)).pitches(np.zeros(5, bool)) == []


@given(st.floats(-170, 170), st.integers(1, 6))
@example(14.0, 4)
def test_quads_of_one_direction_are_one_group(degrees: float, count: int) -> None:
    row = upright(np.array([[30 * i, 0, 20, 30] for i in range(count)], np.float32))
    quads = rotated(row, float(np.radians(degrees)))
    [(angle, rows)] = levelled(quads)
    assert rows.tolist() == list(range(count))
    assert np.degrees(direction(quads)) == pytest.approx(degrees, abs=0.1)
    if abs(degrees) < 13:
        assert angle == 0
    elif abs(degrees) > 15:
        assert np.degrees(angle) == pytest.approx(degrees, abs=0.1)


def test_a_line_at_the_limit_of_level_is_one_group() -> None:
    row = upright(np.array([[30 * i, 0, 20, 30] for i in range(4)], np.float32))
    measured = [
        rotated(quad, np.radians(degrees)) for quad, degrees in zip(row, (13, 15, 14.5, 13.5), strict=True)
    ]
    [(_, rows)] = levelled(np.stack(measured))
    assert rows.tolist() == [0, 1, 2, 3]


def test_level_and_leaning_quads_are_two_groups() -> None:
    row = upright(np.array([[30 * i, 0, 20, 30] for i in range(3)], np.float32))
    groups = levelled(np.concatenate([row, rotated(row, np.radians(30)), row]))
    assert [rows.tolist() for _, rows in groups] == [[0, 1, 2, 6, 7, 8], [3, 4, 5]]
    assert [np.degrees(angle) for angle, _ in groups] == pytest.approx([0, 30], abs=0.1)


def test_a_gap_is_roomy_where_another_digit_fits_between_the_boxes() -> None:
    boxes = np.array([[0, 0, 20, 40], [25, 0, 20, 40], [66, 0, 20, 40], [109, 0, 8, 40]], np.float32)
    assert roomy(upright(boxes)).tolist() == [False, False, True]
