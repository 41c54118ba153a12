"""Where the regions are after the camera has moved, and what is no longer the same view."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.motion import Motion
from digitstream.registration import DOUBTS, EVERY, SOON, Registration
from moving import Matrix, Scene, path, pose, texture

Picture = NDArray[np.uint8]
Change = Callable[[Picture, int], NDArray[np.floating]]
REGION = np.array([[140, 110], [320, 110], [320, 180], [140, 180]], np.float32)
LONG = 110
"""Frames in which everything that is to be noticed has been noticed."""


def moved(picture: Picture, x: float = 0, y: float = 0, degrees: float = 0, zoom: float = 1) -> Picture:
    """The picture as a camera sees it that has moved, the wall going on at the edges."""
    return np.asarray(
        cv2.warpPerspective(picture, about_middle(picture, pose(x, y, degrees, zoom)), picture.shape[::-1],
                            borderMode=cv2.BORDER_REFLECT), np.uint8
    )  # fmt: skip


def about_middle(picture: Picture, motion: Matrix) -> Matrix:
    height, width = picture.shape
    there = np.array([[1, 0, width / 2 - 0.5], [0, 1, height / 2 - 0.5], [0, 0, 1]])
    return np.asarray(there @ motion @ np.linalg.inv(there))


def view(texts: tuple[str, str, str] = ("01888", "345", "9028"), seed: int = 1) -> Picture:
    return next(Scene(seed=seed, noise=0).frames([pose()], lambda _: texts))[0]


def noisy(pictures: Iterator[NDArray[np.floating]]) -> Iterator[Picture]:
    grain = np.random.default_rng(3).normal(0, 2, (3, 480, 640)).astype(np.float32)
    for index, picture in enumerate(pictures):
        yield np.clip(picture.astype(np.float32) + grain[index % 3], 0, 255).astype(np.uint8)


def follow(
    pictures: Iterator[NDArray[np.floating]], registration: Registration | None = None, start: int = 0
) -> tuple[Registration, list[bool]]:
    """Run a registration; return it, and in which frames the view was lost."""
    registration, motion, lost = registration or Registration([REGION]), Motion(), []
    for index, luma in enumerate(noisy(pictures), start):
        at = motion.update(luma)
        registration.update(luma, motion.small, at, index, sure=motion.sure, fresh=motion.cut)
        lost.append(registration.lost)
    return registration, lost


def expected(picture: Picture, motion: Matrix) -> NDArray[np.float32]:
    half = np.float32(0.5)
    at = cv2.perspectiveTransform(REGION[None] - half, about_middle(picture, motion))[0]
    return np.asarray(at + half, np.float32)


@pytest.mark.parametrize("name", ["shake", "slow pan", "zoom", "turn"])
def test_the_regions_follow_a_camera_that_moves_slowly(name: str) -> None:
    scene, registration, motion = Scene(), Registration([REGION]), Motion()
    first: NDArray[np.float32] | None = None
    for index, (luma, truth) in enumerate(scene.frames(path(name, 60))):
        if first is None:
            first = truth[0]
            registration = Registration([first])
        at = motion.update(luma)
        registration.update(luma, motion.small, at, index, sure=motion.sure, fresh=motion.cut)
        assert np.abs(registration.regions[0] - truth[0]).max() < 1.5
    assert not registration.lost


@pytest.mark.parametrize(
    "nudge",
    [(6, -4, 0, 1), (30, 20, 2, 1.03), (110, 60, 8, 1.1), (-90, 50, -12, 0.85)],
    ids=["a touch", "a nudge", "a knock", "hung up anew"],
)
def test_a_camera_that_was_knocked_is_followed_at_once(nudge: tuple[float, float, float, float]) -> None:
    still = view()
    knocked = moved(still, *nudge)
    registration, lost = follow(iter([still] * 10 + [knocked] * (EVERY + DOUBTS * SOON)))
    assert not lost[-1]
    assert np.abs(registration.regions[0] - expected(still, pose(*nudge))).max() < 2.5
    drift = registration.moved
    assert (drift.degrees, drift.zoom) == (
        pytest.approx(nudge[2], abs=0.3),
        pytest.approx(nudge[3], abs=0.01),
    )


def test_errors_do_not_add_up() -> None:
    """What the tracker takes for motion is put right by the next comparison."""
    still, registration, motion = view(), Registration([REGION]), Motion()
    for index in range(EVERY + 1):
        at = motion.update(still)
        wrong = at._replace(shift=at.shift + (9 if index > 3 else 0))
        registration.update(still, motion.small, wrong, index)
    assert np.abs(registration.regions[0] - REGION).max() < 0.5


def light(name: str) -> Change:
    y, x = np.mgrid[0:480, 0:640] / np.array([480, 640])[:, None, None]
    lamp = 0.15 + 1.8 * np.exp(-((x - 0.8) ** 2 + (y - 0.2) ** 2) / 0.1)
    changes: dict[str, Change] = {
        "dim": lambda p, _: p * 0.25,
        "bright": lambda p, _: p * 1.7,
        "infrared": lambda p, _: 210 - 0.6 * p,
        "from the side": lambda p, _: p * (0.2 + 1.4 * x),
        "shadow": lambda p, _: p * np.where(x + 0.4 * y > 0.6, 0.35, 1),
        "sunset": lambda p, i: p * (1 - 0.85 * i / LONG),
        "day to lamp": lambda p, i: p * (1 - i / LONG + i / LONG * lamp),
    }
    return changes[name]


@pytest.mark.parametrize(
    "name", ["dim", "bright", "infrared", "from the side", "shadow", "sunset", "day to lamp"]
)
def test_another_light_is_no_other_view(name: str) -> None:
    still, change = view(), light(name)
    registration, lost = follow(change(still, i) if i >= 10 else still for i in range(LONG))
    assert not any(lost)
    assert np.abs(registration.regions[0] - REGION).max() < 2


def test_the_camera_is_followed_from_one_light_into_another() -> None:
    still, change = view(), light("from the side")
    registration, lost = follow(
        moved(change(still, i).clip(0, 255).astype(np.uint8), x=i / 5) if i >= 10 else still
        for i in range(LONG)
    )
    assert not any(lost)
    assert np.abs(registration.regions[0] - expected(still, pose(LONG / 5))).max() < 2.5


def test_what_a_display_shows_is_no_other_view() -> None:
    views = [view((f"{i * 1357 % 100000:05}", f"{i % 1000:03}", "8888")) for i in range(0, 40, 4)]
    registration, lost = follow(iter(v for v in views for _ in range(6)))
    assert not any(lost)
    assert np.abs(registration.regions[0] - REGION).max() < 0.5


def test_in_the_dark_with_only_the_display_lit_the_view_is_kept() -> None:
    still = view()
    night = np.full_like(still, 6)
    night[115:175, 145:315] = still[115:175, 145:315]
    registration, lost = follow(iter([still] * 20 + [night] * LONG))
    assert not any(lost)
    assert np.abs(registration.regions[0] - REGION).max() < 1


def with_hand(picture: Picture, left: int, width: int = 420) -> Picture:
    """A hand, all over the picture's height."""
    out = picture.copy()
    skin = cv2.GaussianBlur(texture(480, width, 77), (0, 0), 6)
    a, b = max(left, 0), min(left + width, 640)
    if a < b:
        out[:, a:b] = skin[:, a - left : b - left]
    return out


def test_a_hand_that_passes_is_soon_forgotten() -> None:
    still = view()
    frames = [with_hand(still, -420 + 18 * i) for i in range(60)] + [still] * 20
    registration, lost = follow(iter([still] * 10 + frames))
    assert not lost[-1]
    assert np.abs(registration.regions[0] - REGION).max() < 1


def test_a_view_that_is_covered_is_lost_until_it_is_free_again() -> None:
    still, cover = view(), view(seed=9)[::-1, ::-1]
    registration, lost = follow(iter([still] * 10 + [cover] * 50 + [still] * 20))
    assert not any(lost[:10])
    assert all(lost[10 + EVERY + DOUBTS * SOON : 60])
    assert not any(lost[60 + SOON :])
    assert np.abs(registration.regions[0] - REGION).max() < 1


def test_a_paper_that_is_pushed_in_front_does_not_take_the_regions_along() -> None:
    still, paper = view(), view(seed=9)
    frames = [np.concatenate([paper[:, 640 - k :], still[:, k:]], axis=1) for k in range(0, 641, 16)]
    registration, lost = follow(iter([still] * 10 + frames + [paper] * LONG))
    assert all(lost[-30:])
    assert np.abs(registration.regions[0] - REGION).max() < 40
    _, lost = follow(iter([still] * 10), registration, start=1000)
    assert not lost[-1]


def test_a_stored_reference_judges_the_first_frame() -> None:
    still = view()
    same, lost = follow(iter([moved(still, 25, 10, 1)]), Registration([REGION], still))
    assert lost == [False]
    assert np.abs(same.regions[0] - expected(still, pose(25, 10, 1))).max() < 2
    assert same.size == (640, 480)
    assert follow(iter([view(seed=9)[::-1]]), Registration([REGION], still))[1] == [True]


def test_without_texture_nothing_is_judged_and_nothing_moves() -> None:
    plain = np.full((480, 640), 140, np.uint8)
    registration, lost = follow(iter([plain] * 30))
    assert not any(lost)
    np.testing.assert_array_equal(registration.regions[0], REGION)


def test_stills_are_compared_one_by_one() -> None:
    still, other = view(), view(seed=9)[::-1]
    registration, lost = Registration([REGION]), []
    for index, picture in enumerate([still, moved(still, 60, 30, 4), other, still]):
        motion = Motion()
        at = motion.update(picture)
        registration.update(picture, motion.small, at, index, fresh=True)
        lost.append(registration.lost)
    assert lost == [False, False, True, False]
    assert np.abs(registration.regions[0] - REGION).max() < 1
