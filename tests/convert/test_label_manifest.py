from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from digitstream.convert.errors import DatasetError, LabelError
from digitstream.convert.label_manifest import Manifest
from manifests import HEADER, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "set",
        ["a.png", "", "cropped-digit", "", "gas, left"],
        ["b.png", "7", "cropped-digit", "", ""],
        ["c.png", "", "strip", '[["1",0,0,3,4]]', ""],
        ["d.mp4", "", "video", "", ""],
    )


def text(folder: Path) -> str:
    return (folder / "manifest.csv").read_bytes().decode()


def test_a_label_is_on_the_disk_and_nothing_else_changes(folder: Path) -> None:
    before = text(folder)
    Manifest(folder).label("a.png", "3.4")
    assert text(folder) == before.replace("a.png,", "a.png,3.4")
    assert sorted(path.name for path in folder.iterdir()) == [
        "a.png",
        "b.png",
        "c.png",
        "d.mp4",
        "manifest.csv",
    ]
    Manifest(folder).label("a.png", "")
    assert text(folder) == before


def test_what_cannot_be_typed_from_looking_is_left_out(folder: Path) -> None:
    assert [row["file"] for row in Manifest(folder).rows()] == ["a.png", "b.png", "c.png"]


def test_labels_are_those_of_the_kind(folder: Path) -> None:
    manifest = Manifest(folder)
    before = text(folder)
    for file, label in (("a.png", "12"), ("a.png", "x"), ("c.png", "x")):
        with pytest.raises(LabelError):
            manifest.label(file, label)
    assert text(folder) == before
    manifest.label("c.png", "12.5 ?7~")
    manifest.label("a.png", "blank")
    assert [row["label"] for row in manifest.rows()] == ["blank", "7", "12.5 ?7~"]


def test_the_way_it_is_written_stays(folder: Path) -> None:
    path = folder / "manifest.csv"
    path.write_bytes(
        "\ufefflabel,file,kind,who\r\n,a.png,cropped-digit\r\n8,b.png,cropped-digit,Zoë\r\n".encode()
    )
    path.chmod(0o640)
    link = folder / "real.csv"
    path.rename(link)
    path.symlink_to(link)
    Manifest(folder).label("a.png", "1")
    assert path.is_symlink()
    assert stat.S_IMODE(link.stat().st_mode) == 0o640
    assert (
        text(folder) == "\ufefflabel,file,kind,who\r\n1,a.png,cropped-digit,\r\n8,b.png,cropped-digit,Zoë\r\n"
    )


def test_a_line_comes_back_as_it_was(folder: Path) -> None:
    manifest = Manifest(folder)
    lines = manifest.remove("a.png")
    assert "a.png" not in text(folder)
    manifest.restore(lines)
    assert text(folder).splitlines()[-1] == 'a.png,,cropped-digit,,"gas, left"'


def test_labels_of_several_writers_all_arrive(tmp_path: Path) -> None:
    rows = [[f"{i}.png", "", "cropped-digit", "", ""] for i in range(40)]
    folder = write(tmp_path, *rows)

    def work(start: int) -> None:
        manifest = Manifest(folder)
        for i in range(start, 40, 4):
            manifest.label(f"{i}.png", str(i % 10))

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row["label"] for row in Manifest(folder).rows()] == [str(i % 10) for i in range(40)]


def test_only_files_inside_the_folder_are_found(folder: Path) -> None:
    manifest = Manifest(folder)
    (folder.parent / "secret.png").touch()
    assert manifest.path("a.png") == folder / "a.png"
    for file in ("../secret.png", str(folder.parent / "secret.png"), "gone.png", "", ".", "a\0.png"):
        assert manifest.path(file) is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        (b"file,label\na.png,1\n", "manifest.csv:1: no column kind"),
        (b"", "no column file, kind, label"),
        (b"file,label,kind\n\xff", "no CSV in UTF-8"),
    ],
)
def test_what_is_no_manifest_is_an_error(tmp_path: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / "manifest.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=why):
        Manifest(tmp_path)


def test_a_line_that_is_gone_is_an_error_and_changes_nothing(folder: Path) -> None:
    before = text(folder)
    for change in (Manifest(folder).remove, lambda file: Manifest(folder).label(file, "1")):
        with pytest.raises(DatasetError, match=r"no line for 'gone\.png' any more"):
            change("gone.png")
    assert text(folder) == before
    assert before.startswith(",".join(HEADER))
