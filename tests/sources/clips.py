"""Small videos and pictures made on the fly, with the frame number drawn as a bar code."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

BITS = 8


def picture(number: int, size: tuple[int, int] = (160, 120)) -> NDArray[np.uint8]:
    """Return a BGR picture whose top quarter spells `number` in eight bars, over a gradient."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    image[:] = np.linspace(60, 190, width).astype(np.uint8)[None, :, None]
    for bit in range(BITS):
        left, right = bit * width // BITS, (bit + 1) * width // BITS
        image[: height // 4, left:right] = 235 if number >> (BITS - 1 - bit) & 1 else 20
    return image


def number_of(luma: NDArray[np.uint8]) -> int:
    """Read the bar code of an upright picture."""
    height, width = luma.shape
    row = luma[height // 8]
    bits = [int(row[(2 * bit + 1) * width // (2 * BITS)]) > 127 for bit in range(BITS)]
    return sum(1 << (BITS - 1 - bit) for bit, on in enumerate(bits) if on)


def write_clip(
    path: Path,
    *,
    frames: int = 20,
    size: tuple[int, int] = (160, 120),
    codec: str = "libx264",
    pixel_format: str = "yuv420p",
    format: str | None = None,
    fps: int = 25,
    times: list[int] | None = None,
    options: dict[str, str] | None = None,
    index_first: bool = False,
) -> Path:
    """Encode numbered pictures; `times` are presentation times in ms, for a variable frame rate."""
    muxer = {"movflags": "faststart"} if index_first else {}
    with av.open(str(path), "w", format=format, options=muxer) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        stream.thread_count = 1
        if times is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(index, size), "bgr24")
            if times is not None:
                frame.pts, frame.time_base = times[index], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def encoded(number: int, codec: str = "mjpeg", size: tuple[int, int] = (160, 120)) -> bytes:
    """Return one picture as JPEG or PNG."""
    context = av.CodecContext.create(codec, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
    context.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(picture(number, size), "bgr24").reformat(format=context.pix_fmt)
    frame.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode()])
