from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitstream.convert import optics
from digitstream.convert.textures import background, procedural


@pytest.fixture
def target() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    image = np.full((80, 120), 60, np.float32)
    image[20:50, 30:80] = 200
    return image


@pytest.mark.parametrize("scale", [0.4, 1.0, 2.3])
def test_quads_move_with_the_picture(scale: float, target: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    matrix = optics.pose(rng, (120, 80), scale, 7, 0.05)
    seen = optics.warp(target, matrix, (round(120 * scale), round(80 * scale)))
    quad = optics.project(matrix, optics.corners([(30, 20, 80, 50)]))[0]
    share = (seen - 60) / 140
    assert share.sum() == pytest.approx(cv2.contourArea(quad), rel=0.02)
    rows, columns = np.mgrid[0 : seen.shape[0], 0 : seen.shape[1]] + 0.5
    middle = cv2.moments(quad[None])
    assert (share * columns).sum() / share.sum() == pytest.approx(middle["m10"] / middle["m00"], abs=0.15)
    assert (share * rows).sum() / share.sum() == pytest.approx(middle["m01"] / middle["m00"], abs=0.15)


def test_no_pose_is_no_change(target: np.ndarray) -> None:
    matrix = optics.pose(np.random.default_rng(0), (120, 80), 1.0, 0.0, 0.0)
    assert np.abs(optics.warp(target, matrix, (120, 80)) - target).max() < 0.5


def test_shrinking_keeps_the_brightness() -> None:
    stripes = np.tile(np.array([0, 255], np.float32), (64, 64))
    small = optics.warp(stripes, np.diag([0.25, 0.25, 1.0]), (32, 16))
    assert np.ptp(small) < 30
    assert abs(float(small.mean()) - 127.5) < 5


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "fault",
    [
        lambda image, rng: optics.shadow(image, rng, 0.5),
        lambda image, rng: optics.glare(image, rng, 80),
        lambda image, rng: optics.reflection(image, rng, 40),
        lambda image, rng: optics.dust(image, rng, 20),
        lambda image, rng: optics.moire(image, rng, 0.1),
        lambda image, rng: optics.stripes(image, rng, 0.4),
        lambda image, rng: optics.smear(image, rng, 9),
        lambda image, rng: optics.noise(image, rng, 4, 0.8),
        lambda image, rng: optics.expose(image, 1.3, 0.8),
        lambda image, rng: optics.sharpen(image, 1.0),
        lambda image, rng: optics.video(image, 40),
        lambda image, rng: optics.resample(image, 0.4),
    ],
)
def test_a_fault_changes_the_picture_but_not_its_shape(fault, channels: int) -> None:  # type: ignore[no-untyped-def]
    image = procedural(np.random.default_rng(3), (60, 90))
    image = image if channels == 3 else np.ascontiguousarray(image[:, :, 0])
    before = image.copy()
    after = fault(image.copy(), np.random.default_rng(4))
    assert after.shape == before.shape
    assert after.dtype == np.float32
    assert np.abs(after - before).max() > 1


def test_noise_has_the_deviation_that_was_asked_for() -> None:
    even = np.full((100, 100), 128, np.float32)
    assert optics.noise(even, np.random.default_rng(0), 5, 0.7).std() == pytest.approx(5, rel=0.1)


def test_photographs_are_reproducible_and_differ() -> None:
    image = background(np.random.default_rng(5), (60, 90))
    first, again, other = (optics.photograph(image, np.random.default_rng(seed), 30) for seed in (1, 1, 2))
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
