from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert.dataset import Kind, find, load
from digitstream.convert.errors import DatasetError
from digitstream.convert.problems import Check, Problem
from manifests import write


def draw(folder: Path, *files: str) -> Path:
    for i, file in enumerate(files):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".png", ".jpg", ".JPG"):
            cv2.imwrite(str(path), np.full((30, 20), 10 * i, np.uint8))
        else:
            path.write_text("not a picture")
    return folder


def test_the_folder_is_the_label(tmp_path: Path) -> None:
    names = ("0/a.png", "9/b.JPG", "3.4/c.jpg", "none/d.png", "blank/e.png", "NaN/f.png")
    dataset = load(draw(tmp_path / "digits", *names, "0/Thumbs.db", "0/.hidden.png", "__MACOSX/0/x.png"))
    samples = {sample.columns["file"]: sample for sample in dataset.samples}
    assert set(samples) == set(names)
    assert {file: s.crop.target for file, s in samples.items() if s.crop} == {
        "0/a.png": 0,
        "9/b.JPG": 9,
        "3.4/c.jpg": None,
        "none/d.png": 10,
        "blank/e.png": 10,
        "NaN/f.png": None,
    }
    assert samples["3.4/c.jpg"].crop is not None
    assert samples["3.4/c.jpg"].crop.position == 34
    assert all(s.kind is Kind.CROP and s.columns["label"] for s in dataset.samples)
    assert dataset.samples[0].where == str(tmp_path / "digits/0/a.png")
    assert len(list(dataset.crops())) == 6


def test_a_folder_between_is_a_split_or_a_device(tmp_path: Path) -> None:
    dataset = load(draw(tmp_path, "train/0/a.png", "Test/0/b.png", "gas meter/7/c.png"))
    columns = {s.path.name: (s.columns.get("split"), s.columns.get("device")) for s in dataset.samples}
    assert columns == {"a.png": ("train", None), "b.png": ("Test", None), "c.png": (None, "gas meter")}


def test_pictures_without_a_label_are_a_problem(tmp_path: Path) -> None:
    draw(tmp_path, "0/a.png", "zero/b.png", "docs/readme.txt")
    with pytest.raises(DatasetError, match=r"zero: no label: 0 to 9, a position like 3\.4, none, or NaN"):
        load(tmp_path)
    problems: list[Problem] = []
    assert len(load(tmp_path, problems.append).samples) == 1
    assert [(p.check, p.where) for p in problems] == [(Check.LINE, str(tmp_path / "zero"))]


def test_a_manifest_wins_over_folders(tmp_path: Path) -> None:
    write(tmp_path / "set", ["7/a.png", "1", "cropped-digit", "", ""])
    assert [s.columns["label"] for s in load(tmp_path / "set").samples] == ["1"]
    assert [d.name for d in find([tmp_path])] == ["set"]
    assert [s.columns["label"] for s in load(tmp_path).samples] == ["1"]


def test_a_folder_of_anything_else_is_no_data_set(tmp_path: Path) -> None:
    draw(tmp_path, "holiday/a.png", "0/notes.txt")
    with pytest.raises(DatasetError, match=r"manifest\.csv: No such file or directory, nor pictures in fold"):
        load(tmp_path)
