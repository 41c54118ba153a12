"""Whatever a data set holds ends in samples or in problems with their place, never in anything else."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstream.convert.dataset import find
from digitstream.convert.errors import LabelError
from digitstream.convert.labels import parse_crop, parse_readings, parse_video
from digitstream.convert.problems import Problem
from fuzzing import COUNTS, SEEDS, attempt, report, spoilt, tries
from svhn_files import write_boxes, write_digits

pytest.importorskip("h5py")
pytest.importorskip("scipy.io")

MANIFEST = f"""file,label,kind,boxes,device
a.png,3.4,cropped-digit,,one
b.png,0123 45~,strip,"{json.dumps([["1", 1, 2, 3, 4]]).replace('"', '""')}",one
b.png,1?3,full-photo,,two
clip.mp4,0-5=12;6-9=13,video,,two
""".encode()
ENCODABLE = st.characters(codec="utf-8", exclude_characters="\0")
FILES = ("a.png", "b.png", "clip.mp4")


@pytest.fixture(scope="module", autouse=True)
def counts(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    report(request.config)


@pytest.fixture(scope="module")
def picture() -> bytes:
    return cv2.imencode(".png", np.full((30, 20, 3), 90, np.uint8))[1].tobytes()


def look(kind: str, path: Path) -> list[Problem]:
    """Read a data set and count whether it had problems."""
    problems: list[Problem] = []
    before = COUNTS[kind]["read"]
    attempt(kind, lambda: find([path], problems.append))
    if problems and COUNTS[kind]["read"] > before:
        COUNTS[kind].update(read=-1, refused=1)
    for problem in problems:
        assert path.stem in problem.where
        assert problem.text
    return problems


@tries(300)
@given(SEEDS, st.integers(0, 8))
def test_any_spoilt_manifest(tmp_path: Path, seed: int, holes: int) -> None:
    for name in FILES:
        (tmp_path / name).touch()
    (tmp_path / "manifest.csv").write_bytes(content := spoilt(MANIFEST, seed, holes))
    problems = look("spoilt manifest", tmp_path)
    assert content != MANIFEST or not problems


@tries(200)
@given(st.one_of(st.binary(max_size=300), st.text(ENCODABLE, max_size=300).map(str.encode)))
def test_any_manifest(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.csv").write_bytes(content)
    look("manifest", tmp_path)


@tries(300)
@given(st.one_of(st.text(max_size=20), st.text(alphabet="0123456789.?~-=; NaN", max_size=20)))
def test_any_label(text: str) -> None:
    for parse in (parse_crop, parse_readings, parse_video):
        attempt("label", lambda parse=parse: parse(text), LabelError)  # type: ignore[misc]


def archive(picture: bytes) -> bytes:
    """Return a zip file of a data set, with a folder and compression."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for label in ("3", "4.5", "none"):
            file.writestr(f"mine/{label}/one.png", picture)
        file.writestr("mine/7/", b"")
    return made.getvalue()


@tries(200)
@given(SEEDS, st.integers(0, 20))
def test_any_spoilt_archive(tmp_path: Path, picture: bytes, seed: int, holes: int) -> None:
    path = tmp_path / f"mine-{seed}-{holes}.zip"
    path.write_bytes(spoilt(archive(picture), seed, holes))
    look("zip file", path)
    path.unlink()


@tries(100)
@given(st.lists(st.text(ENCODABLE, min_size=1, max_size=20), max_size=3), st.booleans())
def test_any_names_in_an_archive(tmp_path: Path, names: list[str], above: bool) -> None:
    path = tmp_path / "names.zip"
    with zipfile.ZipFile(path, "w") as file:
        for name in {*names, *(["../outside"] if above else [])}:
            file.writestr(name, b"x")
    around = sorted(tmp_path.parent.iterdir())
    look("names in a zip file", path)
    assert sorted(tmp_path.parent.iterdir()) == around, "nothing is written elsewhere"


# Few: reading each one takes a process of its own.
@tries(8)
@given(SEEDS, st.sampled_from([1, 5, 50]))
def test_any_spoilt_crops_of_svhn(tmp_path: Path, seed: int, holes: int) -> None:
    path = write_digits(tmp_path / "train_32x32.mat", [1, 5, 10])
    path.write_bytes(spoilt(path.read_bytes(), seed, holes))
    look("SVHN, crops", path)


@tries(100)
@given(SEEDS, st.sampled_from([1, 5, 50]))
def test_any_spoilt_boxes_of_svhn(tmp_path: Path, picture: bytes, seed: int, holes: int) -> None:
    folder = tmp_path / "photos"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "1.png").write_bytes(picture)
    write_boxes(folder / "digitStruct.mat", [("1.png", [(20, 2, 3, 10, 5), (20, 12, 3, 10, 10)])])
    (folder / "digitStruct.mat").write_bytes(spoilt((folder / "digitStruct.mat").read_bytes(), seed, holes))
    look("SVHN, photos", folder)
