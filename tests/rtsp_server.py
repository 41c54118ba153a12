"""A real RTSP server that loops a clip, for tests; the system's Python runs it, which has GStreamer.

with RtspServer(clip, also=[other], auth="digest", user="cam", password="s3cret") as server:
    server.url             # rtsp://127.0.0.1:PORT/live, without credentials
    server.tell("stall")   # also: resume, kick (cut every client), freeze (the first picture for ever), thaw
    server.tell("show 1")  # from now on the other clip, in the same session; `show 0` is the first one again
    server.tell("flood")   # sixty times as fast, until `calm`
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self

SYSTEM_PYTHON = "/usr/bin/python3"
NEEDS = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


@cache
def missing() -> str | None:
    """Return why there can be no RTSP server here, or None."""
    if not Path(SYSTEM_PYTHON).exists():
        return f"no {SYSTEM_PYTHON}"
    done = subprocess.run([SYSTEM_PYTHON, "-c", NEEDS], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else "gir1.2-gst-rtsp-server-1.0 is not installed"


class RtspServer:
    """The server as a child process; `stop` and `start` again keep the port."""

    def __init__(
        self,
        clip: Path,
        auth: str = "none",
        user: str = "cam",
        password: str = "s3cret",
        protocol: str = "any",
        also: Sequence[Path] = (),
        codec: str = "h264",
        port: int = 0,
    ) -> None:
        self._options = [f"--clip={path}" for path in (clip, *also)]
        self._options += [f"--auth={auth}", f"--user={user}", f"--password={password}"]
        self._options += [f"--protocol={protocol}", f"--codec={codec}"]
        self.port = port
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self.port}/live"

    def start(self) -> None:
        command = [SYSTEM_PYTHON, __file__, f"--port={self.port}", *self._options]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        ready, _, port = self._process.stdout.readline().partition(" ")
        assert ready == "READY", "the RTSP server did not start"
        self.port = int(port)

    def tell(self, command: str) -> None:
        """Send a command and wait until it is done."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == command

    def stop(self) -> None:
        """Kill it, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def access_units(gst: Any, clip: str, codec: str) -> list[tuple[bytes, int]]:
    """Return the coded pictures of an MP4 with their presentation times from 0, in ns."""
    pipeline = gst.parse_launch(
        f'filesrc location="{clip}" ! qtdemux ! {codec}parse config-interval=-1'
        f" ! video/x-{codec},stream-format=byte-stream,alignment=au ! appsink name=out sync=false"
    )
    sink = pipeline.get_by_name("out")
    pipeline.set_state(gst.State.PLAYING)
    units = []
    while (sample := sink.emit("pull-sample")) is not None:
        buffer = sample.get_buffer()
        units.append((bytes(buffer.extract_dup(0, buffer.get_size())), buffer.pts))
    pipeline.set_state(gst.State.NULL)
    start = min(pts for _, pts in units)
    return [(data, pts - start) for data, pts in units]


def serve(options: argparse.Namespace) -> None:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtsp", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

    Gst.init(None)
    codec = options.codec
    clips = [access_units(Gst, clip, codec) for clip in options.clip]
    times = sorted(pts for _, pts in clips[0])
    step = (times[-1] - times[0]) // (len(times) - 1)
    shown = {"clip": 0, "pace": 1}
    stalled, frozen = threading.Event(), threading.Event()

    class Factory(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]
        def do_create_element(self, _url: Any) -> Any:
            return Gst.parse_launch(
                "( appsrc name=source is-live=true format=time"
                f" caps=video/x-{codec},stream-format=byte-stream,alignment=au"
                f" ! {codec}parse config-interval=-1 ! rtp{codec}pay name=pay0 pt=96 )"
            )

    def feed(_factory: Any, media: Any) -> None:
        source = media.get_element().get_by_name_recurse_up("source")
        state = {"next": 0, "clip": shown["clip"], "first": 0, "time": 0, "clock": 0.0}
        state["last"] = time.monotonic()

        def push() -> bool:
            now = time.monotonic()
            if not stalled.is_set():
                state["clock"] += (now - state["last"]) * shown["pace"]
            state["last"] = now
            while not stalled.is_set() and state["clock"] * 1e9 >= state["next"] * step:
                if state["clip"] != shown["clip"]:
                    state["clip"], state["first"] = shown["clip"], state["next"]
                units = clips[int(state["clip"])]
                index = int(state["next"] - state["first"]) % len(units)
                data, pts = (units[0][0], index * step) if frozen.is_set() else units[index]
                buffer = Gst.Buffer.new_wrapped(data)
                # As the clock of the wall: what is dated later waits in the server.
                buffer.pts, buffer.dts = state["time"] + pts - index * step, state["time"]
                buffer.duration = step // shown["pace"]
                state["time"] += buffer.duration
                if source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                    return False
                state["next"] += 1
            return True

        GLib.timeout_add(4, push)

    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    factory = Factory()
    factory.set_shared(True)
    if options.protocol == "udp":
        factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
    # A signal, not an override of do_configure: that would undo what the base class sets there.
    factory.connect("media-configure", feed)
    if options.auth != "none":
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth = GstRtspServer.RTSPAuth()
        if options.auth == "basic":
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(options.user, options.password), token)
        else:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(options.user, options.password, token)
        server.set_auth(auth)
        role = "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"
        factory.add_role_from_structure(Gst.Structure.from_string(role)[0])
    server.get_mount_points().add_factory("/live", factory)
    server.attach(None)
    loop = GLib.MainLoop()

    def kick() -> bool:
        server.client_filter(lambda _server, _client: GstRtspServer.RTSPFilterResult.REMOVE)
        return False

    def listen() -> None:
        for line in sys.stdin:
            command = line.strip()
            if command == "stall":
                stalled.set()
            elif command == "resume":
                stalled.clear()
            elif command == "freeze":
                frozen.set()
            elif command == "thaw":
                frozen.clear()
            elif command in ("flood", "calm"):
                shown["pace"] = 60 if command == "flood" else 1
            elif command.startswith("show "):
                shown["clip"] = int(command.removeprefix("show "))
            elif command == "kick":
                GLib.idle_add(kick)
            print(command, flush=True)
        loop.quit()

    threading.Thread(target=listen, daemon=True).start()
    print("READY", server.get_bound_port(), flush=True)
    loop.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--clip", action="append", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--auth", choices=("none", "basic", "digest"), default="none")
    parser.add_argument("--codec", choices=("h264", "h265"), default="h264")
    parser.add_argument("--protocol", choices=("any", "udp"), default="any")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    serve(parser.parse_args())
