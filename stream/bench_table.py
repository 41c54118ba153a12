"""The measures of `digitstream bench` as a table for people."""

from __future__ import annotations

import os
import sys

from rich.console import Console
from rich.table import Table

from .bench import Benchmark

_STAGES = {
    "frame": "each frame, all stages",
    "track": "follow the digits",
    "classify": "classify what changed",
    "group": "sort into displays",
    "read": "decide the text",
    "judge": "judge the picture",
    "wait": "wait for the localizer",
}


def show(measured: Benchmark) -> None:
    """Print the table."""
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 100, highlight=False)
    width, height = measured.size
    table = Table(title=f"{width}x{height}, {measured.fps:g} fps, {measured.frames} frames")
    table.add_column("measure", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("", justify="right", no_wrap=True)
    latency = measured.latency_ms
    rows = (
        ("decode only", f"{measured.decode_fps:.0f} fps", ""),
        ("whole program, with a log", f"{measured.pipeline_fps:.0f} fps", f"{measured.ratio:.0%} of that"),
        ("processor time a frame", f"{measured.cpu_ms_per_frame:.2f} ms", ""),
        ("memory", f"{measured.rss_mb:.0f} MB", ""),
        ("start to first reading", f"{measured.first_reading_s:.2f} s", ""),
        ("frame to reading, as a camera", f"{latency['p50']:.2f} ms", f"p99 {latency['p99']:.2f} ms"),
    )
    for row in rows:
        table.add_row(*row)
    table.add_section()
    for stage, times in measured.stages_ms.items():
        table.add_row(_STAGES.get(stage, stage), f"{times['mean']:.3f} ms", f"p99 {times['p99']:.3f} ms")
    console.print(table)
    cores = os.cpu_count() or 1
    console.print(
        f"This machine ({cores} cores) carries {measured.cameras} such cameras at {measured.fps:g} fps."
    )
