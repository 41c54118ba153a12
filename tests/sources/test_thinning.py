from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from av import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from digitstream.config import CameraConfig
from digitstream.frames import Frame
from digitstream.sources import open_source
from digitstream.sources.thinning import Thinning, thinned
from digitstream.sources.video import VideoFeed
from sources.clips import number_of, picture, write_clip

Decoded = list[int]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Decoded:
    """How many pictures came out of the decoder for each packet that went into it."""
    counts: Decoded = []
    real = VideoFeed._decode

    def counting(self: VideoFeed, packet: Packet[VideoStream], alone: bool) -> list[VideoFrame]:
        frames = real(self, packet, alone)
        if packet.size:
            counts.append(len(frames))
        return frames

    monkeypatch.setattr(VideoFeed, "_decode", counting)
    return counts


def read(path: Path, **settings: object) -> list[Frame]:
    with open_source(CameraConfig(source=str(path), **settings)) as source:  # type: ignore[arg-type]
        frames = list(source)
        assert source.status.last_error is None
    return frames


def gop(length: int, b_frames: int = 0) -> dict[str, str]:
    return {"g": str(length), "bf": str(b_frames), "sc_threshold": "0"}


def test_every_nth_frame_keeps_its_number(tmp_path: Path) -> None:
    frames = read(write_clip(tmp_path / "clip.mp4", frames=23, options=gop(250, 2)), every=5)
    assert (
        [frame.index for frame in frames] == [number_of(frame.luma) for frame in frames] == [0, 5, 10, 15, 20]
    )


def test_a_rate_is_an_upper_bound(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", frames=100, options=gop(250))
    assert [frame.index for frame in read(clip, fps=5)] == list(range(0, 100, 5))
    assert len(read(clip, fps=60)) == 100
    assert len(read(clip, fps=25)) == 100
    assert len(read(clip, fps=10)) == 40


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(
    ("settings", "step"), [({"fps": 2.5}, 10), ({"every": 20}, 20), ({"every": 40}, 40), ({"fps": 0.625}, 40)]
)
def test_only_key_frames_are_decoded_where_they_are_enough(
    tmp_path: Path, decoded: Decoded, b_frames: int, settings: dict[str, float], step: int
) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=240, options=gop(10, b_frames))
    frames = read(clip, **settings)
    assert [number_of(frame.luma) for frame in frames] == list(range(0, 240, step))
    assert all(frame.key for frame in frames)
    # All of the first three groups, from which it is learnt how often key frames come.
    assert len(decoded) <= 31 + (240 - 30) // step
    np.testing.assert_allclose(
        [frame.media_time for frame in frames], [number_of(frame.luma) / 25 for frame in frames], atol=0.01
    )


def test_of_key_frames_that_come_between_the_nearest_are_taken(tmp_path: Path) -> None:
    frames = read(write_clip(tmp_path / "clip.mp4", frames=240, options=gop(10, 2)), fps=1.2)
    numbers = [number_of(frame.luma) for frame in frames if frame.index > 30]
    assert all(number % 10 == 0 for number in numbers)
    assert len(frames) == pytest.approx(240 / 25 * 1.2, abs=1)


@pytest.mark.parametrize(("settings", "step"), [({"fps": 5}, 5), ({"every": 25}, 25), ({"every": 4}, 4)])
def test_what_key_frames_do_not_give_is_decoded(
    tmp_path: Path, decoded: Decoded, settings: dict[str, float], step: int
) -> None:
    frames = read(write_clip(tmp_path / "clip.mp4", frames=120, options=gop(10)), **settings)
    assert [number_of(frame.luma) for frame in frames] == list(range(0, 120, step))
    assert len(decoded) == 120


def test_key_frames_that_come_as_they_please_are_not_relied_on(decoded: Decoded) -> None:
    thinning = Thinning(fps=1)
    for number in (0, 10, 45, 52, 60, 99):
        thinning.saw_key(number, number / 25)
        assert not thinning.keys_only
    for number in (110, 121, 132, 143):
        thinning.saw_key(number, number / 25)
    assert thinning.keys_only
    thinning.saw_key(300, 300 / 25)
    assert not thinning.keys_only


def test_of_motion_jpeg_only_what_is_wanted_is_decoded(tmp_path: Path, decoded: Decoded) -> None:
    clip = write_clip(tmp_path / "clip.avi", frames=100, codec="mjpeg", pixel_format="yuvj420p")
    assert [number_of(frame.luma) for frame in read(clip, every=10)] == list(range(0, 100, 10))
    assert len(decoded) < 20


def test_pictures_in_a_folder_are_left_unread(tmp_path: Path) -> None:
    for number in range(7):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture(number))
    (tmp_path / "1.png").write_bytes(b"no picture")
    frames = read(tmp_path, every=3)
    assert [frame.index for frame in frames] == [number_of(frame.luma) for frame in frames] == [0, 3, 6]


def test_a_picture_after_a_key_frame_that_was_left_out_counts_as_one(tmp_path: Path) -> None:
    frames = read(write_clip(tmp_path / "clip.mp4", frames=60, options=gop(10)), every=7)
    assert [frame.index for frame in frames if frame.key] == [0, 14, 21, 35, 42, 56]


@given(
    st.floats(0.2, 30),
    st.floats(5, 60),
    st.lists(st.floats(-0.2, 0.2), min_size=400, max_size=400),
)
def test_the_rate_is_right_on_average_however_the_clock_trembles(
    fps: float, camera: float, jitter: list[float]
) -> None:
    thinning = Thinning(fps=fps)
    times = [(number + early) / camera for number, early in enumerate(jitter)]
    count = sum(thinning.wants(number, time) for number, time in enumerate(times))
    wished = min(fps, camera) * len(times) / camera
    assert 0.75 * wished - 2 <= count <= 1.1 * wished + 2


def test_a_clock_that_leaps_does_not_end_the_pictures() -> None:
    thinning = Thinning(fps=1)
    times = [*np.arange(0, 5, 0.1), *np.arange(-1000, -995, 0.1), *np.arange(9000, 9005, 0.1)]
    wanted = [time for number, time in enumerate(times) if thinning.wants(number, time)]
    assert len(wanted) == pytest.approx(15, abs=1)


def test_how_far_frames_may_lie_apart() -> None:
    assert thinned(CameraConfig(source="0")) == 0
    assert thinned(CameraConfig(source="0", fps=0.1)) == pytest.approx(10)
    assert thinned(CameraConfig(source="0", every=10)) == pytest.approx(2)
