from __future__ import annotations

import numpy as np
import pytest

from digitstream.convert.corpus import Corpus
from digitstream.convert.holdout import SHARE, held_out
from digitstream.convert.synthesize import digit_crops


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    return digit_crops(300, seed=4).images


def corpus(crops: np.ndarray, domain: list[str], fold: int = -1) -> Corpus:
    n = len(crops)
    zero, none = np.zeros(n, np.int64), np.zeros(n, bool)
    return Corpus(crops, np.arange(n) % 10, zero, none, np.array(domain), np.full(n, fold), none)


def test_folds_decide_where_there_are_any(crops: np.ndarray) -> None:
    known = corpus(crops, ["a"] * 300)
    known.fold[:7] = 3
    assert np.flatnonzero(held_out(known, (3,))).tolist() == [*range(7)]


def test_whole_devices_are_held_out(crops: np.ndarray) -> None:
    kept = held_out(corpus(crops, [f"set/device{i // 10}" for i in range(300)]))
    assert {*kept.reshape(30, 10).sum(axis=1).tolist()} == {0, 10}
    assert kept.mean() == pytest.approx(SHARE, abs=0.05)


def test_crops_that_look_alike_stay_together(crops: np.ndarray) -> None:
    same = np.repeat(crops[:150], 2, axis=0)
    noise = np.random.default_rng(1).integers(0, 2, same.shape, np.uint8)
    pairs = corpus(np.minimum(same, 254) + noise, ["set"] * 300)
    pairs.digit[:] = np.repeat(np.arange(150) % 10, 2)
    kept = held_out(pairs)
    assert kept.mean() == pytest.approx(SHARE, abs=0.05)
    apart = kept[::2] != kept[1::2]
    assert apart.mean() < 0.03


def test_the_same_crops_are_held_out_on_every_run(crops: np.ndarray) -> None:
    known = corpus(crops, ["set"] * 300)
    assert np.array_equal(held_out(known), held_out(known))
    assert not held_out(known[np.zeros(300, bool)]).size
