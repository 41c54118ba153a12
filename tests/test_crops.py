"""Crops: geometry by pictures with known content, normalisation by its definition."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitstream.crops import EDGE, MARGIN, SIZE, cut, grow, letterbox, normalise, straighten

Image = NDArray[np.uint8]


def quad(x: float, y: float, width: float, height: float) -> NDArray[np.float32]:
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)


@pytest.fixture(scope="module")
def picture() -> Image:
    """Smooth, different everywhere, and the same when halved."""
    rows, columns = np.mgrid[:480, :640].astype(np.float32)
    waves = 120 + 50 * np.sin(columns / 37) + 50 * np.cos(rows / 29 + columns / 90)
    return waves.astype(np.uint8)


def difference(a: Image, b: Image) -> int:
    return int(np.abs(a.astype(int) - b).max())


def test_no_quads_give_no_crops(picture: Image) -> None:
    assert cut(picture, np.zeros((0, 4, 2), np.float32)).shape == (0, SIZE, SIZE)


@pytest.mark.parametrize("height", [12, 31, 64, 100, 200])
@pytest.mark.parametrize("aspect", [0.2, 0.6, 1.0])
def test_a_cut_is_the_letterboxed_surroundings(picture: Image, height: int, aspect: float) -> None:
    box = quad(150, 120, round(height * aspect), height)
    (left, top), (right, bottom) = grow(box[None].astype(float))[0][[0, 2]].round().astype(int)
    direct = letterbox(picture[top:bottom, left:right])
    # Whole pixels may put the edge of the padding a column further.
    assert np.abs(cut(picture, box[None])[0].astype(int) - direct).mean() <= 7


@pytest.mark.parametrize("scale", [2, 4])
def test_a_display_twice_as_large_looks_the_same(picture: Image, scale: int) -> None:
    large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    box = quad(200, 150, 40, 70)[None]
    assert difference(cut(picture, box), cut(np.asarray(large, np.uint8), box * scale)) <= 8


def test_the_margin_is_a_part_of_the_height() -> None:
    grown = grow(quad(100, 100, 20, 60)[None].astype(float))[0]
    assert np.allclose(grown[0], [100 - 60 * MARGIN, 100 - 60 * MARGIN])
    assert np.allclose(grown[2], [120 + 60 * MARGIN, 160 + 60 * MARGIN])


@pytest.mark.parametrize("turn", range(4))
def test_crops_stand_upright_whatever_the_quad_is_turned_by(picture: Image, turn: int) -> None:
    box = quad(200, 150, 60, 60)
    upright = cut(picture, box[None])[0]
    turned = cut(picture, np.roll(box, -turn, axis=0)[None])[0]
    assert difference(np.rot90(upright, turn), turned) <= 2


def test_perspective_is_undone() -> None:
    flat = np.full((200, 200), 40, np.uint8)
    cv2.rectangle(flat, (70, 60), (129, 139), 220, -1)
    cv2.rectangle(flat, (85, 80), (99, 119), 40, -1)
    seen = np.array([[30, 20], [170, 50], [150, 180], [10, 190]], np.float32)
    view = cv2.getPerspectiveTransform(quad(0, 0, 200, 200), seen)
    photo = np.asarray(cv2.warpPerspective(flat, view, (200, 200)), np.uint8)
    box = quad(70, 60, 60, 80)
    corners = cv2.perspectiveTransform(box[None], view)
    direct, rectified = cut(flat, box[None])[0], cut(photo, np.asarray(corners, np.float32))[0]
    assert np.abs(direct.astype(int) - rectified).mean() < 11


def test_the_short_side_is_padded_evenly_so_that_marks_at_the_edge_leave_no_streaks() -> None:
    image = np.full((40, 10), 100, np.uint8)
    image[::4, 0] = 20
    image[:, -1] = 200
    for crop in (letterbox(image), letterbox(np.ascontiguousarray(image.T)).T):
        assert (crop[:, :11] == crop[0, 0]).all()
        assert (crop[:, -11:] == crop[0, -1]).all()
        assert crop[0, 0] < crop[16, 16] < crop[0, -1]


def test_straightened_crops_go_on_with_their_edge() -> None:
    image = np.full((40, 10), 30, np.uint8)
    image[20:] = 200
    crop = straighten(image, quad(0, 0, 10, 40)[None])[0]
    assert (crop == crop[:, :1]).all()
    assert crop[2, 0] < 128 < crop[-2, 0]


def test_the_frame_of_a_dim_display_does_not_dim_a_mark() -> None:
    image = np.full((SIZE, SIZE), 60, np.uint8)
    image[22:26, 14:18] = 40
    framed = image.copy()
    framed[-4:] = 250
    plain, beside = (straighten(view, quad(0, 0, SIZE, SIZE)[None]) for view in (image, framed))
    assert (plain == beside).all()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (33, 65), (511, 300)])
def test_every_size_of_picture_is_letterboxed(shape: tuple[int, int]) -> None:
    crop = letterbox(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    assert crop.shape == (SIZE, SIZE)
    assert crop.dtype == np.uint8


@given(
    st.lists(st.floats(-2000, 2000, width=32), min_size=8, max_size=8),
    st.integers(1, 90),
    st.integers(1, 90),
)
@settings(max_examples=80, deadline=None)
def test_any_quad_of_any_picture_gives_a_crop(numbers: list[float], height: int, width: int) -> None:
    image = np.full((height, width), 77, np.uint8)
    assert (cut(image, np.array(numbers, np.float32).reshape(1, 4, 2)) == 128).all()


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (0.5, 30.0), (0.86, 16.0), (0.3, 150.0)])
def test_exposure_range_and_contrast_drop_out(picture: Image, gain: float, offset: float) -> None:
    box = quad(100, 100, 40, 60)[None]
    changed = np.rint(picture * gain + offset).astype(np.uint8)
    assert difference(cut(picture, box), cut(changed, box)) <= 3 + 2 / gain


def test_a_normalised_crop_has_the_agreed_mean_and_contrast() -> None:
    crop = np.random.default_rng(1).integers(90, 140, (3, SIZE, SIZE), dtype=np.uint8)
    crop[:, : EDGE - 1] = 255
    after = normalise(crop)[:, EDGE:-EDGE, EDGE:-EDGE].astype(float)
    assert np.allclose(after.mean(axis=(1, 2)), 128, atol=1)
    assert np.allclose(after.std(axis=(1, 2)), 60, atol=1)


def test_the_noise_of_an_empty_crop_stays_small() -> None:
    crop = np.random.default_rng(1).integers(100, 102, (1, SIZE, SIZE), dtype=np.uint8)
    assert normalise(crop).std() == pytest.approx(12 * crop.std(), rel=0.1)
    assert (normalise(np.full((1, SIZE, SIZE), 200, np.uint8)) == 128).all()


def test_a_crop_does_not_depend_on_the_others(picture: Image) -> None:
    boxes = np.stack([quad(20 + 9 * i, 30 + 7 * i, 15 + i, 24 + 3 * i) for i in range(30)])
    together = cut(picture, boxes)
    alone = np.concatenate([cut(picture, box[None]) for box in boxes])
    assert np.array_equal(together, alone)


def test_a_crop_costs_about_what_it_takes_to_warp_one(picture: Image) -> None:
    boxes = np.stack([quad(20 + 25 * i, 100, 30, 60) for i in range(20)])
    place = np.array([[1, 0, 20], [0, 2, 100]], np.float32)

    def warps() -> None:
        for _ in boxes:
            cv2.warpAffine(picture, place, (SIZE, SIZE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)

    def fastest(work: Callable[[], object]) -> float:
        start = [time.perf_counter()]
        for _ in range(50):
            work()
            start.append(time.perf_counter())
        return min(after - before for before, after in pairwise(start))

    assert fastest(lambda: cut(picture, boxes)) < 12 * fastest(warps)
