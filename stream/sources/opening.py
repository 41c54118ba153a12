"""Which source a name stands for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import resources
from pathlib import Path

from ..config import CameraConfig
from ..errors import FormatError, SourceMissing
from .camera import device_path, open_camera
from .faults import shown, source_error
from .file import FileSource
from .images import ImagesFeed, is_picture
from .live import LiveSource
from .picture import Orientation
from .pipe import is_arriving, open_pipe
from .rtsp import open_rtsp
from .source import Feed, Source, SourceInfo
from .thinning import Thinning
from .video import VideoFeed

DEMO = "demo"


def open_source(camera: CameraConfig) -> Source:
    """Return the source that `camera.source` names; it is opened as a context manager."""
    source = camera.source
    if device_path(source):
        return LiveSource(camera, partial(open_camera, camera))
    scheme = source.partition("://")[0].lower() if "://" in source else ""
    if scheme in ("rtsp", "rtsps"):
        return LiveSource(camera, partial(open_rtsp, camera))
    if scheme in ("http", "https"):
        # Takes time at the start and memory: only those pay for it who use it.
        from .http import interval, is_remote_file, open_http

        if not is_remote_file(source):
            return LiveSource(camera, partial(open_http, camera), pause=interval(camera))
    if source == "-":
        return FileSource(camera, partial(open_pipe, camera), arriving=is_arriving())
    if not scheme and (Path(source).is_dir() or _is_picture_file(Path(source))):
        opener = partial(ImagesFeed, Path(source), _orientation(camera), camera.every)
        return FileSource(camera, opener, timed=bool(camera.fps))
    return FileSource(camera, partial(_open_video, camera))


def probe(camera: CameraConfig) -> SourceInfo:
    """Open a source, wait for its first picture and close it again; raise what stands in the way."""
    source = open_source(camera)
    opener: Callable[[], Feed] = source._opener  # type: ignore[attr-defined]
    feed = opener()
    try:
        deadline = time.monotonic() + camera.open_timeout
        for picture in feed:
            if picture is not None:
                height, width = picture.luma.shape
                turned = (height, width) if camera.rotate in (90, 270) else (width, height)
                return replace(feed.info, size=feed.info.size or turned)
            if time.monotonic() > deadline:
                break
    finally:
        feed.close()
    raise FormatError(f"{shown(camera.source)}: no picture in it can be decoded")


def demo_clip() -> Path:
    """Return the clip that comes with the program."""
    with resources.as_file(resources.files("digitstream") / "demo" / "clip.mp4") as path:
        if not path.is_file():
            raise SourceMissing("demo: the bundled clip is missing; install digitstream again")
        return path


def _open_video(camera: CameraConfig) -> VideoFeed:
    source = camera.source
    if "://" in source:
        from .http import open_remote

        return open_remote(camera, live=False)
    path = demo_clip() if source == DEMO else Path(source)
    try:
        if not path.stat().st_size and path.is_file():
            raise FormatError(f"{source}: empty file; record or copy it again")
    except OSError as error:
        raise source_error(error, source) from error
    # `file:` keeps FFmpeg from taking a name with a colon for a URL.
    return VideoFeed(
        f"file:{path}",
        source,
        orientation=_orientation(camera),
        live=False,
        thinning=Thinning(camera.every, camera.fps),
    )


def _orientation(camera: CameraConfig) -> Orientation:
    return Orientation(camera.rotate, camera.mirror)


def _is_picture_file(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_picture(file.read(16))
    except OSError:
        return False
