from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert.corpus import from_folders
from digitstream.convert.dataset import Box, Kind, find, load, stack
from digitstream.convert.errors import DatasetError
from digitstream.convert.problems import Check, Problem
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


def test_all_problems_are_reported_to_whom_wants_them_all(tmp_path: Path) -> None:
    write(
        tmp_path,
        ["a.png", "x", "cropped-digit", "", ""],
        ["b.png", "y", "cropped-digit", "", ""],
        ["c.png", "7", "cropped-digit", "", ""],
        ["d.png", "1", "strip", "{", ""],
    )
    (tmp_path / "b.png").unlink()
    problems: list[Problem] = []
    dataset = load(tmp_path, problems.append)
    assert [sample.path.name for sample in dataset.samples] == ["c.png"]
    assert [(p.check, p.where.rsplit(":", 1)[1]) for p in problems] == [
        (Check.LINE, "2"),
        (Check.MISSING, "3"),
        (Check.LINE, "3"),
        (Check.LINE, "5"),
    ]


def test_crops_without_a_label_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    header = ["file", "label", "kind", "boxes", "guess", "confidence", "reason"]
    folder = write(
        tmp_path / "hard",
        ["a.png", "", "cropped-digit", "", "7", "0.41", "low_confidence"],
        ["b.png", "3.4", "cropped-digit", "", "3", "0.62", "changed"],
        ["c.png", " ", "cropped-digit", "", "", "0.12", "low_confidence"],
        header=header,
    )
    dataset = load(folder)
    assert [sample.path.name for sample in dataset.samples] == ["b.png"]
    assert [sample.path.name for sample in dataset.unlabelled] == ["a.png", "c.png"]
    assert dataset.unlabelled[0].columns["guess"] == "7"
    (said,) = caplog.messages
    assert said == f"{folder}: 2 of 3 lines have no label yet and are left out"
    assert len(from_folders([folder], seed=1)) == 1


def test_a_video_is_seen_by_its_first_frame(tmp_path: Path) -> None:
    write(tmp_path, ["a.mp4", "0-1=12", "video", "", ""])
    with pytest.raises(DatasetError, match=r"a\.mp4: not a video"):
        load(tmp_path).samples[0].picture()
    writer = cv2.VideoWriter(str(tmp_path / "a.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10, (64, 48))
    writer.write(np.full((48, 64, 3), 200, np.uint8))
    writer.release()
    picture = load(tmp_path).samples[0].picture()
    assert picture.shape == (48, 64, 3)
    assert 190 < picture.mean() < 210


def test_a_path_of_many_data_sets_is_not_taken_for_one(tmp_path: Path) -> None:
    for name in ("two", "one"):
        write(tmp_path / name, ["a.png", "1", "cropped-digit", "", ""])
    with pytest.raises(DatasetError, match="2 data sets; name one of them: one, two"):
        load(tmp_path)


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
