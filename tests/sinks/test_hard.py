from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from digitstream.frames import Frame
from digitstream.readings import Digit, Reading, Status
from digitstream.results import Result
from digitstream.sinks.hard import LINGERING, HardDigits
from results_of import digits_at, reading_of

DIGITS = digits_at("38", 20, 20, 20, 40)


def looks(*digits: Digit, status: Status = Status.OK, time: float = 0.0, shown: str = "38") -> Result:
    """A result of a picture in which `shown` stands where the digits are said to be."""
    luma = np.full((80, 120), 60, np.uint8)
    for place, char in enumerate(shown):
        cv2.putText(luma, char, (20 + 30 * place, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 220, 3)
    reading = reading_of("38", digits=list(digits), status=status)
    return Result("cellar", Frame(0, luma, media_time=time), (reading,), fps=25.0)


def found(hard: HardDigits, result: Result) -> list[tuple[str, str]]:
    return [(digit.digit, reason) for _, pairs in hard.find(result) for digit, reason in pairs]


def test_sure_digits_of_a_good_reading_are_not_hard() -> None:
    hard = HardDigits(0.9)
    assert found(hard, looks(*DIGITS)) == []
    assert found(hard, looks(*DIGITS, time=9.0)) == []


def test_an_unsure_digit_is_hard_whatever_the_reading_is() -> None:
    assert found(HardDigits(0.9), looks(DIGITS[0], replace(DIGITS[1], confidence=0.89))) == [("8", "unsure")]


@pytest.mark.parametrize("status", [Status.LOW_CONFIDENCE, Status.INCOMPLETE])
def test_all_digits_of_a_rejected_reading_are_hard_the_hardest_first(status: Status) -> None:
    result = looks(DIGITS[0], replace(DIGITS[1], confidence=0.5), status=status)
    assert found(HardDigits(0.9), result) == [("8", "unsure"), ("3", status.value)]


def test_an_unstable_reading_matters_once_it_lingers() -> None:
    hard = HardDigits(0.9)
    for time in (5.0, 5.0 + LINGERING / 2):
        assert found(hard, looks(*DIGITS, status=Status.UNSTABLE, time=time)) == []
    late = looks(*DIGITS, status=Status.UNSTABLE, time=5.0 + LINGERING)
    assert found(hard, late) == [("3", "unstable"), ("8", "unstable")]
    assert found(hard, looks(*DIGITS, time=6.1)) == []
    assert found(hard, looks(*DIGITS, status=Status.UNSTABLE, time=6.2)) == []


def test_a_source_that_starts_anew_is_not_taken_for_one_that_lingers() -> None:
    hard = HardDigits(0.9)
    assert found(hard, looks(*DIGITS, status=Status.UNSTABLE, time=500.0)) == []
    assert found(hard, looks(*DIGITS, status=Status.UNSTABLE, time=0.0)) == []
    assert found(hard, looks(*DIGITS, status=Status.UNSTABLE, time=LINGERING)) != []


def test_a_verdict_that_changes_while_the_picture_stays_is_hard() -> None:
    hard = HardDigits(0.9)
    other = replace(DIGITS[1], digit="6")
    assert found(hard, looks(*DIGITS)) == []
    assert found(hard, looks(DIGITS[0], other)) == [("6", "changed")]
    assert found(hard, looks(DIGITS[0], other)) == []


def test_a_display_that_counts_is_not_hard() -> None:
    hard = HardDigits(0.9)
    assert found(hard, looks(*DIGITS)) == []
    assert found(hard, looks(DIGITS[0], replace(DIGITS[1], digit="1"), shown="31")) == []


def test_no_frame_no_digits() -> None:
    stale = Reading("cellar", "gas", -1, None, None, None, None, None, 0.0, Status.STALE)
    assert HardDigits(0.9).find(Result("cellar", None, (stale,), 0.0)) == []
