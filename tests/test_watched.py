from __future__ import annotations

import numpy as np

from digitstream.displays import Display
from digitstream.lines import beyond, upright
from digitstream.watched import Watched


def test_the_places_beyond_the_ends_follow_the_tracks() -> None:
    boxes = [[10, 10, 20, 40], [40, 10, 20, 40], [70, 10, 20, 40], [200, 80, 20, 40], [300, 150, 20, 40],
             [390, 150, 20, 40]]  # fmt: skip
    tracks = upright(np.array(boxes, np.float32))
    displays = [
        Display("whole", rows=np.arange(3)),
        Display("lone", rows=np.array([3])),
        Display("holed", rows=np.array([4, 5]), holes=frozenset({1})),
        Display("empty"),
    ]
    watched = Watched(1, displays, np.arange(11, 17))
    assert watched.ids.tolist() == [11, 12, 13, 14, 15, 16, -55, -66, -58, -69, -75, -81, -78, -84]
    assert watched.beside == [slice(6, 10), slice(10, 10), slice(10, 14), slice(14, 14)]
    corners = watched.corners(tracks)
    assert np.allclose(corners[6:8], beyond(tracks[:3], 0))
    assert np.allclose(corners[10:12], beyond(tracks[4:], 1))
    assert np.allclose(corners[8, 0], [10 - 1.55 * 30, 10])
    assert watched.corners(tracks) is corners
    assert watched.corners(tracks + 1) is not corners


def test_nothing_is_watched_at_first() -> None:
    assert Watched().corners(np.zeros((0, 4, 2), np.float32)).shape == (0, 4, 2)


def test_there_is_room_for_another_digit_in_a_wide_gap() -> None:
    tracks = upright(np.array([[10, 10, 20, 40], [70, 10, 20, 40], [100, 10, 20, 40]], np.float32))
    display = Display("drums", rows=np.arange(3), place=(tracks, np.arange(3)))
    watched = Watched(1, [display], np.arange(1, 4))
    assert watched.beside == [slice(3, 8)]
    assert watched.ids.tolist() == [1, 2, 3, -5, -16, -8, -19, -7]
    assert np.allclose(watched.corners(tracks)[7], upright(np.array([[40, 10, 20, 40]], np.float32))[0])


def test_narrow_digits_leave_room_for_another_in_less() -> None:
    tracks = upright(np.array([[10, 10, 16, 40], [46, 10, 16, 40], [66, 10, 16, 40]], np.float32))
    display = Display("print", rows=np.arange(3), place=(tracks, np.arange(3)))
    watched = Watched(1, [display], np.arange(1, 4))
    assert watched.ids.tolist() == [1, 2, 3, -5, -16, -8, -19, -7]
    assert np.allclose(watched.corners(tracks)[7], upright(np.array([[28, 10, 16, 40]], np.float32))[0])
