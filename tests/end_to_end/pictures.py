"""What cameras send instead of their display: nothing, a test card, a recorder's picture, another size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from end_to_end.program import CLIP

Picture = NDArray[np.uint8]

SIZE = (640, 480)
BARS = ((192, 192, 192), (0, 192, 192), (192, 192, 0), (0, 192, 0), (192, 0, 192), (0, 0, 192), (192, 0, 0))
"""Blue, green and red of SMPTE's bars."""
FPS, COUNT = 12, 48


def encode(
    path: Path, pictures: Iterable[Picture], *, codec: str = "libx264", fps: int = FPS, group: int = FPS
) -> Path:
    """Write a clip as cameras send it: a key frame every so often, no B-frames."""
    options = {"preset": "ultrafast", "g": str(group), "bf": "0", "x265-params": "log-level=error"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.thread_count = 1
        for picture in pictures:
            if not stream.width or not stream.codec_context.is_open:
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = "yuv420p"
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode())
    return path


def demo(count: int = 2 * COUNT, every: int = 2) -> Iterator[Picture]:
    """Show what the camera shows when all is well."""
    with av.open(str(CLIP)) as container:
        for index, frame in zip(range(count * every), container.decode(video=0), strict=False):
            if index % every == 0:
                yield frame.to_ndarray(format="bgr24")


def covered(count: int = COUNT) -> Iterator[Picture]:
    """Show what a covered lens sees: its own noise."""
    rng = np.random.default_rng(1)
    for _ in range(count):
        yield np.clip(rng.normal(18, 3, (SIZE[1], SIZE[0], 3)), 0, 255).astype(np.uint8)


def colour_bars(count: int = COUNT) -> Iterator[Picture]:
    """Show colour bars over a grey foot."""
    row = np.array(BARS, np.uint8)[np.arange(SIZE[0]) * len(BARS) // SIZE[0]]
    picture = np.tile(row, (SIZE[1], 1, 1))
    picture[SIZE[1] * 3 // 4 :] = 40
    for _ in range(count):
        yield picture


def no_signal(count: int = COUNT) -> Iterator[Picture]:
    """Show what a recorder sends for a camera that it has lost: words, and a clock that goes on."""
    for index in range(count):
        picture = np.full((SIZE[1], SIZE[0], 3), (96, 40, 20), np.uint8)
        time = f"2026-01-31 12:00:{index // FPS:02d}"
        words = ("NO SIGNAL", (170, 250), 2), (time, (30, 50), 1), ("CAM 01", (30, 440), 1)
        for text, place, scale in words:
            cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (240, 240, 240), 2)
        yield picture


def resized(pictures: Iterable[Picture], width: int, height: int) -> Iterator[Picture]:
    """Show pictures in another size."""
    for picture in pictures:
        yield np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
