from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from digitstream.sources.clock import MediaClock


def test_time_stamps_are_kept_from_the_first_on() -> None:
    clock = MediaClock(25)
    assert [clock.stamp(t, 0) for t in (7.5, 7.54, 9.0)] == [0, 7.54 - 7.5, 1.5]


def test_missing_time_stamps_are_one_frame_apart() -> None:
    clock = MediaClock(50)
    assert [clock.stamp(t, 0) for t in (None, None, None)] == [0, 0.02, 0.04]


def test_a_live_source_goes_on_after_reopening_with_the_time_that_has_passed() -> None:
    clock = MediaClock(25, live=True)
    assert clock.stamp(100.0, 1000.0) == 0
    clock.restart()
    assert clock.stamp(0.0, 1008.0) == 8
    assert clock.stamp(0.5, 1008.5) == 8.5


def test_a_live_source_whose_clock_leaps_follows_the_time_that_passes() -> None:
    clock = MediaClock(25, live=True)
    clock.stamp(0.0, 0.0)
    assert clock.stamp(1e6, 0.1) == 0.1
    assert math.isclose(clock.stamp(1e6 + 0.1, 0.2), 0.2, abs_tol=1e-6)


@given(
    st.booleans(),
    st.lists(
        st.tuples(st.none() | st.floats(-1e6, 1e6), st.floats(0, 10)),
        max_size=30,
    ),
)
def test_media_time_always_grows(live: bool, stamps: list[tuple[float | None, float]]) -> None:
    clock, now, last = MediaClock(30, live=live), 0.0, -1.0
    for time, passed in stamps:
        now += passed
        media = clock.stamp(time, now)
        assert media > last
        last = media
