"""`digitstream bench`: what this machine can do with a video."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np

from .config import CameraConfig, SiteConfig
from .errors import DigitstreamError, FormatError
from .pipeline import Pipeline
from .sink_settings import SinksConfig
from .sinks.sink import output_error
from .sources import open_source
from .sources.faults import shown
from .sources.images import is_picture
from .sources.live import LiveSource
from .sources.opening import DEMO, demo_clip
from .sources.replay import record, replay
from .stopwatch import Stopwatch, TimedPipeline
from .supervisor import run

RUNS = 3
RECORDED = 10.0
"""Seconds that are recorded of a live source."""
LIVE = 10.0
"""Seconds that a file is played as a camera, at most."""
LEAST = 0.5
"""Seconds that a measured run takes at least: shorter files are read again."""
WARM_UP = 10
"""Frames whose latency does not count."""
LOAD = 0.8
"""Share of the machine that cameras may take in the end."""


@dataclass(frozen=True)
class Benchmark:
    """What was measured."""

    size: tuple[int, int]
    fps: float
    """Of the video itself."""
    frames: int
    decode_fps: float
    """Demux and decode alone, in one thread."""
    pipeline_fps: float
    """The whole program, with a log."""
    latency_ms: dict[str, float]
    """p50 and p99 from the frame in hand to its readings, when the video is played as a camera sends it."""
    cpu_ms_per_frame: float
    """Of all threads, decoding included."""
    rss_mb: float
    """Most memory that a run had."""
    first_reading_s: float
    """From the start of the program."""
    stages_ms: dict[str, dict[str, float]]
    """Mean and p99 of each stage a frame."""

    @property
    def ratio(self) -> float:
        """How much of the decoder's rate is left when everything else is done too."""
        return self.pipeline_fps / self.decode_fps

    @property
    def cameras(self) -> int:
        """How many such cameras the machine carries."""
        busy = self.cpu_ms_per_frame * self.fps / 1000
        return int(LOAD * (os.cpu_count() or 1) / busy)

    def as_dict(self) -> dict[str, Any]:
        """Return the measures as they are written to JSON."""
        return {
            "decode_fps": round(self.decode_fps, 1),
            "pipeline_fps": round(self.pipeline_fps, 1),
            "ratio": round(self.ratio, 3),
            "latency_ms": _rounded(self.latency_ms),
            "cpu_ms_per_frame": round(self.cpu_ms_per_frame, 3),
            "rss_mb": round(self.rss_mb, 1),
            "first_reading_s": round(self.first_reading_s, 3),
            "stages_ms": {stage: _rounded(times) for stage, times in self.stages_ms.items()},
        }


def bench(site: SiteConfig, report: Path | None = None) -> int:
    """Measure the first camera of a site, print a table, and write JSON to `report`."""
    from .bench_table import show

    if report is not None:
        _write(report, "")  # before minutes have gone by
    with tempfile.TemporaryDirectory(prefix="digitstream-") as folder:
        measured = measure(site, Path(folder))
    show(measured)
    if report is not None:
        _write(report, json.dumps(measured.as_dict(), indent=2) + "\n")
    return 0


def measure(site: SiteConfig, folder: Path) -> Benchmark:
    """Measure what the program does with a source; `folder` takes its logs."""
    camera = _as_file(site.cameras[0], folder)
    site = site.model_copy(update={"cameras": (camera,)})
    plain = _PlainRun(site, folder / "plain.jsonl")
    decoding, passes = [], []
    for number in range(RUNS):
        decoding.append(decode_rate(Path(camera.source)))
        passes.append(_Pass(site, folder / f"{number}.jsonl", folder / "plain.jsonl"))
    latencies = _latencies(site, min(LIVE, passes[0].frames / decoding[0].announced))
    middle = sorted(passes, key=lambda one: one.fps)[RUNS // 2]
    return Benchmark(
        size=decoding[0].size,
        fps=decoding[0].announced,
        frames=middle.frames,
        decode_fps=median(rate.fps for rate in decoding),
        pipeline_fps=middle.fps,
        latency_ms={f"p{share}": float(np.percentile(latencies, share)) for share in (50, 99)},
        cpu_ms_per_frame=median(one.cpu_ms for one in passes),
        rss_mb=plain.rss_mb,
        first_reading_s=plain.first_reading_s,
        stages_ms=middle.stopwatch.milliseconds(),
    )


@dataclass(frozen=True)
class Decoding:
    """How fast a file can be decoded."""

    fps: float
    frames: int
    size: tuple[int, int]
    announced: float
    """Frames a second of the video itself."""


def decode_rate(path: Path) -> Decoding:
    """Demux and decode a file in one thread, nothing converted, the luma plane of each picture touched."""
    frames, began = 0, time.perf_counter()
    while not frames or time.perf_counter() - began < LEAST:
        with av.open(f"file:{path}") as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            before = frames
            for frame in container.decode(stream):
                np.frombuffer(frame.planes[0], np.uint8)[:: frame.planes[0].line_size].max()
                frames += 1
            size, rate = (stream.codec_context.width, stream.codec_context.height), stream.average_rate
        if frames == before:
            raise FormatError(f"{path}: no picture in it can be decoded")
    return Decoding(frames / (time.perf_counter() - began), frames, size, float(rate or 25))


class _Pass:
    """One run of the whole program over a file, in this process."""

    def __init__(self, site: SiteConfig, log: Path, plain: Path) -> None:
        self.stopwatch = Stopwatch()
        run(_logging_to(site, log), threading.Event(), make_pipeline=partial(TimedPipeline, self.stopwatch))
        seconds, cpu_seconds = self.stopwatch.since_the_first_frame()
        self.frames = self.stopwatch.frames
        self.fps = self.frames / seconds
        self.cpu_ms = 1000 * cpu_seconds / self.frames
        if log.read_bytes() != plain.read_bytes():
            raise DigitstreamError("the readings differ from those of a plain run: please report this")


class _PlainRun:
    """One run of the program as a user starts it: its readings, and what only shows from outside."""

    def __init__(self, site: SiteConfig, log: Path) -> None:
        camera = site.cameras[0]
        command = [sys.executable, "-m", "digitstream", "--source", camera.source, "--name", camera.name]
        command += ["--log", str(log), "--quiet", "--threads", str(site.threads)]
        if site.model is not None:
            command += ["--model", str(site.model)]
        self.rss_mb = 0.0
        first = None
        began = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while process.poll() is None:
            if first is None and log.exists() and log.stat().st_size:
                first = time.monotonic() - began
            self.rss_mb = max(self.rss_mb, _peak_memory(process.pid))
            time.sleep(0.005 if first is None else 0.05)
        assert process.stderr is not None
        message = process.stderr.read().strip()
        if process.returncode:
            raise DigitstreamError(f"a plain run ends with {process.returncode}: {message}")
        if first is None:
            raise DigitstreamError(f"{camera.source}: nothing to read was found in it; choose another video")
        self.first_reading_s = first


def _latencies(site: SiteConfig, seconds: float) -> list[float]:
    """Play the file as a camera sends it, and return how long each frame took."""
    camera = site.cameras[0]
    latencies: list[float] = []
    with (
        Pipeline(camera, live=True, model=site.model, threads=site.threads) as pipeline,
        replay(camera) as source,
    ):
        until = time.monotonic() + seconds
        while time.monotonic() < until or not latencies:
            frame = source.read(0.1)
            if frame is not None:
                latency = pipeline.process(frame, source.status).latency_ms
                assert latency is not None
                latencies.append(latency)
    # The first ones are of a machine that is still warming up.
    return latencies[WARM_UP:] or latencies


def _as_file(camera: CameraConfig, folder: Path) -> CameraConfig:
    """Return the camera with a local file as its source: a live one is recorded."""
    source = open_source(camera)
    if isinstance(source, LiveSource):
        path = folder / "recorded.mkv"
        feed = source.opener()
        try:
            record(feed, camera.source, path, RECORDED)
        finally:
            feed.close()
    else:
        path = demo_clip() if camera.source == DEMO else Path(camera.source)
        if not path.is_file() or is_picture(path.open("rb").read(16)):
            raise FormatError(f"{shown(camera.source)}: not a video at this machine; give a file or a stream")
    return camera.model_copy(update={"source": str(path)})


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise output_error(path, error) from error


def _logging_to(site: SiteConfig, log: Path) -> SiteConfig:
    return site.model_copy(update={"sinks": SinksConfig(jsonl=log, console="off")})


def _peak_memory(process: int) -> float:
    """Return the most megabytes that a process has had at once."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


def _rounded(times: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in times.items()}
