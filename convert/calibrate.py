"""Honest probabilities: temperature and accept threshold of a model, from crops that it never learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .labels import NONE

Floats = NDArray[np.float64]

WRONG = 0.001
"""Wrong digits among the accepted ones that the threshold may let pass."""
TAKEN = 0.005
"""Non-digits taken for digits that the threshold may let pass."""
_BINS = 15


@dataclass(frozen=True)
class Calibration:
    """What makes probabilities of logits, and how far they are from the truth."""

    temperature: float
    accept: float
    """Lowest probability of a digit that is accepted."""
    error: float
    """Expected calibration error."""
    error_before: float
    """The same without the temperature."""


def calibrate(
    logits: NDArray[np.float32], targets: NDArray[np.int64], groups: NDArray[Any] | None = None
) -> Calibration:
    """Fit to logits `(N, 11)` of held-out crops and their classes; the threshold suits every group."""
    groups = np.zeros(len(targets), bool) if groups is None else groups
    temperature = fit_temperature(logits, targets)
    chances = probabilities(logits, temperature)
    error, before = (
        calibration_error(c.max(axis=1), c.argmax(axis=1) == targets)
        for c in (chances, probabilities(logits, 1))
    )
    accept = max(accept_threshold(chances[groups == g], targets[groups == g]) for g in np.unique(groups))
    return Calibration(round(temperature, 3), accept, error, before)


def probabilities(logits: NDArray[np.float32], temperature: float) -> Floats:
    """Softmax of the logits divided by the temperature."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_temperature(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> float:
    """The temperature of the highest likelihood."""
    rows = np.arange(len(targets))

    def loss(temperature: float) -> float:
        return float(-np.log(probabilities(logits, temperature)[rows, targets] + 1e-12).mean())

    # The loss has one minimum, and nobody needs a finer step.
    candidates = np.exp(np.linspace(np.log(0.25), np.log(4), 161))
    return float(min(candidates, key=loss))


def accept_threshold(chances: Floats, targets: NDArray[np.int64]) -> float:
    """The lowest threshold, in hundredths, that lets pass few wrong digits and few non-digits."""
    digit, chance = chances[:, :NONE].argmax(axis=1), chances[:, :NONE].max(axis=1)
    none = targets == NONE
    for hundredths in range(50, 99):
        accepted = chance >= hundredths / 100
        wrong = (accepted & ~none & (digit != targets)).sum()
        if wrong <= WRONG * (accepted & ~none).sum() and (accepted & none).sum() <= TAKEN * none.sum():
            return hundredths / 100
    return 0.99


def calibration_error(confidence: Floats, right: NDArray[np.bool_]) -> float:
    """Mean distance of confidence and accuracy over equal bins of confidence (ECE)."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [abs(float((confidence[bins == b] - right[bins == b]).sum())) for b in range(_BINS)]
    return sum(gaps) / max(len(right), 1)
