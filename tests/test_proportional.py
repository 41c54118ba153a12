"""Digits of lines without a common pitch, told by a judge that knows where they are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.frames import Corners
from digitstream.light import Light
from digitstream.lines import Line
from digitstream.proportional import evened, filled
from digitstream.slots import View

HEIGHT, WIDTH = 50.0, 26.0
FLAT = Line(0.0, HEIGHT, np.zeros(0, np.float32), 100.0, np.zeros(0, np.float32))


def quads(*middles: float) -> Corners:
    u = np.array(middles, np.float32)
    return FLAT.quads(u, np.full(len(u), WIDTH, np.float32))


def view(shown: dict[float, tuple[int, float, float]]) -> View:
    """Sees a digit, a probability and a ground within 8 pixels of a place."""

    def judge(corners: Corners) -> tuple[NDArray[np.float32], NDArray[np.intp], Light]:
        middles = corners.mean(axis=1)[:, 0].tolist()
        seen = np.array(
            [next((w for place, w in shown.items() if abs(x - place) < 8), (3, 0.02, 0.0)) for x in middles],
            np.float32,
        )
        light = Light(seen[:, 2], np.full(len(seen), 100, np.float32), np.zeros(len(seen), np.float32))
        return seen[:, 1], seen[:, 0].astype(np.intp), light

    return View((640, 200), judge, lambda corners: (np.zeros(len(corners), bool),) * 2)


LINE = {100.0: (7, 0.99, 0.0), 134.0: (7, 0.99, 0.0), 205.0: (3, 0.99, 0.0)}


@pytest.mark.parametrize(
    ("what", "is_found"),
    [((7, 0.99, 0.0), True), ((7, 0.9, 0.0), False), ((7, 0.99, 80.0), False), ((1, 0.99, 0.0), False)],
    ids=["a digit", "an unsure one", "on another ground", "a wall"],
)
def test_a_digit_missing_in_a_gap_is_found(what: tuple[int, float, float], is_found: bool) -> None:
    known = quads(*LINE), np.full(3, 0.99, np.float32), np.array([shown[0] for shown in LINE.values()])
    corners, chance, names = filled(*known, view(LINE | {169.5: what}))
    places = [100, 134, 169.5, 205] if is_found else [100, 134, 205]
    assert corners.mean(axis=1)[:, 0].tolist() == pytest.approx(places)
    assert len(chance) == len(names) == len(places)
    assert not is_found or names[2] == 7


def test_a_row_of_walls_is_not_filled_with_the_digits_between() -> None:
    walls = {place: (1, what, ground) for place, (_, what, ground) in LINE.items()}
    known = quads(*walls), np.full(3, 0.99, np.float32), np.ones(3, np.intp)
    corners, _, _ = filled(*known, view(walls | {169.5: (7, 0.99, 0.0)}))
    assert len(corners) == 3


@pytest.mark.parametrize("places", [(100.0, 205.0), (100.0, 134.0, 168.0)], ids=["too few", "no gap"])
def test_nothing_is_looked_for_without_a_gap_between_enough_digits(places: tuple[float, ...]) -> None:
    everywhere = {float(x): (5, 0.99, 0.0) for x in range(0, 640, 10)}
    known = quads(*places), np.full(len(places), 0.99, np.float32), np.full(len(places), 5, np.intp)
    corners, _, _ = filled(*known, view(everywhere))
    assert len(corners) == len(places)


def test_digits_are_made_even_where_they_are_seen_as_well() -> None:
    uneven = quads(100, 134, 168)
    uneven[1] += (0, 4)
    line = Line.fit(quads(100, 134, 168))
    seen = view({100.0: (1, 0.9, 0.0), 134.0: (2, 0.9, 0.0), 168.0: (3, 0.5, 0.0)})
    known = uneven, np.array([0.9, 0.9, 0.9], np.float32), np.array([7, 2, 5])
    corners, chance, names = evened(line, *known, seen.judge)
    assert np.allclose(corners, quads(100, 134, 168))
    assert chance.tolist() == pytest.approx([0.9, 0.9, 0.9])
    assert names.tolist() == [1, 2, 5]


def test_an_end_on_another_ground_is_left_out() -> None:
    shown = {100.0: (1, 0.9, 200.0), 134.0: (2, 0.9, 0.0), 168.0: (3, 0.9, 0.0), 202.0: (4, 0.9, 0.0)}
    known = quads(*shown), np.full(4, 0.9, np.float32), np.arange(1, 5)
    corners, _, names = evened(Line.fit(quads(*shown)), *known, view(shown).judge)
    assert names.tolist() == [2, 3, 4]
    assert corners.mean(axis=1)[:, 0].tolist() == pytest.approx([134, 168, 202])
