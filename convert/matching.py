"""Judge what the program read in one picture against what the picture shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from ..readings import Digit, Reading, Status
from .dataset import Box
from .labels import ReadingLabel

IOU = 0.5
"""Overlap from which a digit counts as found."""
FIRST = 5
"""How many of the readings ranked first may hold the right one for it to be found."""


@dataclass(frozen=True)
class Verdict:
    """Counts over labelled readings; verdicts add up."""

    n: int = 0
    """Labelled readings: a picture with two displays has two."""
    exact: int = 0
    """Right digit for digit, and among the first k where k readings are labelled."""
    found: int = 0
    """Right digit for digit, and among the first `FIRST`."""
    with_point: int = 0
    """Found ones whose label has a decimal point."""
    point_right: int = 0
    """Those of them that have it in the right place."""
    ok: int = 0
    """Readings with status `ok`, of each picture the first k."""
    ok_wrong: int = 0
    """Those of them whose digits, sign, or point (where the label has one) are not what any label says."""
    ok_digits_wrong: int = 0
    """Those of them whose very digits are wrong."""
    strings: int = 0
    """Numbers returned, right or wrong."""

    def __add__(self, other: Verdict) -> Verdict:
        return Verdict(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))


def judge(labels: Sequence[ReadingLabel], readings: Sequence[Reading]) -> Verdict:
    """Judge the readings of a picture, ranked best first, by its labels."""
    shown = [r for r in readings if r.text]
    texts = [r.text or "" for r in shown]
    first = texts[: len(labels)]
    found = assign(labels, texts[: max(FIRST, len(labels))], ReadingLabel.matches)
    pointed = [(label, text) for label, text in found if label.has_point]
    accepted = [r.text or "" for r in shown if r.status is Status.OK][: len(labels)]
    return Verdict(
        n=len(labels),
        exact=len(assign(labels, first, ReadingLabel.matches)),
        found=len(found),
        with_point=len(pointed),
        point_right=sum(label.point_matches(text) for label, text in pointed),
        ok=len(accepted),
        ok_wrong=len(accepted) - len(assign(labels, accepted, _all_right)),
        ok_digits_wrong=len(accepted) - len(assign(labels, accepted, ReadingLabel.matches)),
        strings=len(shown),
    )


def match_digits(boxes: Sequence[Box], readings: Sequence[Reading]) -> tuple[int, int]:
    """Count the boxes found with the right label, one digit for one box, and all digits returned."""
    digits = [d for r in readings for d in r.digits]
    if not boxes or not digits:
        return 0, len(digits)
    truth = np.array([[b.x, b.y, b.x + b.width, b.y + b.height] for b in boxes], np.float64)
    overlap = overlaps(truth, hulls(digits))
    overlap[[[b.digit not in ("?", d.digit) for d in digits] for b in boxes]] = 0
    hits = 0
    while overlap.max() >= IOU:
        i, j = np.unravel_index(overlap.argmax(), overlap.shape)
        overlap[i, :] = overlap[:, j] = 0
        hits += 1
    return hits, len(digits)


def hulls(digits: Sequence[Digit]) -> NDArray[np.float64]:
    """Left, top, right and bottom of digits, `(N, 4)`."""
    sides = [[*digit.corners.min(axis=0), *digit.corners.max(axis=0)] for digit in digits]
    return np.array(sides, np.float64).reshape(-1, 4)


def _all_right(label: ReadingLabel, text: str) -> bool:
    if label.has_point and not label.point_matches(text):
        return False
    return label.matches(text) and label.sign_matches(text)


def assign(
    labels: Sequence[ReadingLabel], texts: Sequence[str], right: Callable[[ReadingLabel, str], bool]
) -> list[tuple[ReadingLabel, str]]:
    """Pair labels and texts, best ranked text first, each once."""
    # A label that leaves less open chooses first: what it accepts, a looser one may accept too.
    open_labels = sorted(labels, key=lambda label: ("~" in label.text, label.text.count("?")))
    pairs = []
    for text in texts:
        label = next((label for label in open_labels if right(label, text)), None)
        if label is not None:
            open_labels.remove(label)
            pairs.append((label, text))
    return pairs


def overlaps(a: NDArray[np.floating], b: NDArray[np.floating]) -> NDArray[np.float64]:
    """Overlap `(N, M)` of boxes `(N, 4)` and `(M, 4)` given as left, top, right, bottom."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.prod(np.clip(high - low, 0, None), axis=2)
    areas = [np.prod(x[:, 2:] - x[:, :2], axis=1) for x in (a, b)]
    return np.asarray(inner / np.maximum(areas[0][:, None] + areas[1][None, :] - inner, 1e-9))
