from __future__ import annotations

import itertools
import struct
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import av
import numpy as np
import pytest

from digitstream.config import CameraConfig
from digitstream.errors import FormatError, SourceError, SourceMissing
from digitstream.frames import Frame
from digitstream.sources import EndOfSource, open_source, probe
from sources.clips import encoded, number_of, picture, write_clip


def camera(path: Path | str, **settings: object) -> CameraConfig:
    return CameraConfig(source=str(path), **settings)  # type: ignore[arg-type]


def frames_of(path: Path | str, **settings: object) -> list[Frame]:
    with open_source(camera(path, **settings)) as source:
        return list(source)


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "size"),
    [
        ("clip.mp4", "libx264", "yuv420p", (160, 120)),
        ("clip.mkv", "libx264", "yuv422p", (160, 120)),
        ("clip.mp4", "libx265", "yuv420p", (160, 120)),
        ("clip.webm", "libvpx-vp9", "yuv420p", (160, 120)),
        ("clip.avi", "mjpeg", "yuvj420p", (160, 120)),
        ("clip.mkv", "libx264", "yuv420p10le", (160, 120)),
        ("clip.mkv", "libx264", "yuv444p", (161, 121)),
        ("clip.webm", "libvpx-vp9", "yuv420p", (157, 123)),
        ("clip.mov", "png", "rgb24", (160, 120)),
        ("clip.avi", "rawvideo", "bgr24", (150, 120)),
        ("clip.gif", "gif", "rgb8", (160, 120)),
        ("clip.ts", "libx264", "yuv420p", (160, 120)),
    ],
)
def test_every_frame_in_order(
    tmp_path: Path, name: str, codec: str, pixel_format: str, size: tuple[int, int]
) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    clip = write_clip(tmp_path / name, codec=codec, pixel_format=pixel_format, size=size, options=options)
    frames = frames_of(clip)
    assert [number_of(frame.luma) for frame in frames] == list(range(20))
    assert [frame.index for frame in frames] == list(range(20))
    assert {frame.size for frame in frames} == {size}
    np.testing.assert_allclose([f.media_time for f in frames], np.arange(20) / 25, atol=0.002)
    assert not any(frame.still for frame in frames)


def test_colours_and_luma_agree(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=2, options={"qp": "1"})
    frame = frames_of(clip)[1]
    assert np.abs(frame.bgr().astype(int) - picture(1)).mean() < 3
    assert frame.chroma is not None
    assert [plane.shape for plane in frame.chroma] == [(60, 80), (60, 80)]


def test_luma_is_a_view_that_outlives_the_source(tmp_path: Path) -> None:
    frames = frames_of(write_clip(tmp_path / "clip.mkv", size=(150, 120), pixel_format="yuv444p"))
    luma = frames[3].luma
    assert luma.base is not None
    assert luma.strides[0] > luma.shape[1]
    assert not luma.flags.writeable
    del frames
    assert number_of(luma) == 3


def test_variable_frame_rate_keeps_its_times(tmp_path: Path) -> None:
    times = list(itertools.accumulate([0, 40, 10, 500, 33, 1, 200, 90]))
    clip = write_clip(tmp_path / "clip.mkv", frames=len(times), times=times)
    np.testing.assert_allclose([f.media_time for f in frames_of(clip)], np.array(times) / 1000, atol=0.0011)


def test_a_raw_stream_gets_growing_times(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.h264", format="h264")
    times = [frame.media_time for frame in frames_of(clip)]
    assert len(times) == 20
    assert all(a is not None and b is not None and a < b for a, b in itertools.pairwise(times))


def test_file_times_are_the_settings_start_time(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=3)
    assert {frame.captured for frame in frames_of(clip)} == {None}
    start = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
    last = frames_of(clip, start_time=start)[-1]
    assert last.captured == datetime(2026, 1, 31, 12, 0, 0, 80000, tzinfo=timezone.utc)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_rotate_then_mirror(tmp_path: Path, rotate: int, mirror: bool) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(encoded(0b10110001, "png"))
    expected = np.rot90(picture(0b10110001), -rotate // 90)
    if mirror:
        expected = expected[:, ::-1]
    (frame,) = frames_of(path, rotate=rotate, mirror=mirror)
    np.testing.assert_array_equal(frame.bgr(), expected)
    clip = write_clip(tmp_path / "clip.mov", frames=1, codec="png", pixel_format="rgb24")
    (moving,) = frames_of(clip, rotate=rotate, mirror=mirror)
    expected = np.rot90(picture(0), -rotate // 90)
    np.testing.assert_array_equal(moving.bgr(), expected[:, ::-1] if mirror else expected)


# The matrices that a phone writes: the picture is to be turned clockwise by so many degrees.
@pytest.mark.parametrize(
    ("matrix", "turns", "mirror"),
    [
        ((0, 1, -1, 0), 1, False),
        ((-1, 0, 0, -1), 2, False),
        ((0, -1, 1, 0), 3, False),
        ((-1, 0, 0, 1), 0, True),
    ],
)
def test_rotation_metadata(tmp_path: Path, matrix: tuple[int, ...], turns: int, mirror: bool) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=3)
    data = bytearray(clip.read_bytes())
    start = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value << 16 for value in matrix)
    data[start : start + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(data)
    for plain, frame in zip(frames_of(clip), frames_of(turned), strict=True):
        expected = np.rot90(plain.luma, -turns)
        np.testing.assert_array_equal(frame.luma, expected[:, ::-1] if mirror else expected)
        assert frame.bgr().shape[:2] == frame.luma.shape
    # The settings come on top: turning back gives the stored picture.
    if not mirror:
        back = frames_of(turned, rotate=(360 - 90 * turns) % 360)
        np.testing.assert_array_equal(back[0].luma, frames_of(clip)[0].luma)


def test_two_runs_are_equal(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4")
    for one, other in zip(frames_of(clip), frames_of(clip), strict=True):
        np.testing.assert_array_equal(one.luma, other.luma)
        assert (one.index, one.media_time) == (other.index, other.media_time)


def test_no_video_in_it(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(FormatError, match="no video in it"), open_source(camera(path)):
        pass


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty file"),
        (b"Dear diary, " * 99, "not a video"),
        (b"\xff\xd8\xff" + b"\0" * 99, "truncated picture"),
    ],
)
def test_not_a_video(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=words), open_source(camera(path)):
        pass
    with pytest.raises(FormatError, match=words):
        probe(camera(path))


def test_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="not found"), open_source(camera(tmp_path / "none.mp4")):
        pass


def test_a_truncated_file_gives_what_it_has(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=60, options={"g": "10"}, index_first=True)
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) * 2 // 3])
    with open_source(camera(clip)) as source_:
        numbers = [number_of(frame.luma) for frame in source_]
        status = source_.status
    assert 20 < len(numbers) < 60
    assert numbers == list(range(len(numbers)))
    assert status.state == "ended"
    assert status.last_error is not None
    assert f"{len(numbers)} of 60" in status.last_error
    assert "ends early" in caplog.text


def test_a_file_without_its_index_is_an_error(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=60)
    clip.write_bytes(clip.read_bytes()[:-1500])
    with pytest.raises(FormatError, match="damaged beyond reading"), open_source(camera(clip)):
        pass


def test_damage_in_the_middle_is_counted_and_left_out(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.ts", frames=80, options={"g": "10"})
    data = bytearray(clip.read_bytes())
    rng = np.random.default_rng(1)
    for at in rng.integers(len(data) // 3, len(data) // 2, 60):
        data[at] ^= 0xFF
    clip.write_bytes(data)
    with open_source(camera(clip)) as source:
        numbers = [number_of(frame.luma) for frame in source]
        status = source.status
    assert status.damaged > 0
    assert status.frames == len(numbers) >= 40
    assert numbers[:20] == list(range(20))
    assert numbers[-20:] == list(range(60, 80))


def test_a_paced_file_takes_the_time_that_it_shows(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4")
    begin = time.monotonic()
    with open_source(camera(clip, paced=True)) as source:
        for frame in source:
            assert frame.media_time is not None
            assert time.monotonic() - begin >= frame.media_time - 0.04
    assert time.monotonic() - begin >= 19 / 25


def test_a_paced_file_can_be_closed_between_two_frames(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=2, times=[0, 60_000])
    begin = time.monotonic()
    with open_source(camera(clip, paced=True)) as source:
        assert source.read() is not None
    assert time.monotonic() - begin < 2


def test_the_end_stays_the_end(tmp_path: Path) -> None:
    with open_source(camera(write_clip(tmp_path / "clip.mp4", frames=2))) as source:
        assert len(list(source)) == 2
        for _ in range(2):
            with pytest.raises(EndOfSource):
                source.read()


def test_probe_tells_what_is_there(tmp_path: Path) -> None:
    info = probe(camera(write_clip(tmp_path / "clip.mp4")))
    assert (info.size, info.fps, info.codec, info.pixel_format) == ((160, 120), 25.0, "h264", "yuv420p")
    assert (info.frames, info.seconds) == (20, pytest.approx(0.8))


def test_a_name_with_a_colon_is_a_file(tmp_path: Path) -> None:
    assert len(frames_of(write_clip(tmp_path / "2026-01-31 12:00:00.mp4", frames=2))) == 2


def test_closing_early_leaves_no_thread(tmp_path: Path) -> None:
    source = open_source(camera(write_clip(tmp_path / "clip.mp4"), name="early"))
    with source:
        assert source.read() is not None
    with pytest.raises(EndOfSource):
        source.read()
    assert not [thread for thread in threading.enumerate() if thread.name == "source-early"]


def test_an_unknown_scheme_is_an_error() -> None:
    with pytest.raises(SourceError, match="unknown kind of URL"), open_source(camera("nonsense://x")):
        pass
