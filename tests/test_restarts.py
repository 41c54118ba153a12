from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digitstream.restarts import BREATH, BUDGET, SLOW, WINDOW, Restarts


def test_five_in_a_minute_are_at_once_and_more_are_not() -> None:
    restarts = Restarts()
    assert [restarts.pause(second) for second in range(7)] == [BREATH] * 5 + [SLOW] * 2
    assert restarts.count == 7


def test_old_restarts_are_forgotten() -> None:
    restarts = Restarts()
    assert {restarts.pause(20.0 * n) for n in range(50)} == {BREATH}


@given(st.lists(st.floats(0, 30), max_size=60))
def test_never_more_at_once_in_a_window_than_the_budget_allows(gaps: list[float]) -> None:
    restarts, now, at_once = Restarts(), 0.0, []
    for gap in gaps:
        now += gap
        if restarts.pause(now) == BREATH:
            at_once.append(now)
    for start in at_once:
        assert sum(start <= moment <= start + WINDOW for moment in at_once) <= BUDGET
