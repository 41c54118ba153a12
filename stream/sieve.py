"""Which proposals are worth the network's time: a perceptron that glances at each.

A cheap stage that leaves little for the dear one: Viola & Jones, "Rapid object detection using a boosted
cascade of simple features", CVPR 2001.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .crops import MARGIN
from .frames import Boxes, Luma
from .reduction import halvings

Floats = NDArray[np.float32]

CELLS = 12
"""Samples along each side of a box."""
FEATURES = CELLS * CELLS + 3
"""Numbers that the perceptron sees of a box."""
LEAST, HARDLY = -2.0, -5.0
"""Log odds of holding one whole digit from which a box is worth a look, and the best one in its place is."""
FEW, HOPELESS = 200, -9.0
"""Number of boxes up to which each with such log odds is: of digits that can hardly be seen there are no
better ones."""
_SAME = 0.3
"""Overlap from which two boxes are in one place."""
_FLAT = 4.0
"""Grey levels below which deviation is noise, and not made more of."""
_LEVELS_TO = 16
"""Shorter side, in pixels, down to which a picture is halved for its largest boxes."""
_AT_ONCE = 1024
"""Boxes that are looked at together: OpenCV maps no more than 32767 rows, and memory stays small."""
_NAME = "sieve.npz"

Layers = tuple[tuple[Floats, Floats], ...]
"""Weights `(inputs, outputs)` and biases of each layer."""


@dataclass(frozen=True, eq=False)
class Sieve:
    """Ranks boxes by the odds that they hold one whole digit."""

    layers: Layers

    @staticmethod
    @cache
    def load() -> Sieve:
        """Return the one that comes with the program."""
        return Sieve(read(Path(str(files(__package__) / "models" / _NAME))))

    def __call__(self, picture: Luma, boxes: Boxes, limit: int) -> Boxes:
        """Return at most `limit` of the boxes, those most like digits first.

        Where there are many, those that are like none are left out, unless they are the best in their place.
        """
        odds = self.odds(glance(picture, boxes))
        order = np.argsort(-odds, kind="stable")
        if len(boxes) <= FEW:
            return boxes[order[odds[order] > HOPELESS][:limit]]
        order = order[odds[order] > HARDLY][: 2 * limit]
        order = order[(odds[order] > LEAST) | _foremost(boxes[order])]
        return boxes[order[:limit]]

    def odds(self, features: Floats) -> Floats:
        """Log odds of being a digit `(N,)` from what `glance` saw."""
        values = features
        for weights, biases in self.layers[:-1]:
            values = np.maximum(values @ weights + biases, 0)
        weights, biases = self.layers[-1]
        return np.asarray((values @ weights + biases)[:, 0], np.float32)


def read(path: Path) -> Layers:
    """Read the layers that `write` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = [stored[name] for name in stored.files]
    return tuple(zip(arrays[::2], arrays[1::2], strict=True))


def write(path: Path, layers: Layers) -> None:
    """Write layers to a file."""
    np.savez(path, *(array for layer in layers for array in layer))


def glance(picture: Luma, boxes: Boxes) -> Floats:
    """Return what the perceptron sees of boxes `(N, 147)`: them and their margin, stretched and normalised.

    Shape, contrast and size come last.
    """
    levels = halvings(picture, 2 * _LEVELS_TO)
    parts = [_samples(levels, boxes[k : k + _AT_ONCE]) for k in range(0, len(boxes), _AT_ONCE)]
    seen = np.concatenate(parts) if parts else np.zeros((0, CELLS * CELLS), np.float32)
    off = seen - seen.mean(axis=1, keepdims=True)
    deviation = np.sqrt(np.einsum("ij,ij->i", off, off) / off.shape[1])
    width, height = boxes[:, 2], boxes[:, 3]
    others = np.log([width / height, np.sqrt(deviation + 1), np.sqrt(height)])
    off /= np.maximum(deviation, _FLAT)[:, None]
    return np.concatenate([off, others.T], axis=1).astype(np.float32)


def _samples(levels: list[Luma], boxes: Boxes) -> Floats:
    """Grey levels of boxes `(N, 144)`, each from the halving in which samples are a pixel or less apart."""
    margin = MARGIN * boxes[:, 3:]
    starts, sides = boxes[:, :2] - margin, boxes[:, 2:] + 2 * margin
    apart = np.maximum(sides.max(axis=1) / CELLS, 1)
    level = np.minimum(np.ceil(np.log2(apart)), len(levels) - 1).astype(np.intp)
    places = (np.arange(CELLS, dtype=np.float32) + 0.5) / CELLS
    seen = np.empty((len(boxes), CELLS, CELLS), np.float32)
    for one in np.unique(level).tolist():
        rows = np.flatnonzero(level == one)
        where = (starts[rows, None] + sides[rows, None] * places[:, None]) * 0.5**one - 0.5
        grid = np.empty((len(rows), CELLS, CELLS, 2), np.float32)
        grid[..., 0], grid[..., 1] = where[:, None, :, 0], where[:, :, None, 1]
        shown = cv2.remap(
            levels[one], grid.reshape(-1, CELLS, 2), np.zeros(0, np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        seen[rows] = shown.reshape(len(rows), CELLS, CELLS)
    return seen.reshape(len(boxes), -1)


def _foremost(boxes: Boxes) -> NDArray[np.bool_]:
    """Which boxes stand where none of those before them stands."""
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    sides = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    both = np.maximum(sides, 0).prod(axis=2)
    areas = boxes[:, 2:].prod(axis=1)
    same = both > _SAME * (areas[:, None] + areas - both)
    return np.asarray(~np.triu(same, 1).any(axis=0))
