from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from digitstream.errors import OutputError
from digitstream.sinks.snapshot import SnapshotSink
from results_of import grey, result_of


def level(path: Path) -> int:
    """Grey level of the lower right corner, which has no label."""
    picture = cv2.imread(str(path))
    assert picture is not None
    return int(picture[-1, -1, 0])


def test_the_newest_frame_at_most_once_a_second_and_at_the_end(tmp_path: Path) -> None:
    now = 100.0
    path = tmp_path / "frame.png"
    with SnapshotSink(path, clock=lambda: now) as sink:
        sink.write(result_of(0, picture=grey(320, 240, 100)))
        assert level(path) == 100
        now = 100.9
        sink.write(result_of(1, picture=grey(320, 240, 110)))
        assert level(path) == 100
        now = 101.1
        sink.write(result_of(2, picture=grey(320, 240, 120)))
        assert level(path) == 120
        sink.write(result_of(3, picture=grey(320, 240, 130)))
        sink.write(result_of(4))  # no frame
    assert level(path) == 130
    assert [p.name for p in tmp_path.iterdir()] == ["frame.png"]


def test_the_picture_is_annotated(tmp_path: Path) -> None:
    result = result_of(0, picture=grey(320, 240))
    with SnapshotSink(tmp_path / "frame.png") as sink:
        sink.write(result)
    saved, drawn = cv2.imread(str(tmp_path / "frame.png")), result.picture()
    assert saved is not None
    assert drawn is not None
    assert (saved == drawn).all()


def test_a_link_is_followed_and_a_device_is_not_replaced(tmp_path: Path) -> None:
    link = tmp_path / "link.png"
    link.symlink_to(tmp_path / "real.png")
    with SnapshotSink(link) as sink:
        sink.write(result_of(0, picture=grey(320, 240)))
    assert link.is_symlink()
    assert (tmp_path / "real.png").is_file()
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match="it is not a file"):
        SnapshotSink(tmp_path / "folder.png").open()


def test_what_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="make its folder first"):
        SnapshotSink(tmp_path / "missing" / "frame.png").open()
    with pytest.raises(OutputError, match=r"end its name in \.png"):
        SnapshotSink(tmp_path / "frame.txt").open()


def test_a_folder_that_vanishes_is_an_output_error(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    sink = SnapshotSink(folder / "frame.png")
    sink.open()
    folder.rmdir()
    with pytest.raises(OutputError, match="make its folder first"):
        sink.write(result_of(0, picture=grey(320, 240)))
