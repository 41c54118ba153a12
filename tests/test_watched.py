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
    assert watched.ids.tolist() == [11, 12, 13, 14, 15, 16, -22, -27, -30, -33]
    assert watched.ends == [slice(6, 8), slice(8, 8), slice(8, 10), slice(10, 10)]
    corners = watched.corners(tracks)
    assert np.allclose(corners[6:8], beyond(tracks[:3], 0))
    assert np.allclose(corners[8:], beyond(tracks[4:], 1))
    assert watched.corners(tracks) is corners
    assert watched.corners(tracks + 1) is not corners


def test_nothing_is_watched_at_first() -> None:
    assert Watched().corners(np.zeros((0, 4, 2), np.float32)).shape == (0, 4, 2)
