from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest

from digitstream.convert.film import Sight
from digitstream.convert.film_scores import ELSEWHERE, Miss, Score, Scorer, runs
from digitstream.readings import Digit, Reading, Status
from results_of import digits_at


def quads(x: float, count: int = 3) -> np.ndarray:
    return np.stack([digit.corners for digit in digits_at("0" * count, x, 50, 20, 40)])


def sight(*texts: str, x: float = 100, **state: Any) -> Sight:
    return Sight("lcd-1", texts or ("",), quads(x), **state)


def read(text: str | None, status: Status = Status.OK, x: float = 100, wheel: int | None = None) -> Reading:
    digits = digits_at((text or "000").replace(".", ""), x, 50, 20, 40)
    last = digits[-1]
    digits[-1] = Digit(last.digit, last.confidence, last.corners, last.track, wheel)
    return Reading("camera", "display-1", 0, None, None, text, text, None, 1.0, status, tuple(digits))


def scored(*frames: tuple[Sight, list[Reading]], skip: int = 0) -> Score:
    scorer = Scorer(skip)
    for shown, readings in frames:
        scorer.add([shown], readings)
    return reduce(add, scorer.scores.values())


def test_right_and_ok() -> None:
    score = scored(
        (sight("12.5"), [read("12.5")]),
        (sight("12.5"), [read("12.5", Status.UNSTABLE)]),
        (sight("12.5"), [read("125", Status.LOW_CONFIDENCE)]),
        (sight("12.5"), []),
    )
    assert (score.frames, score.right, score.shown, score.ok) == (4, 2, 4, 1)
    assert (score.settled, score.settled_ok) == (4, 1)
    assert score.misses == [Miss("lcd-1", 2, "12.5", "125", False), Miss("lcd-1", 3, "12.5", None, False)]
    assert score.wrong_ok == []


def test_unstable_is_right_only_while_it_changes() -> None:
    wrong = read("124", Status.UNSTABLE)
    score = scored((sight("125", changing=True), [wrong]), (sight("125"), [wrong]))
    assert (score.right, score.settled) == (1, 1)


def test_wrong_ok_counts_always() -> None:
    score = scored(
        (sight("125"), [read("124")]),
        (sight("125", hidden=True), [read("12")]),
        (sight("125", changing=True), [read("999")]),
        skip=1,
    )
    assert [(miss.frame, miss.read) for miss in score.wrong_ok] == [(0, "124"), (1, "12"), (2, "999")]
    assert score.frames == 1  # neither the first one nor the hidden one


def test_between_two_texts_both_are_right() -> None:
    score = scored((sight("125", "124", changing=True), [read("124")]))
    assert (score.right, score.ok, score.wrong_ok) == (1, 1, [])


def test_a_dark_display_reads_nothing() -> None:
    score = scored(
        (sight(), []), (sight(), [read(None, Status.BLANK)]), (sight(), [read("888", Status.LOW_CONFIDENCE)]),
        (sight(), [read("888")]),
    )  # fmt: skip
    assert (score.frames, score.right, score.shown) == (4, 2, 0)
    assert score.ok_share is None
    assert len(score.wrong_ok) == 1


def test_a_reading_in_parts_is_no_reading() -> None:
    score = scored((sight("125"), [read("12", Status.LOW_CONFIDENCE), read("5", x=160)]))
    assert (score.right, [miss.read for miss in score.wrong_ok]) == (0, ["5"])


def test_what_is_read_where_no_display_is() -> None:
    scorer = Scorer(0)
    scorer.add([sight("125")], [read("125"), read("7", x=400), read("8", Status.UNSTABLE, x=500)])
    assert scorer.scores[ELSEWHERE].wrong_ok == [Miss(ELSEWHERE, 0, "", "7", True)]
    assert scorer.scores["lcd-1"].right == 1


def test_wheels_are_right_within_a_tenth() -> None:
    frames = [(sight("125", wheel=9), [read("125", wheel=wheel)]) for wheel in (9, 0, 8, 7)]
    frames += [(sight("125"), [read("125", wheel=3)]), (sight("125", wheel=1), [read("124", wheel=1)])]
    score = scored(*frames)
    assert score.wheel_share == pytest.approx(3 / 4)


def test_errors_begin_once() -> None:
    scorer = Scorer(0)
    frames = [[read("124")], [read("124")], [read("124"), read("9", x=400)], [read("125")], [read("124")]]
    begun = [scorer.add([sight("125")], readings) for readings in frames]
    # Each wrong reading is a miss, too.
    assert [[miss.read for miss in new] for new in begun] == [["124", "124"], [], ["9"], [], ["124", "124"]]
    assert [miss.frame for miss in runs(scorer.scores["lcd-1"].wrong_ok)] == [0, 4]


def test_the_json_leaves_out_what_is_not_known() -> None:
    assert Score().as_dict() == {"frames": 0, "wrong_ok": 0}
    assert scored((sight("1"), [read("1")])).as_dict() == {
        "frames": 1, "right": 1.0, "ok": 1.0, "settled_ok": 1.0, "wrong_ok": 0
    }  # fmt: skip
