"""What a network must not learn, so that it can be judged: other devices, or at least other pictures."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..crops import SIZE
from .corpus import HOLD_OUT, Corpus
from .dataset import Image

SHARE = 0.2
"""Part of the crops that is held out where the data set does not say which."""
_FEWEST = 5
"""Devices that it takes to hold one of them out."""
_BLOCKS = 4


def held_out(corpus: Corpus, folds: Sequence[int] = HOLD_OUT) -> NDArray[np.bool_]:
    """Rows of these folds; where there are none, some devices, or groups of crops that look alike."""
    kept = np.isin(corpus.fold, folds)
    return kept if kept.any() or not len(corpus) else _some(_groups(corpus))


def _groups(corpus: Corpus) -> NDArray[np.str_]:
    """What must stay together: crops of a device, or where there are few devices, crops that look alike."""
    if len(np.unique(corpus.domain)) >= _FEWEST:
        return corpus.domain
    return np.char.add(np.char.add(corpus.digit.astype("U3"), "-"), _looks(corpus.crops).astype("U6"))


def _looks(crops: Image) -> NDArray[np.int64]:
    """A number for each crop that similar ones share: which parts are brighter than the whole."""
    size = SIZE // _BLOCKS
    blocks = crops.reshape(-1, _BLOCKS, size, _BLOCKS, size).mean(axis=(2, 4)).reshape(len(crops), -1)
    brighter = blocks > blocks.mean(axis=1, keepdims=True)
    return np.asarray(brighter @ (1 << np.arange(_BLOCKS**2)), np.int64)


def _some(groups: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Rows of groups drawn by their names, until these are a fifth of all."""
    names, index, counts = np.unique(groups, return_inverse=True, return_counts=True)
    order = sorted(range(len(names)), key=lambda i: zlib.crc32(str(names[i]).encode()))
    chosen = np.zeros(len(names), bool)
    taken = 0
    for i in order:
        # A group that would take far more than the share stays in training.
        if taken + counts[i] <= SHARE * len(groups) * 1.25:
            chosen[i] = True
            taken += int(counts[i])
        if taken >= SHARE * len(groups):
            break
    return np.asarray(chosen[index])
