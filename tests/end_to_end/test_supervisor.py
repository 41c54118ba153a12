"""Several cameras in one process, into the same log."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from digitstream.config import SiteConfig
from digitstream.errors import SourceMissing
from digitstream.supervisor import run
from end_to_end.conftest import SHORT


def site(path: Path, **cameras: str) -> SiteConfig:
    return SiteConfig.model_validate(
        {
            "cameras": [{"name": name, "source": source} for name, source in cameras.items()],
            "sinks": {"jsonl": path, "console": "off"},
        }
    )


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_all_files_are_read_to_their_end(clip: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    run(site(log, hall=str(clip), cellar=str(clip)), threading.Event())
    frames = {name: {r["frame"] for r in lines(log) if r["camera"] == name} for name in ("hall", "cellar")}
    assert frames == {"hall": set(range(SHORT)), "cellar": set(range(SHORT))}


def test_a_file_that_is_missing_is_reported_and_the_others_are_read(clip: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with pytest.raises(SourceMissing, match=r"nowhere\.mp4"):
        run(site(log, hall=str(clip), cellar=str(tmp_path / "nowhere.mp4")), threading.Event())
    assert {r["frame"] for r in lines(log)} == set(range(SHORT))


def test_a_camera_that_is_down_is_no_error_and_stops_nobody(clip: Path, tmp_path: Path) -> None:
    log, stop = tmp_path / "log.jsonl", threading.Event()
    thread = threading.Thread(target=run, args=(site(log, hall=str(clip), gone="/dev/video99"), stop))
    thread.start()
    deadline = time.monotonic() + 60
    last = {"camera": "hall", "frame": SHORT - 1}
    while time.monotonic() < deadline and not any(last.items() <= line.items() for line in lines(log)):
        time.sleep(0.1)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert {r["frame"] for r in lines(log) if r["camera"] == "hall"} == set(range(SHORT))


def test_a_stop_ends_the_run_and_nothing_read_is_lost(clip: Path, tmp_path: Path) -> None:
    log, stop = tmp_path / "log.jsonl", threading.Event()
    timer = threading.Timer(0.3, stop.set)
    timer.start()
    began = time.monotonic()
    run(site(log, hall=str(clip)), stop)
    assert time.monotonic() - began < 30
    read = [r["frame"] for r in lines(log) if r["display"] == "display-1"]
    assert read == list(range(len(read)))
    assert read
