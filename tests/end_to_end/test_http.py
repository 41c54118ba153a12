from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from end_to_end.conftest import SHORT
from end_to_end.program import Line, Program, assert_right, place, run
from http_camera import HttpCamera

PASSWORD = "p@s/s:w#1?"
LOGIN = f"cam:{PASSWORD}@"


@pytest.fixture(scope="module")
def camera(clip: Path) -> Iterator[HttpCamera]:
    with HttpCamera(clip, "cam", PASSWORD) as running:
        yield running


def is_ok(line: Line) -> bool:
    return place(line) == "serial" and bool(line["status"] == "ok")


@pytest.mark.parametrize("path", ["/snapshot.jpg", "/stream.mjpg"])
def test_right_readings_live(camera: HttpCamera, tmp_path: Path, path: str) -> None:
    log = tmp_path / "log.jsonl"
    with Program("--source", camera.url(path, LOGIN), "--fps", "10", "--log", log, "-vv") as program:
        program.until(is_ok)
        program.until_frames(4)
        done = program.stop()
    assert done.code == 143, done.err
    assert done.out == log.read_text()
    assert PASSWORD not in done.out + done.err
    assert camera.login not in done.err
    assert all(line["time"] and line["latency_ms"] is not None for line in done.readings)
    assert_right(done.readings, ["serial"])


def test_a_recording_is_read_frame_by_frame(camera: HttpCamera) -> None:
    done = run("--source", camera.url("/clip.mp4", LOGIN))
    assert done.code == 0, done.err
    assert [*dict.fromkeys(line["frame"] for line in done.readings)] == list(range(SHORT))
    assert {line["time"] for line in done.readings} == {None}
    assert_right(done.readings)
