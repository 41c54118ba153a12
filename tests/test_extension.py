"""Digits beyond the ends of a line, told by a judge that knows where they are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.extension import extended
from digitstream.frames import Corners
from digitstream.light import Light
from digitstream.lines import Line
from digitstream.slots import View

FLAT = Line(0.0, 50.0, np.zeros(0, np.float32), 100.0, np.zeros(0, np.float32))

Seen = tuple[int, float, float, float]
"""A digit, its probability, the contrast of its strokes and the grey level of its ground."""


def quads(*middles: float) -> Corners:
    u = np.array(middles, np.float32)
    return FLAT.quads(u, np.full(len(u), 26, np.float32))


def view(shown: dict[float, Seen], walls: bool = False) -> View:
    def judge(corners: Corners) -> tuple[NDArray[np.float32], NDArray[np.intp], Light]:
        middles = corners.mean(axis=1)[:, 0].tolist()
        nothing = 3, 0.02, 5.0, 0.0
        seen = np.array(
            [next((w for place, w in shown.items() if abs(x - place) < 8), nothing) for x in middles],
            np.float32,
        )
        names, chance, above, ground = seen.T
        return chance, names.astype(np.intp), Light(ground, above, np.zeros(len(seen), np.float32))

    return View((640, 200), judge, lambda corners: (np.full(len(corners), walls),) * 2)


LINE: dict[float, Seen] = {200.0: (4, 0.99, 100, 0), 240.0: (7, 0.99, 100, 0), 280.0: (2, 0.99, 100, 0)}


def found(others: dict[float, Seen], places: dict[float, Seen] = LINE, walls: bool = False) -> list[int]:
    known = quads(*places), np.full(len(places), 0.99, np.float32), np.array([d[0] for d in places.values()])
    corners, chance, names = extended(known, view(places | others, walls))
    assert len(corners) == len(chance) == len(names)
    assert (np.diff(corners.mean(axis=1)[:, 0]) > 0).all()
    return [int(name) for name in names]


def test_digits_are_added_at_both_ends_as_far_as_they_go() -> None:
    others: dict[float, Seen] = {
        120.0: (9, 0.99, 100, 0), 160.0: (3, 0.99, 100, 0), 320.0: (5, 0.99, 100, 0), 400.0: (6, 0.99, 100, 0)
    }  # fmt: skip
    assert found(others) == [9, 3, 4, 7, 2, 5]


@pytest.mark.parametrize(
    ("what", "is_added"),
    [
        ((5, 0.93, 100, 0), True),
        ((5, 0.8, 100, 0), False),
        ((5, 0.93, 100, 90), False),
        ((5, 0.99, 100, 90), True),
        ((5, 0.93, 40, 0), False),
        ((1, 0.99, 100, 0), False),
        ((8, 0.99, 20, 0), False),
    ],
    ids=["alike", "unsure", "on another ground", "a drum on one", "faint", "the edge of a frame", "unlit"],
)
def test_what_stands_beside_is_added_where_it_is_plain(what: Seen, is_added: bool) -> None:
    assert (len(found({320.0: what})) == 4) is is_added


def test_what_goes_on_above_or_below_must_be_beyond_doubt() -> None:
    assert len(found({320.0: (7, 0.93, 100, 0)}, walls=True)) == 3
    assert len(found({320.0: (7, 0.99, 100, 0)}, walls=True)) == 4


@pytest.mark.parametrize(
    ("what", "is_added"),
    [((5, 0.93, 100, 0), True), ((5, 0.99, 60, 0), False), ((5, 0.99, 100, 90), False)],
    ids=["the same", "fainter", "on another ground"],
)
def test_across_a_point_stands_a_digit_in_the_very_light_of_the_others(what: Seen, is_added: bool) -> None:
    assert (len(found({138.0: what})) == 4) is is_added
    assert (len(found({342.0: what})) == 4) is is_added


def test_a_hole_takes_two_steps() -> None:
    four, two = LINE[200.0], LINE[280.0]
    assert found({360.0: two}, {160.0: four, 200.0: four, 240.0: four, 320.0: two}) == [4, 4, 4, 2, 2]


def test_nothing_is_added_outside_the_picture_nor_without_end() -> None:
    everywhere: dict[float, Seen] = {float(x): (5, 0.99, 100, 0) for x in range(-80, 800, 40)}
    assert len(found(everywhere, {40.0: everywhere[40.0], 80.0: everywhere[80.0]})) == 15
    close: dict[float, Seen] = {float(x): (5, 0.99, 100, 0) for x in range(20, 640, 20)}
    assert len(found(close, {300.0: close[300.0], 320.0: close[320.0]})) in (16, 17)


def test_a_row_of_bars_is_left_as_it_is() -> None:
    bars: dict[float, Seen] = {place: (1, 0.99, 100, 0) for place in LINE}
    assert found({320.0: (5, 0.99, 100, 0)}, bars) == [1, 1, 1]


def test_a_digit_by_itself_has_no_step() -> None:
    assert found({240.0: (7, 0.99, 100, 0)}, {200.0: LINE[200.0]}) == [4]
