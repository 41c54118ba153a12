"""The command line in a process of its own, and the demo's truth that its readings are held against."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import digitstream

if TYPE_CHECKING:
    from typing_extensions import Self

COMMAND = (sys.executable, "-m", "digitstream")
PATIENCE = 60.0
"""Seconds for what takes one or two: the machine may be busy."""
CLIP = Path(digitstream.__file__).parent / "demo" / "clip.mp4"

Line = dict[str, Any]
"""One reading as the program writes it."""


@dataclass(frozen=True)
class Done:
    """A program that has ended."""

    code: int
    out: str
    err: str

    @property
    def readings(self) -> list[Line]:
        """What it wrote to standard output."""
        return parsed(self.out)


def run(*arguments: object, stdin: IO[bytes] | None = None, environ: Mapping[str, str] | None = None) -> Done:
    """Run the program to its end."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdin=stdin or subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environ,
        timeout=PATIENCE,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


class Program:
    """The program while it runs; leaving ends it."""

    def __init__(self, *arguments: object, environ: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self.lines: list[str] = []
        self.messages: list[str] = []
        self._threads = [
            threading.Thread(target=_collect, args=(stream, into))
            for into, stream in ((self.lines, self._process.stdout), (self.messages, self._process.stderr))
        ]

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def readings(self) -> list[Line]:
        """What it has written up to now."""
        return parsed("".join(self.lines))

    def until(self, condition: Callable[[Line], bool], after: int = 0) -> int:
        """Wait for a reading that meets a condition, from line `after` on; return the number of the next."""
        deadline = time.monotonic() + PATIENCE
        while True:
            ended = self._process.poll() is not None
            for number in range(after, len(self.lines)):
                if condition(json.loads(self.lines[number])):
                    return number + 1
                after = number + 1
            assert not ended, f"ended with {self._process.returncode}: {''.join(self.messages)}"
            assert time.monotonic() < deadline, f"never came; messages: {''.join(self.messages)}"
            time.sleep(0.02)

    def until_frames(self, count: int, after: int = 0) -> int:
        """Wait for readings of so many frames; return the number of the next line."""
        frames: set[int] = set()

        def counted(line: Line) -> bool:
            if line["status"] != "stale":
                frames.add(line["frame"])
            return len(frames) >= count

        return self.until(counted, after)

    def until_message(self, words: str, after: int = 0) -> None:
        """Wait until it says so on standard error, from message `after` on."""
        deadline = time.monotonic() + PATIENCE
        while words not in "".join(self.messages[after:]):
            assert time.monotonic() < deadline, f"{words!r} never came: {''.join(self.messages)}"
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> Done:
        """Send a signal and wait for the end."""
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return Done(code, "".join(self.lines), "".join(self.messages))

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()


def _collect(stream: IO[str], into: list[str]) -> None:
    for line in stream:
        into.append(line)  # noqa: PERF402 - others look at the list meanwhile


def parsed(text: str) -> list[Line]:
    """Return JSON lines as readings."""
    return [json.loads(line) for line in text.splitlines()]


PLACES = {
    "counter": (30, 70, 330, 175),
    "voltmeter": (370, 70, 610, 175),
    "thermometer": (30, 295, 330, 400),
    "serial": (390, 325, 610, 380),
}
"""Left, top, right and bottom of each display of the demo."""
EASY = ("voltmeter", "serial")
"""Displays that any model reads: nothing turns, nothing ghosts."""


def place(line: Line) -> str | None:
    """Return the display of the demo on which a reading's digits stand, whatever the program calls it."""
    boxes = [digit["box"] for digit in line["digits"]]
    if not boxes:
        return None
    x = sum(box[0] + box[2] / 2 for box in boxes) / len(boxes)
    y = sum(box[1] + box[3] / 2 for box in boxes) / len(boxes)
    inside = (name for name, (x0, y0, x1, y1) in PLACES.items() if x0 <= x < x1 and y0 <= y < y1)
    return next(inside, None)


def demo_truth() -> dict[str, dict[int, str]]:
    """Return the text of each display of the demo in each frame."""
    names = dict(zip([f"display-{number}" for number in range(1, 5)], PLACES, strict=True))
    truth: dict[str, dict[int, str]] = defaultdict(dict)
    with CLIP.with_name("truth.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            truth[names[row["display"]]][int(row["frame"])] = row["text"]
    return truth


def accepted(lines: Iterable[Line]) -> dict[str, Counter[str]]:
    """Count the `ok` texts on each display of the demo."""
    texts: dict[str, Counter[str]] = {name: Counter() for name in PLACES}
    for line in lines:
        where = place(line)
        if line["status"] == "ok" and where:
            texts[where][line["text"]] += 1
    return texts


def assert_right(lines: Iterable[Line], displays: Iterable[str] = EASY) -> None:
    """Hold readings, of frames unknown, to what the demo ever shows."""
    texts, truth = accepted(lines), demo_truth()
    for name, counts in texts.items():
        assert set(counts) <= set(truth[name].values()), f"wrong and ok: {name} {counts}"
    for name in displays:
        assert texts[name], f"{name} was never ok: {texts}"


def only_error(done: Done, code: int) -> str:
    """Return the message of a program that ended with `code` and said why in one line."""
    lines = done.err.splitlines()
    errors = [line for line in lines if line.startswith("digitstream: error: ")]
    assert done.code == code, done.err
    assert len(errors) == 1, done.err
    assert [line for line in lines if not line.startswith("digitstream: ")] == []
    return errors[0].removeprefix("digitstream: error: ")
