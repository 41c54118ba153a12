"""When the localizer looks again, on pictures that stand, move, and get something new."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.attention import AGAIN, CONFIRMED, HASTE, RESTLESS, TOUR, Attention
from digitstream.tracker import Tracker

HURRY, LEISURE, PARTS = 6, 30, 16
DIGITS = np.array([[[100, 60], [120, 60], [120, 100], [100, 100]]], np.float32)


def scene(shift: float = 0) -> NDArray[np.uint8]:
    """Blobs on a wall, seen by a camera that has moved to the left by `shift` pixels."""
    rng = np.random.default_rng(1)
    wall = cv2.GaussianBlur(rng.integers(0, 255, (240, 480)).astype(np.float32), (0, 0), 4)
    wall = np.clip((wall - wall.mean()) * 6 + 128, 0, 255)
    move = np.array([[1, 0, shift - 80], [0, 1, 0]], np.float64)
    return np.asarray(cv2.warpAffine(wall, move, (320, 230), flags=cv2.INTER_LINEAR), np.uint8)


class Watch:
    """An attention and a tracker on a film; the localizer finds the same digit wherever it looks."""

    def __init__(self) -> None:
        self.attention, self.tracker = Attention(HURRY, LEISURE), Tracker()
        self.index = -1

    def show(self, picture: NDArray[np.uint8], x: float = 0, stray: bool = False) -> bool:
        """`stray`: another thing passes for a digit at this look, at another place than before."""
        self.index += 1
        self.tracker.update(picture, self.index)
        due = self.attention.due(self.index, self.tracker, len(picture))
        if due:
            self.attention.looked(self.index, self.tracker, PARTS)
            found = DIGITS + np.float32([x, 0])
            if stray:
                found = np.concatenate([found, DIGITS + np.float32([x + 20 + 7 * self.index % 150, 80])])
            self.tracker.apply(self.index, found, [0.9] * len(found))
            self.attention.found(self.tracker)
        return due

    def looks(self, count: int, step: float = 0.7) -> list[int]:
        """Frames in which it was due, while the camera moves."""
        return [self.index for k in range(count) if self.show(scene(k * step), k * step)]


def test_looks_often_until_a_result_is_confirmed_and_then_seldom() -> None:
    first = [HURRY * k for k in range(CONFIRMED + 1)]
    assert Watch().looks(60) == [*first, first[-1] + LEISURE]


def test_looks_later_and_later_while_nothing_is_new() -> None:
    looks = Watch().looks(30 * LEISURE, step=0.05)
    steps = np.diff(looks)
    assert steps[CONFIRMED] == LEISURE
    assert steps[-1] == 3 * LEISURE
    assert (np.diff(steps) >= 0).all()


def test_what_is_a_digit_at_every_other_look_does_not_keep_it_busy() -> None:
    watch = Watch()
    looks = [k for k in range(800) if watch.show(scene(k * 0.05), k * 0.05, stray=True)]
    steps = np.diff(looks)
    assert (steps[:HASTE] == HURRY).all()
    assert steps[-1] == RESTLESS * HURRY


def test_a_thing_that_comes_late_is_looked_at_again_soon() -> None:
    watch = Watch()
    looks = [k for k in range(800) if watch.show(scene(k * 0.05), k * 0.05, stray=k > 300)]
    steps = np.diff(looks)
    first = int(np.argmax(np.array(looks) > 300))
    assert (steps[first : first + AGAIN] == HURRY).all()
    assert steps[first - 1] >= LEISURE


def test_looks_at_once_at_what_no_motion_explains() -> None:
    watch = Watch()
    last = watch.looks(25)[-1]
    picture = scene(25 * 0.7)
    picture[150:180, 200:230] = 255 - picture[150:180, 200:230]
    due = [watch.show(picture, 25 * 0.7) for _ in range(HURRY)]
    assert any(due)
    assert watch.index - last < LEISURE


def test_digits_that_change_in_their_place_are_no_news() -> None:
    watch = Watch()
    watch.looks(25)
    picture = scene(25 * 0.7)
    x = 100 + round(25 * 0.7)
    picture[62:98, x + 2 : x + 18] = 255 - picture[62:98, x + 2 : x + 18]
    assert not any(watch.show(picture, 25 * 0.7) for _ in range(HURRY))


@pytest.mark.parametrize("level", [8, -8])
def test_another_exposure_is_no_news(level: int) -> None:
    watch = Watch()
    watch.looks(25)
    picture = np.clip(scene(25 * 0.7).astype(int) + level, 0, 255).astype(np.uint8)
    assert not any(watch.show(picture, 25 * 0.7) for _ in range(HURRY))


def test_rests_where_nothing_moves() -> None:
    watch = Watch()
    assert len([k for k in range(200) if watch.show(scene())]) <= 3


def test_all_parts_are_looked_at_once_after_something_was_new() -> None:
    watch = Watch()
    taken: list[int] = []
    for _ in range(100):
        if not watch.show(scene()) and (parts := watch.attention.parts(watch.index)):
            watch.attention.toured(watch.index, parts)
            taken += [watch.index] * parts
    # The picture stands still, so that there is one more look after the first, which takes a part along.
    assert len(taken) == PARTS - 1
    assert len(set(taken)) <= TOUR
    assert np.diff(sorted(set(taken))).min() >= HURRY
    assert taken[-1] < 2 * TOUR * HURRY
