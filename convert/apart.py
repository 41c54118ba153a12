"""Keep what a network is judged by out of what it learns."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from .dataset import Dataset, Kind, Sample, find
from .duplicates import Fingerprint, alike, fingerprint, same

DIFFERENCE = 0.4
"""More than two pictures may differ to be called the same elsewhere: one too many costs little."""

log = logging.getLogger(__name__)


def apart(datasets: Sequence[Dataset], others: Iterable[Path]) -> list[Dataset]:
    """Leave out the crops that are in the data sets `others` too, also scaled, squeezed or saved again."""
    judging = [sample for dataset in find(others) for sample in dataset.of_kind(Kind.CROP)]
    learning = [sample for dataset in datasets for sample in dataset.of_kind(Kind.CROP)]
    prints = [_print(sample) for sample in (*judging, *learning)]
    shared: set[Path] = set()
    for pairs in (same(prints), *(pairs for pairs, _ in alike(prints, DIFFERENCE))):
        across = (pairs[:, 0] < len(judging)) & (pairs[:, 1] >= len(judging))
        shared |= {learning[row - len(judging)].path for row in pairs[across, 1].tolist()}
    if shared:
        log.warning("%d crops are left out: they are in the data sets to keep apart from too", len(shared))
    return [
        replace(dataset, samples=tuple(s for s in dataset.samples if s.path not in shared))
        for dataset in datasets
    ]


def _print(sample: Sample) -> Fingerprint:
    return fingerprint(sample.picture(), single=True)
