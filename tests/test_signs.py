from __future__ import annotations

import numpy as np

from digitstream.signs import Sign
from digitstream.similarity import Similarity

REGION = (20, 10, 20, 20)


def picture(contrast: int, x: int = 20) -> np.ndarray:
    """A sign of some contrast on even ground, in a little noise."""
    luma = np.full((60, 80), 120, np.uint8)
    luma[14:26, x + 4 : x + 12] += np.uint8(contrast)
    return luma + np.random.default_rng(contrast).integers(0, 3, luma.shape).astype(np.uint8)


def looks(sign: Sign, *contrasts: int) -> list[bool | None]:
    seen = []
    for contrast in contrasts:
        sign.look(picture(contrast))
        seen.append(sign.lit)
    return seen


def test_a_sign_is_known_once_it_was_seen_both_ways() -> None:
    assert looks(Sign(REGION), 0, 0, 60, 60, 0, 60) == [None, None, True, True, False, True]
    assert looks(Sign(REGION), 60, 60, 0) == [None, None, False]


def test_an_unlit_sign_may_shine_through() -> None:
    assert looks(Sign(REGION), 12, 60, 15, 55) == [None, True, False, True]


def test_a_sign_that_never_changes_tells_nothing() -> None:
    assert set(looks(Sign(REGION), *[60, 58, 61, 57] * 20)) == {None}


def test_a_glare_is_forgotten() -> None:
    sign = Sign(REGION)
    looks(sign, 0, 30, 130)
    assert looks(sign, 30) == [False]
    assert looks(sign, *[0, 30] * 600)[-2:] == [False, True]


def test_a_sign_moves_with_the_camera() -> None:
    sign = Sign(REGION)
    looks(sign, 0, 60, 0)
    sign.look(picture(60, x=50), Similarity(1, 30))
    assert sign.lit
    sign.look(picture(60, x=50), Similarity(1, 500))
    assert sign.lit is None
