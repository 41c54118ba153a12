from __future__ import annotations

import base64
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import cv2
import pytest

from end_to_end.conftest import SHORT
from end_to_end.program import Line, Program, assert_right, place, run

PASSWORD = "p@s/s:w#1?"
LOGIN = "Basic " + base64.b64encode(f"cam:{PASSWORD}".encode()).decode()


class Camera(ThreadingHTTPServer):
    """An HTTP camera that shows a clip: /snapshot.jpg, /stream.mjpg, and /clip.mp4 as it is."""

    daemon_threads = True

    def __init__(self, clip: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.clip = clip.read_bytes()
        self.closing = threading.Event()
        with av.open(str(clip)) as container:
            frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
        self.jpegs = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames]
        self.asked = 0

    def url(self, path: str) -> str:
        return f"http://cam:{PASSWORD}@127.0.0.1:{self.server_port}{path}"


class _Answer(BaseHTTPRequestHandler):
    server: Camera

    def do_GET(self) -> None:
        jpegs = self.server.jpegs
        if self.headers.get("Authorization") != LOGIN:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
        elif self.path == "/snapshot.jpg":
            self.server.asked += 1
            self._whole("image/jpeg", jpegs[self.server.asked % len(jpegs)])
        elif self.path == "/clip.mp4":
            self._whole("video/mp4", self.server.clip)
        else:
            self._stream()

    def _whole(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        number = 0
        while not self.server.closing.is_set():
            data = self.server.jpegs[number % len(self.server.jpegs)]
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + data + b"\r\n")
            except OSError:
                return
            number += 1
            time.sleep(0.04)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def camera(clip: Path) -> Iterator[Camera]:
    with Camera(clip) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.02,))
        thread.start()
        yield running
        running.closing.set()
        running.shutdown()
        thread.join()


def is_ok(line: Line) -> bool:
    return place(line) == "serial" and bool(line["status"] == "ok")


@pytest.mark.parametrize("path", ["/snapshot.jpg", "/stream.mjpg"])
def test_right_readings_live(camera: Camera, tmp_path: Path, path: str) -> None:
    log = tmp_path / "log.jsonl"
    with Program("--source", camera.url(path), "--fps", "10", "--log", log, "-vv") as program:
        program.until(is_ok)
        program.until_frames(4)
        done = program.stop()
    assert done.code == 143, done.err
    assert done.out == log.read_text()
    assert PASSWORD not in done.out + done.err
    assert LOGIN not in done.err
    assert all(line["time"] and line["latency_ms"] is not None for line in done.readings)
    assert_right(done.readings, ["serial"])


def test_a_recording_is_read_frame_by_frame(camera: Camera) -> None:
    done = run("--source", camera.url("/clip.mp4"))
    assert done.code == 0, done.err
    assert [*dict.fromkeys(line["frame"] for line in done.readings)] == list(range(SHORT))
    assert {line["time"] for line in done.readings} == {None}
    assert_right(done.readings)
