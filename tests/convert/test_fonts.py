from __future__ import annotations

import numpy as np
import pytest

from digitstream.convert.fonts import FONT_PACKAGES, Face, available, faces, pick
from digitstream.convert.glyphs import RASTER, typeset
from digitstream.convert.segments import SHAPES, Dots, Segments


def test_training_and_tests_share_no_font() -> None:
    train, held_out = ({(face.family, face.path) for face in faces(role)} for role in ("train", "held-out"))
    assert not {family for family, _ in train} & {family for family, _ in held_out}
    assert not {path for _, path in train if path} & {path for _, path in held_out if path}


def test_some_font_is_always_there() -> None:
    assert Face("Aileron", "Regular", "") in faces("held-out")


def test_packages_are_named_once() -> None:
    assert len(set(FONT_PACKAGES)) == len(FONT_PACKAGES)
    assert all(name.startswith("fonts-") for name in FONT_PACKAGES)


def test_digits_of_every_face_are_as_high_as_promised() -> None:
    for face in faces("held-out")[:20]:
        heights = [glyph.mask.shape[0] for char in "0123456789" if (glyph := face.glyph(char))]
        assert len(heights) == 10
        assert min(heights) > 0.85 * RASTER
        assert max(heights) < 1.15 * RASTER


def test_pick_is_reproducible_and_keeps_its_role() -> None:
    chosen = [pick(np.random.default_rng(seed), "held-out") for seed in range(20)]
    assert chosen == [pick(np.random.default_rng(seed), "held-out") for seed in range(20)]
    assert {face.role for face in chosen} == {"held-out"}


def test_pick_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitstream.convert.fonts._families", lambda role, kinds: ())
    assert not available("train", ("segment",))
    with pytest.raises(LookupError, match="no train font found"):
        pick(np.random.default_rng(0), "train", ("segment",))


def test_missing_characters_are_no_boxes() -> None:
    assert Face("Aileron", "Regular", "").glyph("\u0e01") is None


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("gap", [0.0, 0.05])
def test_segments_draw_ten_different_digits(shape: str, gap: float) -> None:
    face = Segments(shape, 0.52, 0.12, gap, 0.1)  # type: ignore[arg-type]
    masks = {char: glyph.mask for char in "0123456789" if (glyph := face.glyph(char))}
    assert len({mask.tobytes() for mask in masks.values()}) == 10
    assert all(abs(masks[char].shape[0] - RASTER) <= 2 for char in "0235689")


def test_more_lit_segments_are_more_ink() -> None:
    face = Segments("hexagon")
    ink = {char: int(glyph.mask.sum()) for char in "1780" if (glyph := face.glyph(char))}
    assert ink["1"] < ink["7"] < ink["0"] < ink["8"]


def test_gaps_part_the_segments() -> None:
    closed, open_ = (Segments("hexagon", gap=gap).glyph("8") for gap in (0.0, 0.1))
    assert closed is not None
    assert open_ is not None
    assert open_.mask.sum() < 0.9 * closed.mask.sum()


def test_dots_fill_a_five_by_seven_grid() -> None:
    glyph = Dots(size=0.6).glyph("#")
    assert glyph is not None
    rows = (glyph.mask.max(axis=1) > 127).astype(int)
    assert int((np.diff(rows) == 1).sum()) + rows[0] == 7
    columns = (glyph.mask.max(axis=0) > 127).astype(int)
    assert int((np.diff(columns) == 1).sum()) + columns[0] == 5


def test_characters_without_a_pattern_are_left_out() -> None:
    assert Segments().glyph("W") is None
    assert Dots().glyph("@") is None


@pytest.mark.parametrize("face", [Segments("round", slant=0.15), Dots(), Face("Aileron", "Regular", "")])
def test_boxes_of_a_line_enclose_its_ink(face: Segments | Dots | Face) -> None:
    line = typeset(face, "40718", 40, tracking=0.2)
    rest = line.ink.copy()
    for mark in line.marks:
        left, top, right, bottom = (int(value) for value in mark.box)
        part = line.ink[top:bottom, left:right]
        assert all(edge.max() > 0.4 for edge in (part[0], part[-1], part[:, 0], part[:, -1]))
        rest[top:bottom, left:right] = 0
    assert rest.max() == 0


def test_points_take_no_cell() -> None:
    face = Segments()
    plain, pointed = (typeset(face, text, 40, pitch=0.8) for text in ("1345", "13.45"))
    assert [mark.cell for mark in pointed.marks][:2] == [mark.cell for mark in plain.marks][:2]
    (point,) = pointed.points
    assert pointed.marks[1].box[2] <= point[0] + 2
    assert point[2] <= pointed.marks[2].box[0] + 2
