from __future__ import annotations

import numpy as np
import pytest

from digitstream.convert.dataset import Box
from digitstream.convert.labels import parse_readings
from digitstream.convert.matching import Verdict, judge, match_digits
from digitstream.readings import Digit, Reading, Status


def shows(text: str | None, status: Status = Status.OK, digits: tuple[Digit, ...] = ()) -> Reading:
    return Reading("camera", "display-1", 0, None, None, text, None, None, 1.0, status, digits)


def digit(name: str, x: float, y: float, width: float, height: float) -> Digit:
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)
    return Digit(name, 1.0, corners, 0)


@pytest.mark.parametrize(
    ("label", "texts", "exact", "found"),
    [
        ("12", ["12"], 1, 1),
        ("12", [], 0, 0),
        ("12", [None, "12"], 1, 1),  # a display without text returns no string and takes no rank
        ("12", ["1", "2", "3", "4", "12"], 0, 1),
        ("12", ["1", "2", "3", "4", "5", "12"], 0, 0),
        ("12", ["12", "12"], 1, 1),
        ("12 34", ["34", "12"], 2, 2),  # two displays: the first two, in any order
        ("12 34", ["12", "99", "34"], 1, 2),
        ("12 12", ["12"], 1, 1),  # each labelled reading needs one of its own
        ("12 12", ["12", "12"], 2, 2),
        ("?? 12", ["12", "34"], 2, 2),  # the looser label leaves the reading to the stricter one
        ("1 2 3 4 5 6", ["1", "2", "3", "4", "5", "6"], 6, 6),
    ],
)
def test_exact_and_found_count_labelled_readings(
    label: str, texts: list[str | None], exact: int, found: int
) -> None:
    labels = parse_readings(label)
    verdict = judge(labels, [shows(text) for text in texts])
    assert (verdict.n, verdict.exact, verdict.found) == (len(labels), exact, found)
    assert verdict.strings == sum(text is not None for text in texts)


@pytest.mark.parametrize(
    ("label", "text", "with_point", "right"),
    [
        ("47.60", "47.60", 1, 1),
        ("47.60", "4760", 1, 0),
        ("47.60", "4.760", 1, 0),
        ("47.60", "47.61", 0, 0),  # not found: no word about its point
        ("4760", "47.60", 0, 0),  # no point labelled
    ],
)
def test_the_point_is_judged_where_the_reading_is_found(
    label: str, text: str, with_point: int, right: int
) -> None:
    verdict = judge(parse_readings(label), [shows(text)])
    assert (verdict.with_point, verdict.point_right) == (with_point, right)


@pytest.mark.parametrize(
    ("label", "readings", "ok", "wrong"),
    [
        ("12", [shows("12")], 1, 0),
        ("12", [shows("13")], 1, 1),
        ("12", [shows("13", Status.LOW_CONFIDENCE)], 0, 0),
        ("12", [shows("13", Status.LOW_CONFIDENCE), shows("12")], 1, 0),
        ("12", [shows("12"), shows("000123")], 1, 0),  # a serial number that nobody labelled is no error
        ("12", [shows("000123"), shows("12")], 1, 1),
        ("1.2", [shows("12")], 1, 1),  # a wrong point makes a wrong number
        ("-12", [shows("12")], 1, 1),
        ("12 34", [shows("34"), shows("12")], 2, 0),
        ("12 34", [shows("34"), shows("34")], 2, 1),
        ("12", [shows(None, Status.BLANK)], 0, 0),
    ],
)
def test_ok_readings_are_judged_as_whole_numbers(
    label: str, readings: list[Reading], ok: int, wrong: int
) -> None:
    verdict = judge(parse_readings(label), readings)
    assert (verdict.ok, verdict.ok_wrong) == (ok, wrong)


def test_verdicts_add_up() -> None:
    first, second = Verdict(1, 1, 1, 0, 0, 1, 0, 0, 3), Verdict(2, 1, 2, 2, 1, 1, 1, 1, 4)
    assert first + second == Verdict(3, 2, 3, 2, 1, 2, 1, 1, 7)


@pytest.mark.parametrize(
    ("found", "hits"),
    [
        (digit("1", 10, 10, 20, 40), 1),
        (digit("2", 10, 10, 20, 40), 0),  # the label counts too
        (digit("1", 10, 10, 20, 20), 1),  # an overlap of exactly one half
        (digit("1", 10, 10, 20, 19), 0),
        (digit("1", 20, 10, 20, 40), 0),
        (digit("1", 100, 100, 20, 40), 0),
    ],
)
def test_a_digit_is_found_by_overlap_and_label(found: Digit, hits: int) -> None:
    assert match_digits([Box("1", 10, 10, 20, 40)], [shows("1", digits=(found,))]) == (hits, 1)


def test_one_digit_is_found_once() -> None:
    box = Box("1", 10, 10, 20, 40)
    twice = (digit("1", 10, 10, 20, 40), digit("1", 11, 10, 20, 40))
    assert match_digits([box], [shows("11", digits=twice)]) == (1, 2)
    assert match_digits([box, box], [shows("1", digits=twice[:1])]) == (1, 1)
    assert match_digits([box, Box("?", 12, 10, 20, 40)], [shows("11", digits=twice)]) == (2, 2)
    assert match_digits([box], []) == (0, 0)


def test_a_turned_digit_counts_by_its_upright_hull() -> None:
    turned = Digit("1", 1.0, np.array([[30, 10], [30, 30], [0, 30], [0, 10]], np.float32), 0)
    assert match_digits([Box("1", 0, 10, 30, 20)], [shows("1", digits=(turned,))]) == (1, 1)
