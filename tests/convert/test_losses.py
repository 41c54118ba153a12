from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from digitstream.convert.dataset import Box
from digitstream.convert.labels import NONE, parse_readings
from digitstream.convert.losses import Clues, Stage, losses
from digitstream.readings import Reading, Status
from results_of import digits_at

NOTHING: list[int] = []


def read(text: str, x: float = 0, y: float = 0) -> Reading:
    """Digits 20 wide and 40 high, every 30 pixels."""
    digits = digits_at("".join(filter(str.isdigit, text)), x, y, 20, 40)
    return Reading("camera", "d", 0, None, None, text, text, None, 1.0, Status.OK, tuple(digits))


def boxes(digits: str) -> list[Box]:
    """Where `read` has its digits."""
    return [Box(digit, 30 * place, 0, 20, 40) for place, digit in enumerate(digits)]


def clues(classes: Sequence[int] = (), found: int = 0) -> Clues:
    """Proposals where `read` has its digits, the classifier's verdict on each, and how many were found."""
    places = np.array([[30 * i, 0, 30 * i + 20, 40] for i in range(9)], np.float32)
    return Clues(places[: len(classes)], np.array(classes, np.int64), places[:found])


def stages(
    label: str, readings: list[Reading], own: str | None = None, look: Clues | None = None
) -> list[Stage]:
    labels = parse_readings(label)
    drawn: list[list[Box]] = [boxes(own)] if own is not None else [[] for _ in labels]
    return [loss.stage for loss in losses(labels, drawn, readings, lambda: look or clues())]


def test_what_is_read_right_is_not_lost() -> None:
    assert stages("12.5 30", [read("30"), read("12.5")]) == []


def test_readings_alone_tell_of_points_and_ranks() -> None:
    assert stages("12.5", [read("125")]) == [Stage.DECIMAL]
    assert stages("12.5", [read("777"), read("12.5")]) == [Stage.BEHIND]
    assert stages("12 34", [read("777"), read("12"), read("34")]) == [Stage.BEHIND]


@pytest.mark.parametrize(
    ("text", "look", "stage"),
    [
        ("123", clues(), Stage.NOT_PROPOSED),
        ("123", clues([1, 2, 3, NONE]), Stage.REJECTED),
        ("123", clues([1, 2, 3, 4]), Stage.BROKEN),
        ("123", clues(found=4), Stage.BROKEN),
        ("1239", clues(), Stage.MISLABELLED),
        ("12345", clues(), Stage.BROKEN),
    ],
)
def test_boxes_tell_what_became_of_each_digit(text: str, look: Clues, stage: Stage) -> None:
    assert stages("1234", [read(text)], "1234", look) == [stage]


def test_the_first_stage_counts() -> None:
    # The 1 was read as 9, and nobody proposed the 4.
    assert stages("1234", [read("923")], "1234") == [Stage.NOT_PROPOSED]


def test_a_digit_that_nobody_can_tell_is_never_mislabelled() -> None:
    assert stages("1234", [read("12399")], "12?4") == [Stage.MISLABELLED]
    assert stages("12?4", [read("12349")], "12?4") == [Stage.BROKEN]


@pytest.mark.parametrize(
    ("label", "texts", "stage"),
    [
        ("1234", ["1284"], Stage.MISLABELLED),
        ("1234", ["123"], Stage.BROKEN),
        ("1234", ["912345"], Stage.BROKEN),
        ("1234", ["12", "34"], Stage.BROKEN),
        ("1234", ["99"], Stage.NOT_PROPOSED),
        ("1234", NOTHING, Stage.NOT_PROPOSED),
    ],
)
def test_without_boxes_the_closest_text_tells(label: str, texts: list[str], stage: Stage) -> None:
    assert stages(label, [read(text, y=100 * i) for i, text in enumerate(texts)]) == [stage]


def test_without_boxes_and_readings_the_classifier_tells() -> None:
    assert stages("1234", [], look=clues([1, 2, 3, 4])) == [Stage.BROKEN]
    assert stages("1234", [], look=clues([1, 2, NONE, NONE])) == [Stage.REJECTED]
    assert stages("1234", [], look=clues([NONE, NONE, 7])) == [Stage.NOT_PROPOSED]


def test_the_stages_are_asked_only_when_needed() -> None:
    def never() -> Clues:
        raise AssertionError("not needed")

    assert losses(parse_readings("12.5"), [()], [read("125")], never)[0].read == "125"
