"""Cameras: how soon a frame is read, how soon a new display is, and how many cameras go into one process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks.clips import Clips
from benchmarks.report import Report
from digitstream.config import CameraConfig
from digitstream.pipeline import Pipeline
from digitstream.readings import Status
from digitstream.sources.replay import replay
from end_to_end.program import COMMAND
from rtsp_server import RtspServer

pytestmark = pytest.mark.timeout(1800)

CAMERAS = (1, 8, 16, 24, 32)
WARM_UP = 3.0
"""Seconds of a live run that do not count."""


@dataclass(frozen=True)
class LiveRun:
    """What a run with cameras came to, once it was warm."""

    latencies: np.ndarray[tuple[int], np.dtype[np.float64]]
    drops: int
    frames: int
    cpu_seconds: float
    rss_mb: float


def test_latency(clips: Clips, report: Report, tmp_path: Path, seconds: float) -> None:
    for name, move in (("", "still"), (", the camera shaking", "shake")):
        found = live_run(clips("720p", fps=30, move=move), 1, seconds, tmp_path)
        p50, p99 = np.percentile(found.latencies, (50, 99))
        report.add(
            f"frame in hand → reading emitted, live 720p30 RTSP{name}: p50 / p99",
            f"{p50:.1f} / {p99:.1f} ms",
            "≤ 1.5 / ≤ 5 ms",
            bool(p50 <= 1.5 and p99 <= 5),
        )


def test_texture_costs_no_latency(clips: Clips, report: Report, tmp_path: Path, seconds: float) -> None:
    found = live_run(clips("720p", fps=30, marks=1500), 1, seconds, tmp_path)
    p50, p99 = np.percentile(found.latencies, (50, 99))
    report.add(
        "the same beside 1500 letters: p50 / p99",
        f"{p50:.1f} / {p99:.1f} ms",
        "≤ 1.5 / ≤ 5 ms",
        bool(p50 <= 1.5 and p99 <= 5),
    )


def test_a_new_display(clips: Clips, report: Report) -> None:
    waits = []
    for size in ("480p", "720p", "1080p"):
        clip = clips(size, hidden_until=2.0)
        camera = CameraConfig(source=str(clip))
        with Pipeline(camera, live=True) as pipeline, replay(camera) as source:
            until = time.monotonic() + 8
            while time.monotonic() < until:
                frame = source.read(0.1)
                if frame is None:
                    continue
                readings = pipeline.process(frame).readings
                if any(r.status is Status.OK and r.text == "01888" for r in readings):
                    assert frame.media_time is not None
                    waits.append(frame.media_time - 2.0)
                    break
            else:
                waits.append(float("inf"))
    report.add(
        "a new display enters the picture: first right reading that is ok, 480p / 720p / 1080p",
        " / ".join(f"{wait:.2f}" for wait in waits) + " s",
        "≤ 0.4 s",
        max(waits) <= 0.4,
    )


def test_many_cameras(clips: Clips, report: Report, tmp_path: Path, seconds: float) -> None:
    clip, rows, carried = clips("720p", fps=5), [], 0
    for count in CAMERAS:
        found = live_run(clip, count, seconds, tmp_path)
        p50, p99 = np.percentile(found.latencies, (50, 99))
        cores = found.cpu_seconds / seconds
        rows.append((count, found.drops, f"{p50:.1f}", f"{p99:.1f}", f"{cores:.2f}", f"{found.rss_mb:.0f}"))
        if found.drops or p99 > 200:
            break
        carried = count
    report.add(
        "cameras, 720p streams of 5 fps, RTSP, one process, no drop, p99 ≤ 200 ms",
        f"{carried}{'' if len(rows) < len(CAMERAS) or carried < CAMERAS[-1] else ' and more'}",
        "≥ 24",
        carried >= 24,
    )
    columns = ("cameras", "drops", "p50, ms", "p99, ms", "cores busy", "memory, MB")
    report.add_table("Cost against cameras (720p, 5 fps each)", columns, rows)
    report.done.add("live")


def live_run(clip: Path, cameras: int, seconds: float, folder: Path) -> LiveRun:
    """Read a clip from an RTSP server with so many cameras, and return what happened after the warm-up."""
    log = folder / f"{cameras}-{clip.stem}.jsonl"
    log.unlink(missing_ok=True)
    with RtspServer(clip) as server, program(server.url, cameras, log, folder) as (process, page):
        until_all_live(page, cameras)
        time.sleep(WARM_UP)
        before, began, size = metrics(page), busy_seconds(process.pid), log.stat().st_size
        time.sleep(seconds)
        after, ended, last = metrics(page), busy_seconds(process.pid), log.stat().st_size
        rss = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
    with log.open("rb") as file:
        file.seek(size)
        lines = file.read(last - size).splitlines()[1:-1]
    by_frame = {(line["camera"], line["frame"]): line["latency_ms"] for line in map(json.loads, lines)}
    latencies = [latency for latency in by_frame.values() if latency is not None]
    assert rss is not None
    return LiveRun(
        np.array(latencies),
        round(after["drops_total"] - before["drops_total"]),
        round(after["frames_total"] - before["frames_total"]),
        ended - began,
        int(rss[1]) / 1024,
    )


@contextmanager
def program(url: str, cameras: int, log: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program with so many cameras that all show the same; its page is on a free port."""
    config = folder / "site.yaml"
    listed = "".join(f"  camera-{number}: {{source: '{url}'}}\n" for number in range(cameras))
    config.write_text(f"cameras:\n{listed}sinks: {{jsonl: {log}, console: 'off', web: {{port: 0}}}}\n")
    command = [*COMMAND, "--config", str(config)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"live page: (\S+)", line):
                break
        assert found, "no page"
        yield process, found[1]
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()


def until_all_live(page: str, cameras: int) -> None:
    """Wait until frames of all cameras have come."""
    deadline = time.monotonic() + 120
    while metrics(page).get("up", 0) < cameras:
        assert time.monotonic() < deadline, metrics(page)
        time.sleep(0.2)


def metrics(page: str) -> dict[str, float]:
    """Return the sum over cameras of each metric."""
    with urllib.request.urlopen(page + "metrics", timeout=20) as answer:
        text = answer.read().decode()
    sums: dict[str, float] = {}
    for line in text.splitlines():
        if found := re.fullmatch(r"digitstream_(\w+?)(?:\{.*\})? (\S+)", line):
            sums[found[1]] = sums.get(found[1], 0) + float(found[2])
    return sums


def busy_seconds(process: int) -> float:
    """Return the processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
