"""HTTP cameras: a picture fetched again and again, a stream of JPEGs, or any other video."""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ..config import CameraConfig
from ..errors import FormatError, SourceDenied, SourceError, SourceMissing, SourceTimeout
from .faults import shown, source_error
from .images import decode_picture, is_picture
from .picture import Orientation, Picture, from_bgr
from .source import Feed, SourceInfo
from .thinning import Thinning
from .urls import quoted, split_credentials
from .video import VideoFeed

INTERVAL = 1.0
"""Seconds between two snapshots, where the settings give no rate."""
LARGEST = 64 << 20
"""Bytes after which a snapshot is no picture."""
_HEADERS = {"User-Agent": "digitstream", "Cache-Control": "no-cache"}
_FILES = (".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".wmv", ".3gp", ".ogv")


def is_remote_file(url: str) -> bool:
    """Tell whether a URL names a recording, to be read frame by frame as a local one."""
    return urlsplit(split_credentials(url)[0]).path.lower().endswith(_FILES)


def open_http(camera: CameraConfig) -> Feed:
    """Open what the server offers, by what it says it is."""
    url = camera.source
    response = Fetcher(camera).get()
    try:
        kind = response.headers.get_content_type() if response.headers.get("Content-Type") else ""
        if kind == "multipart/x-mixed-replace":
            return _stream(camera, response)
        if kind.startswith("image/") or (kind in ("", "application/octet-stream") and response.length):
            data = _body(response, url)
            if is_picture(data):
                return SnapshotFeed(camera, data)
        if kind.startswith("text/") or kind == "application/json":
            raise FormatError(f"{shown(url)}: answers with {kind}, no picture or video; check the path")
    except (OSError, http.client.HTTPException) as error:
        response.close()
        raise _fault(error, camera) from error
    response.close()
    return open_remote(camera, live=True)


def open_remote(camera: CameraConfig, *, live: bool) -> VideoFeed:
    """Open a video that FFmpeg fetches by itself."""
    options = {"fpsprobesize": "0"} if live else {}
    return VideoFeed(
        quoted(camera.source),
        camera.source,
        orientation=Orientation(camera.rotate, camera.mirror),
        live=live,
        options=options,
        open_timeout=camera.open_timeout,
        read_timeout=camera.read_timeout,
        thinning=Thinning(camera.every, camera.fps),
    )


class Fetcher:
    """Gets a URL with basic or digest authentication."""

    def __init__(self, camera: CameraConfig) -> None:
        self._camera = camera
        self._url, user, password = split_credentials(camera.source)
        handlers: list[urllib.request.BaseHandler] = [
            urllib.request.HTTPSHandler(context=ssl.create_default_context())
        ]
        if user is not None:
            passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            passwords.add_password(None, self._url, user, password or "")
            handlers += [
                urllib.request.HTTPDigestAuthHandler(passwords),
                urllib.request.HTTPBasicAuthHandler(passwords),
            ]
        self._opener = urllib.request.build_opener(*handlers)

    def get(self) -> http.client.HTTPResponse:
        """Return the answer with its body still to be read."""
        request = urllib.request.Request(self._url, headers=_HEADERS)
        try:
            response = self._opener.open(request, timeout=self._camera.open_timeout)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _fault(error, self._camera) from error
        assert isinstance(response, http.client.HTTPResponse)
        _set_timeout(response, self._camera.read_timeout)
        return response


class SnapshotFeed:
    """A picture that is fetched again at a steady rate; each stands alone."""

    def __init__(self, camera: CameraConfig, first: bytes) -> None:
        self._camera, self._fetcher = camera, Fetcher(camera)
        self._interval = interval(camera)
        self._orientation = Orientation(camera.rotate, camera.mirror)
        self.damaged = self.skipped = 0
        self._first = decode_picture(first)
        height, width = self._first.shape[:2]
        self.info = SourceInfo((width, height), 1 / self._interval, "snapshot")

    def __iter__(self) -> Iterator[Picture | None]:
        due = time.monotonic()
        yield from_bgr(self._first, self._orientation)
        while True:
            due = max(due + self._interval, time.monotonic())
            while (rest := due - time.monotonic()) > 0:
                time.sleep(min(rest, 0.1))
                yield None
            with self._fetcher.get() as response:
                try:
                    image = decode_picture(_body(response, self._camera.source))
                except FormatError:
                    self.damaged += 1
                    yield None
                    continue
                except (OSError, http.client.HTTPException) as error:
                    raise _fault(error, self._camera) from error
            yield from_bgr(image, self._orientation)

    def close(self) -> None:
        """Nothing is held between two pictures."""


def interval(camera: CameraConfig) -> float:
    """Return the seconds between two snapshots."""
    return camera.every / camera.fps if camera.fps else camera.every * INTERVAL


class _Body:
    """Hands FFmpeg what has arrived, instead of waiting for a full buffer."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response

    def read(self, size: int) -> bytes:
        return self._response.read1(size)


class _StreamFeed(VideoFeed):
    """A stream of JPEGs over a response of our own."""

    def __init__(self, camera: CameraConfig, response: http.client.HTTPResponse) -> None:
        self._response = response
        super().__init__(
            _Body(response),
            camera.source,
            orientation=Orientation(camera.rotate, camera.mirror),
            live=True,
            format="mpjpeg",
            options={"fpsprobesize": "0"},
            thinning=Thinning(camera.every, camera.fps),
        )

    def close(self) -> None:
        super().close()
        self._response.close()


def _stream(camera: CameraConfig, response: http.client.HTTPResponse) -> Feed:
    try:
        return _StreamFeed(camera, response)
    except SourceError:
        response.close()
        raise


def _body(response: http.client.HTTPResponse, url: str) -> bytes:
    data = response.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise FormatError(f"{shown(url)}: more than {LARGEST >> 20} MB, not a picture")
    return data


def _set_timeout(response: http.client.HTTPResponse, seconds: float) -> None:
    raw: Any = getattr(response.fp, "raw", None)
    sock = getattr(raw, "_sock", None)
    if sock is not None:
        sock.settimeout(seconds)


def _fault(error: Exception, camera: CameraConfig) -> SourceError:
    if isinstance(error, SourceError):
        return error
    name = shown(camera.source)
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        if error.code in (401, 403):
            return SourceDenied(f"{name}: refuses the user name or password ({error.code}); check both")
        if error.code == 404:
            return SourceMissing(f"{name}: the server has nothing under this path (404); check the path")
        return SourceError(f"{name}: the server answers with an error: {error.code} {error.reason}")
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return SourceTimeout(f"{name}: no answer for {camera.open_timeout:.0f} s; check address and network")
    if isinstance(reason, ssl.SSLError):
        why = getattr(reason, "verify_message", "") or reason.reason
        return SourceError(f"{name}: no secure connection: {why}")
    if isinstance(reason, http.client.HTTPException):
        return SourceError(f"{name}: broken answer ({type(reason).__name__})")
    return source_error(reason if isinstance(reason, BaseException) else error, camera.source)
