"""What the network learns from: crops of all sources in one table, with the targets of both heads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..crops import cut
from .apart import apart
from .dataset import Box, Dataset, Image, Kind, Sample, find
from .errors import DatasetError
from .labels import NONE
from .synthesize import UNKNOWN, Samples

TRAINING = -1
"""Fold of crops that are never held out."""
STRIP_FOLD = 9
"""Fold of the strips that their manifest sets aside."""
HOLD_OUT = (3, STRIP_FOLD)
"""Folds that validate and calibrate."""

_SPREAD = 0.6
"""Standard deviation in tenths of the wheel's target: people read a drum no better."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """N crops and what they show."""

    crops: Image
    """`(N, 32, 32)`, preprocessed as at run time."""
    digit: NDArray[np.int64]
    """The digit, of a drum the one that it last showed in full; `NONE` where there is none."""
    tenth: NDArray[np.int64]
    """How far a drum has turned."""
    drum: NDArray[np.bool_]
    """True where `tenth` has been measured."""
    domain: NDArray[np.str_]
    """Where the crop comes from."""
    fold: NDArray[np.int64]
    """Crops of one device or picture share a fold."""
    rendered: NDArray[np.bool_]
    """True for synthetic crops."""

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, rows: NDArray[Any]) -> Corpus:
        return Corpus(**{name: column[rows] for name, column in vars(self).items()})

    @property
    def nearest(self) -> NDArray[np.int64]:
        """The class that is right: of a drum the digit that fills most of the window."""
        return np.where(self.digit == NONE, NONE, (self.digit + (self.tenth >= 5)) % 10)

    @property
    def between(self) -> NDArray[np.bool_]:
        """True where no class is right, since a drum shows two digits."""
        return (self.tenth >= 3) & (self.tenth <= 7)

    def digit_targets(self, smoothing: float = 0.0) -> NDArray[np.float32]:
        """Probabilities `(N, 11)`; between two digits of a drum both have their part."""
        rows = np.arange(len(self))
        part = np.clip((self.tenth / 10 - 0.2) / 0.6, 0, 1)
        part[np.isclose(part, 0) | (self.digit == NONE)] = 0
        part[np.isclose(part, 1)] = 1
        targets = np.full((len(self), NONE + 1), smoothing / (NONE + 1), np.float32)
        targets[rows, self.digit] += (1 - smoothing) * (1 - part)
        targets[rows, np.where(self.digit == NONE, NONE, (self.digit + 1) % 10)] += (1 - smoothing) * part
        return targets

    def wheel_targets(self) -> NDArray[np.float32]:
        """Probabilities `(N, 10)` around the tenth, on a circle: 9 is next to 0."""
        distance = np.abs(np.arange(10) - self.tenth[:, None])
        weight = np.exp(-(np.minimum(distance, 10 - distance) ** 2) / (2 * _SPREAD**2))
        return np.asarray(weight / weight.sum(axis=1, keepdims=True), np.float32)


def join(parts: Sequence[Corpus]) -> Corpus:
    """All crops of several corpora."""
    return Corpus(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])})


def from_folders(folders: Iterable[Path], seed: int, apart_from: Sequence[Path] = ()) -> Corpus:
    """Crops of data sets: cut-out digits as they are, strips by their boxes and around them.

    What is in the data sets `apart_from` too is left out.
    """
    datasets = find(folders)
    if apart_from:
        datasets = apart(datasets, apart_from)
    parts = [part for dataset in datasets for part in _from_dataset(dataset, seed)]
    if not parts:
        raise DatasetError("no crops and no strips with boxes in these folders")
    return join(parts)


def from_samples(samples: Samples, fold: int = TRAINING) -> Corpus:
    """Rendered crops."""
    drum = (samples.domain == "drum") & (samples.wheel != UNKNOWN)
    # The renderer names the digit that fills most of the window, which from .5 on is the one that comes up.
    digit = np.where(samples.digit == NONE, NONE, (samples.digit - (samples.wheel >= 5)) % 10)
    return Corpus(
        samples.images,
        digit,
        np.maximum(samples.wheel, 0).astype(np.int64),
        drum & (samples.digit != NONE),
        samples.domain,
        np.full(len(samples), fold),
        np.ones(len(samples), bool),
    )


def _from_dataset(dataset: Dataset, seed: int) -> Iterable[Corpus]:
    rng = np.random.default_rng(seed)
    crops, labels, folds, domains = [], [], [], []
    for crop, sample in dataset.crops():
        label = sample.crop
        if label is None or (label.digit is None and not label.blank):
            continue
        crops.append(crop)
        digit = NONE if label.digit is None else label.digit
        labels.append((digit, label.tenth or 0, label.tenth is not None))
        folds.append(int(sample.columns.get("fold") or TRAINING))
        device = sample.columns.get("device")
        domains.append(f"{dataset.name}/{device}" if device else dataset.name)
    if crops:
        yield _table(np.stack(crops), labels, folds, domains)
    for sample in dataset.of_kind(Kind.STRIP):
        fold = STRIP_FOLD if sample.columns.get("split") == "val" else TRAINING
        quads, digits = _strip_quads(sample, rng)
        if quads:
            made = cut(sample.grey(), np.stack(quads))
            domains = [f"{dataset.name}/none" if digit == NONE else dataset.name for digit in digits]
            yield _table(made, [(d, 0, False) for d in digits], [fold] * len(digits), domains)


def _table(crops: Image, labels: list[tuple[int, int, bool]], folds: list[int], domains: list[str]) -> Corpus:
    digit, tenth, drum = zip(*labels, strict=True)
    return Corpus(
        crops,
        np.array(digit, np.int64),
        np.array(tenth, np.int64),
        np.array(drum, bool),
        np.array(domains),
        np.array(folds, np.int64),
        np.zeros(len(crops), bool),
    )


def _strip_quads(sample: Sample, rng: np.random.Generator) -> tuple[list[NDArray[np.float32]], list[int]]:
    """Boxes on the digits, loose and tight, and on what is none: halves, parts, pairs and surroundings."""
    boxes = [box for box in sample.boxes if box.digit.isdigit()]
    quads: list[NDArray[np.float32]] = []
    digits: list[int] = []

    def take(x: float, y: float, width: float, height: float, digit: int) -> None:
        quads.append(np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32))
        digits.append(digit)

    for box in boxes:
        x, y, w, h = box.x, box.y, box.width, box.height
        for _ in range(4):
            # The labelled boxes are loose by about a tenth.
            dx, dy = rng.normal(0, 0.04, 2) * h
            tall, wide = h * 0.9 * np.exp(rng.normal(0, 0.06)), w * 0.9 * np.exp(rng.normal(0, 0.08))
            take(x + w / 2 + dx - wide / 2, y + h / 2 + dy - tall / 2, wide, tall, int(box.digit))
        across, down = rng.choice([-1, 1], 2)
        take(x + across * w * rng.uniform(0.55, 0.75), y, w, h, NONE)
        take(x, y + down * h * rng.uniform(0.6, 0.9), w, h, NONE)
        part = rng.uniform(0.15, 0.4)
        take(x + rng.uniform(0, 1 - part) * w, y + rng.uniform(0, 1 - part) * h, w * part, h * part, NONE)
    ordered = sorted(boxes, key=lambda b: b.x)
    for left, right in pairwise(ordered):
        if rng.random() < 0.5 and right.x > left.x + 0.5 * left.width:
            top = min(left.y, right.y)
            bottom = max(left.y + left.height, right.y + right.height)
            take(left.x, top, right.x + right.width - left.x, bottom - top, NONE)
    for x, y, size in _outside(sample, boxes, rng):
        take(x, y, size * rng.uniform(0.3, 1), size, NONE)
    return quads, digits


def _outside(
    sample: Sample, boxes: Sequence[Box], rng: np.random.Generator
) -> Iterable[tuple[float, float, float]]:
    height, width = sample.grey().shape
    for _ in range(8):
        size = rng.uniform(min(height, 15), min(height, width, 100) * 0.9)
        x, y = rng.uniform(0, width - size), rng.uniform(0, height - size)
        apart = all(
            x + size < b.x or x > b.x + b.width or y + size < b.y or y > b.y + b.height for b in boxes
        )
        if apart:
            yield x, y, size
