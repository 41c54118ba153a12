from __future__ import annotations

import logging
import os
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.config import SiteConfig
from digitstream.crops import cut, letterbox
from digitstream.errors import ConfigError, OutputError
from digitstream.frames import Frame
from digitstream.options import parser, site_of
from digitstream.readings import Status
from digitstream.results import Result
from digitstream.sinks import SinkQueue
from digitstream.sinks.collect import INTERVAL, PAUSE, CollectSink, cut_out
from results_of import digits_at, reading_of


def result(text: str, time: float, *, still: bool = False, camera: str = "cellar") -> Result:
    """A rejected reading of digits that stand in the picture."""
    luma = np.full((120, 320), 60, np.uint8)
    digits = digits_at(text, 20, 30, 30, 60)
    for digit in digits:
        x, y, _, height = digit.box
        cv2.putText(luma, digit.digit, (x, y + height), cv2.FONT_HERSHEY_SIMPLEX, 2.6, 220, 5)
    reading = reading_of(text, digits=digits, status=Status.LOW_CONFIDENCE, camera=camera)
    return Result(camera, Frame(0, luma, media_time=time, still=still), (reading,), fps=25.0)


def pictures(folder: Path) -> str:
    return "".join(sorted(path.name[0] for path in folder.glob("*.png")))


def test_hard_digits_are_saved_at_most_once_a_second_for_each_display(tmp_path: Path) -> None:
    with CollectSink(tmp_path, 0.9) as sink:
        sink.write(result("12", 0.0))
        sink.write(result("34", INTERVAL / 2))
        assert pictures(tmp_path) == "12"
        sink.write(result("56", INTERVAL / 2, camera="attic"))
        assert pictures(tmp_path) == "1256"
        sink.write(result("12", INTERVAL))  # nothing new
        sink.write(result("78", INTERVAL + 0.1))
        assert pictures(tmp_path) == "125678"
        sink.write(result("90", 0.1))  # the source has started anew
    assert pictures(tmp_path) == "01256789"


def test_each_picture_of_a_folder_stands_alone(tmp_path: Path) -> None:
    with CollectSink(tmp_path, 0.9) as sink:
        for text in ("12", "34"):
            sink.write(result(text, 0.0, still=True))
    assert pictures(tmp_path) == "1234"


def test_what_is_sure_is_not_saved(tmp_path: Path) -> None:
    good = result("12", 0.0)
    with CollectSink(tmp_path, 0.9) as sink:
        sink.write(replace(good, readings=(replace(good.readings[0], status=Status.OK),)))
        sink.write(good.without_frame())
    assert os.listdir(tmp_path) == ["manifest.csv"]


def test_a_folder_that_fails_or_is_full_is_reported_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    folder = tmp_path / "hard"
    with caplog.at_level(logging.WARNING), CollectSink(folder, 0.9, max_files=2, clock=lambda: now) as sink:
        shutil.rmtree(folder)
        folder.write_text("in the way")
        for time in range(5):
            sink.write(result("12", time))
            now += PAUSE / 2
        said = [record.message for record in caplog.records]
        assert len(said) == len(set(said)) == 2
        assert "hard': Not a directory; make its folder first" in said[0]
        assert "hard': it is not a folder" in said[1]
        folder.unlink()
        now += PAUSE
        for time, text in enumerate(("12", "34", "56"), 10):
            sink.write(result(text, time))
        assert pictures(folder) == "12"
        assert "is full" in caplog.records[-1].message
        assert len(caplog.records) == 3
        for path in folder.glob("*.png"):
            path.unlink()
        now += PAUSE
        sink.write(result("56", 20))
        assert pictures(folder) == "56"


def test_behind_its_queue_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "hard"
    with SinkQueue(CollectSink(folder, 0.9), lossless=True) as queue:
        shutil.rmtree(folder)
        folder.write_text("in the way")
        for time in range(100):
            queue.put(result("12", time))
    assert queue.stats.failed == 0


def test_a_folder_that_cannot_be_made_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file': it is not a folder; give another one"):
        CollectSink(tmp_path / "file", 0.9).open()
    with pytest.raises(OutputError, match=r"file/hard': Not a directory"):
        CollectSink(tmp_path / "file" / "hard", 0.9).open()


@pytest.mark.parametrize("height", [14.0, 24.3, 48.0, 110.0])
@pytest.mark.parametrize("angle", [0.0, 0.2])
def test_the_picture_gives_the_crop_that_the_classifier_saw(height: float, angle: float) -> None:
    luma = np.full((400, 500), 60, np.uint8)
    cv2.putText(luma, "5", (180, 300), cv2.FONT_HERSHEY_SIMPLEX, height / 21, 220, int(height / 6))
    luma = np.asarray(cv2.GaussianBlur(luma, (0, 0), 1.2), np.uint8)
    (digit,) = digits_at("5", 183, 300 - height, height * 0.6, height, angle)
    picture = cut_out(luma, digit.corners)
    seen = cut(luma, digit.corners[None])[0].astype(int)
    again = letterbox(picture).astype(int)
    assert np.abs(seen - again).mean() < 3
    assert max(picture.shape) == max(32, round(height * 1.3))


def test_the_option_and_the_setting() -> None:
    def site(*arguments: str) -> SiteConfig:
        return site_of(parser().parse_args(["--source", "demo", *arguments]), {})

    assert site().sinks.collect is None
    made = site("--collect", "~/hard").sinks.collect
    assert made is not None
    assert made.folder == Path("~/hard").expanduser()
    assert (made.max_files, made.max_bytes) == (2000, 50_000_000)
    with pytest.raises(ConfigError, match=r"^--collect: "):
        site("--collect", "a\0b")
