"""Cameras that fail all the time, for as long as you like: `python tests/soak.py --minutes 30`.

The real program reads the demo, at five frames a second, from a real RTSP server through proxies that stall,
cut, refuse, garble, lose packets and set the clock. Memory, threads and open files must stay where they were
after the warm-up, no reading may be wrong, and all cameras must be back when the faults are over.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from end_to_end import pictures
from end_to_end.program import COMMAND, PLACES, demo_truth, place
from rtp_faults import RtpFaults
from rtsp_server import RtspServer
from tcp_faults import FaultProxy

CAMERAS = 8
GROWTH = 0.02
"""Share by which memory may grow after the warm-up."""
PAUSES = (0.2, 1.0)
"""Seconds between two faults, at least and at most."""
CYCLE, CALM, BACK = 30.0, 12.0, 8.0
"""Seconds after which cameras are left alone, for how many, and within how many all are back."""
LENGTHS = (0.5, 3.0)
"""Seconds that a fault lasts."""
FAULTS = ("cut", "cut", "stall", "garble", "refuse", "lose", "jump")
PACKETS = {"lose": 0.05, "jump": 3600.0}
"""Faults of RTP, and how bad they are."""
FPS = 5
SITE = """
defaults: {{open_timeout: 2, read_timeout: 1}}
cameras: {{{cameras}}}
sinks: {{jsonl: {log}, max_bytes: 2000000, keep: 1, console: lines, web: {{port: 0}}}}
"""


@dataclass(frozen=True)
class Sample:
    """The program at one moment."""

    seconds: float
    rss_mb: float
    threads: int
    files: int
    reconnects: int
    calm: bool
    """No camera has failed for a while."""


@dataclass
class Soak:
    """What happened."""

    samples: list[Sample] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    """Readings with status `ok` that were right, by camera."""
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    """Cameras that did not come back when the faults were over."""
    exit_code: int | None = None
    exit_seconds: float = 0.0
    messages: str = ""

    @property
    def warm(self) -> list[Sample]:
        """The samples after the warm-up, which is the first half, or five minutes."""
        end = min(self.samples[-1].seconds / 2, 300)
        return [sample for sample in self.samples if sample.seconds >= end]

    @property
    def growth(self) -> float:
        """Share by which memory grew, from the first to the last third of the warm samples.

        Medians of whole cycles: within one, memory goes up and down with the cameras that are there.
        """
        begin, end = self.warm[0].seconds, self.warm[-1].seconds
        length = max((end - begin) / 3 // CYCLE, 1) * CYCLE
        first = [sample.rss_mb for sample in self.warm if sample.seconds < begin + length]
        last = [sample.rss_mb for sample in self.warm if sample.seconds >= end - length]
        return median(last) / median(first) - 1

    def problems(self, growth: float = GROWTH) -> Iterator[str]:
        """Say what was not as it must be."""
        if self.growth > growth:
            yield f"memory grew by {self.growth:.1%}"
        for name in ("threads", "files"):
            counts = [getattr(sample, name) for sample in self.warm]
            fifth = max(len(counts) // 5, 1)
            if max(counts[-fifth:]) > max(counts[:-fifth]) + CAMERAS:
                yield f"{name} grew from {max(counts[:-fifth])} to {max(counts[-fifth:])}"
        if self.wrong:
            yield f"{len(self.wrong)} wrong readings that were ok, like {self.wrong[0]}"
        if self.lost:
            yield f"not back: {', '.join(self.lost)}"
        if len(self.right) < CAMERAS:
            yield f"only {len(self.right)} cameras were ever read"
        if self.exit_code != 143 or "Traceback" in self.messages:
            yield f"ended with {self.exit_code}: {self.messages[-2000:]}"

    def summary(self) -> str:
        """Say it in a line."""
        minutes, reconnects = self.samples[-1].seconds / 60, self.samples[-1].reconnects
        return (
            f"{CAMERAS} cameras, {minutes:.1f} min, {sum(self.faults.values())} faults "
            f"({', '.join(f'{count} {name}' for name, count in self.faults.most_common())}), "
            f"{reconnects} reconnects ({reconnects / minutes:.0f} a minute), "
            f"{sum(self.right.values())} right readings that were ok, {len(self.wrong)} wrong; memory "
            f"{self.warm[0].rss_mb:.0f} to {self.warm[-1].rss_mb:.0f} MB, medians {self.growth:+.1%}; "
            f"end in {self.exit_seconds:.1f} s"
        )

    def plot(self, path: Path) -> None:
        """Draw memory, threads, files and reconnects over time."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 5), layout="constrained")
        memory, counts = figure.subplots(2, 1, sharex=True)
        minutes = [sample.seconds / 60 for sample in self.samples]
        memory.plot(minutes, [sample.rss_mb for sample in self.samples])
        calm = [sample for sample in self.samples if sample.calm]
        memory.plot([s.seconds / 60 for s in calm], [s.rss_mb for s in calm], ".", label="all cameras there")
        memory.axvline(self.warm[0].seconds / 60, color="grey", linestyle=":", label="end of the warm-up")
        memory.set(ylabel="memory, MB", title=f"{CAMERAS} cameras, faults all the time", ylim=(0, None))
        memory.legend(loc="lower right")
        counts.plot(minutes, [sample.threads for sample in self.samples], label="threads")
        counts.plot(minutes, [sample.files for sample in self.samples], label="open files")
        counts.set(xlabel="minutes", ylim=(0, None))
        counts.legend(loc="lower right")
        reconnects = counts.twinx()
        reconnects.plot(minutes, [s.reconnects for s in self.samples], color="grey", linestyle="--")
        reconnects.set(ylabel="reconnects (dashed)", ylim=(0, None))
        figure.savefig(path, dpi=100)


def soak(seconds: float, folder: Path, seed: int = 1) -> Soak:
    """Let the program read failing cameras for so long."""
    found, chance = Soak(), random.Random(seed)
    with ExitStack() as stack:
        slow = pictures.demo(count=60, every=25 // FPS)
        clip = pictures.encode(folder / "clip.mp4", slow, fps=FPS, group=2 * FPS)
        server = stack.enter_context(RtspServer(clip))
        packets = [RtpFaults() for _ in range(CAMERAS)]
        proxies = [stack.enter_context(FaultProxy(server.port, rtp.connection)) for rtp in packets]
        process = stack.enter_context(_program(proxies, folder))
        watch = stack.enter_context(_watching(process, found))
        began, due = time.monotonic(), 0.0
        ends: dict[int, float] = {}
        while (now := time.monotonic() - began) < seconds:
            assert process.poll() is None, found.messages
            for camera in [camera for camera, end in ends.items() if end <= now]:
                proxies[camera].resume()
                packets[camera].end()
                del ends[camera]
            phase = now % CYCLE
            if now >= due and phase < CYCLE - CALM:
                due = now + chance.uniform(*PAUSES)
                camera, fault = chance.randrange(CAMERAS), chance.choice(FAULTS)
                if camera not in ends:
                    if fault in PACKETS:
                        getattr(packets[camera], fault)(PACKETS[fault])
                    else:
                        getattr(proxies[camera], fault)()
                    ends[camera] = now + chance.uniform(*LENGTHS)
                    found.faults[fault] += 1
            if not found.samples or now - found.samples[-1].seconds >= 1:
                calm = phase >= CYCLE - CALM + BACK
                found.samples.append(_sample(process.pid, now, watch.reconnects, calm))
            time.sleep(0.05)
        for proxy, rtp in zip(proxies, packets, strict=True):
            proxy.resume()
            rtp.end()
        found.lost = watch.never_back(patience=60)
        stopped = time.monotonic()
        process.send_signal(signal.SIGTERM)
        found.exit_code = process.wait(60)
        found.exit_seconds = time.monotonic() - stopped
    return found


@contextmanager
def _program(proxies: list[FaultProxy], folder: Path) -> Iterator[subprocess.Popen[str]]:
    cameras = ", ".join(
        f"camera-{number}: {{source: 'rtsp://127.0.0.1:{proxy.port}/live'}}"
        for number, proxy in enumerate(proxies)
    )
    config = folder / "site.yaml"
    config.write_text(SITE.format(cameras=cameras, log=folder / "log.jsonl"))
    process = subprocess.Popen(
        [*COMMAND, "--config", str(config), "-v"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


class _Watch:
    """Follows what the program writes."""

    def __init__(self, found: Soak) -> None:
        self.reconnects = 0
        self._found, self._truth = found, demo_truth()
        self._texts = {name: set(self._truth[name].values()) for name in PLACES}

    def read_out(self, line: str) -> None:
        """Hold an `ok` reading against what the demo ever shows."""
        if '"status":"ok"' not in line:
            return
        reading = json.loads(line)
        where = place(reading)
        if where is not None and reading["text"] not in self._texts[where]:
            self._found.wrong.append(f"{reading['camera']} {where} {reading['text']}")
        else:
            self._found.right[reading["camera"]] += 1

    def read_err(self, line: str) -> None:
        """Count the cameras that come back."""
        self.reconnects += bool(re.search(r"camera-\d+: back, ", line))
        # What is said all the time is not worth keeping.
        self._found.messages = (self._found.messages + line)[-20000:]

    def never_back(self, patience: float) -> list[str]:
        """Wait until every camera is read again, and return those that are not."""
        before = Counter(self._found.right)
        until = time.monotonic() + patience
        names = [f"camera-{number}" for number in range(CAMERAS)]
        while time.monotonic() < until:
            names = [name for name in names if self._found.right[name] <= before[name]]
            if not names:
                break
            time.sleep(0.1)
        return names


@contextmanager
def _watching(process: subprocess.Popen[str], found: Soak) -> Iterator[_Watch]:
    watch = _Watch(found)
    assert process.stdout is not None
    assert process.stderr is not None

    def follow(stream: Iterator[str], read: object) -> None:
        for line in stream:
            read(line)  # type: ignore[operator]

    threads = [
        threading.Thread(target=follow, args=(process.stdout, watch.read_out)),
        threading.Thread(target=follow, args=(process.stderr, watch.read_err)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield watch
    finally:
        process.kill()
        for thread in threads:
            thread.join()


def _sample(process: int, seconds: float, reconnects: int, calm: bool) -> Sample:
    status = Path(f"/proc/{process}/status").read_text()
    numbers = {name: int(value) for name, value in re.findall(r"(VmRSS|Threads):\s+(\d+)", status)}
    files = len(os.listdir(f"/proc/{process}/fd"))
    return Sample(seconds, numbers["VmRSS"] / 1024, numbers["Threads"], files, reconnects, calm)


def main() -> int:
    """Run a soak from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--plot", type=Path, help="draw it as a picture")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = soak(60 * options.minutes, Path(folder), options.seed)
    print(found.summary())
    if options.plot:
        found.plot(options.plot)
    problems = [*found.problems()]
    for problem in problems:
        print(f"FAILED: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
