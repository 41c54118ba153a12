"""RTSP cameras, with the lag kept small."""

from __future__ import annotations

from ..config import CameraConfig
from .picture import Orientation
from .thinning import Thinning
from .urls import quoted
from .video import VideoFeed


def open_rtsp(camera: CameraConfig) -> VideoFeed:
    """Open an RTSP stream for its newest frames."""
    options = {
        # Waiting for more frames to estimate the rate costs over half a second, and the rate is not needed.
        # (`fflags=nobuffer` would throw away what came meanwhile, the first key frame with it.)
        "fpsprobesize": "0",
        "allowed_media_types": "video",
        "max_delay": "300000",
    }
    if camera.transport == "tcp":
        options["rtsp_flags"] = "prefer_tcp"
    else:
        options["rtsp_transport"] = "udp"
    return VideoFeed(
        quoted(camera.source),
        camera.source,
        orientation=Orientation(camera.rotate, camera.mirror),
        live=True,
        options=options,
        open_timeout=camera.open_timeout,
        read_timeout=camera.read_timeout,
        thinning=Thinning(camera.every, camera.fps),
    )
