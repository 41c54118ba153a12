from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.convert.crop_scores import CropScores, pooled, score_crops
from digitstream.convert.labels import parse_crop


@dataclass
class Said:
    """What a classifier returns, as far as the figures need it."""

    digits: NDArray[np.float32]
    wheel: NDArray[np.float32]


def say(*answers: tuple[int, float, float], second: int | None = None) -> Said:
    """Scores with these classes, probabilities and wheel positions."""
    digits = np.full((len(answers), 11), 0.001, np.float32)
    for row, (name, probability, _) in zip(digits, answers, strict=True):
        row[name] = probability
        if second is not None:
            row[second] = probability * 0.9
    return Said(np.log(digits), np.array([wheel for _, _, wheel in answers], np.float32))


def score(labels: str, said: Said) -> CropScores:
    return score_crops([parse_crop(word) for word in labels.split()], said)  # type: ignore[arg-type]


def test_half_turned_drums_and_nan_are_left_out() -> None:
    said = say(
        (1, 0.9, 0), (10, 0.8, 0), (3, 0.9, 0.4), (5, 0.9, 0), (0, 0.9, 0.9), (10, 0.9, 0), (7, 0.6, 0)
    )
    scores = score("1 2 3.4 NaN 9.9 blank blank", said)
    assert scores.n == 3
    assert scores.accuracy == pytest.approx(2 / 3)
    assert scores.none_recall == 0.5
    assert scores.wrong.tolist() == [1, 6]  # the surest first
    assert scores.confusion[2, 10] == scores.confusion[10, 7] == scores.confusion[0, 0] == 1
    assert scores.confusion.sum() == 5
    assert scores.accepted(0.7) == (2, 0)
    assert scores.accepted(0.5) == (3, 1)


def test_a_set_without_digits_or_without_blanks_has_no_such_figure() -> None:
    assert score("blank", say((10, 0.9, 0))).accuracy is None
    assert score("1", say((1, 0.9, 0))).none_recall is None
    assert score("1", say((1, 0.9, 0))).wheel_exact is None


@pytest.mark.parametrize(
    ("label", "name", "wheel", "second", "error"),
    [
        ("3.0", 3, 0.0, None, 0),
        ("3.2", 3, 0.2, None, 0),
        ("3.8", 4, 0.8, None, 0),
        ("9.9", 0, 0.9, None, 0),
        ("0.0", 0, 0.97, None, 0),  # just before the 0 is the 0
        ("0.0", 0, 0.9, None, 1),
        ("3.5", 3, 0.5, 4, 0),  # half way either digit may be the nearest
        ("3.5", 4, 0.5, 3, 0),
        ("9.5", 0, 0.5, 9, 0),
        ("3.5", 8, 0.5, None, 50),
    ],
)
def test_wheel_errors_go_round_the_drum(
    label: str, name: int, wheel: float, second: int | None, error: int
) -> None:
    assert score(label, say((name, 0.5, wheel), second=second)).wheel_errors.tolist() == [error]


def test_wheel_figures_count_labelled_positions_only() -> None:
    scores = score("3.0 3.1 3.2 3", say((3, 0.9, 0), (3, 0.9, 0.2), (3, 0.9, 0.6), (3, 0.9, 0.5)))
    assert scores.wheel_exact == pytest.approx(1 / 3)
    assert scores.wheel_within_one == pytest.approx(2 / 3)


def test_confidence_is_measured_against_the_truth() -> None:
    scores = score("1 2 blank NaN", say((1, 0.9, 0), (3, 0.9, 0), (10, 0.6, 0), (4, 0.9, 0)))
    # Of the two at .9 one is right, the one at .6 is.
    assert scores.calibration_error == pytest.approx((2 * 0.4 + 0.4) / 3)
    assert score("NaN", say((4, 0.9, 0))).calibration_error is None


def test_accepted_are_digits_at_the_threshold() -> None:
    scores = score("1 2 3 blank", say((1, 0.9, 0), (3, 0.9, 0), (3, 0.6, 0), (7, 0.95, 0)))
    assert scores.accepted_share(0.8) == pytest.approx(2 / 3)
    assert scores.as_dict(0.8)["accepted"] == {"n": 3, "wrong": 2, "share": pytest.approx(2 / 3)}
    assert "accepted" not in scores.as_dict()


def test_a_model_without_positions_has_no_wheel_figures() -> None:
    scores = score("3.1 4.0", say((3, 0.9, np.nan), (4, 0.9, np.nan)))
    assert scores.accuracy == 1
    assert scores.wheel_exact is None


def test_sets_are_pooled_by_crops() -> None:
    one = score("1 2.0", say((1, 0.9, 0), (3, 0.9, 0)))
    two = score("4 blank", say((4, 0.9, 0), (10, 0.9, 0)))
    both = pooled([one, two])
    assert both.accuracy == pytest.approx(2 / 3)
    assert both.none_recall == 1
    assert both.wheel_exact == 0
