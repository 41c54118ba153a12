from __future__ import annotations

import socket
from pathlib import Path

import av
import numpy as np
import pytest

from digitstream.cli import main


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def check(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    (tmp_path / "site.yaml").write_text(text)
    code = main(["check", str(tmp_path / "site.yaml")])
    out, err = capsys.readouterr()
    return code, out + err


def row(table: str, *words: str) -> str:
    (found,) = [line for line in table.splitlines() if all(word in line for word in words)]
    return found


def test_a_deployment_that_works(tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = f"cameras: {{a: {{source: {clip}, displays: [{{name: x, region: [0, 0, 64, 48]}}]}}}}\n"
    text += f"sinks: {{jsonl: {tmp_path}/a.jsonl, web: {{port: 0}}}}"
    code, table = check(tmp_path, text, capsys)
    assert code == 0, table
    assert "FAILED" not in table
    assert "64x48 25 fps h264" in row(table, "source", " a ")
    assert "ok" in row(table, "model")
    assert not (tmp_path / "a.jsonl").exists(), "a check writes nothing"


def test_all_that_fails_is_found_at_once(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        text = f"""
cameras:
  gone: {{source: {tmp_path}/gone.mp4}}
  small: {{source: {clip}, rotate: 90, displays: [{{name: x, region: [0, 0, 64, 48]}}]}}
  denied: {{source: 'rtsp://cam:s3cret@127.0.0.1:9/x'}}
  pipe: {{source: '-'}}
sinks:
  csv: {tmp_path}/no/such/folder/a.csv
  web: {{port: {busy.getsockname()[1]}}}
"""
        code, table = check(tmp_path, text, capsys)
    assert code == 3
    assert "FAILED" in row(table, "source", " gone ")
    assert "lies outside the frame of 48x64 pixels" in row(table, "source", " small ")
    assert "FAILED" in row(table, "source", " denied ")
    assert "not tried" in row(table, "source", " pipe ")
    assert "there is no folder" in row(table, "output", " csv ")
    assert "in use" in row(table, "output", " web ")
    assert "s3cret" not in table


def test_a_foreign_model_is_code_4(tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "own.tflite").write_bytes(b"not a model")
    text = f"cameras: {{a: {{source: {clip}}}}}\nmodel: {tmp_path}/own.tflite"
    code, table = check(tmp_path, text, capsys)
    assert code == 4
    assert "own.tflite" in row(table, "FAILED")


def test_a_config_that_is_wrong_is_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = check(tmp_path, "cameras: []", capsys)
    assert code == 2
    assert text == f"digitstream: error: {tmp_path}/site.yaml:1: cameras: [] needs at least one camera\n"
