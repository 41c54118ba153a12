from __future__ import annotations

import multiprocessing
import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from digitstream.errors import OutputError
from digitstream.frames import Frame
from digitstream.results import Picture, Result
from digitstream.sinks.video import VideoSink
from results_of import grey


def shot(picture: Picture, time: float | None, index: int = 0, monotonic: float = 0.0) -> Result:
    frame = Frame(index, picture[:, :, 1], media_time=time, monotonic=monotonic, _to_bgr=picture.copy)
    return Result("", frame, (), 0.0)


def written(path: Path, *results: Result) -> VideoSink:
    with VideoSink(path, "ultrafast") as sink:
        for result in results:
            sink.write(result)
    return sink


def frames(path: Path) -> tuple[list[float], list[Picture]]:
    """Times and pictures of a video."""
    with av.open(str(path)) as container:
        decoded = list(container.decode(video=0))
    times = [float((f.pts or 0) * (f.time_base or Fraction(1))) for f in decoded]
    return times, [f.to_ndarray(format="bgr24") for f in decoded]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_every_frame_with_its_own_time(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    times = [0.0, 0.04, 0.08, 0.5, 0.533, 2.0]  # a variable rate
    written(path, *(shot(grey(level=40 + 30 * i), t, i) for i, t in enumerate(times)))
    got, pictures = frames(path)
    assert got == pytest.approx(times, abs=0.001)
    for i, picture in enumerate(pictures):
        assert abs(float(picture[20:40].mean()) - (40 + 30 * i)) < 4


def test_it_is_h264_that_plays_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    written(path, *(shot(grey(), i / 25, i) for i in range(5)))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert float(stream.duration * stream.time_base) == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("blue_green_red", [(200, 40, 40), (40, 200, 40), (40, 40, 200)])
def test_colours_come_back(tmp_path: Path, blue_green_red: tuple[int, int, int]) -> None:
    picture = np.full((480, 640, 3), blue_green_red, np.uint8)
    path = tmp_path / "out.mp4"
    written(path, shot(picture, 0.0))
    with av.open(str(path)) as container:
        (frame,) = container.decode(video=0)
        got = frame.reformat(format="bgr24", src_colorspace="ITU709").to_ndarray()
        assert frame.colorspace == 1  # players need not guess
    assert np.abs(got[200:].mean(axis=(0, 1)) - blue_green_red).max() < 6


@pytest.mark.parametrize("size", [(65, 48), (64, 49), (101, 77), (1, 1)])
def test_odd_sizes_are_made_even_and_lose_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "out.mp4"
    written(path, shot(grey(*size), 0.0))
    _, (picture,) = frames(path)
    assert picture.shape[:2] == (size[1] + size[1] % 2, size[0] + size[0] % 2)
    assert abs(int(picture[-1, -1, 0]) - int(picture[0, 0, 0])) < 70


def test_a_new_size_is_fitted_into_the_first_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "out.mp4"
    sink = written(path, shot(grey(160, 120), 0.0), shot(grey(200, 400, 250), 0.1), shot(grey(80, 60), 0.2))
    _, pictures = frames(path)
    assert [p.shape for p in pictures] == [(120, 160, 3)] * 3
    assert sink.refitted == 2
    assert caplog.messages == ["out.mp4: frames of 200x400 are fitted into 160x120"]
    assert pictures[1][60, 80].min() > 200
    assert pictures[1][60, 5].max() < 40  # the aspect is kept


def test_a_source_that_starts_anew_goes_on_in_time(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    written(path, *(shot(grey(), t) for t in (5.0, 5.1, 0.0, 0.1)))
    times, _ = frames(path)
    assert times == pytest.approx([0.0, 0.1, 0.2, 0.3], abs=0.001)


def test_without_media_time_the_clock_of_the_capture_counts(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    written(path, *(shot(grey(), None, monotonic=t) for t in (100.0, 100.25)))
    assert frames(path)[0] == pytest.approx([0.0, 0.25], abs=0.001)


def test_results_without_a_frame_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    written(path, Result("", None, (), 0.0), shot(grey(), 0.0))
    assert len(frames(path)[0]) == 1


def _crash(path: Path) -> None:
    sink = VideoSink(path, "ultrafast")
    sink.open()
    for i in range(250):
        sink.write(shot(grey(level=i), i / 25, i))
    os._exit(9)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_crash_leaves_a_file_that_plays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    process = multiprocessing.get_context("spawn").Process(target=_crash, args=(path,))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    times, _ = frames(path)
    assert times[-1] > 6  # of ten seconds; the encoder looks ahead by up to two


def test_what_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="make its folder first"):
        VideoSink(tmp_path / "missing" / "out.mp4").open()
    with pytest.raises(OutputError, match=r"no known kind of video; end its name in \.mp4"):
        VideoSink(tmp_path / "out.txt").open()


def test_a_disk_that_is_full_is_an_output_error(tmp_path: Path) -> None:
    path = tmp_path / "out.mkv"
    path.symlink_to("/dev/full")
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    sink = VideoSink(path, "ultrafast")
    sink.open()

    def film() -> None:
        try:
            for i in range(30):
                sink.write(shot(noise, i / 25, i))
        finally:
            sink.close()

    with pytest.raises(OutputError, match="No space left on device; free some space"):
        film()
