from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from digitstream.convert.disturbances import (
    Maker,
    Times,
    exposure,
    flicker,
    focus,
    glare,
    hand,
    multiplexed,
    passing_shadow,
)

SIZE = 160, 120
QUADS = np.array([[[x, 40], [x + 20, 40], [x + 20, 80], [x, 80]] for x in (40, 70, 100)], np.float32)
ONCE = Times(1.0, 100.0, 2.0)


def picture() -> np.ndarray:
    noise = np.random.default_rng(0).integers(60, 200, (SIZE[1], SIZE[0]))
    return noise.astype(np.uint8)


@pytest.mark.parametrize(
    "maker",
    [
        partial(hand, times=ONCE),
        partial(passing_shadow, times=ONCE),
        partial(focus, times=ONCE, blur=8.0),
        partial(exposure, times=ONCE),
    ],
)
def test_it_comes_and_goes(maker: Maker) -> None:
    disturb = maker(np.random.default_rng(3), SIZE)
    same = [time for time in (0.5, 1.4, 1.8, 3.1) if (disturb(picture(), time, [])[0] == picture()).all()]
    assert same == [0.5, 3.1]


def test_only_a_hand_covers() -> None:
    _, mask = hand(np.random.default_rng(3), SIZE, ONCE)(picture(), 2.0, [])
    assert mask is not None
    assert 0.02 < (mask > 127).mean() < 0.9
    assert glare(np.random.default_rng(3), SIZE, 80.0, 6.0)(picture(), 2.0, [])[1] is None


def test_glare_only_brightens_and_wanders() -> None:
    disturb = glare(np.random.default_rng(3), SIZE, 80.0, 6.0)
    first, later = (disturb(picture(), time, [])[0].astype(int) - picture() for time in (0.0, 3.0))
    assert first.min() >= 0
    assert first.max() > 30
    assert not np.array_equal(first, later)


def test_a_lamp_keeps_the_mean() -> None:
    lit, _ = flicker(np.random.default_rng(3), SIZE, 0.1)(picture(), 0.3, [])
    assert lit.mean() == pytest.approx(picture().mean(), rel=0.05)
    assert np.abs(lit.mean(axis=1) - picture().mean(axis=1)).max() > 5


@pytest.mark.parametrize("seed", range(5))
def test_multiplexed_digits_stay_readable_and_nothing_else_changes(seed: int) -> None:
    even = np.full((SIZE[1], SIZE[0]), 100, np.uint8)
    disturb = multiplexed(np.random.default_rng(seed), SIZE)
    frames = [disturb(even.copy(), index / 25, [QUADS])[0] for index in range(8)]
    digits = np.stack([frame[40:80, 40:120] for frame in frames])
    assert digits.min() > 20
    assert digits.mean() == pytest.approx(100, rel=0.15)
    assert digits.std() > 3
    assert all((frame[:20] == 100).all() for frame in frames)
