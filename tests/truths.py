"""Readings of a clip with a truth file held against it, by the names of the displays."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from digitstream import Reading, Status

Truth = dict[str, list[str]]
"""Text of each display, frame by frame."""


@dataclass
class Score:
    """How the readings of one display fared."""

    frames: int = 0
    """Frames of the truth that count."""
    right: int = 0
    ok: int = 0
    wrong_ok: list[tuple[int, str, str | None]] = field(default_factory=list)
    """Frame, truth and text of readings that were `ok` and wrong."""
    misses: list[tuple[int, str, str | None]] = field(default_factory=list)


def load(path: Path) -> Truth:
    """Read `frame,display,text`."""
    truth: Truth = {}
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            truth.setdefault(row["display"], []).append(row["text"])
    return truth


def compare(readings: Iterable[Reading], truth: Truth, skip: int) -> dict[str, Score]:
    """Score every display of the truth; the first `skip` frames only count for wrong `ok` readings."""
    seen = {(reading.display, reading.frame): reading for reading in readings}
    scores = {}
    for name, texts in truth.items():
        score = scores[name] = Score(frames=len(texts) - skip)
        for frame, text in enumerate(texts):
            reading = seen.get((name, frame))
            right = reading is not None and reading.text == text
            ok = reading is not None and reading.status is Status.OK
            if ok and not right:
                score.wrong_ok.append((frame, text, reading.text if reading else None))
            if frame >= skip:
                score.right += right
                score.ok += ok
                if not right:
                    score.misses.append((frame, text, reading.text if reading else None))
    return scores
