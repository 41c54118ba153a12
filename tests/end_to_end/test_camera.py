from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

import v4l2_camera
from end_to_end.program import Line, Program, assert_right, parsed, place

pytestmark = pytest.mark.skipif(v4l2_camera.missing() is not None, reason=str(v4l2_camera.missing()))

SIZE = (640, 480)
Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return v4l2_camera.build(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def yuyv(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip as a webcam sends it raw."""
    pictures: list[Planes] = []
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            y, u, v = np.split(frame.to_ndarray(format="yuv420p").reshape(-1), (640 * 480, 640 * 600))
            pictures.append((y.reshape(480, 640), u.reshape(240, 320), v.reshape(240, 320)))
    return v4l2_camera.write_yuyv(tmp_path_factory.mktemp("yuyv") / "pictures", pictures)


@pytest.fixture(scope="module")
def mjpeg(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clip as a webcam sends it compressed."""
    pictures = []
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            encoder = av.CodecContext.create("mjpeg", "w")
            assert isinstance(encoder, av.VideoCodecContext)
            encoder.width, encoder.height, encoder.pix_fmt = *SIZE, "yuvj420p"
            encoder.time_base = frame.time_base
            encoder.options = {"qmin": "2", "qmax": "4"}
            full = frame.reformat(format="yuvj420p", dst_color_range="JPEG")
            pictures.append(b"".join(map(bytes, [*encoder.encode(full), *encoder.encode()])))
    return v4l2_camera.write_mjpeg(tmp_path_factory.mktemp("mjpeg") / "pictures", pictures)


def is_ok(line: Line) -> bool:
    return place(line) == "serial" and bool(line["status"] == "ok")


def is_stale(line: Line) -> bool:
    return bool(line["status"] == "stale")


def assert_live(lines: list[Line]) -> None:
    """Readings are right, happen now, and count their frames."""
    assert_right(lines, ["serial"])
    fresh = [line for line in lines if not is_stale(line)]
    assert all(line["time"].endswith("Z") and line["latency_ms"] is not None for line in fresh)
    frames = [line["frame"] for line in fresh]
    assert frames == sorted(frames)


def test_a_raw_camera_by_number(library: Path, yuyv: Path, tmp_path: Path) -> None:
    environ = v4l2_camera.environment(library, SIZE, yuyv=yuyv)
    options = ["--source", "0", "--name", "desk", "--log", tmp_path / "log.jsonl"]
    with Program(*options, environ=environ) as program:
        program.until(is_ok)
        program.until_frames(10)
        done = program.stop()
    assert done.code == 143, done.err
    assert done.out == (tmp_path / "log.jsonl").read_text()
    assert {line["camera"] for line in done.readings} == {"desk"}
    assert_live(done.readings)


def test_a_compressed_camera_by_path(library: Path, mjpeg: Path) -> None:
    environ = v4l2_camera.environment(library, SIZE, mjpeg=mjpeg, device="/dev/video2")
    options = ["--source", "/dev/video2", "--pixel-format", "mjpeg", "--size", "640x480", "--fps", "25"]
    with Program(*options, environ=environ) as program:
        program.until(is_ok)
        done = program.stop()
    assert done.code == 143, done.err
    assert_live(done.readings)


def test_a_camera_upside_down(library: Path, yuyv: Path, tmp_path: Path) -> None:
    turned = np.fromfile(yuyv, np.uint8).reshape(-1, 480, 320, 4)[:25, ::-1, ::-1]
    # Y0 U Y1 V: the two pixels of a pair change places, their colour does not.
    (tmp_path / "turned").write_bytes(turned[..., [2, 1, 0, 3]].tobytes())
    environ = v4l2_camera.environment(library, SIZE, yuyv=tmp_path / "turned")
    with Program("--source", "0", "--rotate", "180", environ=environ) as program:
        program.until(is_ok)
        done = program.stop()
    assert_live(done.readings)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "message"),
    [({"unplug": 30, "replug": 1.5}, "/dev/video0"), ({"stall": 30}, "/dev/video0: no picture for ")],
    ids=["unplugged", "stalled"],
)
def test_a_camera_that_fails_is_stale_and_comes_back(
    library: Path, yuyv: Path, tmp_path: Path, fault: dict[str, float], message: str
) -> None:
    environ = v4l2_camera.environment(library, SIZE, yuyv=yuyv, **fault)  # type: ignore[arg-type]
    config, log = tmp_path / "site.yaml", tmp_path / "log.jsonl"
    config.write_text('cameras: {desk: {source: "0", read_timeout: 1.2}}')
    with Program("--config", config, "--log", log, "-v", environ=environ) as program:
        before = program.until(is_ok)
        stale = program.until(is_stale, before)
        program.until(is_ok, stale)
        done = program.stop()
    assert done.code == 143, done.err
    assert message in done.err
    assert "desk: back, 640x480" in done.err
    assert "Traceback" not in done.err
    lines = parsed(log.read_text())
    assert done.out == log.read_text()
    assert_live(lines)
    # What was read before the outage is known by its name in it.
    names = {line["display"] for line in lines[:before]}
    assert {line["display"] for line in lines if is_stale(line)} <= names


@pytest.mark.slow
def test_a_camera_that_stays_away_is_reported_once(library: Path, yuyv: Path) -> None:
    environ = v4l2_camera.environment(library, SIZE, yuyv=yuyv, unplug=30)
    with Program("--source", "0", environ=environ) as program:
        number = program.until(is_stale)
        for _ in range(4):
            number = program.until(is_stale, number)
        done = program.stop()
    assert done.code == 143, done.err
    reports = [line for line in done.err.splitlines() if "/dev/video0" in line]
    assert 1 <= len(reports) <= 2, done.err
    assert all(line.startswith("digitstream: WARNING: /dev/video0: ") for line in reports)
