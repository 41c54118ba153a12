from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from aiohttp import ClientSession

from digitstream.convert import cli
from digitstream.convert.label_manifest import Manifest
from labelling import visit
from manifests import write

COMMAND = (
    sys.executable,
    "-c",
    "import sys; from digitstream.convert.cli import main; sys.exit(main(sys.argv[1:]))",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "set",
        ["a.png", "", "cropped-digit", "", "3.4", "0.512"],
        ["b.png", "7", "cropped-digit", "", "", ""],
        ["deep/c.png", "", "cropped-digit", "", "", ""],
        ["d.png", "", "strip", "", "", ""],
        ["gone.jpg", "", "cropped-digit", "", "", ""],
        ["../outside.png", "", "cropped-digit", "", "", ""],
        header=["file", "label", "kind", "boxes", "guess", "confidence"],
    )


def labels(folder: Path) -> dict[str, str]:
    return {row["file"]: row["label"] for row in Manifest(folder).rows()}


def asked(folder: Path, path: str, method: str = "GET", **request: Any) -> tuple[int, bytes, dict[str, str]]:
    async def ask(session: ClientSession, url: str) -> tuple[int, bytes, dict[str, str]]:
        async with session.request(method, url + path, **request) as answer:
            return answer.status, await answer.read(), dict(answer.headers)

    return visit(folder, ask)


def test_the_state_tells_what_waits_for_a_label(folder: Path) -> None:
    async def look(session: ClientSession, url: str) -> dict[str, Any]:
        async with session.get(url + "state.json") as answer:
            return dict(await answer.json())

    state = visit(folder, look)
    assert (state["folder"], state["total"], state["labelled"], state["missing"]) == ("set", 6, 1, 2)
    assert [item["file"] for item in state["items"]] == ["a.png", "deep/c.png", "d.png"]
    assert (state["items"][0]["guess"], state["items"][0]["confidence"]) == ("3.4", "0.512")
    assert state["items"][2]["guess"] == ""


def test_a_crop_without_a_guess_gets_that_of_the_classifier(tmp_path: Path) -> None:
    folder = write(
        tmp_path, ["8.png", "", "cropped-digit", "", ""], ["none.png", "", "cropped-digit", "", ""]
    )
    picture = np.full((60, 40), 200, np.uint8)
    cv2.putText(picture, "8", (3, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.7, 20, 4)
    cv2.imwrite(str(folder / "8.png"), picture)
    cv2.imwrite(str(folder / "none.png"), np.full((60, 40), 200, np.uint8))

    async def look(session: ClientSession, url: str) -> list[str]:
        async with session.get(url + "state.json") as answer:
            return [item["guess"] for item in (await answer.json())["items"]]

    assert visit(folder, look) == ["8", "blank"]


def test_labels_deletions_and_their_undoing_are_on_the_disk_at_once(folder: Path) -> None:
    picture = (folder / "a.png").read_bytes()

    async def work(session: ClientSession, url: str) -> None:
        async def post(action: str, **body: str) -> None:
            async with session.post(url + action, json=body) as answer:
                assert answer.status == 200, await answer.text()

        await post("label", file="a.png", label="3.4")
        assert labels(folder)["a.png"] == "3.4"
        await post("label", file="d.png", label="12.5 7")
        assert labels(folder)["d.png"] == "12.5 7"
        await post("label", file="a.png", label="")
        assert labels(folder)["a.png"] == ""
        await post("remove", file="a.png")
        assert not (folder / "a.png").exists()
        assert "a.png" not in labels(folder)
        await post("restore", file="a.png")
        assert (folder / "a.png").read_bytes() == picture
        assert labels(folder)["a.png"] == ""

    visit(folder, work)


@pytest.mark.parametrize(
    ("action", "body", "status", "why"),
    [
        ("label", {"file": "a.png", "label": "12"}, 400, "bad crop label '12'"),
        ("label", {"file": "no.png", "label": "1"}, 409, "no line for 'no.png' any more"),
        ("label", {"file": "a.png", "label": 1}, 400, "not an object of texts"),
        ("label", ["a.png"], 400, "not an object of texts"),
        ("remove", {"file": "no.png"}, 409, "no line for 'no.png' any more"),
        ("restore", {"file": "a.png"}, 409, "'a.png' was not removed"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    folder: Path, action: str, body: object, status: int, why: str
) -> None:
    before = (folder / "manifest.csv").read_bytes()
    code, text, _ = asked(folder, action, "POST", json=body)
    assert (code, why in text.decode()) == (status, True)
    assert (folder / "manifest.csv").read_bytes() == before
    assert (folder / "a.png").exists()


def test_a_manifest_that_cannot_be_written_is_said(folder: Path) -> None:
    (folder / ".manifest.csv.part").mkdir()
    code, text, _ = asked(folder, "label", "POST", json={"file": "a.png", "label": "1"})
    assert code == 500
    assert "cannot write: " in text.decode()
    assert labels(folder)["a.png"] == ""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Host": "evil.example.org"}, 403),
        ({"Origin": "http://evil.example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_another_site_can_neither_look_nor_label(folder: Path, headers: dict[str, str], status: int) -> None:
    sent = {"Content-Type": "application/json", **headers}
    body = b'{"file": "a.png", "label": "1"}'
    assert asked(folder, "label", "POST", data=body, headers=sent)[0] == status
    assert labels(folder)["a.png"] == ("1" if status == 200 else "")
    if status == 403:
        assert asked(folder, "state.json", headers=headers)[0] == 403


def test_pictures_are_shown_as_png_and_only_those_of_the_folder(folder: Path) -> None:
    cv2.imwrite(str(folder.parent / "outside.png"), np.zeros((9, 9), np.uint8))
    code, body, headers = asked(folder, "picture", params={"file": "deep/c.png"})
    shown = cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR)
    assert (code, headers["Content-Type"], headers["X-Content-Type-Options"]) == (200, "image/png", "nosniff")
    assert shown is not None
    assert shown.shape == (30, 20, 3)
    for file in ("../outside.png", "gone.jpg", "manifest.csv", ""):
        assert asked(folder, "picture", params={"file": file})[0] == 404


@pytest.mark.parametrize("path", ["", "label.js", "label.css", "style.css", "icon.svg"])
def test_the_page_runs_nothing_but_its_own_files(folder: Path, path: str) -> None:
    code, body, headers = asked(folder, path)
    assert code == 200
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert b" style=" not in body or path != ""
    assert b" onclick=" not in body


def test_the_command_says_where_the_page_is_and_ends_by_a_signal(folder: Path) -> None:
    command = [*COMMAND, "label", str(folder), "--no-browser"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line.startswith("labelling page: http://127.0.0.1:"), line
        with urllib.request.urlopen(line.split()[2]) as answer:
            assert b"label.js" in answer.read()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(30) == 0, rest
    assert rest == f"1 of 6 labelled in {folder}\n"


def test_errors_are_one_line(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["label", str(tmp_path / "gone"), "--no-browser"]) == 2
    assert "gone/manifest.csv: No such file" in capsys.readouterr().err

    with socket.create_server(("127.0.0.1", 0)) as taken:
        arguments = ["label", str(folder), "--no-browser", "--port", str(taken.getsockname()[1])]
        assert cli.main(arguments) == 5
    assert "Address already in use; choose another --port" in capsys.readouterr().err
