"""Counters are simulated wheel by wheel; the digits read must be those of the simulated value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstream.drums import Wheels, carried_on, counter_digits, play, positions


def wheels_of(value: float, places: int) -> list[float]:
    """Positions of a counter's wheels, highest first: one moves while the next lower goes from 9 to 0."""
    wheels = [value % 10]
    for place in range(1, places):
        lower = wheels[-1]
        wheels.append((value // 10**place) % 10 + max(lower - 9, 0.0))
    return wheels[::-1]


@given(st.integers(0, 99_999_999), st.integers(1, 7))
def test_the_counter_reads_its_floor_at_every_moment(hundredths: int, places: int) -> None:
    # Within the tolerance before a digit's rest position either neighbour is right.
    if hundredths % 100 > 92:
        hundredths -= 8
    value = hundredths / 100 % 10**places
    expected = [int(d) for d in str(int(value)).zfill(places)]
    assert counter_digits(np.array(wheels_of(value, places), np.float32)) == expected


@given(st.integers(0, 999_999), st.lists(st.floats(-0.12, 0.12), min_size=5, max_size=5))
def test_errors_of_measurement_do_not_change_higher_digits(tenths: int, errors: list[float]) -> None:
    value = tenths / 10 + 0.2
    wheels = np.array(wheels_of(value, 5)) + np.array([*errors[:4], 0])
    expected = [int(d) for d in str(int(value) % 100_000).zfill(5)]
    assert counter_digits((wheels % 10).astype(np.float32)) == expected


@pytest.mark.parametrize(
    ("nearest", "second", "wheel", "position"),
    [
        (3, 4, 0.0, 3.0),
        (3, 4, 0.4, 3.4),
        (4, 3, 0.6, 3.6),
        (0, 9, 0.7, 9.7),
        (9, 0, 0.3, 9.3),
        (4, 3, 0.9, 3.9),
    ],
)
def test_a_position_follows_from_the_nearest_digit_and_the_fraction(
    nearest: int, second: int, wheel: float, position: float
) -> None:
    chances = np.full((1, 11), 0.001, np.float32)
    chances[0, nearest], chances[0, second] = 0.55, 0.44
    assert positions(chances, np.array([wheel], np.float32))[0] == pytest.approx(position, abs=1e-5)


def test_halfway_the_two_digits_decide_together() -> None:
    """Just before the middle the upper digit may win the vote: the pair still tells the position."""
    chances = np.full((1, 11), 0.001, np.float32)
    chances[0, 5], chances[0, 4] = 0.6, 0.39
    assert positions(chances, np.array([0.45], np.float32))[0] == pytest.approx(4.45, abs=1e-5)


@given(st.floats(0, 9.999), st.lists(st.floats(-0.3, 0.45), max_size=60))
def test_a_wheel_is_followed_by_its_fraction_alone(start: float, steps: list[float]) -> None:
    true = seen = start
    for step in steps:
        true += step
        seen = carried_on(seen, true % 1)
    assert abs((seen - true + 5) % 10 - 5) < 1e-3


def readings_of(wheels: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a classifier tells of wheels in these positions: chances, fractions, sharpness."""
    positions = np.array(wheels, np.float32)
    chances = np.full((len(wheels), 11), 0.001, np.float32)
    chances[np.arange(len(wheels)), np.round(positions).astype(int) % 10] = 0.99
    return chances, positions % 1, np.full(len(wheels), 0.9, np.float32)


def test_a_wheel_has_arrived_when_it_stands_as_those_at_rest_do() -> None:
    """Boxes a little too high or low move all wheels of a line alike."""
    wheels = Wheels()
    for lowest in (4.3, 4.5, 4.7):
        wheels.read(*readings_of([0.97, 2.97, 8.97, lowest]), looked=True)
    digits, confidences, tenths = wheels.read(*readings_of([0.97, 2.97, 8.97, 4.97]), looked=True)
    assert (digits, tenths) == ([1, 3, 9, 5], [0, 0, 0, 0])
    assert confidences.min() > 0.9
    wheels.read(*readings_of([0.99, 2.99, 8.99, 4.8]), looked=True)
    _, confidences, _ = wheels.read(*readings_of([0.99, 2.99, 8.99, 4.9]), looked=True)
    assert confidences[-1] == 0.5
    assert wheels.arriving


def test_a_wheel_just_short_of_a_digit_is_sure_where_others_are_at_rest_and_it_never_stood_halfway() -> None:
    def last(lowest: float, others: list[float], wheels: Wheels, stood: int = 20) -> float:
        return float(wheels.read(*readings_of([*others, lowest]), True, stood)[1][-1])

    def turned(others: list[float], stood: int) -> Wheels:
        wheels = Wheels()
        for lowest in (4.3, 4.5, 4.52):
            last(lowest, others, wheels, stood)
        return wheels

    at_rest, one_at_rest = [1.0, 3.0, 9.0], [1.0, 3.5, 9.5]
    assert last(4.95, at_rest, turned(at_rest, 1)) > 0.9
    assert last(4.92, at_rest, turned(at_rest, 1)) == 0.5
    assert last(4.95, one_at_rest, turned(one_at_rest, 1)) == 0.5
    assert last(4.95, at_rest, turned(at_rest, 20)) == 0.5
    assert last(4.99, at_rest, turned(at_rest, 20)) > 0.9


def test_two_looks_at_a_wheel_off_rest_make_a_counter_but_a_still_shows_the_nearest_digit() -> None:
    wheels = Wheels()
    assert wheels.read(*readings_of([1.0, 3.0, 4.77]), looked=True)[0] == [1, 3, 5]
    assert not wheels.turn
    assert wheels.read(*readings_of([1.0, 3.0, 4.78]), looked=True)[0] == [1, 3, 4]
    assert wheels.turn


@pytest.mark.parametrize(
    ("others", "lowest", "is_sure"),
    [((1.0, 3.0), 4.85, False), ((1.0, 3.0), 4.96, True), ((1.0, 3.0), 5.1, True),
     ((1.08, 3.08), 4.95, False), ((0.92, 2.92), 4.85, True)],
    ids=["nearly there", "there", "beyond", "the boxes are off", "all alike"],
)  # fmt: skip
def test_a_still_shows_the_nearest_digit_but_is_not_sure_of_one_that_is_nearly_there(
    others: tuple[float, float], lowest: float, is_sure: bool
) -> None:
    digits, confidences, tenths = Wheels().read(*readings_of([*others, lowest]), looked=True)
    assert (digits, tenths) == ([1, 3, 5], [None] * 3)
    assert bool(confidences.min() > 0.9) is is_sure


def test_a_wheel_that_is_seen_elsewhere_than_it_can_have_turned_to_is_doubted_until_it_rests() -> None:
    for elsewhere in (9.45, 6.45):
        wheels = Wheels()

        def jumped(lowest: float, wheels: Wheels = wheels) -> bool:
            wheels.read(*readings_of([9.0, 8.0, lowest]), looked=True)
            return wheels.jumped

        assert not any(map(jumped, (0.3, 0.4, 0.44)))
        assert all(map(jumped, (elsewhere, elsewhere, elsewhere)))
        assert not jumped(elsewhere + 0.5)
        assert not jumped(elsewhere + 0.9)


def test_wheels_that_turn_do_not_tell_how_far_the_boxes_are_off() -> None:
    sharp = np.full(3, 0.9, np.float32)
    assert play(np.array([0.6, 0.6, 0.98], np.float32), sharp) is None
    assert play(np.array([0.02, 0.6, 0.04], np.float32), sharp) == pytest.approx(0.03)
    assert play(np.array([0.02, 0.03, 0.04], np.float32), sharp / 2) is None
