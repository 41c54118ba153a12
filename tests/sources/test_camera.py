from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import v4l2_camera
from digitstream.config import CameraConfig
from digitstream.errors import SourceMissing
from digitstream.sources import open_source, probe
from sources.clips import encoded, number_of, picture

shimmed = pytest.mark.skipif(v4l2_camera.missing() is not None, reason=str(v4l2_camera.missing()))

SIZE = (160, 120)
READ = """
import json, sys, time
from digitstream.config import CameraConfig
from digitstream.sources import open_source
from digitstream.sources.camera import open_camera
from digitstream.sources.live import LiveSource
from digitstream.sources.reconnect import Backoff
from sources.clips import number_of

settings = json.loads(sys.argv[1])
camera = CameraConfig(**settings["camera"])
with LiveSource(camera, lambda: open_camera(camera), backoff=Backoff((0.1,), seed=1)) as source:
    numbers, sizes, luma = [], set(), None
    until = time.monotonic() + settings["seconds"]
    while time.monotonic() < until and len(numbers) < settings["frames"]:
        frame = source.read(0.05)
        if frame is not None:
            numbers.append(number_of(frame.luma))
            sizes.add(frame.size)
            colour = [int(v) for v in frame.bgr()[-1, 0]]
    status = source.status
    closing = time.monotonic()
print(json.dumps({
    "numbers": numbers, "sizes": sorted(sizes), "colour": colour, "state": status.state,
    "stalls": status.stalls, "reconnects": status.reconnects,
    "error": status.last_error,
    "codec": status.info.codec, "fps": status.fps, "close": time.monotonic() - closing,
}))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return v4l2_camera.build(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("media")
    planes = []
    for number in range(40):
        y, u, v = cv2.split(cv2.cvtColor(picture(number), cv2.COLOR_BGR2YUV))
        planes.append(
            (np.asarray(y, np.uint8), np.asarray(u, np.uint8)[:, ::2], np.asarray(v, np.uint8)[:, ::2])
        )
    return {
        "yuyv": v4l2_camera.write_yuyv(folder / "yuyv", planes),
        "mjpeg": v4l2_camera.write_mjpeg(folder / "mjpeg", [encoded(number) for number in range(40)]),
    }


def read(
    environment: dict[str, str], frames: int = 10, seconds: float = 5.0, source: str = "0", **settings: object
) -> dict[str, Any]:
    """Read frames in a process that sees the camera."""
    camera = {"source": source, "read_timeout": 0.4} | settings
    asked = json.dumps({"camera": camera, "frames": frames, "seconds": seconds})
    folder = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, [folder, environment.get("PYTHONPATH")]))
    environment = environment | {"PYTHONPATH": path}
    command = [sys.executable, "-c", READ, asked]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@shimmed
@pytest.mark.parametrize(("kind", "codec"), [("yuyv", "rawvideo"), ("mjpeg", "mjpeg")])
def test_frames_by_device_number(library: Path, media: dict[str, Path], kind: str, codec: str) -> None:
    environment = v4l2_camera.environment(library, SIZE, **{kind: media[kind]})  # type: ignore[arg-type]
    result = read(environment)
    assert len(result["numbers"]) == 10
    # A busy machine drops frames, but none comes twice or out of order.
    assert all(1 <= (b - a) % 40 <= 20 for a, b in pairwise(result["numbers"])), result["numbers"]
    assert result["sizes"] == [list(SIZE)]
    assert (result["codec"], result["state"], result["fps"]) == (codec, "live", 25)
    # Grey stays grey, and about as bright.
    assert all(abs(value - 60) < 14 for value in result["colour"]), result["colour"]
    assert result["close"] < 1


@shimmed
@pytest.mark.parametrize(("asked", "codec"), [("yuyv", "rawvideo"), ("mjpeg", "mjpeg")])
def test_the_pixel_format_asked_for(library: Path, media: dict[str, Path], asked: str, codec: str) -> None:
    environment = v4l2_camera.environment(library, SIZE, **media, device="/dev/video2")  # type: ignore[arg-type]
    assert read(environment, 2, source="/dev/video2", pixel_format=asked)["codec"] == codec


@shimmed
def test_large_pictures_are_asked_for_compressed(library: Path, media: dict[str, Path]) -> None:
    environment = v4l2_camera.environment(library, SIZE, **media)  # type: ignore[arg-type]
    assert read(environment, 2, size=(1280, 720))["codec"] == "mjpeg"
    only_raw = v4l2_camera.environment(library, SIZE, yuyv=media["yuyv"])
    assert read(only_raw, 2, size=(1280, 720))["codec"] == "rawvideo"


@shimmed
def test_rotate_and_mirror(library: Path, media: dict[str, Path]) -> None:
    environment = v4l2_camera.environment(library, SIZE, yuyv=media["yuyv"])
    assert read(environment, 2, rotate=90)["sizes"] == [[120, 160]]


@shimmed
def test_an_unplugged_camera_is_found_again(library: Path, media: dict[str, Path]) -> None:
    environment = v4l2_camera.environment(library, SIZE, yuyv=media["yuyv"], unplug=5, replug=0.5)
    result = read(environment, 12)
    assert len(result["numbers"]) == 12
    assert (result["state"], result["reconnects"]) == ("live", 1)
    assert result["error"].startswith("/dev/video0: ")


@shimmed
def test_an_unplugged_camera_is_reported(library: Path, media: dict[str, Path]) -> None:
    environment = v4l2_camera.environment(library, SIZE, mjpeg=media["mjpeg"], unplug=5)
    result = read(environment, 99, seconds=1.0)
    assert 1 <= len(result["numbers"]) <= 5
    assert result["state"] == "failed"
    assert "/dev/video0" in result["error"]
    assert "not found" in result["error"] or "unplugged" in result["error"]


@shimmed
def test_a_stalled_camera_is_reopened(library: Path, media: dict[str, Path]) -> None:
    environment = v4l2_camera.environment(library, SIZE, yuyv=media["yuyv"], stall=5)
    result = read(environment, 12)
    assert len(result["numbers"]) == 12
    assert result["stalls"] >= 1
    assert result["reconnects"] >= 1
    assert "no picture for" in result["error"]


def test_no_camera_is_a_state_of_a_live_source_and_an_error_of_a_probe() -> None:
    camera = CameraConfig(source="63")
    with pytest.raises(SourceMissing, match="/dev/video63: not found"):
        probe(camera)
    with open_source(camera) as source:
        assert source.live
        assert source.read(0.2) is None
        assert source.status.state == "failed"


def test_the_bar_code_of_these_tests_survives_jpeg() -> None:
    decoded = cv2.imdecode(np.frombuffer(encoded(0b1100101), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert number_of(np.asarray(decoded, np.uint8)) == 0b1100101
