"""Training of the sieve: which stable regions of a picture hold one whole digit."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import cv2
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from ..classifier import NONE, Classifier
from ..crops import cut
from ..proposals import regions, working_picture
from ..sieve import FEATURES, Layers, glance, write
from .dataset import Box, Image, Kind, load
from .marks import otherwise
from .matching import overlaps
from .optics import corners
from .scene_sets import SIZES, boxes
from .scenes import Scene
from .train import prepare

FITS, NEAR = 0.6, 0.45
"""Overlap of a box and a digit from which it holds just that, and from which it is learnt from for sure."""
_ROOM, _AS_HIGH, _COVERS = 0.05, 0.7, 0.5
"""Of its height, what the label of a digit on a strip leaves above and below; overlaps of rows and of all."""
READABLE = 0.3
"""Least probability of the digit for the network there: what cannot be read need not be found."""
PER_PICTURE = 1000
"""Most boxes of a picture that are near no digit."""
OTHERS = 5
"""Pictures that are made of each strip."""
_SCALES = 0.4, 1.2
"""How much smaller or larger they are."""
_TURNED, _TURN = 0.3, 12.0
"""Share of scenes whose displays are turned, and by how many degrees at most."""
_CLOSE = 0.2
"""Share of scenes that one display fills."""
_SEVERITY = 0.3, 1.0
"""How bad the camera is, from 0 to 1."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class SieveConfig:
    """Everything that decides what comes out of a training run."""

    data: tuple[Path, ...]
    """Manifest folders with strips of counters."""
    out: Path
    """The layers, an .npz."""
    pictures: int = 1500
    """Rendered scenes to learn from."""
    hidden: tuple[int, ...] = (96, 32)
    epochs: int = 12
    batch: int = 512
    rate: float = 2e-3
    """Highest learning rate."""
    workers: int = 1
    """Processes that render."""
    seed: int = 1


@dataclass(frozen=True, eq=False)
class Looks:
    """What was seen of the boxes of some pictures."""

    features: Floats
    """`(N, 147)` as at run time."""
    digit: NDArray[np.bool_]


def train_sieve(config: SieveConfig) -> Path:
    """Train and write the layers; the same configuration gives the same ones."""
    learn = looks_at(config)
    prepare(config.seed, "float32")
    model = keras.Sequential([keras.Input((FEATURES,))])
    for size in config.hidden:
        model.add(layers.Dense(size, activation="relu", kernel_initializer="he_normal"))
    model.add(layers.Dense(1))
    steps = -(-len(learn.digit) // config.batch) * config.epochs
    model.compile(
        keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(config.rate, steps), weight_decay=0.01),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
    )
    target = learn.digit.astype(np.float32)[:, None]
    model.fit(learn.features, target, batch_size=config.batch, epochs=config.epochs, verbose=2)
    config.out.parent.mkdir(parents=True, exist_ok=True)
    write(config.out, _layers(model))
    return config.out


def looks_at(config: SieveConfig) -> Looks:
    """Boxes of rendered scenes and of real strips; the same on every run, whatever the number of workers."""
    strips = [
        (sample.grey(), sample.boxes, sample.line)
        for folder in config.data
        for sample in load(folder).of_kind(Kind.STRIP)
        if sample.columns.get("split") != "val"
    ]
    scene, strip = partial(_of_scene, config.seed), partial(_of_strip, config.seed)
    if config.workers > 1:
        with ProcessPoolExecutor(config.workers, mp_context=get_context("spawn")) as pool:
            seen = list(pool.map(scene, range(config.pictures), chunksize=4))
            seen += chain(*pool.map(strip, strips, chunksize=4))
    else:
        seen = [scene(number) for number in range(config.pictures)]
        seen += chain(*map(strip, strips))
    features, digit = zip(*((one.features, one.digit) for one in seen), strict=True)
    return Looks(np.concatenate(features), np.concatenate(digit))


def _of_scene(seed: int, number: int) -> Looks:
    cv2.setNumThreads(1)
    own = 90_000_000 + 1_000_000 * seed + number
    rng = np.random.default_rng((own, 3))
    turned, close = rng.random() < _TURNED, rng.random() < _CLOSE
    scene = Scene(
        own,
        SIZES[int(rng.integers(len(SIZES)))],
        displays=1 if close else 2 if turned else 4,
        turn=float(rng.uniform(-_TURN, _TURN)) if turned else 0.0,
        heights=(0.12, 0.3) if close else (0.036, 0.12),
        severity=float(rng.uniform(*_SEVERITY)),
    )
    picture, shown = scene.render()
    luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    return _of_picture(Classifier.load(), luma, [box for one in shown for box in boxes(one)], own, tight=True)


def _of_strip(seed: int, strip: tuple[Image, Sequence[Box], int]) -> list[Looks]:
    """Look at a strip as it is, and at others that could have been taken of it."""
    cv2.setNumThreads(1)
    picture, digits, number = strip
    classifier, rng = Classifier.load(), np.random.default_rng((seed, number))
    found = [_of_picture(classifier, picture, digits, seed, tight=False)]
    for _ in range(OTHERS):
        k = float(rng.uniform(*_SCALES))
        luma = otherwise(rng, np.asarray(cv2.resize(picture, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)))
        own = [Box(b.digit, b.x * k, b.y * k, b.width * k, b.height * k) for b in digits]
        found.append(_of_picture(classifier, luma, own, seed, tight=False))
    return found


def _of_picture(classifier: Classifier, luma: Image, digits: Sequence[Box], seed: int, tight: bool) -> Looks:
    work, scale = working_picture(luma)
    found = regions(work)
    edges = np.concatenate([found[:, :2], found[:, :2] + found[:, 2:]], axis=1) * np.float32(scale)
    fits = np.zeros(len(edges), np.float32)
    for digit in digits:
        share = _overlap(edges, digit) if tight else _stands_for(edges, digit).astype(np.float64)
        near = np.flatnonzero(share > NEAR)
        crops = cut(luma, corners([tuple(box) for box in edges[near].tolist()]))
        likely = np.exp(classifier(crops).digits)
        # Nobody can tell what a wheel shows that is turning.
        chance = likely[:, int(digit.digit)] if digit.digit.isdigit() else likely[:, :NONE].max(axis=1)
        near = near[chance > READABLE]
        fits[near] = np.maximum(fits[near], share[near])
    others = np.random.default_rng(seed).permutation(np.flatnonzero(fits == 0))[:PER_PICTURE]
    rows = np.concatenate([np.flatnonzero(fits), others])
    return Looks(glance(work, found[rows]), fits[rows] > FITS)


def _overlap(edges: Floats, digit: Box) -> NDArray[np.float64]:
    """Intersection over union of boxes, given by their edges, and a digit."""
    sides = digit.x, digit.y, digit.x + digit.width, digit.y + digit.height
    return overlaps(edges, np.array([sides]))[:, 0]


def _stands_for(edges: Floats, digit: Box) -> NDArray[np.bool_]:
    """Which boxes hold a digit whose label leaves room around it, for a `1` all of its place."""
    left, top, right, bottom = edges.T
    low, high = digit.y + _ROOM * digit.height, digit.y + (1 - _ROOM) * digit.height
    both = np.minimum(bottom, high) - np.maximum(top, low)
    as_high = both > _AS_HIGH * (np.maximum(bottom, high) - np.minimum(top, low))
    if digit.digit != "1":
        return np.asarray(as_high & (_overlap(edges, digit) > _COVERS))
    off = np.abs(left + right - 2 * digit.x - digit.width)
    return np.asarray(as_high & (off < digit.width / 2) & (right - left < digit.width))


def _layers(model: keras.Model) -> Layers:
    arrays = [np.asarray(array, np.float32) for array in model.get_weights()]
    return tuple(zip(arrays[::2], arrays[1::2], strict=True))
