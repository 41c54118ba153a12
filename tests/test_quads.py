"""Quads of digits against overlaps that are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstream.quads import DUPLICATE, as_corners, as_points, distinct, likeness, pair, pieces
from digitstream.tracker import SAME
from moving import Quads, box_quads, digit_on

boxes = st.tuples(
    st.floats(0, 500), st.floats(0, 500), st.floats(2, 60), st.floats(10, 80)
).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))  # fmt: skip
rows = st.lists(boxes, min_size=1, max_size=12).map(box_quads)


@given(rows)
def test_points_and_corners_are_the_same_quads(quads: Quads) -> None:
    assert as_corners(as_points(quads)).tobytes() == quads.tobytes()


@given(rows, st.floats(-180, 180), st.floats(0.3, 3))
def test_likeness_does_not_depend_on_how_the_picture_lies(quads: Quads, degrees: float, zoom: float) -> None:
    points = as_points(quads)
    turned = points * zoom * np.exp(1j * np.radians(degrees)) + 40
    here, there = likeness(points, points), likeness(turned, turned)
    assert there == pytest.approx(here, abs=1e-4)
    assert np.diag(here) == pytest.approx(1)
    assert here.min() >= 0
    assert here.max() <= 1 + 1e-9


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 200])
def test_neighbours_are_not_alike_even_when_the_line_is_slanted(degrees: float) -> None:
    picture = np.zeros((240, 400), np.uint8)
    boxes = [digit_on(picture, digit, 80 + 32 * k, 95, 44, 30) for k, digit in enumerate("81118181")]
    quads = as_points(box_quads(boxes)) * np.exp(1j * np.radians(degrees))
    alike = likeness(quads, quads)
    np.fill_diagonal(alike, 0)
    assert alike.max() < SAME < DUPLICATE


@given(st.integers(0, 10**6), st.floats(0.05, 1))
def test_pairs_are_one_to_one_good_enough_and_the_best_first(seed: int, least: float) -> None:
    scores = np.random.default_rng(seed).random((7, 9))
    first, second = pair(scores, least)
    assert len(set(first.tolist())) == len(first)
    assert len(set(second.tolist())) == len(second)
    chosen = scores[first, second]
    assert (chosen >= least).all()
    assert (np.diff(chosen) <= 0).all()
    free = np.ix_(np.setdiff1d(range(7), first), np.setdiff1d(range(9), second))
    assert not (scores[free] >= least).any()


@given(rows, st.integers(0, 10**6))
def test_distinct_keeps_the_best_of_every_place(quads: Quads, seed: int) -> None:
    points = as_points(quads)
    scores = np.random.default_rng(seed).random(len(points))
    kept = distinct(points, scores)
    assert int(np.argmax(scores)) in kept
    alike = likeness(points, points)
    for i in set(range(len(points))) - set(kept.tolist()):
        assert any(alike[k, i] >= DUPLICATE and scores[k] >= scores[i] for k in kept)


@pytest.mark.parametrize(
    ("x", "y", "height", "is_piece"),
    [(12, 12, 18, True), (12, 12, 30, False), (45, 12, 18, False), (12, 60, 18, False)],
    ids=["a segment", "another digit", "beside", "below"],
)
@pytest.mark.parametrize("degrees", [0, 30, 120])
def test_pieces_are_small_and_lie_inside(x: int, y: int, height: int, is_piece: bool, degrees: int) -> None:
    turn = np.exp(1j * np.radians(degrees))
    digit, other = (as_points(box_quads([b])) * turn for b in [(0, 0, 30, 45), (x, y, x + 5, y + height)])
    assert pieces(other, digit).tolist() == [[is_piece]]
    assert not pieces(digit, other).any()
