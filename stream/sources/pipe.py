"""Video on standard input: H.264, MJPEG, MPEG-TS and whatever else can be told by its beginning."""

from __future__ import annotations

import os
import stat

from ..config import CameraConfig
from ..errors import FormatError
from .picture import Orientation
from .thinning import Thinning
from .video import VideoFeed

NAME = "standard input"
RAW = ("h264", "hevc", "mjpeg")
"""Formats that carry neither times nor a description."""
_PROBE = 4096


class Pipe:
    """Reads what is there instead of waiting for a full buffer; the beginning can be looked at first."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self.head = b""
        while len(self.head) < _PROBE:
            more = os.read(descriptor, _PROBE - len(self.head))
            if not more:
                break
            self.head += more
        self._pending = self.head

    def read(self, size: int) -> bytes:
        if self._pending:
            data, self._pending = self._pending[:size], self._pending[size:]
            return data
        return os.read(self._descriptor, size)


def is_arriving(descriptor: int = 0) -> bool:
    """Tell whether the data is made while it is read: a pipe or terminal, not a redirected file."""
    try:
        return not stat.S_ISREG(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def format_of(head: bytes) -> str | None:
    """Return FFmpeg's name of the format; None: let FFmpeg look.

    >>> format_of(bytes.fromhex("0000000167640028")), format_of(bytes.fromhex("ffd8ffe0"))
    ('h264', 'mjpeg')
    """
    if head.startswith(b"\xff\xd8\xff"):
        return "mjpeg"
    if head[:1] == b"\x47" and (len(head) <= 188 or head[188:189] == b"\x47"):
        return "mpegts"
    if head.startswith((b"\0\0\0\1", b"\0\0\1")) and not head.endswith(b"\0\0\1"):
        unit = head[head.index(b"\1") + 1]
        # Parameter sets and delimiters: H.264 has the kind in the low five bits, H.265 in six bits above one.
        if unit & 0x80 == 0 and unit & 0x1F in (7, 9, 6) and unit & 0x7E not in (0x40, 0x42, 0x44, 0x46):
            return "h264"
        if (unit >> 1) & 0x3F in (32, 33, 35):
            return "hevc"
    return None


def open_pipe(camera: CameraConfig, descriptor: int = 0) -> VideoFeed:
    """Open standard input."""
    pipe = Pipe(descriptor)
    if not pipe.head:
        raise FormatError(f"{NAME}: empty; pipe a video into it")
    format = format_of(pipe.head)
    options = {"fpsprobesize": "0"}
    if format in RAW:
        # One picture tells all that there is to know: looking at more is lag.
        options["probesize"] = str(_PROBE)
        if camera.fps:
            options["framerate"] = f"{camera.fps:g}"
    return VideoFeed(
        pipe,
        NAME,
        orientation=Orientation(camera.rotate, camera.mirror),
        live=False,
        format=format,
        options=options,
        thinning=Thinning(camera.every, camera.fps),
    )
