from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.convert.augment import _reflection, _surrounded, augment
from digitstream.crops import normalise

NO = np.zeros(300, bool)


@pytest.fixture
def crops() -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:32, :32]
    bars = np.stack([(columns > 8 + i % 5) & (columns < 18) & (rows > 4) & (rows < 28) for i in range(300)])
    return normalise((bars * 180 + 40).astype(np.uint8))


def test_the_same_random_numbers_give_the_same_crops(crops: NDArray[np.uint8]) -> None:
    still = np.zeros(len(crops), bool)
    first, again = (augment(crops, np.random.default_rng(5), still, still) for _ in range(2))
    assert np.array_equal(first, again)


def test_crops_stay_normalised(crops: NDArray[np.uint8]) -> None:
    made = augment(crops, np.random.default_rng(5), NO, NO)
    assert made.shape == crops.shape
    assert made.dtype == np.uint8
    # Normalising again finds little to do: clipping moves a few bright or dark crops.
    assert np.abs(made.astype(float) - normalise(made)).mean() < 3


def test_crops_change_but_mostly_keep_what_they_show(crops: NDArray[np.uint8]) -> None:
    made = augment(crops, np.random.default_rng(5), ~NO, NO).reshape(300, -1).astype(float)
    before = crops.reshape(300, -1).astype(float)
    likeness = np.abs(((made - 128) * (before - 128)).mean(axis=1)) / 60**2
    assert (likeness > 0.35).mean() > 0.8
    assert (likeness < 0.999).mean() > 0.9


def test_some_crops_are_inverted(crops: NDArray[np.uint8]) -> None:
    made = augment(crops, np.random.default_rng(5), NO, NO)
    inverted = made[:, 12:20, 12:16].mean(axis=(1, 2)) < 100
    assert 0.15 < inverted.mean() < 0.45


def test_the_originals_are_left_alone(crops: NDArray[np.uint8]) -> None:
    before = crops.copy()
    augment(crops, np.random.default_rng(5), NO, NO)
    assert np.array_equal(crops, before)


def test_rendered_crops_get_fewer_faults(crops: NDArray[np.uint8]) -> None:
    off = [
        np.abs(augment(crops, np.random.default_rng(5), ~NO, rendered).astype(float) - crops).mean()
        for rendered in (~NO, NO)
    ]
    assert off[0] < off[1]


@pytest.mark.parametrize("drum", [False, True])
def test_the_surroundings_of_another_digit_leave_the_middle_as_it_is(
    crops: NDArray[np.uint8], drum: bool
) -> None:
    digit, other = crops[0].astype(np.float32), np.full((32, 32), 77, np.float32)
    rng = np.random.default_rng(1)
    changed = [_surrounded(digit, other, rng, np.bool_(drum)) != digit for _ in range(200)]
    ever = np.any(changed, axis=0)
    assert not ever[3:-3, 5:-5].any()
    assert ever[10, 0]
    assert ever[10, -1]
    # How far a drum has turned is where in the window its digit stands.
    assert ever[0, 16] != drum


def test_a_reflection_has_an_edge_and_another_side(crops: NDArray[np.uint8]) -> None:
    digit, rng = crops[0].astype(np.float32), np.random.default_rng(1)
    shares = [float(np.isclose(_reflection(digit, rng), digit).mean()) for _ in range(100)]
    assert 0.2 < np.mean(shares) < 0.8
    assert min(shares) < 0.2 < 0.8 < max(shares)
