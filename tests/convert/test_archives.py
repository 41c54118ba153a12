from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from digitstream.convert.archives import unpack
from digitstream.convert.dataset import find, load
from digitstream.convert.errors import DatasetError
from manifests import write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "made",
        ["images/a.png", "6.8", "cropped-digit", "", "gas"],
        ["b.png", "12", "strip", "", ""],
    )


def pack(folder: Path, path: Path, top: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, f"{top}{file.relative_to(folder)}")
        archive.writestr("__MACOSX/._b.png", b"")
    return path


@pytest.mark.parametrize("top", ["", "my digits/"])
def test_a_zip_file_is_as_good_as_its_folder(folder: Path, tmp_path: Path, top: str) -> None:
    path = pack(folder, tmp_path / "digits.zip", top)
    (dataset,) = find([path])
    assert dataset.name == "digits.zip"
    assert [s.columns for s in dataset.samples] == [s.columns for s in load(folder).samples]
    assert (dataset.samples[0].grey() == load(folder).samples[0].grey()).all()
    assert f"digits.zip/{top}manifest.csv:2" in dataset.samples[0].where


def test_any_layout_can_be_zipped(folder: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree/7"
    tree.mkdir(parents=True)
    (folder / "b.png").rename(tree / "a.png")
    (dataset,) = find([pack(tmp_path / "tree", tmp_path / "tree.zip")])
    assert [s.crop.digit for s in dataset.samples if s.crop] == [7]
    assert "device" not in dataset.samples[0].columns


def test_a_zip_file_of_several_data_sets_stands_for_all(folder: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    both.mkdir()
    folder.rename(both / "one")
    write(both / "two", ["a.png", "1", "cropped-digit", "", ""])
    found = find([pack(both, tmp_path / "both.zip"), both])
    assert [d.name for d in found] == ["both.zip/one", "both.zip/two", "both/one", "both/two"]


def test_it_is_unpacked_once_until_it_changes(folder: Path, tmp_path: Path) -> None:
    path = pack(folder, tmp_path / "a.zip")
    assert unpack(path) == unpack(path)
    first = unpack(path)
    write(folder, ["c.png", "3", "cropped-digit", "", ""])
    pack(folder, path)
    os.utime(path, ns=(1, 1))
    assert unpack(path) != first


@pytest.mark.parametrize(
    "name", ["../evil.png", "/etc/evil.png", "a/../../evil.png", "..\\evil.png", "C:\\evil.png"]
)
def test_paths_that_lead_out_are_refused(folder: Path, tmp_path: Path, name: str) -> None:
    path = pack(folder, tmp_path / "evil.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(DatasetError, match=r"evil\.zip: unsafe path in the zip file") as caught:
        load(path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("**/evil.png"))


def test_links_are_refused(folder: Path, tmp_path: Path) -> None:
    path = pack(folder, tmp_path / "link.zip")
    entry = zipfile.ZipInfo("secret.png")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(DatasetError, match="a link in the zip file"):
        load(path)


def test_a_damaged_or_missing_zip_file_is_an_error(folder: Path, tmp_path: Path) -> None:
    path = pack(folder, tmp_path / "bad.zip")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DatasetError, match=r"bad\.zip: not a zip file that can be read"):
        load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(folder / "manifest.csv", "manifest.csv")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"cropped", b"crapped", 1))
    with pytest.raises(DatasetError, match=r"bad\.zip: not a zip file that can be read: Bad CRC"):
        load(path)
    with pytest.raises(DatasetError, match=r"gone\.zip"):
        load(tmp_path / "gone.zip")
