"""A camera that shows one picture by HTTP, which a test can change: the lightest live source there is.

with SnapshotCamera(picture) as camera:
    camera.url
    camera.show(other)
"""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from typing_extensions import Self


class SnapshotCamera(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.show(picture)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/snapshot.jpg"

    def show(self, picture: NDArray[np.uint8]) -> None:
        self.jpeg = cv2.imencode(".jpg", picture)[1].tobytes()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: SnapshotCamera

    def do_GET(self) -> None:
        body = self.server.jpeg
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
