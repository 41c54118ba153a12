from __future__ import annotations

import numpy as np
import pytest

from digitstream.reduction import halvings, reduce


@pytest.mark.parametrize(
    ("size", "reduced", "factor"),
    [
        ((480, 640), (120, 160), 4),
        ((720, 1280), (180, 320), 4),
        ((1080, 1920), (135, 240), 8),
        ((2160, 3840), (135, 240), 16),
        ((640, 480), (160, 120), 4),
        ((577, 721), (144, 180), 4),
        ((100, 90), (100, 90), 1),
        ((1, 1), (1, 1), 1),
    ],
)
def test_reduce_halves_exactly(size: tuple[int, int], reduced: tuple[int, int], factor: int) -> None:
    picture = np.random.default_rng(1).integers(0, 256, size, np.uint8)
    small, by = reduce(picture)
    assert (small.shape, by) == (reduced, factor)
    whole = picture[: reduced[0] * factor, : reduced[1] * factor].astype(float)
    mean = whole.reshape(reduced[0], factor, reduced[1], factor).mean(axis=(1, 3))
    assert np.abs(small - mean).max() <= 2


def test_the_halvings_begin_with_the_picture_and_end_with_the_reduced_one() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (1080, 1920), np.uint8)
    levels = halvings(picture)
    assert [level.shape for level in levels] == [(1080, 1920), (540, 960), (270, 480), (135, 240)]
    assert levels[0] is picture
