"""Cameras of this machine, by V4L2."""

from __future__ import annotations

import logging

from ..config import CameraConfig
from ..errors import SourceError, SourceMissing
from .picture import Orientation
from .thinning import Thinning
from .video import DEVICE, VideoFeed

log = logging.getLogger(__name__)

PIXEL_FORMATS = {"mjpeg": "mjpeg", "yuyv": "yuyv422"}
RAW_LIMIT = 640 * 480
"""Above this size USB cameras are slow unless they compress."""


def device_path(source: str) -> str | None:
    """Return the device that a source names, or None.

    >>> device_path("2"), device_path("/dev/v4l/by-id/usb-cam"), device_path("clip.mp4")
    ('/dev/video2', '/dev/v4l/by-id/usb-cam', None)
    """
    if source.isascii() and source.isdigit():
        return f"/dev/video{int(source)}"
    return source if source.startswith("/dev/") else None


def open_camera(camera: CameraConfig) -> VideoFeed:
    """Open a camera with the settings asked for; what it cannot do, it replaces by what it can."""
    # 4 is FFmpeg's flag for not blocking, which has no name: a camera that stalls must not hold the thread.
    base = {"fflags": "+4", "fpsprobesize": "0"}
    if camera.fps:
        base["framerate"] = f"{camera.fps:g}"
    if camera.size:
        base["video_size"] = "{}x{}".format(*camera.size)
    if camera.pixel_format:
        return _open(camera, base | {"input_format": PIXEL_FORMATS[camera.pixel_format]})
    if camera.size and camera.size[0] * camera.size[1] > RAW_LIMIT:
        try:
            return _open(camera, base | {"input_format": PIXEL_FORMATS["mjpeg"]})
        except SourceMissing:
            raise
        except SourceError:
            log.debug("%s: no MJPEG", camera.source)
    return _open(camera, base)


def _open(camera: CameraConfig, options: dict[str, str]) -> VideoFeed:
    path = device_path(camera.source)
    return VideoFeed(
        path,
        path or camera.source,
        orientation=Orientation(camera.rotate, camera.mirror),
        live=True,
        format=DEVICE,
        options=options,
        open_timeout=camera.open_timeout,
        read_timeout=camera.read_timeout,
        thinning=Thinning(camera.every, camera.fps),
    )
