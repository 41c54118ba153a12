"""One camera's pipeline on rendered frames: what it promises beside right readings."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timezone

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream import CameraConfig, ConfigError, DisplayConfig, Status
from digitstream.frames import Frame
from digitstream.liveness import Fault
from digitstream.pipeline import Pipeline
from digitstream.readings import Reading
from digitstream.results import Result
from end_to_end.program import CLIP

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


def frames_of(pictures: Iterable[NDArray[np.uint8]], start: float = 100.0, every: float = 0.2) -> list[Frame]:
    return [
        Frame(index, picture, captured=NOW, monotonic=start + index * every, key=True)
        for index, picture in enumerate(pictures)
    ]


def demo(count: int) -> list[NDArray[np.uint8]]:
    with av.open(str(CLIP)) as container:
        frames = itertools.islice(container.decode(video=0), count)
        return [frame.to_ndarray(format="yuv420p")[: frame.height] for frame in frames]


def no_signal(count: int) -> Iterator[NDArray[np.uint8]]:
    """What a recorder sends instead of a camera: a plain ground, some words, and a clock that runs."""
    for second in range(count):
        picture = np.full((480, 640), 41, np.uint8)
        for text, x, y, scale in (("NO SIGNAL", 60, 380, 1.0), (f"12:34:{second % 60:02}", 20, 40, 1.2)):
            cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, 235, 2)
        yield picture


def patiently(camera: Pipeline, frame: Frame) -> Result:
    """Process a frame and give the localizer the time that a live source would."""
    result = camera.process(frame)
    time.sleep(0.02)
    return result


DEMO_DISPLAYS = (
    DisplayConfig(name="serial", region=(468, 325, 125, 60), digits=5, decimals=0),
    DisplayConfig(name="voltage", region=(390, 80, 205, 85), digits=4, decimals=2, unit="V"),
)


def test_the_clock_of_a_recorder_is_no_reading_of_a_display_elsewhere() -> None:
    with pipeline(*DEMO_DISPLAYS, live=True) as camera:
        frames = frames_of([*demo(40), *no_signal(60)])
        results = [patiently(camera, frame) for frame in frames]
    assert Status.OK in {r.status for result in results[:40] for r in result.readings}
    after = [reading for result in results[41:] for reading in result.readings]
    assert {reading.text for reading in after} == {None}
    assert {reading.status for reading in after} <= {Status.BLANK, Status.INCOMPLETE, Status.STALE}


def test_a_frozen_or_covered_picture_is_stale_until_it_changes() -> None:
    shown = demo(60)
    black = np.full((480, 640), 16, np.uint8)
    pictures = [*shown[:30], *[shown[30]] * 60, *shown[30:], black, black, shown[50]]
    with pipeline(*DEMO_DISPLAYS, live=True) as camera:
        results = [patiently(camera, frame) for frame in frames_of(pictures)]
    faults = [result.fault for result in results]
    frozen = [index for index, fault in enumerate(faults) if fault is Fault.FROZEN]
    # Ten seconds are fifty frames; the picture is there once more when it moves on.
    assert frozen == list(range(80, 91))
    assert [i for i, fault in enumerate(faults) if fault is Fault.COVERED] == [120, 121]
    for index in (*frozen, 120, 121):
        readings = results[index].readings
        assert [(r.display, r.status, r.text, r.value, r.digits, r.unit) for r in readings] == [
            ("serial", Status.STALE, None, None, (), None), ("voltage", Status.STALE, None, None, (), "V")
        ]  # fmt: skip
        assert {(r.frame, r.time) for r in readings} == {(index, NOW)}
        assert all(r.latency_ms is not None for r in readings)
    assert results[91].readings[0].status is not Status.STALE


def test_files_may_be_as_still_and_as_black_as_they_like() -> None:
    with pipeline(DisplayConfig(name="gas")) as file:
        results = [file.process(frame) for frame in frames_of([np.full((120, 160), 16, np.uint8)] * 60)]
    assert {result.fault for result in results} == {None}
    assert {r.status for result in results for r in result.readings} == {Status.BLANK}


def test_pictures_that_stand_alone_are_what_they_are() -> None:
    with pipeline(DisplayConfig(name="gas"), live=True) as snapshots:
        frames = [replace(frame, still=True) for frame in frames_of([GREY] * 60)]
        assert {snapshots.process(frame).fault for frame in frames} == {None}


def test_values_that_take_turns_on_a_display_keep_their_last_one() -> None:
    camera = CameraConfig(source="-", displays=(DisplayConfig(name="meter"),))
    with Pipeline(camera, live=False) as pipeline:
        for number in range(5):
            pipeline._validated(
                Reading(
                    camera="camera", display=f"display-{number}", frame=number, time=None, media_time=None,
                    text="1", value="1", unit=None, confidence=1.0, status=Status.OK, digits=(),
                )
            )  # fmt: skip
        assert len(pipeline._accepted) == 5
