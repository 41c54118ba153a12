from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digitstream.config import CameraConfig
from digitstream.errors import FormatError
from digitstream.sources.file import FileSource
from digitstream.sources.pipe import open_pipe
from sources.clips import number_of, write_clip

COUNT = """
import json, sys
from digitstream.config import CameraConfig
from digitstream.sources import open_source
with open_source(CameraConfig(source="-")) as source:
    frames = list(source)
print(json.dumps({
    "frames": len(frames),
    "codec": source.status.info.codec,
    "captured": frames[0].captured is not None,
    "grows": all(a.media_time < b.media_time for a, b in zip(frames, frames[1:])),
}))
"""

FORMATS = [
    ("h264", "libx264", "h264"),
    ("hevc", "libx265", "hevc"),
    ("mjpeg", "mjpeg", "mjpeg"),
    ("mpegts", "libx264", "h264"),
    ("matroska", "libx264", "h264"),
]


def clip_of(folder: Path, format: str, codec: str) -> Path:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    return write_clip(
        folder / "clip", codec=codec, format=format, pixel_format=pixel_format, options=options, frames=30
    )


@contextmanager
def piped(data: bytes, pace: float = 0.0) -> Iterator[int]:
    """A pipe into which a thread writes."""
    out, into = os.pipe()

    def write() -> None:
        try:
            for start in range(0, len(data), 4096):
                os.write(into, data[start : start + 4096])
                time.sleep(pace)
        except OSError:
            pass
        os.close(into)

    thread = threading.Thread(target=write)
    thread.start()
    yield out
    os.close(out)
    thread.join()


@pytest.mark.parametrize(("format", "codec", "name"), FORMATS)
def test_formats_are_told_by_their_beginning(tmp_path: Path, format: str, codec: str, name: str) -> None:
    clip = clip_of(tmp_path, format, codec)
    with piped(clip.read_bytes()) as descriptor:
        camera = CameraConfig(source="-")
        with FileSource(camera, lambda: open_pipe(camera, descriptor)) as source:
            assert [number_of(frame.luma) for frame in source] == list(range(30))
            assert source.status.info.codec == name


def test_standard_input_of_a_process(tmp_path: Path) -> None:
    clip = clip_of(tmp_path, "h264", "libx264")
    command = [sys.executable, "-c", COUNT]
    with subprocess.Popen(["cat", clip], stdout=subprocess.PIPE) as writer:
        piped_in = subprocess.run(command, stdin=writer.stdout, capture_output=True, check=True)
    with clip.open("rb") as file:
        redirected = subprocess.run(command, stdin=file, capture_output=True, check=True)
    expected = {"frames": 30, "codec": "h264", "grows": True}
    assert json.loads(piped_in.stdout) == expected | {"captured": True}
    # A file is not happening now.
    assert json.loads(redirected.stdout) == expected | {"captured": False}


@pytest.mark.parametrize(("data", "words"), [(b"", "empty"), (b"Dear diary, " * 999, "not a video")])
def test_no_video(data: bytes, words: str) -> None:
    camera = CameraConfig(source="-")
    with (
        piped(data) as descriptor,
        pytest.raises(FormatError, match=words),
        FileSource(camera, lambda: open_pipe(camera, descriptor)),
    ):
        pass


def test_raw_video_takes_its_rate_from_the_settings(tmp_path: Path) -> None:
    camera = CameraConfig(source="-", fps=10)
    with (
        piped(clip_of(tmp_path, "mjpeg", "mjpeg").read_bytes()) as descriptor,
        FileSource(camera, lambda: open_pipe(camera, descriptor)) as source,
    ):
        times = [frame.media_time for frame in source]
    assert times == pytest.approx([index / 10 for index in range(30)])


def test_a_pipe_that_pauses_gives_no_frame_meanwhile_and_can_be_closed(tmp_path: Path) -> None:
    data = clip_of(tmp_path, "mjpeg", "mjpeg").read_bytes()
    out, into = os.pipe()
    camera = CameraConfig(source="-")
    os.write(into, data)
    source = FileSource(camera, lambda: open_pipe(camera, out))
    with source:
        frames = 0
        while source.read(0.3) is not None:
            frames += 1
        assert 20 < frames <= 30
        started = time.monotonic()
    assert time.monotonic() - started < 2
    os.close(into)
