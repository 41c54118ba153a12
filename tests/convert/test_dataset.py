from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert.dataset import Box, Kind, find, load, stack
from digitstream.convert.errors import DatasetError
from digitstream.crops import letterbox
from digitstream.errors import ConfigError
from manifests import HEADER, write


def test_every_kind_of_sample_is_loaded(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "set",
        ["images/a.png", "6.8", "cropped-digit", "", "gas"],
        ["b.png", "0123", "strip", '[["0", 1.5, 2, 3, 4]]', ""],
        ["c.png", "47.60 17.252", "full-photo", '[[7, 1, 2, 3, 4], ["?", -1, 2, 3, 4]]', ""],
        ["d.mp4", "6-54=99??;56-95=98??", "video", "", ""],
        ["e.png", "", "full-photo", "", ""],
    )
    dataset = load(folder)
    crop, strip, photo, video, unread = dataset.samples
    assert dataset.name == "set"
    assert [s.kind for s in dataset.samples] == [
        Kind.CROP,
        Kind.STRIP,
        Kind.PHOTO,
        Kind.VIDEO,
        Kind.PHOTO,
    ]
    assert crop.crop is not None
    assert crop.crop.target == 7
    assert crop.columns["device"] == "gas"
    assert crop.line == 2
    assert strip.boxes == (Box("0", 1.5, 2, 3, 4),)
    assert [r.text for r in photo.readings] == ["47.60", "17.252"]
    assert [b.digit for b in photo.boxes] == ["7", "?"]
    assert [(s.first, s.last) for s in video.spans] == [(6, 54), (56, 95)]
    assert unread.readings == ()
    assert dataset.of_kind(Kind.STRIP, Kind.PHOTO) == (strip, photo, unread)


def test_crops_come_as_the_classifier_gets_them(tmp_path: Path) -> None:
    folder = write(
        tmp_path, ["a.png", "1", "cropped-digit"], ["b.png", "2", "cropped-digit"], header=HEADER[:3]
    )
    crops = list(load(folder).crops())
    grey = cv2.imread(str(folder / "b.png"), cv2.IMREAD_GRAYSCALE)
    assert grey is not None
    np.testing.assert_array_equal(crops[1][0], letterbox(grey))  # type: ignore[arg-type]
    assert [s.crop.digit for _, s in crops if s.crop] == [1, 2]
    assert stack(crop for crop, _ in crops).shape == (2, 32, 32)
    assert stack([]).shape == (0, 32, 32)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["gone.png", "1", "cropped-digit", "", ""], "no such file: 'gone.png'"),
        (["", "1", "cropped-digit", "", ""], "no such file: ''"),
        (["a.png", "x", "cropped-digit", "", ""], "bad crop label 'x'"),
        (["a.png", "", "cropped-digit", "", ""], "bad crop label ''"),
        (["a.png", "1 kWh", "full-photo", "", ""], "bad label 'kWh'"),
        (["a.mp4", "9-1=12", "video", "", ""], "bad video label"),
        (["a.png", "1", "photo", "", ""], "unknown kind 'photo'; known are cropped-digit, strip"),
        (["a.png", "1", "strip", "[[1, 2]]", ""], r"bad boxes: \[1, 2\] is no digit with four numbers"),
        (["a.png", "1", "strip", '[["12", 1, 2, 3, 4]]', ""], "bad boxes: '12' is no digit"),
        (["a.png", "1", "strip", '[["1", 1, 2, 0, 4]]', ""], "has no area"),
        (["a.png", "1", "strip", '[["1", 1, 2, NaN, 4]]', ""], "is no digit with four numbers"),
        (["a.png", "1", "strip", "[1]", ""], "bad boxes"),
        (["a.png", "1", "strip", "{", ""], "bad boxes"),
        (["a.png", "1", "strip", "3", ""], "bad boxes"),
        (["a.png", "1", "strip", "[[]]", ""], "bad boxes"),
        (["a.png", "1", "strip", "", "", "surplus"], "more columns"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, row: list[str], why: str) -> None:
    write(tmp_path, ["ok.png", "1", "cropped-digit", "", ""], row)
    if row[0] == "gone.png":
        (tmp_path / "gone.png").unlink()
    with pytest.raises(DatasetError, match=why) as caught:
        load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'manifest.csv'}:3: ")
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ConfigError)


def test_a_folder_without_a_usable_manifest_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"manifest\.csv: No such file"):
        load(tmp_path)
    (tmp_path / "manifest.csv").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"manifest\.csv:1: no column file, kind, label"):
        load(tmp_path)
    (tmp_path / "manifest.csv").write_bytes(b"file,label,kind\n\xff\xfe,1,strip\n")
    with pytest.raises(DatasetError, match="no CSV in UTF-8"):
        load(tmp_path)


def test_a_damaged_picture_is_an_error_when_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"not a picture")
    write(tmp_path, ["a.png", "1", "full-photo", "", ""])
    (sample,) = load(tmp_path).samples
    with pytest.raises(DatasetError, match=r"a\.png: not a picture"):
        sample.picture()


def test_a_folder_of_data_sets_stands_for_all_of_them(tmp_path: Path) -> None:
    for name in ("two", "one"):
        write(tmp_path / name, ["a.png", "1", "cropped-digit", "", ""])
    assert [d.name for d in find([tmp_path])] == ["one", "two"]
    assert [d.name for d in find([tmp_path / "two"])] == ["two"]
    with pytest.raises(DatasetError, match="No such file"):
        find([tmp_path / "three"])


def test_names_tell_data_sets_apart(tmp_path: Path) -> None:
    for name in ("a/one", "b/one", "b/two"):
        write(tmp_path / name, ["a.png", "1", "cropped-digit", "", ""])
    assert [d.name for d in find([tmp_path / "a", tmp_path / "b", tmp_path / "b/../b/two"])] == [
        "a/one",
        "b/one",
        "two",
    ]


def test_the_real_data_sets_load_whole(data: Path) -> None:
    sets = {d.name: d for d in find([data / "eval", data / "train"])}
    targets = [s.crop.target for s in sets["mixed-digits"].samples if s.crop]
    assert len(targets) == 1092
    assert sum(t is None for t in targets) == 245
    assert sum(len(s.boxes) for s in sets["meter-strips"].samples) == 3724
    assert len(sets["videos"].samples[0].spans) == 2
