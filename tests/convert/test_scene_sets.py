from __future__ import annotations

from collections import Counter

import numpy as np

from digitstream.convert.scene_sets import GROUPS, boxes, scenes, text
from digitstream.convert.stage import Shown


def test_half_of_the_scenes_are_level_and_each_has_its_boxes() -> None:
    drawn = list(scenes(8, seed=1))
    assert Counter(group for group, _ in drawn) == dict(zip(GROUPS, (4, 2, 2), strict=True))
    for _, sample in drawn:
        height, width = sample.picture().shape[:2]
        digits = sum(len(label.digits) for label in sample.readings)
        assert digits == len(sample.boxes) > 3
        for box in sample.boxes:
            assert 0 <= box.x < box.x + box.width <= width
            assert 0 <= box.y < box.y + box.height <= height


def test_a_seed_is_a_set_of_its_own() -> None:
    (_, one), (_, same), (_, other) = (next(scenes(1, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.picture(), same.picture())
    assert [label.text for label in one.readings] != [label.text for label in other.readings]


def test_a_wheel_that_turns_may_be_either_digit_and_a_point_must_be_seen() -> None:
    quads = np.array([[[x, 5], [x + 4, 5], [x + 4, 15], [x, 15]] for x in (0, 10)], np.float32)
    shown = Shown("display-1", "drum", "4.7", (4, 8), (0, 6), quads, np.empty((0, 4, 2), np.float32))
    assert text(shown) == "47"
    assert [(box.digit, box.x, box.width) for box in boxes(shown)] == [("4", 0, 4), ("?", 10, 4)]
