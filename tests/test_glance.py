"""Glances are held against the crops that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.crops import SIZE, cut
from digitstream.evidence import NEW_LOOK
from digitstream.glance import CELLS, Glances, normalised, replaced
from digitstream.reduction import halvings
from moving import Scene, path


def quads(height: float, x: float = 60, y: float = 80) -> NDArray[np.float32]:
    """Four places in a row."""
    left = x + 0.8 * height * np.arange(4)[:, None]
    across = left + height * np.array([0, 0.6, 0.6, 0])
    down = np.broadcast_to(y + height * np.array([0, 0, 1, 1]), across.shape)
    return np.stack([across, down], axis=2).astype(np.float32)


def picture() -> NDArray[np.uint8]:
    return next(iter(Scene(size=(1280, 720), noise=0).frames(path("still", 1, 720))))[0]


def cells_of(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    step = SIZE // CELLS
    return crops.reshape(len(crops), CELLS, step, CELLS, step).mean(axis=(2, 4)).reshape(len(crops), -1)


@pytest.mark.parametrize("height", [16, 30, 60, 110, 200])
def test_a_glance_shows_what_a_square_crop_shows(height: int) -> None:
    luma = picture()
    across = quads(height)
    across[:, 1:3, 0] += 0.4 * height  # as wide as high: nothing is padded
    crops = cells_of(cut(luma, across))
    seen = normalised(Glances()(halvings(luma), across))[0]
    for crop, glance in zip(crops, seen, strict=True):
        assert np.corrcoef(crop, glance)[0, 1] > 0.9


def test_places_that_move_with_the_picture_look_the_same() -> None:
    glances, first = Glances(), None
    scene = Scene(size=(1280, 720))
    for luma, truth in scene.frames(path("shake", 30, 720)):
        seen = normalised(glances(halvings(luma), truth.astype(np.float32)))[0]
        first = seen if first is None else first
        assert np.abs(seen - first).max() < NEW_LOOK


def test_one_place_that_strays_from_the_common_motion_is_looked_at_where_it_is() -> None:
    luma, glances = picture(), Glances()
    levels = halvings(luma)
    glances(levels, quads(40))
    strayed = quads(40)
    strayed[2] += 7
    assert np.array_equal(glances(levels, strayed), Glances()(levels, strayed))


def test_brightness_and_contrast_drop_out_and_are_told() -> None:
    luma, digits = next(iter(Scene(size=(1280, 720), noise=0).frames(path("still", 1, 720))))
    places, glances = digits.astype(np.float32), Glances()
    cells, mean, gain = normalised(glances(halvings(luma), places))
    dimmed = (20 + 0.5 * luma.astype(float)).astype(np.uint8)
    others, other_mean, other_gain = normalised(glances(halvings(dimmed), places))
    assert np.abs(cells - others).max() < 6
    assert other_mean == pytest.approx(20 + 0.5 * mean, abs=1.5)
    assert other_gain == pytest.approx(2 * gain, rel=0.05)


def test_a_place_that_is_a_little_off_is_no_change_but_another_digit_is() -> None:
    (luma, digits), (other, _) = (
        next(iter(Scene(size=(1280, 720), noise=0).frames(path("still", 1, 720), lambda _, t=text: (t,))))
        for text in ("00888", "08000")
    )
    places, glances = digits.astype(np.float32), Glances()
    seen, _, gain = normalised(glances(halvings(luma), places))
    slopes = glances.slopes(np.arange(len(places))) * gain[:, None, None]
    strayed = places + 0.015 * float(np.abs(places[0, 3] - places[0, 0]).max())
    off, changed = (normalised(Glances()(halvings(one), strayed))[0] - seen for one in (luma, other))
    assert np.abs(off).max() > NEW_LOOK > 1.5 * np.abs(replaced(off, slopes)).max()
    most = np.abs(replaced(changed, slopes)).max(axis=1)
    assert [bool(change > 1.5 * NEW_LOOK) for change in most] == [False, True, True, True, True]


def test_no_places_have_no_cells() -> None:
    cells = Glances()(halvings(picture()), np.zeros((0, 4, 2), np.float32))
    assert normalised(cells)[0].shape == (0, CELLS * CELLS)
