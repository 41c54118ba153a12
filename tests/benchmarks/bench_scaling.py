"""What a frame costs against the resolution, the displays and the clutter: no worse than linear."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path

import pytest

from benchmarks.bench_throughput import decode_cpu_ms
from benchmarks.clips import SIZES, Clips
from benchmarks.report import Report
from digitstream.config import SiteConfig
from digitstream.stopwatch import Stopwatch, TimedPipeline
from digitstream.supervisor import run

pytestmark = pytest.mark.timeout(1800)

MARKS = (0, 250, 500, 1000, 2000)


def cost(clip: Path) -> tuple[float, float]:
    """Return the milliseconds a frame that decoding does not take: of all threads, and of the frame loop."""
    stopwatch = Stopwatch()
    site = SiteConfig.model_validate({"cameras": [{"source": str(clip)}], "sinks": {"console": "off"}})
    run(site, threading.Event(), make_pipeline=partial(TimedPipeline, stopwatch))
    _, busy = stopwatch.since_the_first_frame()
    stages = stopwatch.milliseconds()
    loop = stages["frame"]["mean"] - stages["wait"]["mean"]
    return 1000 * busy / stopwatch.frames - decode_cpu_ms(clip), loop


def test_resolution(clips: Clips, report: Report) -> None:
    rows = []
    for size, (width, height) in SIZES.items():
        everything, loop = cost(clips(size, move="shake"))
        millions = width * height / 1e6
        per_pixel = f"{everything / millions:.2f}"
        rows.append((size, f"{millions:.2f}", f"{everything:.2f}", f"{loop:.2f}", per_pixel))
    columns = ("frame", "million pixels", "all threads, ms", "frame loop, ms", "ms a million pixels")
    report.add_table("Cost against resolution (a shaking camera, decoding taken off)", columns, rows)


def test_displays(clips: Clips, report: Report) -> None:
    rows = []
    for displays in (1, 2, 3):
        everything, loop = cost(clips("720p", move="shake", displays=displays))
        rows.append((displays, f"{everything:.2f}", f"{loop:.2f}"))
    columns = ("displays", "all threads, ms", "frame loop, ms")
    report.add_table("Cost against displays (720p, a shaking camera)", columns, rows)


def test_candidates(clips: Clips, report: Report) -> None:
    rows = []
    for marks in MARKS:
        clip = clips("720p", marks=marks)
        began = time.perf_counter()
        everything, loop = cost(clip)
        rows.append((marks, f"{everything:.2f}", f"{loop:.2f}", f"{time.perf_counter() - began:.1f}"))
    columns = ("letters beside the displays", "all threads, ms", "frame loop, ms", "run, s")
    report.add_table("Cost against clutter (720p, a steady camera)", columns, rows)
    report.done.add("scaling")
