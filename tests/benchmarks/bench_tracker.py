"""What the tracker costs a frame and how well its quads lie, by frame size and motion."""

from __future__ import annotations

import time

import numpy as np
import pytest

from digitstream.tracker import Tracker
from moving import Scene, follow, path

SIZES = {"480p": (640, 480), "720p": (1280, 720), "1080p": (1920, 1080)}
MOVES = ["still", "shake", "slow pan", "fast pan", "zoom", "turn", "tilt"]
COUNT = 61


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", SIZES)
def test_tracker(size: str) -> None:
    print(
        f"\n{size:6}{'motion':10}{'ms':>6}{'p99':>6}{'IoU':>8}{'held':>7}{'noisy':>8}{'held':>7}{'switches':>10}"
    )
    for move in MOVES:
        frames = list(Scene(size=SIZES[size]).frames(path(move, COUNT, SIZES[size][1])))
        tracker, spent = Tracker(), []
        for index, (luma, truth) in enumerate(frames):
            start = time.thread_time()
            tracker.update(luma, index)
            spent.append(1e3 * (time.thread_time() - start))
            if index == 0:
                tracker.apply(0, truth, np.ones(len(truth)))
        exact = follow(iter(frames), every=COUNT)
        noisy = follow(iter(frames), every=15, late=8, jitter=0.03, missed=0.1)
        print(
            f"{'':6}{move:10}{np.mean(spent[1:]):6.2f}{np.percentile(spent[1:], 99):6.2f}"
            f"{exact.iou:8.3f}{exact.still:7.3f}{noisy.iou:8.3f}{noisy.still:7.3f}"
            f"{exact.switches + noisy.switches:10}"
        )
        assert exact.iou > exact.still - 0.01
        assert exact.switches == noisy.switches == 0
