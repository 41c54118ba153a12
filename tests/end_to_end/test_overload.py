"""A machine that is too slow for its camera: the newest frame is read, and the rest is counted and said."""

from __future__ import annotations

import logging
import time
from statistics import median
from typing import Any

import pytest

from digitstream import CameraConfig, overload
from digitstream.frames import Frame
from digitstream.pipeline import Pipeline
from digitstream.results import Result
from digitstream.web.board import Board
from digitstream.web.metrics import exposition
from digitstream.worker import Worker
from end_to_end.program import CLIP
from rtsp_server import RtspServer, missing

SLOW = 0.15
"""Seconds that a frame takes, of which there are 25 a second."""
MINUTE = 2.0
"""What counts as a minute here."""


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_latency_stays_and_drops_are_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(overload, "INTERVAL", MINUTE)
    caplog.set_level(logging.WARNING)
    ages: list[float] = []
    board = Board()

    class Slow(Pipeline):
        def process(self, frame: Frame, *rest: Any) -> Result:
            ages.append(time.monotonic() - frame.monotonic)
            time.sleep(SLOW)
            return super().process(frame, *rest)

    display = {"name": "serial", "region": [468, 325, 125, 60], "digits": 5}
    with RtspServer(CLIP) as server:
        settings = {"name": "cellar", "source": server.url, "displays": [display]}
        worker = Worker(CameraConfig.model_validate(settings), board.put, make_pipeline=Slow)
        worker.start()
        deadline, began = time.monotonic() + 60, 0.0
        while len(ages) < 30 or "too slow" not in caplog.text:
            began = began or (time.monotonic() if ages else 0.0)
            assert time.monotonic() < deadline
            time.sleep(0.05)
        lasted = time.monotonic() - began
        worker.stop()
        worker.join()

    status = worker.status
    assert status.drops > status.frames, "25 frames a second came, and 7 were read at most"
    # A queue would have grown by four seconds meanwhile.
    assert median(ages[-10:]) < median(ages[:10]) + 0.5
    assert 1 <= caplog.text.count("cellar: too slow: ") <= lasted / MINUTE + 1
    told = board.state()["cameras"][0]["drops"]
    assert told > 0
    assert f'digitstream_drops_total{{camera="cellar"}} {told}' in exposition(board)
