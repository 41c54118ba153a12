from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from digitstream.motion import Motion, agree, corners_to_follow, fit
from digitstream.quads import as_points
from digitstream.similarity import Points, Similarity
from moving import Matrix, Scene, path, pose, texture

points = st.complex_numbers(max_magnitude=1000, allow_nan=False)
turns = st.builds(complex, st.floats(0.5, 2), st.floats(-0.8, 0.8))
similarities = st.builds(Similarity, turns, points)
clouds = arrays(np.complex128, st.integers(10, 60), elements=points, unique=True)


@given(similarities, points)
def test_the_inverse_leads_back(motion: Similarity, point: complex) -> None:
    there = motion(np.array([point]))
    assert motion.inverse()(there)[0] == pytest.approx(point, abs=1e-6)


@given(similarities, similarities, similarities, points)
def test_motions_compose_in_any_grouping(a: Similarity, b: Similarity, c: Similarity, point: complex) -> None:
    z = np.array([point])
    assert a.after(b).after(c)(z)[0] == pytest.approx(a(b(c(z)))[0], rel=1e-6, abs=1e-3)


@given(clouds, similarities)
def test_fit_finds_the_motion_of_exact_points(cloud: Points, motion: Similarity) -> None:
    found = fit(cloud, motion(cloud), motion)
    assert found(cloud) == pytest.approx(motion(cloud), abs=1e-5)


@given(st.integers(0, 10**6), st.integers(0, 24))
def test_agree_ignores_points_that_move_on_their_own(seed: int, astray: int) -> None:
    rng = np.random.default_rng(seed)
    before = rng.uniform(0, 200, 60) + 1j * rng.uniform(0, 120, 60)
    motion = Similarity(complex(1.01, 0.01), complex(*rng.uniform(-6, 6, 2)))
    after = motion(before)
    after[:astray] += rng.uniform(5, 30, astray) * np.exp(2j * np.pi * rng.random(astray))
    found, inside = agree(before, after, Similarity())
    assert np.abs(found(before) - motion(before)).max() < 0.3
    assert not inside[:astray].any()
    assert inside[astray:].all()


def test_agree_prefers_what_moves_as_before_to_a_larger_group() -> None:
    rng = np.random.default_rng(3)
    before = rng.uniform(0, 200, 60) + 1j * rng.uniform(0, 120, 60)
    after = before.copy()
    after[:36] += 9
    found, inside = agree(before, after, Similarity())
    assert abs(found.shift) < 0.1
    assert inside.sum() == 24


def test_points_are_spread_and_crowd_only_where_texture_is() -> None:
    everywhere = corners_to_follow(texture(120, 160, 1))
    assert len(everywhere) == 60
    assert len({(int(x) // 15, int(y) // 24) for x, y in everywhere}) > 40
    corner = np.full((120, 160), 128, np.uint8)
    corner[:40, :60] = texture(40, 60, 1)
    assert 15 < len(corners_to_follow(corner)) <= 60
    assert len(corners_to_follow(np.full((120, 160), 128, np.uint8))) == 0
    assert len(corners_to_follow(np.zeros((5, 9), np.uint8))) == 0


def errors(scene: Scene, poses: list[Matrix]) -> list[float]:
    """Greatest error of the found motion at the corners of the displays, in pixels, frame by frame."""
    motion, found = Motion(), []
    first: Points | None = None
    for luma, truth in scene.frames(poses):
        place = as_points(truth)
        first = place if first is None else first
        found.append(float(np.abs(motion.update(luma)(first) - place).max()))
        assert not motion.cut
    return found


@pytest.mark.parametrize("move", ["still", "shake", "slow pan", "fast pan", "zoom", "turn"])
def test_known_motion_is_found_within_a_pixel_or_two(move: str) -> None:
    assert max(errors(Scene(), path(move, 60))) < 2.5


@pytest.mark.parametrize("size", [(1280, 720), (721, 577), (480, 640)])
def test_sizes(size: tuple[int, int]) -> None:
    assert max(errors(Scene(size=size), path("shake", 15, size[1]))) < 2.5 * size[1] / 480


def test_limited_range_noise_and_strides_change_nothing() -> None:
    scene = Scene(limited=True, noise=8)
    poses = path("shake", 15)
    assert max(errors(scene, poses)) < 2.5
    motion, strided = Motion(), Motion()
    for luma, _ in scene.frames(poses):
        wide = np.zeros((luma.shape[0], luma.shape[1] + 64), np.uint8)
        wide[:, : luma.shape[1]] = luma
        view = wide[:, : luma.shape[1]]
        view.flags.writeable = False
        assert strided.update(view) == motion.update(luma)
        assert motion.sure


def run(frames: Iterable[NDArray[np.uint8]]) -> tuple[Motion, list[bool], list[bool]]:
    """Feed frames; return the motion after them, and in which frames it was sure and saw a cut."""
    motion, sure, cut = Motion(), [], []
    for luma in frames:
        motion.update(luma)
        sure.append(motion.sure)
        cut.append(motion.cut)
    return motion, sure, cut


@pytest.mark.parametrize("noise", [0, 2, 10])
def test_without_texture_the_picture_is_held_still_and_not_sure(noise: int) -> None:
    rng = np.random.default_rng(1)
    motion, sure, cut = run(
        np.clip(rng.normal(120, noise, (480, 640)), 0, 255).astype(np.uint8) for _ in range(20)
    )
    assert motion.pose == Similarity() or abs(motion.pose.shift) < 4
    assert not any(cut)
    assert noise or not any(sure)


def test_a_dark_spell_is_waited_out() -> None:
    frames = [luma for luma, _ in Scene().frames(path("still", 40))]
    rng = np.random.default_rng(1)
    for i in range(10, 25):
        frames[i] = np.clip(rng.normal(9, 3, frames[i].shape), 0, 255).astype(np.uint8)
    motion, sure, cut = run(frames)
    assert not any(cut)
    assert not any(sure[10:25])
    assert all(sure[25:])
    assert abs(motion.pose.shift) < 0.5


def test_another_scene_is_a_cut_at_once() -> None:
    one = [luma for luma, _ in Scene().frames(path("shake", 10))]
    other = [np.ascontiguousarray(luma[::-1, ::-1]) for luma, _ in Scene(seed=4).frames(path("shake", 10))]
    motion, _, cut = run(one + other)
    assert [i for i, c in enumerate(cut) if c] == [10]
    assert motion.sure


def test_another_size_is_a_cut() -> None:
    luma = next(Scene().frames([pose()]))[0]
    _, _, cut = run([luma, luma, luma[:400], luma[:400]])
    assert cut == [False, False, True, False]


def test_exposure_and_a_passing_reflection_do_not_move_the_picture() -> None:
    columns, rows = np.arange(640)[None], np.arange(480)[:, None]
    frames = []
    for i, (luma, _) in enumerate(Scene().frames(path("still", 60))):
        light = 110 * np.exp(-0.5 * ((columns + 0.3 * rows + 200 - 18 * i) / 70) ** 2)
        frames.append(np.clip(luma * (0.7 + 0.3 * np.cos(i / 8)) + light, 0, 255).astype(np.uint8))
    motion, sure, cut = run(frames)
    assert all(sure)
    assert not any(cut)
    assert abs(motion.pose.shift) < 1


def test_something_that_passes_does_not_take_the_picture_along() -> None:
    thing = texture(480, 260, 9)
    frames = []
    for i, (luma, _) in enumerate(Scene().frames(path("still", 70))):
        left = 14 * i - 260
        a, b = max(left, 0), min(left + 260, 640)
        if a < b:
            luma[:, a:b] = thing[:, a - left : b - left]
        frames.append(luma)
    motion, _, cut = run(frames)
    assert not any(cut)
    assert abs(motion.pose.shift) < 2
    assert abs(motion.pose.turn - 1) < 0.01


def test_the_same_frames_give_the_same_motion() -> None:
    frames = [luma for luma, _ in Scene(noise=6).frames(path("fast pan", 30))]
    first, again = Motion(), Motion()
    assert [first.update(f) for f in frames] == [again.update(f) for f in frames]
    again.reset()
    assert again.update(frames[0][:, ::-1]) == Similarity()
    assert not again.cut


def test_a_picture_that_stands_still_has_the_very_same_pose() -> None:
    scene = Scene()
    motion, poses = Motion(), []
    for luma, _ in scene.frames(path("still", 10)):
        poses.append(motion.update(luma))
    assert all(pose is poses[3] for pose in poses[3:])


def test_a_creeping_picture_is_not_taken_to_stand() -> None:
    last = None
    motion = Motion()
    matrices = [np.array([[1, 0, 0.1 * step], [0, 1, 0], [0, 0, 1]]) for step in range(200)]
    for luma, _ in Scene().frames(matrices):
        last = motion.update(luma)
    assert last is not None
    assert abs(last(np.array([320 + 240j]))[0] - (320 + 240j)) == pytest.approx(0.1 * 199, abs=1.0)
