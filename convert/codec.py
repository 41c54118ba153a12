"""H.264 between a rendered film and whoever reads it, without a file."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from ..frames import Luma


class Codec:
    """H.264 there and back, picture by picture."""

    def __init__(self, size: tuple[int, int], fps: int, quality: int) -> None:
        encoder = av.CodecContext.create("libx264", "w")
        assert isinstance(encoder, av.VideoCodecContext)
        encoder.width, encoder.height = size
        encoder.pix_fmt, encoder.time_base, encoder.thread_count = "yuv420p", Fraction(1, fps), 1
        encoder.options = {
            "preset": "superfast", "tune": "zerolatency", "crf": str(quality), "g": str(2 * fps)
        }  # fmt: skip
        self._encoder = encoder
        self._decoder = av.CodecContext.create("h264", "r")
        self._decoder.thread_count = 1
        width, height = size
        self._chroma = np.full((height // 2, width), 128, np.uint8)
        self._count = 0

    def __call__(self, picture: Luma) -> Luma:
        """Return the picture as a decoder gives it; sides must be even."""
        yuv = av.VideoFrame.from_ndarray(np.concatenate([picture, self._chroma]), format="yuv420p")
        yuv.pts = self._count
        self._count += 1
        frames = [out for packet in self._encoder.encode(yuv) for out in self._decoder.decode(packet)]
        plane = frames[-1].planes[0]
        height, width = picture.shape
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return np.asarray(rows[:height, :width])
