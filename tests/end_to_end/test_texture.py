"""A scene with thousands of things that may be digits costs the frame loop no more than a plain one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream import CameraConfig, Status
from digitstream.frames import Frame
from digitstream.pipeline import Pipeline
from digitstream.proposals import regions, working_picture
from end_to_end.pictures import demo
from end_to_end.program import demo_truth

Picture = NDArray[np.uint8]

SIZE = (1280, 720)
PLACE = (slice(120, 600), slice(320, 960))
"""Where the demo stands."""
FPS, COUNT, WARM = 25, 125, 50


def gravel() -> Picture:
    """Blots of the size of digits, as close together as they go."""
    rng = np.random.default_rng(3)
    blots = cv2.GaussianBlur(rng.normal(0, 1, SIZE[::-1]), (0, 0), 2.5)
    return np.clip(128 + 60 * blots / blots.std(), 16, 235).astype(np.uint8)


def frames(ground: Picture) -> Iterator[Picture]:
    """The demo's first picture on a ground, with the noise of a camera: the demo shakes."""
    rng = np.random.default_rng(1)
    grain = [rng.normal(0, 1.5, SIZE[::-1]).astype(np.int16) for _ in range(5)]
    luma = ground.astype(np.int16)
    luma[PLACE] = cv2.cvtColor(next(demo()), cv2.COLOR_BGR2GRAY)
    for index in range(COUNT):
        yield np.clip(luma + grain[index % 5], 16, 235).astype(np.uint8)


def run(ground: Picture) -> tuple[float, float, set[str | None], int]:
    """Return the processor time of a frame in ms, as median and 95th percentile, the texts and the tracks."""
    costs, texts, tracks = [], set(), 0
    pictures = list(frames(ground))
    with Pipeline(CameraConfig(source="rtsp://camera/"), live=True) as pipeline:
        began = time.monotonic()
        for index, luma in enumerate(pictures):
            time.sleep(max(began + index / FPS - time.monotonic(), 0))
            frame = Frame(index, luma, index / FPS, datetime.now(timezone.utc), time.monotonic())
            before = time.thread_time()
            result = pipeline.process(frame)
            costs.append(1000 * (time.thread_time() - before))
            texts |= {reading.text for reading in result.readings if reading.status is Status.OK}
            tracks = max(tracks, len(pipeline._tracker.tracks.ids))
    return float(np.median(costs[WARM:])), float(np.percentile(costs[WARM:], 95)), texts, tracks


@pytest.mark.slow
def test_texture_costs_no_latency() -> None:
    plain, rough = np.full(SIZE[::-1], 128, np.uint8), gravel()
    assert len(regions(working_picture(next(frames(rough)))[0])) > 2000
    truth = {text for texts in demo_truth().values() for text in texts.values()}
    found = {"plain": run(plain), "gravel": run(rough)}
    for name, (middle, high, texts, tracks) in found.items():
        print(
            f"{name}: {middle:.1f} ms a frame, 95 % below {high:.1f} ms, {tracks} tracks, {len(texts)} texts"
        )
        assert texts
        assert texts <= truth
    # The localizer is in a thread of its own, and what the loop gets from it are digits only.
    assert found["gravel"][3] <= 1.5 * found["plain"][3]
    assert found["gravel"][0] < 2 * found["plain"][0] + 1
