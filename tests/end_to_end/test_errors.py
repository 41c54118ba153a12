from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from end_to_end.conftest import SHORT, write_short
from end_to_end.program import CLIP, COMMAND, Program, only_error, parsed, run

PASSWORD = "p@s/s:w#1?"
MODELS = CLIP.parents[1] / "models"


def damaged(clip: Path, folder: Path) -> Path:
    """A clip with noise in the pictures of its second half."""
    data = bytearray(clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 8000] = bytes(range(256)) * 31 + bytes(64)
    (folder / "damaged.mp4").write_bytes(data)
    return folder / "damaged.mp4"


def test_no_camera() -> None:
    message = only_error(run("--source", "63"), 3)
    assert message == "/dev/video63: not found; check the name"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("rtsp://cam:{password}@127.0.0.1:{port}/live", "connection refused; check that it is switched on"),
        ("http://cam:{password}@127.0.0.1:{port}/snapshot.jpg", "connection refused; check"),
        ("rtsp://cam:{password}@no.such.host.invalid/live", "no such host"),
        ("rtps://cam:{password}@127.0.0.1/live", "unknown kind of URL; known are rtsp, http"),
    ],
)
def test_a_wrong_url(source: str, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = run("--source", source.format(password=PASSWORD, port=port), "-vv")
    assert words in only_error(done, 3)
    assert PASSWORD not in done.out + done.err


class Guarded(BaseHTTPRequestHandler):
    """Lets nobody in, and tells the world who tried."""

    def do_GET(self) -> None:
        asked = self.headers.get("Authorization") or ""
        self.send_response_only(401, f"Unauthorized {asked}")
        self.send_header("WWW-Authenticate", 'Basic realm="camera"')
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.mark.parametrize("debug", ["", "1"])
def test_a_wrong_password_is_not_repeated_in_public(debug: str) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        url = f"http://cam:{PASSWORD}@127.0.0.1:{server.server_port}/snapshot.jpg?token=t0psecret"
        done = run("--source", url, "-vv", environ=os.environ | {"DIGITSTREAM_DEBUG": debug})
        server.shutdown()
    assert done.code == 3
    assert "refuses the user name or password (401); check both" in done.err
    assert ("Traceback" in done.err) == bool(debug)
    for secret in (PASSWORD, "t0psecret", "Y2FtOnBAcy9zOncjMT8="):
        assert secret not in done.out + done.err


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.mp4", b"", "empty file; record or copy it again"),
        ("text.mp4", b"Dear diary, " * 999, "damaged beyond reading; record or copy it again"),
        (
            "cut.jpg",
            b"\xff\xd8\xff" + bytes(500),
            "truncated picture; take or copy it again",
        ),
        ("half.mp4", None, "damaged beyond reading; record or copy it again"),
    ],
)
def test_a_file_that_is_no_video(tmp_path: Path, name: str, data: bytes | None, words: str) -> None:
    path = tmp_path / name
    if data is None:
        # With the index at the end, half of a clip is nothing.
        write_short(path)
        data = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(data)
    done = run("--source", path, "--log", tmp_path / "log.jsonl")
    assert words in only_error(done, 3)
    assert str(path) in done.err
    assert done.out == ""


def test_an_empty_folder_and_no_file(tmp_path: Path) -> None:
    assert "no picture in this folder" in only_error(run("--source", tmp_path), 3)
    assert "not found; check the name" in only_error(run("--source", tmp_path / "clip.mp4"), 3)


def test_a_truncated_clip_is_read_as_far_as_it_goes(clip: Path, tmp_path: Path) -> None:
    path, log = tmp_path / "half.mp4", tmp_path / "log.jsonl"
    path.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    done = run("--source", path, "--log", log)
    frames = {line["frame"] for line in parsed(log.read_text())}
    assert frames == set(range(len(frames)))
    assert 10 < len(frames) < SHORT - 5
    assert done.code == 0, done.err
    assert f"half.mp4: ends early, {len(frames)} of {SHORT} pictures could be read" in done.err
    assert "Traceback" not in done.err


def test_a_damaged_clip_is_read_where_it_can_be(clip: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    done = run("--source", damaged(clip, tmp_path), "--log", log)
    frames = {line["frame"] for line in parsed(log.read_text())}
    assert done.code == 0, done.err
    assert 10 < len(frames) < SHORT
    assert "damaged.mp4: damaged data, picture left out" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("region", "words"),
    [
        ("10,10,0,50", "--region: [10.0, 10.0, 0.0, 50.0] has no area"),
        ("10,10,50,10,50,50,10", "--region: "),
        ("600,400,200,200", "lies outside the frame of 640x480 pixels"),
    ],
)
def test_a_region_that_cannot_be(clip: Path, tmp_path: Path, region: str, words: str) -> None:
    done = run("--source", clip, "--region", region, "--log", tmp_path / "log.jsonl")
    assert words in only_error(done, 2)
    assert done.out == ""


@pytest.mark.parametrize("fault", ["missing", "unreadable", "foreign", "damaged", "of another kind"])
def test_a_model_that_cannot_be_used(clip: Path, tmp_path: Path, fault: str) -> None:
    model, contract = tmp_path / "own.tflite", tmp_path / "own.json"
    if fault != "missing":
        shutil.copy(MODELS / "digits.tflite", model)
        shutil.copy(MODELS / "digits.json", contract)
    if fault == "unreadable":
        model.unlink()
        model.mkdir()
    elif fault == "foreign":
        contract.unlink()
    elif fault == "damaged":
        model.write_bytes(model.read_bytes()[:-100] + bytes(100))
    elif fault == "of another kind":
        promised = json.loads(contract.read_text())
        contract.write_text(json.dumps(promised | {"labels": ["cat", "dog"]}))
    message = only_error(run("--source", clip, "--model", model), 4)
    assert str(tmp_path / "own") in message
    assert any(word in message for word in ("beside it", "copy both again", "digitstream-convert"))


def test_two_opencvs(clip: Path, tmp_path: Path) -> None:
    for wheel in ("opencv_python", "opencv_python_headless"):
        info = tmp_path / f"{wheel}-4.11.0.86.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {wheel}\nVersion: 4.11.0.86\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    message = only_error(run("--source", clip, environ=os.environ | {"PYTHONPATH": path}), 6)
    assert "opencv-python and opencv-python-headless are both installed" in message
    assert "pip uninstall -y opencv-python opencv-python-headless && " in message


@pytest.mark.parametrize("option", ["--log", "--output", "--snapshot"])
def test_an_output_that_cannot_be_written(clip: Path, tmp_path: Path, option: str) -> None:
    name = {"--log": "a.jsonl", "--output": "a.mp4", "--snapshot": "a.png"}[option]
    message = only_error(run("--source", clip, option, tmp_path / "no" / name), 5)
    assert str(tmp_path / "no" / name) in message
    assert "make its folder first or choose another path" in message


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_a_whole_log(clip: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64k") as disk:
        done = run("--source", clip, "--log", disk / "log.jsonl")
        log = (disk / "log.jsonl").read_text()
    message = only_error(done, 5)
    assert "log.jsonl': No space left on device; free some space or choose another disk" in message
    assert log.endswith("\n")
    assert len(log) > 40_000
    assert done.out.startswith(log)
    parsed(log)


def test_a_full_device(clip: Path) -> None:
    message = only_error(run("--source", clip, "--log", "/dev/full"), 5)
    assert message.startswith("cannot write '/dev/full': No space left on device; free some space")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_everything_read_in_the_log(tmp_path: Path, number: int, code: int) -> None:
    logs = tmp_path / "log.jsonl", tmp_path / "log.csv"
    with Program("--source", "demo", "--log", logs[0], "--log", logs[1]) as program:
        program.until_frames(5)
        done = program.stop(number)
    assert done.code == code, done.err
    assert "error" not in done.err
    assert "Traceback" not in done.err
    assert done.out == logs[0].read_text()
    assert len(logs[1].read_text().splitlines()) == 1 + len(done.readings)
    assert 5 <= len({line["frame"] for line in done.readings}) < 300


def test_a_reader_that_goes_away_ends_the_program_in_peace(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = [*COMMAND, "--source", "demo", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        head = subprocess.run(["head", "-n", "3"], stdin=program.stdout, capture_output=True, check=True)
        assert program.stdout is not None
        program.stdout.close()
        assert program.stderr is not None
        messages = program.stderr.read()
    assert program.returncode == 0, messages
    assert b"error" not in messages
    assert log.read_bytes().startswith(head.stdout)
    assert len(parsed(log.read_text())) < 1000
