"""Faults of a camera, and what must hold in each: one program meets them all, one after the other.

Nothing that was read is lost, no reading is wrong, the camera is back soon after the fault is over, the other
camera does not notice, and neither threads nor open files pile up.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from end_to_end.program import CLIP, Line, Program, assert_right, parsed
from rtsp_server import RtspServer, missing
from sources.clips import write_clip
from tcp_faults import FaultProxy

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]

SERIAL = "{name: serial, region: [468, 325, 125, 60], digits: 5, decimals: 0}"
BACK = 15.0
"""Seconds in which a camera is back: one step of the back-off is 2.4, the rest is for a busy machine."""
UNNOTICED = 5.0
"""Seconds without a reading of the other camera that a busy machine may need."""


@dataclass
class Site:
    """The program with a camera that fails and another one."""

    program: Program
    proxy: FaultProxy
    server: RtspServer
    log: Path
    other_clip: Path
    resources: tuple[int, int] | None = None

    @property
    def lines(self) -> list[Line]:
        return parsed(self.log.read_text())

    def used(self) -> tuple[int, int]:
        """Threads and open files."""
        process = Path(f"/proc/{self.program._process.pid}")
        return len(os.listdir(process / "task")), len(os.listdir(process / "fd"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("faults")
    config, log = folder / "site.yaml", folder / "log.jsonl"
    other = write_clip(folder / "other.mp4", frames=30, size=(320, 240), options={"g": "6"})
    with RtspServer(CLIP) as server, RtspServer(CLIP) as calm, FaultProxy(server.port) as proxy:
        config.write_text(
            f"""
defaults: {{open_timeout: 2, read_timeout: 1, displays: [{SERIAL}]}}
cameras:
  failing: {{source: 'rtsp://127.0.0.1:{proxy.port}/live'}}
  other: {{source: '{calm.url}'}}
sinks: {{jsonl: {log}}}
"""
        )
        with Program("--config", config, "-vv") as program:
            running = Site(program, proxy, server, log, other)
            program.until(lambda line: is_ok(line, "failing"))
            program.until(lambda line: is_ok(line, "other"))
            running.resources = running.used()
            yield running
            assert program.stop().code == 143


def is_ok(line: Line, camera: str) -> bool:
    return bool(line["camera"] == camera and line["status"] == "ok")


def restart(site: Site) -> None:
    site.server.stop()
    time.sleep(0.5)
    site.server.start()


def another_picture(site: Site) -> None:
    """A camera that comes back with another size, in which the region does not lie, and is put right."""
    site.server.stop()
    intruder = RtspServer(site.other_clip)
    intruder.port = site.server.port
    with intruder:
        site.program.until_message("outside the frame of 320x240 pixels")
    site.server.start()


BACK_AGAIN = "failing: back, 640x480"
FAULTS: dict[str, tuple[Callable[[Site], None], float, str]] = {
    "connection cut": (lambda site: site.proxy.cut(), 0.0, BACK_AGAIN),
    "half-open connection": (lambda site: site.proxy.stall(), 3.0, BACK_AGAIN),
    "short stall": (lambda site: site.proxy.stall(), 0.5, ""),
    "connection refused": (lambda site: site.proxy.refuse(), 2.5, BACK_AGAIN),
    "noise on the line": (lambda site: site.proxy.garble(), 3.0, ""),
    "stream stalls at the camera": (lambda site: site.server.tell("stall"), 2.5, BACK_AGAIN),
    "session torn down": (lambda site: site.server.tell("kick"), 0.0, BACK_AGAIN),
    "camera restarted": (restart, 0.0, BACK_AGAIN),
    "another picture size": (another_picture, 0.0, "failing: live, 640x480"),
}
"""What happens, for how many seconds, and what is said when the camera is back."""


@pytest.mark.parametrize("name", FAULTS)
def test_a_camera_survives(site: Site, name: str) -> None:
    fault, seconds, said = FAULTS[name]
    before = site.log.read_bytes()
    start, messages = len(site.program.lines), len(site.program.messages)
    fault(site)
    time.sleep(seconds)
    site.proxy.resume()
    if "stalls at the camera" in name:
        site.server.tell("resume")
    over = time.monotonic()
    site.program.until_message(said, messages)
    there = len(site.program.lines)
    site.program.until(lambda line: is_ok(line, "failing"), there)
    took = time.monotonic() - over
    site.program.until(lambda line: is_ok(line, "other"), there)

    assert took < BACK
    assert site.log.read_bytes().startswith(before), "what was read stays"
    since = parsed("".join(site.program.lines[start:]))
    assert_right(since, [])
    times = [seconds_of(line["time"]) for line in since if line["camera"] == "other"]
    assert max((b - a for a, b in pairwise(times)), default=0.0) < UNNOTICED
    assert site.resources is not None
    threads, files = site.used()
    assert threads <= site.resources[0] + 4
    assert files <= site.resources[1] + 4


def seconds_of(time: str) -> float:
    hours, minutes, seconds = time.partition("T")[2].rstrip("Z").split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
