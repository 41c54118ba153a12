"""Which stage of the program lost a reading, by what was read and by what the stages say on their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ..config import DisplayConfig
from ..readings import Digit, Reading
from .alignment import Alignment, align
from .dataset import Box, Image
from .labels import NONE, ReadingLabel
from .matching import IOU, assign, hulls, overlaps


class Stage(str, Enum):
    """Where a reading was lost, in the order of the stages."""

    NOT_PROPOSED = "not proposed"
    REJECTED = "rejected"
    MISLABELLED = "mislabelled"
    BROKEN = "line broken"
    DECIMAL = "decimal"
    BEHIND = "ranked behind"


@dataclass(frozen=True, eq=False)
class Clues:
    """What the first stages say of a picture."""

    proposals: NDArray[np.float32]
    """`(N, 4)`: left, top, right, bottom of what may be a digit."""
    classes: NDArray[np.int64]
    """`(N,)`: what the classifier takes each for, `NONE` for no digit."""
    found: NDArray[np.float32]
    """`(M, 4)`: the digits that the localizer is left with."""


Search = Callable[[Image, Sequence[DisplayConfig]], Clues]
"""Lets the first stages look at a picture."""

NO_CLUES = Clues(np.zeros((0, 4), np.float32), np.zeros(0, np.int64), np.zeros((0, 4), np.float32))


@dataclass(frozen=True)
class Loss:
    """A reading that was not read right."""

    label: ReadingLabel
    read: str | None
    """The text that comes closest to it."""
    stage: Stage
    boxes: Sequence[Box] = ()
    """Where its digits are, as far as somebody has drawn that."""


def losses(
    labels: Sequence[ReadingLabel],
    boxes: Sequence[Sequence[Box]],
    readings: Sequence[Reading],
    look: Callable[[], Clues] = lambda: NO_CLUES,
) -> list[Loss]:
    """Tell of every label that no reading meets why, from the readings of a picture, ranked best first.

    `boxes` are those of each label, empty where nobody drew them; `look` is asked only when they do not tell.
    """
    texts = [reading.text for reading in readings if reading.text]
    digits = [digit for reading in readings for digit in reading.digits]
    read = {label: text for label, text in assign(labels, texts[: len(labels)], ReadingLabel.matches)}
    rest = [text for text in texts if text not in read.values()]
    found = []
    for label, own in zip(labels, boxes, strict=True):
        if label in read:
            if label.has_point and not label.point_matches(read[label]):
                found.append(Loss(label, read[label], Stage.DECIMAL, own))
            continue
        behind = next((text for text in rest if label.matches(text)), None)
        if behind is not None:
            found.append(Loss(label, behind, Stage.BEHIND, own))
            continue
        closest = min((align(label, text) for text in rest), key=lambda one: one.cost, default=None)
        stage = _by_boxes(own, digits, look()) if own else _by_text(label, closest, rest, look)
        found.append(Loss(label, None if closest is None else closest.text, stage, own))
    return found


def _by_boxes(boxes: Sequence[Box], digits: Sequence[Digit], clues: Clues) -> Stage:
    """The first stage that lost any of a reading's digits; its line, if all of them were read right."""
    truth = np.array([[b.x, b.y, b.x + b.width, b.y + b.height] for b in boxes], np.float64)
    stages = [_of_digit(box, place, digits, clues) for box, place in zip(boxes, truth, strict=True)]
    order = list(Stage)
    return min((stage for stage in stages if stage is not None), key=order.index, default=Stage.BROKEN)


def _of_digit(box: Box, place: NDArray[np.float64], digits: Sequence[Digit], clues: Clues) -> Stage | None:
    """The stage that lost a digit; None where it was read right."""
    over = overlaps(place[None], hulls(digits))[0]
    read = [digit.digit for digit, share in zip(digits, over, strict=True) if share >= IOU]
    if read:
        return None if box.digit == "?" or box.digit in read else Stage.MISLABELLED
    if (overlaps(place[None], clues.found) >= IOU).any():
        return Stage.BROKEN
    near = clues.classes[overlaps(place[None], clues.proposals)[0] >= IOU]
    if not len(near):
        return Stage.NOT_PROPOSED
    return Stage.REJECTED if (near == NONE).all() else Stage.BROKEN


def _by_text(
    label: ReadingLabel, closest: Alignment | None, texts: Sequence[str], look: Callable[[], Clues]
) -> Stage:
    """The likeliest stage where nobody drew boxes: what has half of the digits is the reading, gone wrong."""
    digits = label.digits
    if any(label.matches(a + b) for a in texts for b in texts if a is not b):
        return Stage.BROKEN
    if closest is not None and 2 * closest.right >= len(digits):
        return Stage.MISLABELLED if closest.wrong > closest.missing + closest.surplus else Stage.BROKEN
    clues = look()
    seen = Counter(str(name) for name in clues.classes if name != NONE)
    known = sum(min(count, seen[char]) for char, count in Counter(digits.replace("?", "")).items())
    # Digits that the classifier knew were lost when lines were made of them.
    if 3 * known >= 2 * len(digits):
        return Stage.BROKEN
    return Stage.REJECTED if len(clues.proposals) and 3 * known >= len(digits) else Stage.NOT_PROPOSED
