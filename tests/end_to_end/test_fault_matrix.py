"""Faults of a camera, and what must hold in each: one program meets them all, one after the other.

Nothing that was read is lost, no reading is wrong, state and counters say what happens, the camera is back
within a step of the back-off after the fault is over, the other cameras do not notice, neither threads nor
open files pile up, and no credential is shown.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest

from end_to_end.program import assert_right, parsed
from end_to_end.site import ALIVE, DOWN, Site, is_ok, running
from rtsp_server import RtspServer, missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
]

SLACK = 10.0
"""Seconds beyond a step of the back-off in which a camera is back; a busy machine may need them."""
IN_TIME = 6.0
"""Seconds for an end that takes two on a machine that has nothing else to do."""
UNNOTICED = 10.0
"""Seconds without a reading of another camera that a busy machine may need."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("faults")) as site:
        yield site
        started = time.monotonic()
        done = site.program.stop()
        assert time.monotonic() - started < IN_TIME
        assert done.code == 143
        # Two cameras may write to the two outputs in another order.
        assert sorted(done.out.splitlines()) == sorted(site.log.read_text().splitlines())
        assert not site.secrets_shown()


Act = Callable[[Site], object]


@dataclass(frozen=True)
class Fault:
    """How to make a fault and end it, and how the program shows it."""

    begin: Act
    end: Act = lambda site: None
    camera: str = "rtsp"
    seconds: float = 1.5
    shows: str = ""
    """A metric during the fault: `state=` or, for a picture that is not to be believed, `reason=`."""
    counts: tuple[str, ...] = ()
    """Counters that go up by it."""
    mute: bool = False
    """Nothing is read from the moment that it shows until it is over."""


def proxied(fault: str, camera: str = "rtsp", **settings: object) -> Fault:
    """Return a fault of the network between the program and a camera."""
    return Fault(
        lambda site: getattr(site.proxies[camera], fault)(),
        lambda site: site.proxies[camera].resume(),
        camera,
        **settings,  # type: ignore[arg-type]
    )


def told(begin: str, end: str = "", **settings: object) -> Fault:
    """Return a fault of the RTSP server."""
    return Fault(
        lambda site: site.server.tell(begin),
        lambda site: site.server.tell(end) if end else None,
        **settings,  # type: ignore[arg-type]
    )


def packets(fault: str, *arguments: float, **settings: object) -> Fault:
    """Return a fault of RTP."""
    return Fault(
        lambda site: getattr(site.rtp, fault)(*arguments),
        lambda site: site.rtp.end(),
        **settings,  # type: ignore[arg-type]
    )


def answered(fails: str, camera: str, **settings: object) -> Fault:
    """Return a fault of an HTTP camera."""

    def act(site: Site, fails: str) -> None:
        site.web_cameras[camera].fails = fails

    return Fault(
        lambda site: act(site, fails),
        lambda site: act(site, ""),
        camera,
        **settings,  # type: ignore[arg-type]
    )


def restart(site: Site) -> None:
    site.server.stop()
    time.sleep(0.5)
    site.server.start()


def another_codec(site: Site) -> None:
    """The camera comes back with H.265 and half as many frames, is read, and is put right."""
    site.server.stop()
    start = len(site.program.lines)
    with RtspServer(site.clips["h265"], codec="h265", port=site.server.port):
        site.program.until(lambda line: is_ok(line, "rtsp"), start)
        site.program.until_message("other: live")
    site.server.start()


LOST = {"shows": 'state="failed"', "counts": ("reconnects",), "mute": True}
STALLED = {"shows": 'state="failed"', "counts": ("stalls", "reconnects"), "mute": True}
FAULTS = {
    "connection cut": proxied("cut", seconds=0, counts=("reconnects",)),
    "half-open connection": proxied("stall", **STALLED),
    "short stall": proxied("stall", seconds=0.5),
    "connection refused": proxied("refuse", **LOST),
    "noise on the line": proxied("garble", seconds=3),
    "stream stalls at the camera": told("stall", "resume", **STALLED),
    "session torn down": told("kick", seconds=0, counts=("reconnects",)),
    "camera restarted": Fault(restart, seconds=0, counts=("reconnects",)),
    "flood": told("flood", "calm", seconds=4, counts=("drops",)),
    "lost packets": packets("lose", 0.03, seconds=4, counts=("damaged",)),
    "clock jumps ahead": packets("jump", 3600),
    "clock jumps back": packets("jump", -3600),
    "clock wraps": packets("wrap", seconds=3),
    "clock runs backwards": packets("run", -1),
    "clock stands still": packets("run", 0),
    "frozen picture": told("freeze", "thaw", shows='reason="frozen"', mute=True),
    "covered lens": told("show 1", "show 0", shows='reason="covered"', mute=True),
    "test card": told("show 2", "show 0", shows='reason="test_card"', mute=True),
    "recorder's own picture": told("show 3", "show 0", shows='reason="elsewhere"', mute=True),
    "larger picture": told("show 4", "show 0", seconds=3),
    "smaller picture": told("show 5", "show 0", shows='state="failed"', counts=("restarts",)),
    "another codec and rate": Fault(another_codec, seconds=0, counts=("reconnects",)),
    "JPEGs: connection cut": proxied("cut", "mjpeg", seconds=0, counts=("reconnects",)),
    "JPEGs: half-open connection": proxied("stall", "mjpeg", **STALLED),
    "JPEGs: connection refused": proxied("refuse", "mjpeg", **LOST),
    "JPEGs: garbage": answered("garbage", "mjpeg", counts=("damaged",)),
    "JPEGs: half pictures": answered("half", "mjpeg", counts=("damaged",)),
    "JPEGs: stream stalls": answered("silent", "mjpeg", **STALLED),
    "snapshot: connection refused": proxied("refuse", "snapshot", **LOST),
    "snapshot: server error": answered("503", "snapshot", **LOST),
    "snapshot: not there": answered("404", "snapshot", **LOST),
    "snapshot: a page to log in": answered("page", "snapshot", counts=("damaged",)),
    "snapshot: garbage": answered("garbage", "snapshot", counts=("damaged",)),
    "snapshot: half pictures": answered("half", "snapshot"),
    "snapshot: no answer": answered("silent", "snapshot", **STALLED),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_camera_survives(site: Site, name: str) -> None:
    fault = FAULTS[name]
    program, camera = site.program, fault.camera
    logged, before = site.log.read_bytes(), {other: site.counters(other) for other in ALIVE}
    start, said = len(program.lines), len(program.messages)

    fault.begin(site)
    if fault.shows:
        site.until_shown(camera, fault.shows)
    shown = len(program.lines)
    time.sleep(fault.seconds)
    during = len(program.lines)
    fault.end(site)
    over, end = time.monotonic(), len(program.lines)
    waits = re.findall(rf"{camera}.*next try in ([\d.]+) s", "".join(program.messages[said:]))
    program.until(lambda line: line["camera"] == camera and line["status"] != "stale", end)
    took = time.monotonic() - over
    restored = program.until(lambda line: is_ok(line, camera), end)
    site.until_shown(camera, 'state="live"')

    assert site.log.read_bytes().startswith(logged), "what was read stays"
    assert_right(parsed("".join(program.lines[start:])), [])
    assert took < max(map(float, waits), default=2.4) + SLACK
    if fault.mute:
        quiet = [line for line in site.lines_of(camera, shown, during) if line["status"] != "stale"]
        assert quiet == []
    after = {other: site.counters(other) for other in ALIVE}
    for counter in fault.counts:
        site.until(lambda c=counter: site.counters(camera)[c] > before[camera][c], f"counted {counter}")  # type: ignore[misc]
    for other in set(ALIVE) - {camera}:
        unlike = {c: (before[other][c], n) for c, n in after[other].items() if n != before[other][c]}
        assert set(unlike) <= {"frames", "drops"}, f"{other}: {unlike}"
        times = [seconds_of(line["time"]) for line in site.lines_of(other, start, restored)]
        assert max((b - a for a, b in pairwise(times)), default=0.0) < UNNOTICED
        program.until(lambda line, other=other: is_ok(line, other), end)  # type: ignore[misc]
    for down, state in DOWN.items():
        site.until_shown(down, f'state="{state}"')
    site.until(
        lambda: all(a <= b for a, b in zip(site.used(), site.resources, strict=True)), "as few as before"
    )
    assert not site.secrets_shown()


def seconds_of(time: str) -> float:
    hours, minutes, seconds = time.partition("T")[2].rstrip("Z").split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
