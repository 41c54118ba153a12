from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from end_to_end.conftest import SHORT
from end_to_end.program import EASY, Done, assert_right, demo_truth, parsed, place, run

SETTLED = 25
"""Frames after which a display of a clip is read for sure."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written")


@pytest.fixture(scope="module")
def done(clip: Path, folder: Path) -> Done:
    """One run with every kind of output."""
    outputs = ["--log", folder / "a.jsonl", "--log", folder / "a.csv"]
    outputs += ["--output", folder / "annotated.mp4", "--snapshot", folder / "last.png"]
    return run("--source", clip, *outputs)


def pictures(path: Path, count: int = 999) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures of a video as BGR."""
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == count:
                return
            yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def test_every_frame_is_read_in_order_and_right(done: Done) -> None:
    assert done.code == 0, done.err
    lines = done.readings
    assert [*dict.fromkeys(line["frame"] for line in lines)] == list(range(SHORT))
    assert all(line["media_time"] == pytest.approx(line["frame"] / 25, abs=0.001) for line in lines)
    assert {(line["camera"], line["time"], line["latency_ms"]) for line in lines} == {("camera", None, None)}
    truth = demo_truth()
    settled = [line for line in lines if line["frame"] >= SETTLED]
    for name in EASY:
        texts = {line["frame"]: line["text"] for line in settled if place(line) == name}
        assert texts == {frame: truth[name][frame] for frame in range(SETTLED, SHORT)}
    assert_right(settled)


def test_logs_are_the_same_on_every_run(clip: Path, done: Done, folder: Path) -> None:
    again = run("--source", clip, "--log", folder / "b.jsonl", "--quiet")
    assert (again.code, again.out) == (0, "")
    assert (folder / "b.jsonl").read_bytes() == (folder / "a.jsonl").read_bytes() == done.out.encode()


def test_the_csv_holds_what_the_json_does(done: Done, folder: Path) -> None:
    with (folder / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(done.readings)
    for row, line in zip(rows, done.readings, strict=True):
        assert row.keys() == line.keys()
        assert json.loads(row["digits"]) == line["digits"]
        plain = {
            name: "" if value is None else str(value) for name, value in line.items() if name != "digits"
        }
        assert {name: row[name] for name in plain} == plain


def test_the_annotated_video_is_h264_with_every_frame(clip: Path, done: Done, folder: Path) -> None:
    assert done.code == 0
    with av.open(str(folder / "annotated.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 640, 480)
        times = [float(frame.pts * (frame.time_base or Fraction(0))) for frame in container.decode(stream)]
    assert len(times) == SHORT
    assert all(b - a == pytest.approx(0.04, abs=0.001) for a, b in pairwise(times))
    *_, source = pictures(clip)
    *_, drawn = pictures(folder / "annotated.mp4")
    changed = (np.abs(drawn.astype(int) - source).max(axis=2) > 40).mean()
    assert 0.002 < changed < 0.5, "the overlay is drawn on the picture, not instead of it"


def test_the_snapshot_is_the_last_annotated_frame(done: Done, folder: Path) -> None:
    assert done.code == 0
    *_, last = pictures(folder / "annotated.mp4")
    snapshot = cv2.imread(str(folder / "last.png"))
    assert snapshot is not None
    assert snapshot.shape == last.shape
    assert np.abs(snapshot.astype(int) - last).mean() < 6
    assert [path.name for path in folder.glob(".*")] == []


@pytest.fixture(scope="module")
def stills(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stills")
    for name, picture in zip(("9.png", "10.jpg", "11.png"), pictures(clip, 3), strict=True):
        assert cv2.imwrite(str(folder / name), picture)
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_one_look_decides_in_a_folder_of_pictures(stills: Path) -> None:
    done = run("--source", stills)
    assert done.code == 0, done.err
    assert sorted({line["frame"] for line in done.readings}) == [0, 1, 2]
    for frame in range(3):
        assert_right([line for line in done.readings if line["frame"] == frame])


def test_one_picture(stills: Path) -> None:
    done = run("--source", stills / "10.jpg", "--region", "395,330,205,50", "--digits", "5", "--unit", "pcs")
    assert done.code == 0, done.err
    (line,) = done.readings
    assert (line["display"], line["text"], line["status"]) == ("display-1", "40718", "ok")
    assert (line["unit"], line["value"]) == ("pcs", "40718")


def in_form(clip: Path, path: Path, form: str) -> Path:
    """Write the clip's pictures in the form in which they come out of a pipe."""
    codec, pixel_format = ("mjpeg", "yuvj420p") if form == "mjpeg" else ("libx264", "yuv420p")
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=25, options={"qmin": "2", "qmax": "4"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 640, 480, pixel_format
        for picture in pictures(clip, 2 + SETTLED):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("form", ["h264", "mpegts", "mjpeg"])
def test_standard_input(clip: Path, tmp_path: Path, form: str) -> None:
    path, log = in_form(clip, tmp_path / "clip", form), tmp_path / "log.jsonl"
    with subprocess.Popen([str(shutil.which("cat")), path], stdout=subprocess.PIPE) as writer:
        done = run("--source", "-", "--log", log, stdin=writer.stdout)
    assert done.code == 0, done.err
    lines = parsed(log.read_text())
    assert {line["frame"] for line in lines} == set(range(2 + SETTLED))
    # What comes through a pipe happens now.
    assert all(line["time"].endswith("Z") for line in lines)
    assert_right(lines)
