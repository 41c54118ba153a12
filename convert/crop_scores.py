"""Judge a classifier's answers on labelled crops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .calibrate import calibration_error
from .labels import NONE, CropLabel

if TYPE_CHECKING:
    from ..classifier import Scores


@dataclass(frozen=True, eq=False)
class CropScores:
    """A class for each crop, and what would have been right."""

    targets: NDArray[np.int64]
    """`(N,)`: 0 to 9, `NONE` for a blank, -1 where no class is right or wrong."""
    classes: NDArray[np.int64]
    """`(N,)`: what the classifier says."""
    confidences: NDArray[np.float64]
    """`(N,)`: probability of that class."""
    wheel_errors: NDArray[np.int64]
    """Tenths between the true position and the one read, 0 to 50, of the crops labelled with a position."""

    @property
    def n(self) -> int:
        """Digits that count; blanks and half-turned drums do not."""
        return int(self._digits.sum())

    @property
    def accuracy(self) -> float | None:
        """Share of the digits whose class is right; None without digits."""
        return _share(self.classes == self.targets, self._digits)

    @property
    def none_recall(self) -> float | None:
        """Share of the blanks that are taken for no digit; None without blanks."""
        return _share(self.classes == NONE, self.targets == NONE)

    @property
    def wheel_within_one(self) -> float | None:
        """Share of the drums read within a tenth; None without drums."""
        return _share(self.wheel_errors <= 1)

    @property
    def wheel_exact(self) -> float | None:
        """Share of the drums read to the tenth; None without drums."""
        return _share(self.wheel_errors == 0)

    @property
    def wrong(self) -> NDArray[np.int64]:
        """Indices of the crops with a wrong class, the surest first."""
        wrong = np.flatnonzero((self.targets >= 0) & (self.classes != self.targets))
        return wrong[np.argsort(-self.confidences[wrong], kind="stable")]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Counts `(11, 11)`: true class by class read."""
        counts = np.zeros((NONE + 1, NONE + 1), np.int64)
        known = self.targets >= 0
        np.add.at(counts, (self.targets[known], self.classes[known]), 1)
        return counts

    @property
    def calibration_error(self) -> float | None:
        """Mean distance of confidence and accuracy (ECE), blanks included; None without crops that count."""
        known = self.targets >= 0
        right = self.classes == self.targets
        return calibration_error(self.confidences[known], right[known]) if known.any() else None

    def accepted(self, threshold: float) -> tuple[int, int]:
        """Count the digits and blanks that pass for a digit at this confidence, and the wrong among them."""
        passed = (self.targets >= 0) & (self.classes != NONE) & (self.confidences >= threshold)
        return int(passed.sum()), int((passed & (self.classes != self.targets)).sum())

    def accepted_share(self, threshold: float) -> float | None:
        """Share of the digits that pass for one at this confidence, right or wrong; None without digits."""
        return _share((self.classes != NONE) & (self.confidences >= threshold), self._digits)

    def as_dict(self, accept: float | None = None) -> dict[str, Any]:
        """The figures for JSON, as far as there are crops for them."""
        figures: dict[str, Any] = {
            "n": self.n,
            "accuracy": self.accuracy,
            "none_recall": self.none_recall,
            "calibration_error": self.calibration_error,
            "wheel_within_one": self.wheel_within_one,
            "wheel_exact": self.wheel_exact,
        }
        if accept is not None:
            n, wrong = self.accepted(accept)
            figures["accepted"] = {"n": n, "wrong": wrong, "share": self.accepted_share(accept)}
        return {key: value for key, value in figures.items() if value is not None}

    @property
    def _digits(self) -> NDArray[np.bool_]:
        return np.asarray((self.targets >= 0) & (self.targets < NONE))


def score_crops(labels: Sequence[CropLabel], scores: Scores) -> CropScores:
    """Judge log-probabilities and wheel positions of `(N,)` crops; without positions `wheel` is NaN."""
    targets = np.array([-1 if t is None else t for t in (label.target for label in labels)], np.int64)
    positions = np.array([-1 if p is None else p for p in (label.position for label in labels)], np.int64)
    classes = scores.digits.argmax(axis=1)
    drums = (positions >= 0) & ~np.isnan(scores.wheel)
    apart = (_positions(scores) - positions)[drums] % 100
    return CropScores(
        targets,
        classes,
        np.exp(scores.digits.max(axis=1).astype(np.float64)),
        np.minimum(apart, 100 - apart),
    )


def pooled(parts: Sequence[CropScores]) -> CropScores:
    """All crops of several sets."""
    return CropScores(
        **{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])}
    )


def _positions(scores: Scores) -> NDArray[np.int64]:
    """Positions in tenths; the class is the nearest digit, the wheel the way since the last one."""
    tenths = np.rint(np.nan_to_num(scores.wheel) * 10).astype(np.int64)
    nearest = scores.digits[:, :NONE].argmax(axis=1)
    last = np.where(tenths > 5, nearest - 1, nearest)
    # Half way both neighbours are the nearest digit: take the one that the scores like better as the last.
    half = tenths == 5
    rows = np.arange(len(nearest))
    before = scores.digits[rows, (nearest - 1) % 10] > scores.digits[rows, (nearest + 1) % 10]
    last = np.where(half & before, nearest - 1, last)
    return np.asarray((last * 10 + tenths) % 100)


def _share(right: NDArray[np.bool_], among: NDArray[np.bool_] | None = None) -> float | None:
    chosen = right if among is None else right[among]
    return float(chosen.mean()) if chosen.size else None
