"""The batches of a training run: crops drawn by source and kind, and changed, by several processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .augment import augment
from .corpus import Corpus
from .dataset import Image
from .labels import NONE

Batch = tuple[NDArray[np.int64], Image]
"""Rows of a corpus, and their crops `(size, 32, 32)`, changed."""

CROPS = "crops.npy"

_AHEAD = 3
"""Batches that wait for the network, or are being made, for each process."""


@dataclass(frozen=True)
class Mixture:
    """What a batch is made of."""

    size: int
    synthetic_share: float
    """Part that is rendered."""
    none_share: float
    """Part that is no digit."""
    emphasis: dict[str, float]
    """Domains that come more often than the square root of their size."""
    seed: int

    def chances(self, corpus: Corpus) -> NDArray[np.float64]:
        """Chances of each crop: a domain's by the square root of its size, within the share of its kind."""
        names, index, counts = np.unique(corpus.domain, return_inverse=True, return_counts=True)
        share = np.sqrt(counts) * [self.emphasis.get(str(name), 1.0) for name in names]
        rendered = np.zeros(len(names), bool)
        rendered[index[corpus.rendered]] = True
        for part, total in ((rendered, self.synthetic_share), (~rendered, 1 - self.synthetic_share)):
            if part.any():
                share[part] *= total / share[part].sum()
        chances = (share / counts)[index]
        none = corpus.digit == NONE
        if none.any() and not none.all():
            chances[none] *= self.none_share / chances[none].sum()
            chances[~none] *= (1 - self.none_share) / chances[~none].sum()
        return np.asarray(chances)


@dataclass(frozen=True, eq=False)
class _Table:
    """What a process needs to make batches."""

    crops: Path
    """File of `(N, 32, 32)`, which the processes share."""
    chances: NDArray[np.float64]
    """Running sum of the crops' chances."""
    drum: NDArray[np.bool_]
    rendered: NDArray[np.bool_]
    size: int
    seed: int

    def maker(self) -> Callable[[int], Batch]:
        """A function that makes the batch of a step."""
        crops = np.load(self.crops, mmap_mode="r")

        def make(step: int) -> Batch:
            rng = np.random.default_rng((self.seed, step))
            rows = self.chances.searchsorted(rng.random(self.size) * self.chances[-1])
            return rows, augment(np.asarray(crops[rows]), rng, self.drum[rows], self.rendered[rows])

        return make


def batches(
    corpus: Corpus, mixture: Mixture, steps: range, folder: Path, workers: int = 1
) -> Generator[Batch]:
    """The batch of each step, which alone decides what is in it; made ahead by a thread or several processes.

    They read the crops from a file in `folder`.
    """
    path = folder / CROPS
    np.save(path, corpus.crops)
    table = _Table(
        path, mixture.chances(corpus).cumsum(), corpus.drum, corpus.rendered, mixture.size, mixture.seed
    )
    if workers <= 1:
        with ThreadPoolExecutor(1) as thread:
            yield from _in_order(thread, table.maker(), steps, 1)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _prepare, (table,)) as pool:
        yield from _in_order(pool, _make, steps, _AHEAD * workers)


def _in_order(
    pool: Executor, make: Callable[[int], Batch], steps: Iterable[int], ahead: int
) -> Iterator[Batch]:
    """What comes out for each step, while that of the next ones is made."""
    upcoming: deque[Future[Batch]] = deque()
    for step in steps:
        upcoming.append(pool.submit(make, step))
        if len(upcoming) > ahead:
            yield upcoming.popleft().result()
    while upcoming:
        yield upcoming.popleft().result()


_made_by: Callable[[int], Batch]


def _prepare(table: _Table) -> None:
    """Begin a process."""
    global _made_by
    cv2.setNumThreads(1)
    _made_by = table.maker()


def _make(step: int) -> Batch:
    return _made_by(step)
