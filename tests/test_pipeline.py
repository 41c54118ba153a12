"""One camera's pipeline on rendered frames: what it promises beside right readings."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import pytest

from digitstream import CameraConfig, ConfigError, DisplayConfig, Status
from digitstream.frames import Frame
from digitstream.pipeline import Pipeline

GREY = np.full((120, 160), 128, np.uint8)
NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def pipeline(*displays: DisplayConfig, live: bool = False) -> Pipeline:
    return Pipeline(CameraConfig(name="cellar", source="0", displays=displays), live=live)


def test_a_configured_display_has_a_reading_in_every_frame() -> None:
    with pipeline(DisplayConfig(name="gas", region=(10, 10, 100, 40), unit="m³")) as gas:
        results = [gas.process(Frame(index, GREY)) for index in range(3)]
    readings = [reading for result in results for reading in result.readings]
    assert [(r.display, r.frame, r.status, r.unit) for r in readings] == [
        ("gas", index, Status.BLANK, "m³") for index in range(3)
    ]


def test_a_region_outside_the_frame_is_an_error_that_says_where() -> None:
    with (
        pipeline(DisplayConfig(name="gas", region=(100, 10, 100, 40))) as gas,
        pytest.raises(ConfigError, match=r"cellar: gas: region: .* outside the frame of 160x120"),
    ):
        gas.process(Frame(0, GREY))


def test_no_frames_means_stale_readings_not_silence() -> None:
    with pipeline(DisplayConfig(name="gas", unit="m³"), DisplayConfig(name="water"), live=True) as site:
        before = site.stale(NOW)
        site.process(Frame(0, GREY))
        after = site.stale(NOW)
    for result in (before, after):
        assert result.frame is None
        assert [(r.display, r.status, r.text, r.time) for r in result.readings] == [
            ("gas", Status.STALE, None, NOW),
            ("water", Status.STALE, None, NOW),
        ]


def test_only_live_readings_have_a_latency() -> None:
    display = DisplayConfig(name="gas")
    with pipeline(display) as file, pipeline(display, live=True) as live:
        assert file.process(Frame(0, GREY)).readings[0].latency_ms is None
        assert live.process(Frame(0, GREY)).readings[0].latency_ms is not None


def test_the_size_of_the_picture_may_change() -> None:
    with pipeline(live=True) as camera:
        camera.process(Frame(0, GREY))
        assert camera.process(Frame(1, np.full((300, 400), 90, np.uint8))).readings == ()
