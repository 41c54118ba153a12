"""The program as a service: signs of life, a new configuration, an end in time."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitstream.config import SiteConfig
from digitstream.frames import Frame
from digitstream.pipeline import Pipeline
from digitstream.results import Result
from digitstream.supervisor import Reload, run
from end_to_end.program import CLIP, Program, parsed
from rtsp_server import RtspServer, missing
from snapshots import SnapshotCamera
from systemd_socket import SystemdSocket
from tcp_faults import FaultProxy

IN_TIME = 4.0
"""Seconds for an end that takes two on a machine that has nothing else to do."""
DISPLAY = "{name: gas, region: [20, 20, 100, 60], digits: 5, decimals: 0}"


@pytest.fixture
def camera() -> Iterator[SnapshotCamera]:
    """What it shows does not matter here."""
    with SnapshotCamera(np.full((120, 160, 3), 90, np.uint8)) as running:
        yield running


def deployment(url: str, cameras: dict[str, str], log: Path, rest: str = "") -> str:
    """A site whose cameras all show the same, with settings of their own."""
    listed = "".join(
        f"  {name}: {{source: '{url}', fps: 20, displays: [{DISPLAY}]{settings}}}\n"
        for name, settings in cameras.items()
    )
    return f"cameras:\n{listed}sinks: {{jsonl: {log}, console: 'off'}}\n{rest}"


def frames_by_camera(log: Path) -> dict[str, list[int]]:
    frames: dict[str, list[int]] = defaultdict(list)
    for line in log.read_text().splitlines() if log.exists() else ():
        reading = json.loads(line)
        frames[reading["camera"]].append(reading["frame"])
    return frames


class Service(Program):
    """A deployment that can be changed while it runs."""

    def __init__(self, config: Path, log: Path, environ: dict[str, str] | None = None) -> None:
        super().__init__("--config", config, "-v", environ=environ)
        self._log = log

    def reload(self) -> None:
        self._process.send_signal(signal.SIGHUP)

    def until_logged(self, camera: str, more: int = 3, log: Path | None = None) -> int:
        """Wait for more readings of a camera in the log; return how many there are."""
        log = log or self._log
        before = len(frames_by_camera(log)[camera])
        deadline = time.monotonic() + 60
        while (count := len(frames_by_camera(log)[camera])) < before + more:
            assert time.monotonic() < deadline, "".join(self.messages)
            time.sleep(0.05)
        return count


def test_a_camera_that_did_not_change_goes_on_without_a_gap(camera: SnapshotCamera, tmp_path: Path) -> None:
    config, log = tmp_path / "site.yaml", tmp_path / "log.jsonl"
    config.write_text(deployment(camera.url, {"same": "", "other": "", "gone": ""}, log))
    with Service(config, log) as service:
        for name in ("same", "other", "gone"):
            service.until_logged(name)
        config.write_text(deployment(camera.url, {"new": "", "other": ", rotate: 180", "same": ""}, log))
        service.reload()
        service.until_message("configuration read again: 1 cameras go on, 2 begin")
        for name in ("same", "other", "new"):
            service.until_logged(name)
        done = service.stop()
    assert done.code == 143, done.err
    frames = frames_by_camera(log)
    assert frames["same"] == sorted(set(frames["same"])), "the loop is the same one"
    assert frames["other"].count(0) == 2, "begun anew"
    assert frames["new"][0] == 0
    assert "Traceback" not in done.err


def test_a_bad_configuration_changes_nothing(camera: SnapshotCamera, tmp_path: Path) -> None:
    config, log = tmp_path / "site.yaml", tmp_path / "log.jsonl"
    good = deployment(camera.url, {"same": ""}, log)
    config.write_text(good)
    bad = {
        "cameras: {same: {sauce: 1}}": "site.yaml:1: cameras.same.sauce: unknown key",
        deployment(camera.url, {"same": ""}, log, "model: nowhere.tflite"): "nowhere.tflite",
        deployment(camera.url, {"same": ""}, tmp_path / "no" / "log.jsonl"): "make its folder first",
    }
    with Service(config, log) as service:
        service.until_logged("same")
        for text, message in bad.items():
            config.write_text(text)
            service.reload()
            service.until_message(message)
            service.until_logged("same")
        config.write_text(good)
        seen = len(service.messages)
        service.reload()
        service.until_message("1 cameras go on, 0 begin", seen)
        done = service.stop()
    assert done.code == 143, done.err
    assert done.err.count("ERROR: the configuration stays as it was: ") == len(bad)
    frames = frames_by_camera(log)["same"]
    assert frames == sorted(set(frames))


def test_new_outputs_take_over_and_no_reading_is_lost(camera: SnapshotCamera, tmp_path: Path) -> None:
    config, log, later = tmp_path / "site.yaml", tmp_path / "log.jsonl", tmp_path / "later.jsonl"
    config.write_text(deployment(camera.url, {"same": ""}, log))
    with Service(config, log) as service:
        service.until_logged("same")
        config.write_text(deployment(camera.url, {"same": ""}, later))
        service.reload()
        service.until_logged("same", log=later)
        service.stop()
    before, after = frames_by_camera(log)["same"], frames_by_camera(later)["same"]
    assert before + after == sorted(set(before + after))


def test_a_run_without_a_configuration_ends_with_the_terminal(camera: SnapshotCamera) -> None:
    with Program("--source", camera.url, "--fps", "20", "--digits", "5") as program:
        program.until_frames(1)
        assert program.stop(signal.SIGHUP).code == 129


def test_systemd_hears_of_start_life_change_and_end(camera: SnapshotCamera, tmp_path: Path) -> None:
    config, log = tmp_path / "site.yaml", tmp_path / "log.jsonl"
    config.write_text(deployment(camera.url, {"cellar": ""}, log))
    with SystemdSocket(tmp_path) as systemd:
        environ = os.environ | {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "2000000"}
        with Service(config, log, environ) as service:
            started = systemd.until("READY=1")
            assert "WATCHDOG=1" not in started
            systemd.until("STATUS=1 live")
            assert systemd.until("WATCHDOG=1")
            assert systemd.until("WATCHDOG=1")
            service.reload()
            assert "READY=1" not in systemd.until("RELOADING=1")
            systemd.until("READY=1")
            assert service.stop().code == 143
            assert "STOPPING=1" in systemd.until("STOPPING=1")


def test_a_loop_that_hangs_gives_no_sign_of_life(
    camera: SnapshotCamera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, hang, stop = threading.Event(), threading.Event(), threading.Event()

    class Hanging(Pipeline):
        def process(self, frame: Frame, *rest: Any) -> Result:
            reached.set()
            hang.wait()
            return super().process(frame, *rest)

    site = SiteConfig.model_validate(
        {"cameras": [{"source": camera.url, "fps": 20}], "sinks": {"console": "off"}}
    )
    with SystemdSocket(tmp_path) as systemd:
        monkeypatch.setenv("NOTIFY_SOCKET", systemd.address)
        monkeypatch.setenv("WATCHDOG_USEC", "1000000")
        thread = threading.Thread(target=run, args=(site, stop), kwargs={"make_pipeline": Hanging})
        thread.start()
        try:
            assert reached.wait(60)
            time.sleep(0.6)
            systemd.all()
            with pytest.raises(TimeoutError):
                systemd.heard(1.2)
            hang.set()
            systemd.until("WATCHDOG=1")
            hang.clear()
            reached.clear()
            assert reached.wait(60)
            started = time.monotonic()
            stop.set()
            thread.join(30)
            assert time.monotonic() - started < IN_TIME, "a loop that hangs is left behind"
        finally:
            stop.set()
            hang.set()
            thread.join(60)


def test_a_file_that_is_gone_is_tried_again_with_the_next_configuration(tmp_path: Path) -> None:
    log, wanted, stop = tmp_path / "log.jsonl", threading.Event(), threading.Event()
    cameras = [
        {"name": "late", "source": str(tmp_path / "late.mp4")},
        {"name": "down", "source": "/dev/video99"},
    ]
    site = SiteConfig.model_validate({"cameras": cameras, "sinks": {"jsonl": log, "console": "off"}})
    thread = threading.Thread(target=run, args=(site, stop), kwargs={"reload": Reload(wanted, lambda: site)})
    thread.start()
    time.sleep(0.3)
    (tmp_path / "late.mp4").symlink_to(CLIP)
    wanted.set()
    deadline = time.monotonic() + 60
    while not frames_by_camera(log)["late"] and time.monotonic() < deadline:
        time.sleep(0.05)
    stop.set()
    thread.join(60)
    assert frames_by_camera(log)["late"][0] == 0


def test_the_end_does_not_wait_for_a_log_that_takes_nothing(camera: SnapshotCamera, tmp_path: Path) -> None:
    fifo, log = tmp_path / "fifo", tmp_path / "log.jsonl"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        config = tmp_path / "site.yaml"
        config.write_text(
            deployment(camera.url, {"cellar": ""}, log).replace("console", f"csv: {fifo}, console")
        )
        # The pipe is full after some readings, and nobody reads it.
        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
        with Service(config, log) as service:
            service.until_logged("cellar", 80)
            started = time.monotonic()
            done = service.stop()
            took = time.monotonic() - started
    finally:
        os.close(reader)
    assert done.code == 143, done.err
    assert took < IN_TIME
    assert "fifo: no progress for 1 s, given up with" in done.err
    assert log.read_text().endswith("\n")


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
@pytest.mark.parametrize("fault", ["none", "stalled", "refused"])
def test_the_end_comes_in_time_whatever_the_camera_does(fault: str, tmp_path: Path) -> None:
    with RtspServer(CLIP) as server, FaultProxy(server.port) as proxy:
        config, log = tmp_path / "site.yaml", tmp_path / "log.jsonl"
        source = f"rtsp://127.0.0.1:{proxy.port}/live"
        config.write_text(f"cameras: {{cellar: {{source: '{source}'}}}}\nsinks: {{jsonl: {log}}}\n")
        with Program("--config", config) as program:
            program.until_frames(3)
            if fault == "stalled":
                proxy.stall()
                program.until(lambda line: line["status"] == "stale", len(program.lines))
            elif fault == "refused":
                server.stop()
                proxy.cut()
                program.until_message("next try in")
            started = time.monotonic()
            done = program.stop()
            took = time.monotonic() - started
        proxy.resume()
    assert done.code == 143, done.err
    assert took < IN_TIME
    assert done.out == log.read_text()
    assert parsed(done.out)
