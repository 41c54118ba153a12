from __future__ import annotations

import numpy as np
import pytest

from digitstream.convert.clutter import ambiguous
from digitstream.convert.fonts import Face
from digitstream.convert.segments import Segments
from digitstream.convert.synthesize import NONE, UNKNOWN, Samples, digit_crops
from digitstream.crops import EDGE


@pytest.fixture(scope="module")
def samples() -> Samples:
    return digit_crops(1500, 7, "held-out")


def test_shapes_and_classes(samples: Samples) -> None:
    assert samples.images.shape == (1500, 32, 32)
    assert samples.images.dtype == np.uint8
    assert len(samples) == len(samples.digit) == len(samples.wheel) == len(samples.domain)
    assert set(samples.digit.tolist()) == set(range(11))
    assert set(samples.wheel.tolist()) == {UNKNOWN, *range(10)}


def test_a_third_is_no_digit(samples: Samples) -> None:
    assert 0.25 < float((samples.digit == NONE).mean()) < 0.45


def test_digits_are_balanced(samples: Samples) -> None:
    counts = np.bincount(samples.digit[samples.digit != NONE], minlength=10)
    assert counts.min() > 0.6 * counts.mean()


def test_every_kind_of_display_is_there(samples: Samples) -> None:
    assert {"drum", "lcd", "led", "dots", "print", "house", "clutter"} <= set(samples.domain.tolist())


def test_only_drums_turn(samples: Samples) -> None:
    assert set(samples.domain[samples.wheel > 0].tolist()) == {"drum"}
    assert not samples.wheel[samples.digit == NONE].any()


def test_digits_have_contrast(samples: Samples) -> None:
    middle = samples.images[samples.digit != NONE, EDGE:-EDGE, EDGE:-EDGE]
    assert middle.std(axis=(1, 2)).min() > 44


def test_the_seed_decides(samples: Samples) -> None:
    again, other = digit_crops(200, 7, "held-out"), digit_crops(200, 8, "held-out")
    assert np.array_equal(again.images, samples.images[:200])
    assert np.array_equal(again.digit, samples.digit[:200])
    assert not np.array_equal(again.images, other.images)


@pytest.mark.slow
def test_workers_change_nothing(samples: Samples) -> None:
    parallel = digit_crops(1000, 7, "held-out", workers=2)
    assert np.array_equal(parallel.images, samples.images[:1000])


def test_no_crops() -> None:
    assert digit_crops(0, 1).images.shape == (0, 32, 32)


@pytest.mark.parametrize("char", "OIl|")
def test_twins_of_digits_are_no_counterexamples(char: str) -> None:
    assert ambiguous(Face("Aileron", "Regular", ""), char)


@pytest.mark.parametrize("char", "AkmWX$%")
def test_other_letters_are(char: str) -> None:
    assert not ambiguous(Face("Aileron", "Regular", ""), char)


def test_letters_of_seven_segments() -> None:
    assert not ambiguous(Segments(), "H")
    assert not ambiguous(Segments(), "L")
