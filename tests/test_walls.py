"""Walls between drums, told by the steps of the digits beside them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from digitstream.walls import are_walls


@pytest.mark.parametrize(
    ("u", "text", "walls"),
    [
        ((0, 40, 62, 80, 120), "02158", (2,)),
        ((0, 40, 60, 80, 100, 120), "021518", (2, 4)),
        ((0, 40, 60, 68, 80), "02115", (2, 3)),
        ((0, 20, 40, 60, 80), "21518", ()),
        ((0, 30, 52, 74, 104), "02158", ()),
        ((0, 40, 80, 120), "1211", ()),
        ((0, 22, 40, 80), "0158", (1,)),
        ((20, 40, 80, 98), "1581", ()),
        ((0,), "1", ()),
        ((0, 20), "11", ()),
    ],
    ids=["a wall", "two", "both sides of one", "nothing to compare with", "proportional type", "slots",
         "before the second", "at the ends", "one digit", "two digits"],
)  # fmt: skip
def test_a_one_that_takes_no_room_is_a_wall(u: Sequence[float], text: str, walls: Sequence[int]) -> None:
    seen = are_walls(np.array(u, np.float32), np.array([digit == "1" for digit in text]))
    assert np.flatnonzero(seen).tolist() == list(walls)
