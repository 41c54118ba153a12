from __future__ import annotations

import numpy as np
import pytest

from digitstream.convert.fonts import faces
from digitstream.convert.glyphs import RASTER
from digitstream.convert.styles import Styled

FACE = faces()[0]


def test_no_style_leaves_the_font_as_it_is() -> None:
    plain, styled = FACE.glyph("5"), Styled(FACE).glyph("5")
    assert plain is not None
    assert styled is not None
    assert np.array_equal(plain.mask, styled.mask)
    assert (plain.left, plain.top, plain.advance) == (styled.left, styled.top, styled.advance)


def test_a_slant_leans_to_the_right() -> None:
    def lean(slant: float) -> float:
        glyph = Styled(FACE, slant=slant).glyph("0")
        assert glyph is not None
        top, bottom = (np.nonzero(rows > 127)[1].mean() for rows in (glyph.mask[:8], glyph.mask[-8:]))
        return float(top - bottom)

    assert lean(0.3) == pytest.approx(lean(0) + 0.27 * RASTER, abs=0.06 * RASTER)
    assert lean(-0.3) == pytest.approx(lean(0) - 0.27 * RASTER, abs=0.06 * RASTER)


@pytest.mark.parametrize("stretch", [0.6, 1.5])
def test_a_stretch_changes_the_width_alone(stretch: float) -> None:
    plain, styled = FACE.glyph("8"), Styled(FACE, stretch=stretch).glyph("8")
    assert plain is not None
    assert styled is not None
    assert styled.mask.shape[0] == pytest.approx(plain.mask.shape[0], abs=2)
    assert styled.mask.shape[1] == pytest.approx(stretch * plain.mask.shape[1], abs=2)


@pytest.mark.parametrize("weight", [-0.02, 0.04])
def test_weight_grows_or_thins_the_strokes(weight: float) -> None:
    plain, styled = FACE.glyph("4"), Styled(FACE, weight=weight).glyph("4")
    assert plain is not None
    assert styled is not None
    assert np.sign(styled.mask.astype(int).sum() - plain.mask.astype(int).sum()) == np.sign(weight)


def test_an_uneven_hand_writes_the_same_twice_and_another_hand_something_else() -> None:
    first, again, other = (Styled(FACE, wobble=0.03, seed=seed) for seed in (1, 1, 2))
    masks = [glyph.mask for style in (first, again, other) if (glyph := style.glyph("3")) is not None]
    assert np.array_equal(masks[0], masks[1])
    assert masks[0].shape != masks[2].shape or not np.array_equal(masks[0], masks[2])


def test_blanks_have_no_ink() -> None:
    blank = Styled(FACE, slant=0.2, weight=0.03).glyph(" ")
    assert blank is not None
    assert not blank.mask.any()
