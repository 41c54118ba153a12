"""An HTTP camera behind a password that shows a clip, and fails on command.

with HttpCamera(clip, user="cam", password="s3cret") as camera:
    camera.url("/snapshot.jpg")   # also /stream.mjpg, and /clip.mp4 as it is; without credentials
    camera.fails = "half"         # also: page, garbage, silent, or a status like 503; "" is none
"""

from __future__ import annotations

import base64
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2

if TYPE_CHECKING:
    from typing_extensions import Self


class HttpCamera(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, clip: Path, user: str, password: str, fps: float = 25.0) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.clip = clip.read_bytes()
        with av.open(str(clip)) as container:
            frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
        self.jpegs = [cv2.imencode(".jpg", frame)[1].tobytes() for frame in frames]
        self.login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.fails, self.asked, self.pause = "", 0, 1 / fps
        self.closing = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,))

    def url(self, path: str, login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self.server_port}{path}"

    def next(self) -> bytes:
        self.asked += 1
        return self.jpegs[self.asked % len(self.jpegs)]

    def handle_error(self, *_: object) -> None:
        """Clients come and go."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: HttpCamera

    def do_GET(self) -> None:
        fails = self.server.fails
        if self.headers.get("Authorization") != self.server.login:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.end_headers()
        elif fails.isdigit():
            self.send_error(int(fails))
        elif fails == "silent":
            self.server.closing.wait(10)
        elif fails == "page":
            self._whole("text/html", b"<html>log in first</html>")
        elif self.path == "/snapshot.jpg":
            self._whole("image/jpeg", self._spoilt(self.server.next()))
        elif self.path == "/clip.mp4":
            self._whole("video/mp4", self.server.clip)
        else:
            self._stream()

    def _spoilt(self, picture: bytes) -> bytes:
        if self.server.fails == "half":
            return picture[: len(picture) // 2]
        return random.Random(1).randbytes(5000) if self.server.fails == "garbage" else picture

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
        while not self.server.closing.is_set():
            if self.server.fails != "silent":
                data = self._spoilt(self.server.next())
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                self.wfile.write(head.encode() + data + b"\r\n")
            time.sleep(self.server.pause)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
