from __future__ import annotations

from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from digitstream.convert.batches import Mixture, batches
from digitstream.convert.corpus import Corpus
from digitstream.convert.labels import NONE

MIXTURE = Mixture(size=32, synthetic_share=0.75, none_share=0.1, emphasis={}, seed=1)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """60 crops of a device and 200 rendered ones, each of its own grey; a third of them no digits."""
    n = 260
    crops = np.random.default_rng(1).integers(0, 255, (n, 32, 32), dtype=np.uint8)
    return Corpus(
        crops=crops,
        digit=np.resize([3, 5, NONE], n),
        tenth=np.zeros(n, np.int64),
        drum=np.zeros(n, bool),
        domain=np.where(np.arange(n) < 60, "meter", "print"),
        fold=np.full(n, -1),
        rendered=np.arange(n) >= 60,
    )


def test_rendered_and_real_crops_come_in_their_shares(corpus: Corpus) -> None:
    chances = MIXTURE.chances(corpus)
    assert chances.sum() == pytest.approx(1)
    assert chances[corpus.digit == NONE].sum() == pytest.approx(0.1)
    assert chances[corpus.rendered].sum() == pytest.approx(0.75, abs=0.05)


def test_emphasis_makes_a_domain_come_more_often(corpus: Corpus) -> None:
    mixed = replace(corpus, domain=np.where(np.arange(len(corpus)) % 2 == 0, "house", corpus.domain))
    plain, stressed = (replace(MIXTURE, emphasis=e).chances(mixed) for e in ({}, {"house": 2.0}))
    assert stressed[mixed.domain == "house"].sum() > 1.2 * plain[mixed.domain == "house"].sum()


def test_a_batch_depends_on_its_step_alone(corpus: Corpus, tmp_path: Path) -> None:
    first = list(batches(corpus, MIXTURE, range(3, 6), tmp_path))
    (again,) = batches(corpus, MIXTURE, range(5, 6), tmp_path)
    rows, crops = first[2]
    assert np.array_equal(crops, again[1])
    assert np.array_equal(rows, again[0])
    assert crops.shape == (32, 32, 32)
    assert crops.dtype == np.uint8
    assert not np.array_equal(first[0][1], crops)


def test_processes_make_the_same_batches_in_the_same_order(corpus: Corpus, tmp_path: Path) -> None:
    alone = list(batches(corpus, MIXTURE, range(9), tmp_path))
    together = list(batches(corpus, MIXTURE, range(9), tmp_path, workers=2))
    assert len(alone) == len(together) == 9
    for (rows, crops), (other_rows, other_crops) in zip(alone, together, strict=True):
        assert np.array_equal(rows, other_rows)
        assert np.array_equal(crops, other_crops)


def test_a_run_that_stops_early_leaves_no_process(corpus: Corpus, tmp_path: Path) -> None:
    made = batches(corpus, MIXTURE, range(1000), tmp_path, workers=2)
    next(made)
    assert len(active_children()) == 2
    made.close()
    assert not active_children()
