from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert.dataset import Box, Kind, find, load
from digitstream.convert.errors import DatasetError
from digitstream.convert.problems import Check, Problem
from svhn_files import write_boxes, write_digits

h5py = pytest.importorskip("h5py")
savemat = pytest.importorskip("scipy.io").savemat


def write_photos(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        cv2.imwrite(str(folder / name), np.full((30, 60, 3), 90, np.uint8))
    return folder


def test_photos_come_with_boxes_and_the_reading(tmp_path: Path) -> None:
    folder = write_photos(tmp_path / "train", "1.png", "2.png")
    write_boxes(
        folder / "digitStruct.mat",
        [
            ("1.png", [(30, 43, 7, 19, 5)]),
            ("2.png", [(23, 9, 5, 14, 2), (23, 24, 8, 8, 10), (23, 31, -6, 12, 1)]),
        ],
    )
    dataset = load(folder)
    single, triple = dataset.samples
    assert dataset.name == "train"
    assert (single.kind, triple.kind) == (Kind.PHOTO, Kind.PHOTO)
    assert [r.text for s in dataset.samples for r in s.readings] == ["5", "201"]
    assert single.boxes == (Box("5", 43, 7, 19, 30),)
    assert triple.boxes[1:] == (Box("0", 24, 8, 8, 23), Box("1", 31, -6, 12, 23))
    assert triple.picture().shape == (30, 60, 3)
    assert triple.where == f"{folder / 'digitStruct.mat'}:2"
    assert triple.columns["label"] == "201"


def test_all_that_is_wrong_with_photos_is_told(tmp_path: Path) -> None:
    folder = write_photos(tmp_path, "2.png", "3.png", "4.png")
    boxes = [
        ("1.png", [(30, 43, 7, 19, 5)]),
        ("2.png", [(30, 43, 7, 0, 5)]),
        ("3.png", [(30, 43, 7, 19, 11)]),
        ("4.png", [(30, 43, 7, 19, 9)]),
    ]
    write_boxes(folder / "digitStruct.mat", boxes)
    problems: list[Problem] = []
    assert [s.path.name for s in load(folder, problems.append).samples] == ["4.png"]
    assert [p.check for p in problems] == [Check.MISSING, Check.LINE, Check.LINE]
    assert problems[0].where.endswith("digitStruct.mat:1")
    with pytest.raises(DatasetError, match=r"digitStruct\.mat:1: no such file: '1\.png'"):
        load(folder)


def test_digits_are_read_in_true_colours(tmp_path: Path) -> None:
    dataset = load(write_digits(tmp_path / "train_32x32.mat", [1, 10, 9]))
    assert dataset.name == "train_32x32.mat"
    assert [s.crop.digit for s in dataset.samples if s.crop] == [1, 0, 9]
    assert [s.columns["label"] for s in dataset.samples] == ["1", "0", "9"]
    assert dataset.samples[2].picture()[0, 0].tolist() == [0, 0, 20]
    assert dataset.samples[2].picture()[5, 9].tolist() == [250, 0, 20]
    assert dataset.samples[2].grey().shape == (32, 32)
    assert dataset.samples[1].where.endswith("train_32x32.mat:2")
    assert len(list(dataset.crops())) == 3


def test_a_label_out_of_range_is_told_with_its_number(tmp_path: Path) -> None:
    path = write_digits(tmp_path / "test_32x32.mat", [1, 0])
    with pytest.raises(DatasetError, match=r"test_32x32\.mat:2: label 0 is not 1 to 9, nor 10 for a 0"):
        load(path)


def test_both_formats_are_found_side_by_side(tmp_path: Path) -> None:
    write_boxes(write_photos(tmp_path / "train", "1.png") / "digitStruct.mat", [("1.png", [(9, 3, 7, 5, 5)])])
    for name in ("train_32x32.mat", "test_32x32.mat"):
        write_digits(tmp_path / name, [1, 2])
    assert [d.name for d in find([tmp_path])] == ["test_32x32.mat", "train", "train_32x32.mat"]
    assert [d.name for d in find([tmp_path / "train"])] == ["train"]


@pytest.mark.parametrize("name", ["digitStruct.mat", "train_32x32.mat"])
@pytest.mark.parametrize("how", ["text", "cut", "other"])
def test_a_damaged_file_is_an_error(tmp_path: Path, name: str, how: str) -> None:
    path = tmp_path / name
    if how == "text":
        path.write_text("this is no MATLAB file, whatever its name says")
    elif how == "cut":
        if name == "digitStruct.mat":
            write_boxes(path, [("1.png", [(9, 3, 7, 5, 5)])] * 40)
        else:
            write_digits(path, list(range(1, 11)) * 4)
        path.write_bytes(path.read_bytes()[:3000])
    elif name == "digitStruct.mat":
        with h5py.File(path, "w") as file:
            file.create_dataset("something", data=[1])
    else:
        savemat(path, {"X": np.zeros((3, 3)), "y": np.zeros((7, 1))})
    with pytest.raises(DatasetError, match=rf"{name}: not the .* of SVHN format") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


def test_real_house_numbers_say_the_same_in_the_published_format(data: Path, tmp_path: Path) -> None:
    photos = [s for s in load(data / "eval/house-numbers").samples if s.boxes]
    pictures = []
    for sample in photos:
        shutil.copy(sample.path, tmp_path)
        rows = [(b.height, b.x, b.y, b.width, int(b.digit) or 10) for b in sample.boxes]
        pictures.append((sample.path.name, rows))
    write_boxes(tmp_path / "digitStruct.mat", pictures)
    made = load(tmp_path).samples
    assert len(made) == 3
    assert [s.readings for s in made] == [s.readings for s in photos]
    assert [s.boxes for s in made] == [s.boxes for s in photos]
    assert [s.picture().shape for s in made] == [s.picture().shape for s in photos]
