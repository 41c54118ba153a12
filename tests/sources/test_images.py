from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.config import CameraConfig
from digitstream.errors import FormatError
from digitstream.sources import open_source, probe
from sources.clips import encoded, number_of, picture


def test_a_folder_in_the_order_a_person_would_number(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        (tmp_path / f"shot{number}.jpg").write_bytes(encoded(number))
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "3.PNG").write_bytes(encoded(3, "png"))
    (tmp_path / "notes.txt").write_text("not a picture")
    with open_source(CameraConfig(source=str(tmp_path))) as source:
        frames = list(source)
        assert not source.live
        assert source.status.info.frames == 4
    assert [number_of(frame.luma) for frame in frames] == [3, 1, 2, 10]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert all(frame.still for frame in frames)
    assert {(frame.media_time, frame.captured) for frame in frames} == {(None, None)}


def test_a_folder_with_a_rate_has_times(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(encoded(number, "png"))
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    with open_source(CameraConfig(source=str(tmp_path), fps=0.1, start_time=start)) as source:
        frames = list(source)
    assert [frame.media_time for frame in frames] == [0, 10, 20]
    assert frames[2].captured == start + timedelta(seconds=20)


def test_one_picture_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "picture.dat"
    path.write_bytes(encoded(77, "png"))
    with open_source(CameraConfig(source=str(path))) as source:
        (frame,) = source
    assert frame.still
    np.testing.assert_array_equal(frame.bgr(), picture(77))
    assert probe(CameraConfig(source=str(path))).size == (160, 120)


def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    upright = picture(5)
    stored = cv2.imencode(".jpg", np.rot90(upright), [cv2.IMWRITE_JPEG_QUALITY, 100])[1].tobytes()
    # Exif with one entry: orientation 6, to be turned clockwise by 90 degrees.
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    path = tmp_path / "phone.jpg"
    path.write_bytes(stored[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + stored[2:])
    with open_source(CameraConfig(source=str(path))) as source:
        (frame,) = source
    assert frame.size == (160, 120)
    assert number_of(frame.luma) == 5


def test_damaged_pictures_are_counted_and_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "1.jpg").write_bytes(encoded(1))
    (tmp_path / "2.jpg").write_bytes(encoded(2)[:400])
    (tmp_path / "3.jpg").write_bytes(b"")
    (tmp_path / "4.png").write_bytes(b"no picture")
    (tmp_path / "5.jpg").write_bytes(encoded(5))
    with open_source(CameraConfig(source=str(tmp_path))) as source:
        assert [number_of(frame.luma) for frame in source] == [1, 5]
        assert source.status.damaged == 3
    assert "2.jpg: truncated picture; left out" in caplog.text


def test_nothing_but_damage_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"no picture")
    with (
        open_source(CameraConfig(source=str(tmp_path))) as source,
        pytest.raises(FormatError, match="no picture in it can be decoded"),
    ):
        source.read()


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(FormatError, match="no picture in this folder"),
        open_source(CameraConfig(source=str(tmp_path))),
    ):
        pass
