"""The counters of the board in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from .board import LATENCY_BOUNDS, Board, CameraRecord

FAMILIES = {
    "up": ("gauge", "1 while the camera brings frames, or has come to its end."),
    "frames_total": ("counter", "Frames that the source handed out."),
    "drops_total": ("counter", "Frames that a newer one replaced before they were read."),
    "damaged_total": ("counter", "Pictures that could not be decoded."),
    "reconnects_total": ("counter", "Times that the source came back."),
    "stalls_total": ("counter", "Times that the source was given up because nothing came."),
    "fps": ("gauge", "Frames a second that are processed."),
    "latency_seconds": ("histogram", "From the frame in hand to its readings."),
    "readings_total": ("counter", "Readings by status."),
    "value": ("gauge", "Last reading with status ok."),
    "value_age_seconds": ("gauge", "Time since the last reading with status ok."),
}


def exposition(board: Board) -> str:
    """Return all metrics as text."""
    samples: dict[str, list[str]] = {name: [] for name in FAMILIES}

    def look(camera: str, record: CameraRecord, now: float) -> None:
        def add(family: str, value: float, suffix: str = "", **labels: str) -> None:
            samples[family].append(_sample(family + suffix, {"camera": camera, **labels}.items(), value))

        result, source = record.newest, record.newest.source
        add("up", 1 if source is None or source.state in ("live", "ended") else 0)
        add("fps", result.fps)
        add("frames_total", record.results if source is None else source.frames)
        if source is not None:
            add("drops_total", source.drops)
            add("damaged_total", source.damaged)
            add("reconnects_total", source.reconnects)
            add("stalls_total", source.stalls)
        for bound, count in zip((*LATENCY_BOUNDS, "+Inf"), accumulate(record.latency_bins), strict=True):
            add("latency_seconds", count, "_bucket", le=str(bound))
        add("latency_seconds", record.latency_sum, "_sum")
        add("latency_seconds", sum(record.latency_bins), "_count")
        for (display, status), count in record.statuses.items():
            add("readings_total", count, display=display, status=status.value)
        for display, (reading, at) in record.accepted.items():
            if reading.value is not None:
                add("value", float(reading.value), display=display, unit=reading.unit or "")
            add("value_age_seconds", now - at, display=display)

    board.visit(look)
    lines: list[str] = []
    for name, (kind, text) in FAMILIES.items():
        if samples[name]:
            lines += [
                f"# HELP digitstream_{name} {text}",
                f"# TYPE digitstream_{name} {kind}",
                *samples[name],
            ]
    return "\n".join(lines) + "\n"


def _sample(name: str, labels: Iterable[tuple[str, str]], value: float) -> str:
    listed = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"digitstream_{name}{{{listed}}} {value:.12g}"


def _escaped(text: str) -> str:
    r"""Return the text as a label value.

    >>> print(_escaped('a "b"'))
    a \"b\"
    """
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
