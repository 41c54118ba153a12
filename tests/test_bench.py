"""`digitstream bench`: that it measures the real thing and says so in a form that can be relied on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from digitstream import bench
from digitstream.cli import main
from digitstream.config import CameraConfig
from digitstream.frames import Frame
from digitstream.results import Result
from digitstream.sources.replay import record
from digitstream.sources.rtsp import open_rtsp
from digitstream.stopwatch import Stopwatch, TimedPipeline
from end_to_end.conftest import SHORT, write_short
from rtsp_server import RtspServer, missing
from sources.clips import encoded, write_clip

FIELDS = {
    "decode_fps", "pipeline_fps", "ratio", "latency_ms", "cpu_ms_per_frame", "rss_mb", "first_reading_s",
    "stages_ms",
}  # fmt: skip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_short(tmp_path_factory.mktemp("bench") / "clip.mp4")


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "RECORDED", 1.0)
    monkeypatch.setattr(bench, "LEAST", 0.0)
    monkeypatch.setattr(bench, "LIVE", 1.0)


def assert_measures(measures: dict[str, Any]) -> None:
    assert set(measures) == FIELDS
    assert set(measures["latency_ms"]) == {"p50", "p99"}
    assert 0 < measures["latency_ms"]["p50"] <= measures["latency_ms"]["p99"]
    assert measures["decode_fps"] > measures["pipeline_fps"] > 0
    assert measures["ratio"] == pytest.approx(measures["pipeline_fps"] / measures["decode_fps"], abs=0.01)
    assert 30 < measures["rss_mb"] < 1000
    assert measures["cpu_ms_per_frame"] > 0
    assert measures["first_reading_s"] > 0.05
    stages = measures["stages_ms"]
    assert {"frame", "track", "classify", "group", "read", "wait"} <= set(stages)
    assert all(set(times) == {"mean", "p99"} for times in stages.values())
    parts = sum(times["mean"] for stage, times in stages.items() if stage != "frame")
    assert stages["frame"]["mean"] >= 0.9 * parts


def test_a_file(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(clip), "--json", str(tmp_path / "bench.json")]) == 0
    table = capsys.readouterr().out
    assert f"640x480, 25 fps, {SHORT} frames" in table
    assert "such cameras at 25 fps" in table
    assert_measures(json.loads((tmp_path / "bench.json").read_text()))


def test_readings_that_differ_are_an_error(
    clip: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = TimedPipeline.process

    def forgetful(self: TimedPipeline, frame: Frame, *rest: Any) -> Result:
        result = process(self, frame, *rest)
        return result if frame.index != 30 else self.stale(None)  # type: ignore[arg-type]

    monkeypatch.setattr(TimedPipeline, "process", forgetful)
    assert main(["bench", str(clip)]) == 1
    assert "error: the readings differ from those of a plain run" in capsys.readouterr().err


def test_what_cannot_be_measured_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "one.jpg"
    picture.write_bytes(encoded(1))
    for source in (picture, tmp_path, tmp_path / "nowhere.mp4"):
        assert main(["bench", str(source)]) == 3
        assert "not a video at this machine" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_said(clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(clip), "--json", "/nowhere/bench.json"]) == 5
    assert "cannot write '/nowhere/bench.json'" in capsys.readouterr().err


def test_decoding_alone_is_counted_picture_by_picture(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=20)
    measured = bench.decode_rate(path)
    assert (measured.frames, measured.size, measured.announced) == (20, (160, 120), 25)


def test_the_stopwatch_adds_up_the_calls_of_a_frame() -> None:
    stopwatch = Stopwatch()
    work = stopwatch.timed("work", lambda x: sum(range(x)))
    for size in (10**3, 10**5):
        stopwatch.begin()
        assert work(size) + work(size) == size * (size - 1)
        stopwatch.end()
    times = stopwatch.milliseconds()["work"]
    assert 0 < times["mean"] < times["p99"]
    assert stopwatch.frames == 2


@pytest.mark.slow
@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_a_stream_is_recorded_and_measured(tmp_path: Path) -> None:
    with RtspServer(bench.demo_clip()) as server:
        assert main(["bench", server.url, "--json", str(tmp_path / "bench.json")]) == 0
    assert_measures(json.loads((tmp_path / "bench.json").read_text()))


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_a_recording_begins_with_a_key_frame_and_is_the_stream(clip: Path, tmp_path: Path) -> None:
    with RtspServer(clip) as server:
        feed = open_rtsp(CameraConfig(source=server.url))
        try:
            record(feed, server.url, tmp_path / "recorded.mkv", 0.5)
        finally:
            feed.close()
    with av.open(str(tmp_path / "recorded.mkv")) as container:
        frames = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(frames) >= 5
    with av.open(str(clip)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="gray")
    assert any(np.array_equal(frame, first) for frame in frames) or len(frames) < SHORT
