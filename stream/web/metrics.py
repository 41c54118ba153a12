"""The counters of the board in the text format of Prometheus."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from itertools import accumulate
from pathlib import Path

from .board import LATENCY_BOUNDS, Board, CameraRecord

FAMILIES = {
    "up": ("gauge", "1 while the camera brings frames, or has come to its end."),
    "state": ("gauge", "1 for the state that the source is in."),
    "picture_fault": ("gauge", "1 while the picture is not to be believed, by reason."),
    "view_shift_pixels": ("gauge", "How far the camera has moved since the regions were measured."),
    "view_turn_degrees": ("gauge", "How far it has turned since then."),
    "view_zoom": ("gauge", "How much larger the displays have become since then."),
    "picture_age_seconds": ("gauge", "Time since the last frame."),
    "frames_total": ("counter", "Frames that the source handed out."),
    "drops_total": ("counter", "Frames that a newer one replaced before they were read."),
    "damaged_total": ("counter", "Pictures that could not be decoded."),
    "reconnects_total": ("counter", "Times that the source came back."),
    "stalls_total": ("counter", "Times that the source was given up because nothing came."),
    "restarts_total": (
        "counter",
        "Times that a camera's loop was begun anew after a fault of the program.",
    ),
    "fps": ("gauge", "Frames a second that are processed."),
    "latency_seconds": ("histogram", "From the frame in hand to its readings."),
    "readings_total": ("counter", "Readings by status."),
    "confidence": ("gauge", "Confidence of the newest reading, 0 to 1."),
    "value": ("gauge", "Last reading with status ok."),
    "value_age_seconds": ("gauge", "Time since the last reading with status ok."),
    "sink_written_total": ("counter", "Results that an output took."),
    "sink_dropped_total": ("counter", "Results that newer ones pushed out before the output got to them."),
    "sink_failed_total": ("counter", "Results that an output could not write."),
    "process_cpu_seconds_total": ("counter", "Processor time of the program."),
    "process_resident_memory_bytes": ("gauge", "Memory of the program."),
    "process_open_fds": ("gauge", "Open files and connections of the program."),
    "process_threads": ("gauge", "Threads of the program, those of libraries aside."),
}


def exposition(board: Board) -> str:
    """Return all metrics as text."""
    samples: dict[str, list[str]] = {name: [] for name in FAMILIES}

    def look(camera: str, record: CameraRecord, now: float) -> None:
        def add(family: str, value: float, suffix: str = "", **labels: str) -> None:
            samples[family].append(_sample(family + suffix, {"camera": camera, **labels}.items(), value))

        result, source = record.newest, record.newest.source
        add("up", 1 if source is None or source.state in ("live", "ended") else 0)
        add("state", 1, state="live" if source is None else source.state)
        if result.fault is not None:
            add("picture_fault", 1, reason=result.fault.value)
        if result.drift is not None:
            add("view_shift_pixels", result.drift.pixels)
            add("view_turn_degrees", result.drift.degrees)
            add("view_zoom", result.drift.zoom)
        if record.pictured is not None:
            add("picture_age_seconds", now - record.picture_seen)
        add("fps", result.fps)
        add("frames_total", record.results if source is None else source.frames)
        if source is not None:
            add("drops_total", source.drops)
            add("damaged_total", source.damaged)
            add("reconnects_total", source.reconnects)
            add("stalls_total", source.stalls)
            add("restarts_total", source.restarts)
        for bound, count in zip((*LATENCY_BOUNDS, "+Inf"), accumulate(record.latency_bins), strict=True):
            add("latency_seconds", count, "_bucket", le=str(bound))
        add("latency_seconds", record.latency_sum, "_sum")
        add("latency_seconds", sum(record.latency_bins), "_count")
        for (display, status), count in record.statuses.items():
            add("readings_total", count, display=display, status=status.value)
        for newest in result.readings:
            add("confidence", newest.confidence, display=newest.display)
        for display, (reading, at) in record.accepted.items():
            if reading.value is not None:
                add("value", float(reading.value), display=display, unit=reading.unit or "")
            add("value_age_seconds", now - at, display=display)

    board.visit(look)
    for family in ("written", "dropped", "failed"):
        counts: Counter[str] = Counter()
        for sink in board.sinks():
            counts[sink.name] += getattr(sink, family)
        name = f"sink_{family}_total"
        samples[name] += [_sample(name, [("sink", sink)], count) for sink, count in counts.items()]
    for name, number in _process().items():
        samples[name].append(f"digitstream_{name} {number:.12g}")
    lines: list[str] = []
    for name, (kind, text) in FAMILIES.items():
        if samples[name]:
            lines += [
                f"# HELP digitstream_{name} {text}",
                f"# TYPE digitstream_{name} {kind}",
                *samples[name],
            ]
    return "\n".join(lines) + "\n"


def _process() -> dict[str, float]:
    """What the program takes of the machine; what the system does not tell is left out."""
    found = {"process_cpu_seconds_total": time.process_time(), "process_threads": threading.active_count()}
    with suppress(OSError, ValueError, IndexError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        found["process_resident_memory_bytes"] = pages * os.sysconf("SC_PAGE_SIZE")
        found["process_open_fds"] = len(os.listdir("/proc/self/fd"))
    return found


def _sample(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    listed = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"digitstream_{name}{{{listed}}} {value:.12g}"


def _escaped(text: str) -> str:
    r"""Return the text as a label value.

    >>> print(_escaped('a "b"'))
    a \"b\"
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
