"""Pictures are given back at once, not when the garbage collector comes by: they are large."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from digitstream.config import CameraConfig
from digitstream.sources import open_source
from digitstream.sources.live import LiveSource
from digitstream.sources.picture import Orientation
from digitstream.sources.reconnect import Backoff
from digitstream.sources.video import VideoFeed
from sources.clips import write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("memory") / "clip.mp4", frames=60)


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def pictures() -> int:
    return sum(isinstance(thing, av.VideoFrame) for thing in gc.get_objects())


def test_a_file_keeps_no_picture_but_those_on_their_way(clip: Path) -> None:
    before, most = pictures(), 0
    with open_source(CameraConfig(source=str(clip))) as source:
        for frame in source:
            most = max(most, pictures() - before)
            del frame
    assert most <= 10
    assert pictures() - before <= 2


def test_a_stream_that_breaks_again_and_again_leaves_nothing(clip: Path) -> None:
    def opener() -> VideoFeed:
        return VideoFeed(f"file:{clip}", str(clip), orientation=Orientation(), live=True)

    before = pictures()
    source = LiveSource(CameraConfig(source=str(clip)), opener, backoff=Backoff((0.01,), seed=1))
    with source:
        until = time.monotonic() + 30
        while source.status.reconnects < 10 and time.monotonic() < until:
            source.read(0.05)
        assert source.status.reconnects >= 10
    assert pictures() - before <= 3


def test_what_reads_packets_is_freed_with_each_of_them(clip: Path) -> None:
    def read(times: int) -> None:
        for _ in range(times):
            feed = VideoFeed(f"file:{clip}", str(clip), orientation=Orientation(), live=False)
            assert sum(1 for _ in feed.packets()) == 60
            feed.close()

    def resident() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

    read(100)
    before = resident()
    read(600)
    # They are 250 bytes each: nine megabytes, if they were kept.
    assert resident() - before < 4
