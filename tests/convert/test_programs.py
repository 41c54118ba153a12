from __future__ import annotations

import pytest

from digitstream.convert.programs import alternating, blinking, counting, dark, rolling, stepping, switching


def test_counters_step_and_carry() -> None:
    program = stepping(899, 4, period=1.5, turn=0.4, lead=1.0)
    assert program(0.0) == (0.0, 8.0, 9.0, 9.0)
    assert program(1.2) == pytest.approx((0.0, 8.5, 9.5, 9.5))
    assert program(1.4) == program(2.4) == (0.0, 9.0, 0.0, 0.0)
    assert program(2.7) == pytest.approx((0.0, 9.0, 0.0, 0.5))


def test_texts_switch() -> None:
    program = switching(("a", "b"), 2.0)
    assert [program(time) for time in (0.0, 1.9, 2.0, 9.0)] == ["a", "a", "b", "b"]


def test_a_rolling_counter_shows_whole_tenths() -> None:
    program = rolling(98, 3, 1.0)
    assert program(0.0) == (0.0, 9.0, 8.0)
    assert program(0.34) == pytest.approx((0.0, 9.0, 8.3))
    assert program(1.55) == pytest.approx((0.5, 9.5, 9.5))


def test_counts_keep_their_form() -> None:
    program = counting("-1.98", 2.0, step=5, lead=1.0)
    assert [program(time) for time in (0.0, 2.9, 3.0, 5.1)] == ["-1.98", "-1.98", "-2.03", "-2.08"]


def test_texts_alternate_and_blink() -> None:
    program = alternating(("a", "b", "c"), 2.0)
    assert [program(time) for time in (0.0, 1.9, 2.0, 5.0, 6.0)] == ["a", "a", "b", "c", "a"]
    assert [blinking("12:5", 1.0, 0.5)(time) for time in (0.9, 1.0, 1.4, 1.5)] == [
        "12:5",
        "   ",
        "   ",
        "12:5",
    ]
    assert dark("-1.2") == "   "
