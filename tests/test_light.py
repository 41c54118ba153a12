from __future__ import annotations

import numpy as np
import pytest

from digitstream.crops import SIZE
from digitstream.light import UNLIT, Light


def crop(ground: int, ink: int) -> np.ndarray:
    """A raw crop of an upright stroke."""
    picture = np.full((SIZE, SIZE), ground, np.uint8)
    picture[6:26, 14:18] = ink
    return picture


@pytest.mark.parametrize(("ground", "ink"), [(200, 40), (30, 220), (100, 90)])
def test_ground_and_contrast_are_those_that_were_drawn(ground: int, ink: int) -> None:
    light = Light.measure(np.stack([crop(ground, ink)]))
    assert (light.ground[0], light.above[0], light.below[0]) == (
        ground,
        max(ink - ground, 0),
        max(ground - ink, 0),
    )


def test_a_digit_that_is_not_lit_is_told_from_its_neighbours() -> None:
    light = Light.measure(np.stack([crop(180, 170), crop(180, 60), crop(175, 90)]))
    assert light.faint(light[1:]).tolist() == [True, False, False]


def test_what_stands_on_other_ground_or_is_of_the_other_colour_is_not_alike() -> None:
    light = Light.measure(
        np.stack([crop(20, 200), crop(25, 190), crop(150, 250), crop(200, 20), crop(80, 210)])
    )
    assert light.like(light[:2], UNLIT).tolist() == [True, True, False, False, True]


def test_unlikeness_is_small_within_a_display_and_large_across() -> None:
    unlike = Light.measure(np.stack([crop(20, 200), crop(30, 190), crop(200, 20)])).unlikeness()
    assert unlike[0, 1] < 0.1
    assert unlike[0, 2] > 3


def test_no_crops_have_no_light() -> None:
    light = Light.measure(np.zeros((0, SIZE, SIZE), np.uint8))
    assert light.like(light).shape == (0,)


def test_a_drum_of_the_other_colours_is_inverse_and_not_unlit() -> None:
    light = Light.measure(np.stack([crop(200, 30), crop(190, 40), crop(40, 180), crop(195, 180)]))
    assert light.inverse(light).tolist() == [False, False, True, False]
    assert light.faint(light).tolist() == [False, False, False, True]


@pytest.mark.parametrize(("below", "unlit"), [(77.5, False), (40.0, True)], ids=["printed", "a reflection"])
def test_a_dark_drum_of_a_light_counter_is_not_unlit(below: float, unlit: bool) -> None:
    """Its plate hides part of the difference; the figures are those of a rendered counter."""
    light = Light(
        np.array([126, 108, 95, 87, 100], np.float32),
        np.array([30, 50, 139, 148, 134], np.float32),
        np.array([below, 60, 39, 28, 42], np.float32),
    )
    assert light.faint(light).tolist() == [unlit, False, False, False, False]


def test_an_edge_is_adverse_but_neither_a_digit_nor_a_reflection_in_a_dim_display() -> None:
    edge = crop(150, 60)
    edge[:, :8] = 240
    digits = np.stack([crop(150, 60), crop(145, 50), crop(150, 65)])
    light = Light.measure(np.concatenate([digits, edge[None]]))
    assert light.adverse(light[:3]).tolist() == [False, False, False, True]
    assert not light.inverse(light[:3]).any()
    dim = Light.measure((np.concatenate([digits, edge[None]]) // 3).astype(np.uint8))
    assert not dim.adverse(dim[:3]).any()
