from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from digitstream.errors import ConfigError
from digitstream.region import Quad, as_region, check_region, region_corners

COORDINATE = st.floats(-1000, 1000)
LENGTH = st.floats(1, 1000)
BOX = ((0, 0), (100, 0), (100, 100), (0, 100))
POINT = st.tuples(COORDINATE, COORDINATE)


@given(x=COORDINATE, y=COORDINATE, width=LENGTH, height=LENGTH)
def test_a_box_and_its_corners_are_the_same_region(x: float, y: float, width: float, height: float) -> None:
    assume(x + width >= x + 0.5 and y + height >= y + 0.5)
    corners = region_corners(as_region([x, y, width, height]))
    assert corners.dtype == np.float32
    assert corners.shape == (4, 2)
    np.testing.assert_allclose(corners[0], (x, y), atol=1e-3)
    np.testing.assert_allclose(corners[2] - corners[0], (width, height), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(corners[:, 0].max() - corners[:, 0].min(), width, rtol=1e-3, atol=1e-3)


@given(st.tuples(POINT, POINT, POINT, POINT))
def test_four_corners_are_taken_in_at_most_one_direction(quad: Quad) -> None:
    backwards = quad[::-1]
    taken = [q for q in (quad, backwards) if _taken(q)]
    assert len(taken) <= 1
    for q in taken:
        assert all(_taken(q[n:] + q[:n]) for n in range(4))


@given(
    st.tuples(
        *[st.builds(lambda dx, dy, x=x, y=y: (x + dx, y + dy), *[st.floats(-60, 60)] * 2) for x, y in BOX]
    )
)
def test_four_corners_that_are_taken_enclose_every_diagonal(quad: Quad) -> None:
    assume(_taken(quad))
    a, b, c, d = np.asarray(quad)
    # Only in a convex quad do the diagonals separate the other two corners.
    for start, end, one, other in ((a, c, b, d), (b, d, a, c)):
        assert _side(start, end, one) * _side(start, end, other) <= 0


def _side(start: Any, end: Any, point: Any) -> float:
    u, v = end - start, point - start
    return float(np.sign(u[0] * v[1] - u[1] * v[0]))


def _taken(quad: Any) -> bool:
    try:
        as_region(quad)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("region", "problem"),
    [
        ([10, 10, 0, 5], "has no area"),
        ([10, 10, 5, -5], "has no area"),
        ([1, 2, 3], "is neither"),
        ([1, 2, 3, True], "is neither"),
        ([1, 2, 3, float("nan")], "is neither"),
        ([1, 2, 3, 10**400], "is neither"),
        ("10,10,5,5", "is neither"),
        ([[0, 0], [9, 0], [9, 9]], "is neither"),
        ([[0, 0], [9, 9], [9, 0], [0, 9]], "crosses itself"),
        ([[0, 0], [0, 9], [9, 9], [9, 0]], "runs anticlockwise"),
        ([[0, 0], [9, 0], [4, 3], [0, 9]], "has a dent"),
        ([[0, 0], [4, 0], [9, 0], [0, 9]], "three of its corners lie on one line"),
        ([[0, 0], [0, 0], [0, 0], [0, 0]], "has no area"),
    ],
)
def test_what_a_region_cannot_be(region: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        as_region(region)


@pytest.mark.parametrize("region", [(0, 0, 640, 480), (600, 400, 40, 80), (-2, 10, 100, 50)])
def test_a_region_in_the_frame_may_stick_out_a_little(region: Any) -> None:
    check_region(as_region(region), (640, 480))


@pytest.mark.parametrize(
    "region", [(640, 0, 10, 10), (5000, 5000, 10, 10), (600, 400, 200, 80), (-50, 0, 60, 9)]
)
def test_a_region_outside_the_frame_is_an_error(region: Any) -> None:
    with pytest.raises(
        ConfigError,
        match=r"^gas: region: x .* lies outside the frame of 640x480 pixels; measure it in a frame",
    ):
        check_region(as_region(region), (640, 480), "gas: region")
