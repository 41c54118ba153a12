"""A recording played as a camera would send it, and a camera recorded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import av
from av import Packet
from av.video.stream import VideoStream

from ..config import CameraConfig
from ..errors import FormatError
from .faults import shown
from .live import LiveSource
from .picture import Orientation, Picture
from .source import Feed
from .thinning import Thinning
from .video import VideoFeed


class ReplayFeed(VideoFeed):
    """A file whose pictures come when their time has come; after the last one nothing comes."""

    def __init__(self, camera: CameraConfig) -> None:
        orientation = Orientation(camera.rotate, camera.mirror)
        super().__init__(
            f"file:{camera.source}",
            camera.source,
            orientation=orientation,
            live=True,
            thinning=Thinning(camera.every, camera.fps),
        )

    def __iter__(self) -> Iterator[Picture | None]:
        offset = None
        for picture in super().__iter__():
            if picture is not None and picture.time is not None:
                if offset is None:
                    offset = time.monotonic() - picture.time
                while (early := offset + picture.time - time.monotonic()) > 0:
                    time.sleep(min(early, 0.1))
                    if early > 0.1:
                        yield None
            yield picture
        while True:
            time.sleep(0.1)
            yield None


def replay(camera: CameraConfig) -> LiveSource:
    """Return a file as a live source; at its end it stalls, as a camera does."""
    return LiveSource(camera, lambda: ReplayFeed(camera))


def record(feed: Feed, target: str, path: Path, seconds: float) -> None:
    """Write some seconds of an open stream to a Matroska file, as they come."""
    if not isinstance(feed, VideoFeed):
        raise FormatError(f"{shown(target)}: single pictures, not a stream; give a stream or a file")
    packets: list[tuple[Packet[VideoStream], int]] = []
    until = float("inf")
    for packet in feed.packets():
        if packet.pts is not None and (packets or packet.is_keyframe):
            until = min(until, time.monotonic() + seconds)
            packets.append((packet, packet.pts))
        if time.monotonic() > until:
            break
    if not packets:
        raise FormatError(f"{shown(target)}: no picture came that could be recorded")
    # Streams may not tell when a picture is to be decoded: in the order of arrival, as late as possible.
    shown_at = sorted(pts for _, pts in packets)
    early = max(at - pts for at, (_, pts) in zip(shown_at, packets, strict=True))
    with av.open(str(path), "w", format="matroska") as out:
        copy = out.add_stream_from_template(packets[0][0].stream)
        for at, (packet, _) in zip(shown_at, packets, strict=True):
            packet.dts, packet.stream = at - early, copy
            out.mux(packet)
