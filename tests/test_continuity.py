"""Numbers that only lose or gain something at an end, against those that really follow."""

from __future__ import annotations

import pytest

from digitstream.continuity import PATIENCE, Continuity


@pytest.mark.parametrize("text", ["6.71", "16.716", "6.7161", "6716", "67.16", "6718", "16.718"])
def test_a_number_that_differs_at_an_end_or_in_its_point_is_doubted(text: str) -> None:
    continuity = Continuity()
    assert not continuity.doubts("6.716")
    assert continuity.doubts(text)
    assert not continuity.doubts("6.716")


@pytest.mark.parametrize("text", ["6.717", "7.000", "9.99", "10.716", "0", "71.60"])
def test_another_number_is_believed_at_once(text: str) -> None:
    continuity = Continuity()
    assert not continuity.doubts("6.716")
    assert not continuity.doubts(text)


def test_a_mistake_that_was_believed_does_not_lock_out_the_truth() -> None:
    continuity = Continuity()
    assert not continuity.doubts("121686")
    doubts = [continuity.doubts("21686") for _ in range(PATIENCE + 5)]
    assert doubts == [True] * PATIENCE + [False] * 5
