from __future__ import annotations

import base64
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from digitstream.config import CameraConfig
from digitstream.errors import FormatError, SourceDenied, SourceError, SourceMissing, SourceTimeout
from digitstream.frames import Frame
from digitstream.sources import Source, open_source, probe
from digitstream.sources.http import open_http
from digitstream.sources.live import LiveSource
from digitstream.sources.reconnect import Backoff
from sources.clips import encoded, number_of, write_clip

LOGIN = "Basic " + base64.b64encode(b"cam:p@s/s").decode()


class CameraServer(ThreadingHTTPServer):
    """An HTTP camera: a picture that changes with every request, a stream of JPEGs, and faults."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.count, self.stalled, self.down = folder, 0, threading.Event(), threading.Event()

    def url(self, path: str, login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    server: CameraServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self.server.down.is_set():
            self.send_error(503)
        elif path.startswith("/locked") and self.headers.get("Authorization") != LOGIN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
        elif path in ("/snapshot", "/locked/snapshot"):
            self._answer("image/jpeg", encoded(self._next()))
        elif path == "/picture.png":
            self._answer("image/png", encoded(self._next(), "png"))
        elif path == "/untyped":
            self._answer("application/octet-stream", encoded(self._next()))
        elif path == "/broken":
            self._answer("image/jpeg", encoded(self._next())[:300])
        elif path == "/page":
            self._answer("text/html", b"<html>log in first</html>")
        elif path == "/silent":
            self.server.stalled.wait(5)
        elif path in ("/stream.jpg", "/locked/stream"):
            self._stream()
        elif path == "/cut":
            self._stream(lambda picture, number: picture[:-200] if number % 3 == 0 else picture)
        elif path == "/without-ends":
            self._stream(lambda picture, number: picture.removesuffix(b"\xff\xd9"))
        elif path == "/clip.mp4":
            self._answer("video/mp4", (self.server.folder / "clip.mp4").read_bytes())
        elif path == "/live":
            self._answer("video/mp2t", (self.server.folder / "clip.ts").read_bytes())
        else:
            self.send_error(404)

    def _next(self) -> int:
        self.server.count += 1
        return self.server.count % 200

    def _answer(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, spoil: Callable[[bytes, int], bytes] = lambda picture, _: picture) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            while not self.server.down.is_set():
                if not self.server.stalled.is_set():
                    number = self._next()
                    data = spoil(encoded(number), number)
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                    self.wfile.write(head.encode() + data + b"\r\n")
                time.sleep(0.04)
        except OSError:
            pass

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[CameraServer]:
    with CameraServer(tmp_path) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running
        running.stalled.set()
        running.down.set()
        running.shutdown()
        thread.join()


def camera(url: str, **settings: object) -> CameraConfig:
    return CameraConfig(source=url, open_timeout=1, read_timeout=0.5, **settings)  # type: ignore[arg-type]


def eager(settings: CameraConfig) -> LiveSource:
    return LiveSource(settings, lambda: open_http(settings), backoff=Backoff((0.05,), seed=1))


def take(source: Source, count: int) -> list[Frame]:
    frames: list[Frame] = []
    until = time.monotonic() + 5
    while len(frames) < count:
        assert time.monotonic() < until, source.status
        frame = source.read(0.2)
        if frame is not None:
            frames.append(frame)
    return frames


def wait_for(source: Source, condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until, source.status
        source.read(0.02)


@pytest.mark.parametrize("path", ["/snapshot", "/picture.png", "/untyped"])
def test_a_snapshot_is_fetched_again_and_again(server: CameraServer, path: str) -> None:
    with open_source(camera(server.url(path), fps=20)) as source:
        started = time.monotonic()
        frames = take(source, 4)
        assert time.monotonic() - started > 0.14
    assert all(frame.still and frame.captured for frame in frames)
    numbers = [number_of(frame.luma) for frame in frames]
    assert all(b > a for a, b in itertools.pairwise(numbers))
    assert source.live


# The name says picture, the content type says stream: what the server says counts.
def test_a_stream_of_jpegs(server: CameraServer) -> None:
    with open_source(camera(server.url("/stream.jpg"))) as source:
        frames = take(source, 10)
        assert source.status.info.codec == "mjpeg"
    numbers = [number_of(frame.luma) for frame in frames]
    assert all(1 <= b - a <= 3 for a, b in itertools.pairwise(numbers)), numbers
    assert server.count - numbers[-1] <= 2, "frames lag behind"
    assert not any(frame.still for frame in frames)


def test_pictures_that_are_cut_off_are_left_out(server: CameraServer) -> None:
    with open_source(camera(server.url("/cut"))) as source:
        numbers = [number_of(frame.luma) for frame in take(source, 10)]
        assert not [number for number in numbers if number % 3 == 0]
        assert source.status.damaged >= 3


def test_a_camera_that_never_marks_the_end_of_a_picture_is_read(server: CameraServer) -> None:
    with open_source(camera(server.url("/without-ends"))) as source:
        assert take(source, 5)
        assert source.status.damaged == 0


def test_a_recording_is_read_frame_by_frame(server: CameraServer) -> None:
    write_clip(server.folder / "clip.mp4", index_first=True)
    source = open_source(camera(server.url("/clip.mp4")))
    assert not source.live
    with source:
        assert [number_of(frame.luma) for frame in source] == list(range(20))


def test_any_other_video_is_live(server: CameraServer) -> None:
    write_clip(server.folder / "clip.ts")
    with open_source(camera(server.url("/live"))) as source:
        assert take(source, 1)[0].size == (160, 120)
        assert source.live


@pytest.mark.parametrize("path", ["/locked/snapshot", "/locked/stream"])
def test_passwords(server: CameraServer, path: str) -> None:
    assert probe(camera(server.url(path, "cam:p@s/s@"))).size == (160, 120)
    for login in ("", "cam:wr0ng@"):
        with pytest.raises(SourceDenied, match="user name or password") as error:
            probe(camera(server.url(path, login)))
        assert "wr0ng" not in str(error.value)


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("/none?token=t0psecret", SourceMissing, "404"),
        ("/page", FormatError, "text/html"),
        ("/broken", FormatError, "truncated"),
        ("/silent", SourceTimeout, "no answer"),
    ],
)
def test_typed_errors(server: CameraServer, path: str, kind: type[SourceError], words: str) -> None:
    with pytest.raises(kind, match=words) as error:
        probe(camera(server.url(path)))
    assert "t0psecret" not in str(error.value)


def test_refused() -> None:
    with pytest.raises(SourceError, match="refused"):
        probe(camera("http://127.0.0.1:9/snapshot"))


def test_a_stream_that_stalls_and_breaks_comes_back(server: CameraServer) -> None:
    with eager(camera(server.url("/locked/stream", "cam:p@s/s@"))) as source:
        take(source, 2)
        server.stalled.set()
        wait_for(source, lambda: source.status.stalls == 1)
        server.stalled.clear()
        wait_for(source, lambda: source.status.reconnects == 1)
        server.down.set()
        wait_for(source, lambda: "503" in (source.status.last_error or ""))
        server.down.clear()
        wait_for(source, lambda: source.status.reconnects == 2)
