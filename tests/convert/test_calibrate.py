from __future__ import annotations

import numpy as np
import pytest

from digitstream.convert.calibrate import (
    accept_threshold,
    calibrate,
    calibration_error,
    fit_temperature,
    probabilities,
)
from digitstream.convert.labels import NONE


def drawn(temperature: float, n: int = 20000) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are too sure by `temperature`, and classes drawn from the true probabilities."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (n, 11)).astype(np.float32)
    true = probabilities(logits, 1)
    targets = (true.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    return logits * np.float32(temperature), targets


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_is_found(temperature: float) -> None:
    assert fit_temperature(*drawn(temperature)) == pytest.approx(temperature, rel=0.05)


def test_calibration_makes_confidence_true() -> None:
    made = calibrate(*drawn(2.5))
    assert made.error < 0.02 < 0.1 < made.error_before


def test_the_error_is_the_mean_gap() -> None:
    assert calibration_error(np.full(10, 0.8), np.arange(10) < 5) == pytest.approx(0.3)


def test_the_threshold_lets_pass_few_wrong_digits() -> None:
    chances = np.zeros((1000, 11))
    chances[:, 3] = np.linspace(0.3, 0.999, 1000)
    targets = np.where(chances[:, 3] < 0.9, 4, 3)
    threshold = accept_threshold(chances, targets)
    assert threshold == pytest.approx(0.9, abs=0.011)


def test_the_threshold_lets_pass_few_non_digits() -> None:
    chances = np.zeros((2000, 11))
    chances[:, 3] = 0.95
    chances[1000:, 3] = np.linspace(0.1, 0.7, 1000)
    targets = np.where(np.arange(2000) < 1000, 3, NONE)
    assert accept_threshold(chances, targets) == pytest.approx(0.7, abs=0.011)


def test_the_threshold_suits_the_harder_group() -> None:
    rng = np.random.default_rng(1)
    logits = np.zeros((4000, 11), np.float32)
    logits[:, 3] = rng.uniform(2, 9, 4000)
    hard = np.arange(4000) < 2000
    targets = np.where(hard & (logits[:, 3] < 6), 4, 3)
    alone = calibrate(logits[~hard], targets[~hard])
    both = calibrate(logits, targets, hard)
    chances = probabilities(logits, both.temperature).max(axis=1)
    assert alone.accept == 0.5
    assert (targets[chances >= both.accept] == 4).mean() <= 0.001


def test_a_model_that_never_gets_there_accepts_hardly_anything() -> None:
    chances = np.full((100, 11), 1e-4)
    chances[:, 3] = 0.999
    assert accept_threshold(chances, np.full(100, 4)) == 0.99
