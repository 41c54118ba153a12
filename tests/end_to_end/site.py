"""A deployment that meets faults: the program, its cameras, and what it shows of itself."""

from __future__ import annotations

import os
import re
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from end_to_end import pictures
from end_to_end.program import Line, Program, parsed
from http_camera import HttpCamera
from rtp_faults import RtpFaults
from rtsp_server import RtspServer
from tcp_faults import FaultProxy

USER, PASSWORD = "us3r.n@me", "p@s/s:w#1?"
SECRETS = (USER, "us3r", PASSWORD, "p%40s%2Fs%3Aw%231%3F", "s/s:w", "wr0ng")
"""What must not be found anywhere."""
DISPLAY = "{name: serial, region: [468, 325, 125, 60], digits: 5, decimals: 0}"
COUNTERS = ("frames", "drops", "damaged", "reconnects", "stalls", "restarts")
ALIVE = ("rtsp", "mjpeg", "snapshot", "other")
"""Cameras that are read while nothing fails."""
DOWN = {"denied": "auth_failed", "missing": "failed", "refused": "failed"}
"""Cameras that never come, and the state that they are in."""
PATIENCE = 60.0


@dataclass
class Site:
    """The program while it runs, and the levers to its cameras."""

    program: Program
    page: str
    log: Path
    server: RtspServer
    clips: dict[str, Path]
    """What the camera `rtsp` may show instead, by name: another clip, or another server's."""
    rtp: RtpFaults
    proxies: dict[str, FaultProxy]
    """Between the program and a camera, by its name."""
    web_cameras: dict[str, HttpCamera]
    resources: tuple[int, int] = (0, 0)
    pages: list[str] = field(default_factory=list)
    """All that the page has shown of the program's state."""

    def metrics(self) -> dict[str, float]:
        """Return all samples by name and labels, as in `state{camera="rtsp",state="live"}`."""
        for page in ("readings.json", "metrics"):
            with urllib.request.urlopen(self.page + page, timeout=PATIENCE) as answer:
                self.pages.append(text := answer.read().decode())
        del self.pages[:-20]
        return {name: float(value) for name, value in re.findall(r"^digitstream_(\S+) (\S+)$", text, re.M)}

    def counters(self, camera: str) -> Counter[str]:
        """Return the counters of a camera."""
        found = self.metrics()
        return Counter({name: int(found[f'{name}_total{{camera="{camera}"}}']) for name in COUNTERS})

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for something that comes in a second or two on a machine that is not busy."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"never {what}: {''.join(self.program.messages[-20:])}"
            time.sleep(0.1)

    def until_shown(self, camera: str, sample: str) -> None:
        """Wait for a metric of a camera, such as `state="failed"`."""
        family = sample.partition("=")[0].replace("reason", "picture_fault")
        self.until(lambda: f'{family}{{camera="{camera}",{sample}}}' in self.metrics(), f"{camera} {sample}")

    def used(self) -> tuple[int, int]:
        """Return the numbers of threads and open files, the page's own connections aside."""
        process = Path(f"/proc/{self.program.pid}")
        return len(os.listdir(process / "task")), len(os.listdir(process / "fd"))

    def at_rest(self) -> bool:
        """Tell whether it takes no more of them than at the beginning."""
        return all(now <= before for now, before in zip(self.used(), self.resources, strict=True))

    def lines_of(self, camera: str, start: int, end: int | None = None) -> list[Line]:
        """Return the readings of a camera among the lines that were written from `start` to `end`."""
        return [line for line in parsed("".join(self.program.lines[start:end])) if line["camera"] == camera]

    def secrets_shown(self) -> set[str]:
        """Return what should have stayed hidden."""
        shown = "".join([*self.program.messages, *self.program.lines, *self.pages])
        return {secret for secret in SECRETS if secret in shown}


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Run the program with cameras of each kind, and wait until those that are not down are read."""
    clips = {
        "demo": pictures.encode(folder / "demo.mp4", pictures.demo(every=2), fps=pictures.FPS),
        "covered": pictures.encode(folder / "covered.mp4", pictures.covered()),
        "test card": pictures.encode(folder / "card.mp4", pictures.colour_bars()),
        "no signal": pictures.encode(folder / "no-signal.mp4", pictures.no_signal()),
        "larger": pictures.encode(folder / "larger.mp4", pictures.resized(pictures.demo(), 960, 720)),
        "smaller": pictures.encode(folder / "smaller.mp4", pictures.resized(pictures.demo(), 320, 240)),
        "h265": pictures.encode(
            folder / "h265.mp4", pictures.demo(count=60, every=5), codec="libx265", fps=5, group=5
        ),
    }
    inside = [clips[name] for name in ("covered", "test card", "no signal", "larger", "smaller")]
    rtp, log, config = RtpFaults(), folder / "log.jsonl", folder / "site.yaml"
    login = {"user": USER, "password": PASSWORD}
    with ExitStack() as stack:
        enter = stack.enter_context
        server = enter(RtspServer(clips["demo"], auth="digest", also=inside, **login))
        calm = enter(RtspServer(clips["h265"], codec="h265"))
        still, moving = (enter(HttpCamera(clips["demo"], **login, fps=5)) for _ in range(2))
        proxies = {
            "rtsp": enter(FaultProxy(server.port, rtp.connection)),
            "mjpeg": enter(FaultProxy(moving.server_port)),
            "snapshot": enter(FaultProxy(still.server_port)),
        }
        port = {name: proxy.port for name, proxy in proxies.items()}
        known = "${CAMERA_USER}:${CAMERA_PASSWORD}@127.0.0.1"
        config.write_text(
            f"""
defaults: {{open_timeout: 5, read_timeout: 5, displays: [{DISPLAY}]}}
cameras:
  rtsp: {{source: 'rtsp://{known}:{port["rtsp"]}/live'}}
  mjpeg: {{source: 'http://{known}:{port["mjpeg"]}/stream.mjpg'}}
  snapshot: {{source: 'http://{known}:{port["snapshot"]}/snapshot.jpg', fps: 1}}
  other: {{source: '{calm.url}'}}
  denied: {{source: 'rtsp://us3r:wr0ng@127.0.0.1:{server.port}/live'}}
  missing: {{source: '{calm.url}-2'}}
  refused: {{source: 'rtsp://{known}:9/live'}}
sinks: {{jsonl: {log}, web: {{port: 0}}}}
"""
        )
        environ = os.environ | {"CAMERA_USER": USER, "CAMERA_PASSWORD": PASSWORD}
        program = enter(Program("--config", config, "-vv", environ=environ))
        for name in ALIVE:
            program.until(lambda line, name=name: is_ok(line, name))  # type: ignore[misc]
        page = re.search(r"live page: (\S+)", "".join(program.messages))
        assert page, program.messages
        site = Site(program, page[1], log, server, clips, rtp, proxies, {"mjpeg": moving, "snapshot": still})
        for name, state in DOWN.items():
            site.until_shown(name, f'state="{state}"')
        site.resources = site.used()
        yield site


def is_ok(line: Line, camera: str) -> bool:
    """Tell whether a reading is a good one of a camera."""
    return bool(line["camera"] == camera and line["status"] == "ok")
