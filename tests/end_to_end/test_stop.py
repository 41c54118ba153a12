"""The program ends in time, with all that it has read in its log, whatever state its cameras are in."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import slow_names
from end_to_end.program import CLIP, Program, parsed
from http_camera import HttpCamera
from rtsp_server import RtspServer, missing
from tcp_faults import FaultProxy

pytestmark = [
    pytest.mark.skipif(missing() is not None, reason=str(missing())),
    pytest.mark.skipif(slow_names.missing() is not None, reason=str(slow_names.missing())),
]

IN_TIME = 4.0
"""Seconds for an end that takes two on a machine that has nothing else to do."""
PASSWORD = "s3cret-pw"


class Cameras:
    """Cameras of each kind, to be broken."""

    def __init__(self, server: RtspServer, proxy: FaultProxy, web: HttpCamera, web_proxy: FaultProxy) -> None:
        self.server, self.proxy, self.web, self.web_proxy = server, proxy, web, web_proxy

    @property
    def sources(self) -> dict[str, str]:
        """Return the source of each kind of camera."""
        login, port, web = f"cam:{PASSWORD}@", self.proxy.port, self.web_proxy.port
        return {
            "rtsp": f"rtsp://{login}127.0.0.1:{port}/live",
            "denied": f"rtsp://cam:other-pw@127.0.0.1:{port}/live",
            "unresolved": f"rtsp://{login}{slow_names.HOST}:{port}/live",
            "unresolved http": f"http://{login}{slow_names.HOST}:{web}/snapshot.jpg",
            "jpegs": f"http://{login}127.0.0.1:{web}/stream.mjpg",
            "snapshot": f"http://{login}127.0.0.1:{web}/snapshot.jpg",
        }

    def break_down(self, fault: str) -> None:
        """Make a fault."""
        for proxy in (self.proxy, self.web_proxy):
            if fault in ("stall", "refuse", "garble"):
                getattr(proxy, fault)()
        if fault == "flood":
            self.server.tell("flood")

    def mend(self) -> None:
        """Put everything right again."""
        self.proxy.resume()
        self.web_proxy.resume()
        self.server.tell("calm")


@pytest.fixture(scope="module")
def cameras() -> Iterator[Cameras]:
    with (
        RtspServer(CLIP, auth="digest", password=PASSWORD) as server,
        HttpCamera(CLIP, "cam", PASSWORD) as web,
        FaultProxy(server.port) as proxy,
        FaultProxy(web.server_port) as web_proxy,
    ):
        yield Cameras(server, proxy, web, web_proxy)


STATES = [
    # camera, fault before the start, fault once it is read, what says that the state is reached
    ("rtsp", "", "", "camera: live"),
    ("rtsp", "stall", "", "stale"),
    ("rtsp", "refuse", "", "next try in"),
    ("rtsp", "", "stall", "stale"),
    ("rtsp", "", "refuse", "next try in"),
    ("rtsp", "", "garble", ""),
    ("rtsp", "", "flood", ""),
    ("denied", "", "", "refuses the user name or password"),
    ("unresolved", "", "", "stale"),
    ("unresolved", "", "", "hangs; trying anew"),
    ("unresolved http", "", "", "stale"),
    ("jpegs", "", "", "camera: live"),
    ("jpegs", "", "stall", "stale"),
    ("snapshot", "", "", "camera: live"),
    ("snapshot", "stall", "", "stale"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "before", "after", "reached"), STATES)
def test_the_end_comes_in_time(
    cameras: Cameras, tmp_path: Path, kind: str, before: str, after: str, reached: str
) -> None:
    config, log = tmp_path / "site.yaml", tmp_path / "log.jsonl"
    display = "{name: serial, region: [468, 325, 125, 60], digits: 5, decimals: 0}"
    # Time-outs that are much longer than an end may take.
    times = "open_timeout: 1, read_timeout: 9" if "hangs" in reached else "open_timeout: 9, read_timeout: 9"
    config.write_text(
        f"cameras: {{camera: {{source: '{cameras.sources[kind]}', {times}, displays: [{display}]}}}}\n"
        f"sinks: {{jsonl: {log}}}\n"
    )
    environ, _ = slow_names.hanging(tmp_path) if kind.startswith("unresolved") else (dict(os.environ), None)
    cameras.break_down(before)
    try:
        with Program("--config", config, "-vv", environ=environ) as program:
            if after:
                program.until_frames(3)
                cameras.break_down(after)
            if reached == "stale":
                program.until(lambda line: line["status"] == "stale", len(program.lines))
            elif reached:
                program.until_message(reached)
            else:
                time.sleep(1)
            started = time.monotonic()
            done = program.stop()
            took = time.monotonic() - started
    finally:
        cameras.mend()
    assert done.code == 143, done.err
    assert took < IN_TIME
    assert done.out == log.read_text()
    parsed(done.out)
    assert "Traceback" not in done.err
    assert PASSWORD not in done.err + done.out


@pytest.mark.slow
def test_a_name_that_cannot_be_looked_up_hinders_nobody_and_is_found_in_the_end(
    cameras: Cameras, tmp_path: Path
) -> None:
    environ, hangs = slow_names.hanging(tmp_path)
    config, sources = tmp_path / "site.yaml", cameras.sources
    display = "{name: serial, region: [468, 325, 125, 60], digits: 5, decimals: 0}"
    config.write_text(
        f"""
defaults: {{open_timeout: 1, read_timeout: 1, displays: [{display}]}}
cameras:
  rtsp: {{source: '{sources["unresolved"]}'}}
  http: {{source: '{sources["unresolved http"]}'}}
  other: {{source: '{sources["rtsp"]}'}}
"""
    )

    def is_ok(camera: str) -> int:
        wanted = {"camera": camera, "status": "ok"}
        return program.until(lambda line: wanted.items() <= line.items(), len(program.lines))

    with Program("--config", config, "-v", environ=environ) as program:
        for kind in ("rtsp", "http"):
            program.until_message(f"{kind}://***@{slow_names.HOST}")
        is_ok("other")
        early = [line for line in program.readings if line["camera"] != "other"]
        assert {line["status"] for line in early} == {"stale"}
        threads = len(os.listdir(f"/proc/{program.pid}/task"))
        hangs.unlink()
        for camera in ("rtsp", "http", "other"):
            is_ok(camera)
        deadline = time.monotonic() + 30
        while len(os.listdir(f"/proc/{program.pid}/task")) > threads:
            assert time.monotonic() < deadline, "threads that hung have ended"
            time.sleep(0.1)
        done = program.stop()
    assert done.code == 143, done.err
    assert "hangs; trying anew" in done.err
    assert PASSWORD not in done.err
