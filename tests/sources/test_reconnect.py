from __future__ import annotations

import pytest

from digitstream.sources.reconnect import JITTER, STEPS, Backoff


def test_pauses_grow_in_steps_and_start_anew_after_success() -> None:
    backoff = Backoff(seed=1)
    for _ in range(2):
        for step in (*STEPS, STEPS[-1], STEPS[-1]):
            assert backoff.wait() == pytest.approx(step, rel=JITTER)
        backoff.succeed()


def test_a_refused_password_goes_to_the_longest_step_at_once() -> None:
    assert Backoff(seed=1).wait(denied=True) == pytest.approx(60, rel=JITTER)


def test_cameras_do_not_come_back_at_one_instant() -> None:
    assert len({Backoff().wait() for _ in range(20)}) == 20
