"""The annotated frames as an H.264 video."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from ..errors import OutputError
from ..results import Picture, Result
from .sink import Sink, output_error

log = logging.getLogger(__name__)

TICKS = 90_000
"""Time stamps a second, as cameras use."""
FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
USUAL_STEP = TICKS // 25


class VideoSink(Sink):
    """Write every annotated frame with its own time.

    The file is made of fragments of a second, so that after a crash all but the last of them play. The first
    frame sets the size, made even; frames of another size are fitted into it.
    """

    pictures = True

    def __init__(self, path: Path, preset: str = "veryfast", quality: int = 21) -> None:
        self.name = path.name
        self.refitted = 0
        """Frames whose size was not that of the first."""
        self._path = path
        self._preset = preset
        self._quality = quality
        self._container: OutputContainer | None = None
        self._stream: VideoStream | None = None
        self._size = (0, 0)
        self._start = 0.0
        self._last = -1
        self._step = USUAL_STEP

    def open(self) -> None:
        if self._path.suffix.lower() not in FORMATS:
            raise OutputError(f"cannot write '{self._path}': no known kind of video; end its name in .mp4")
        try:
            with self._path.open("wb"):
                pass
        except OSError as error:
            raise output_error(self._path, error) from error

    def write(self, result: Result) -> None:
        picture = result.picture()
        if picture is None or result.frame is None:
            return
        time = result.frame.monotonic if result.frame.media_time is None else result.frame.media_time
        try:
            if self._stream is None:
                self._begin(picture)
                self._start = time
            assert self._stream is not None
            frame = av.VideoFrame.from_ndarray(self._fit(picture), format="bgr24")
            frame = frame.reformat(
                format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
            )
            frame.pts = self._stamp(time)
            frame.time_base = Fraction(1, TICKS)
            self._mux(frame)
        except (av.FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def close(self) -> None:
        container, stream = self._container, self._stream
        self._container = self._stream = None
        if container is None or stream is None:
            return
        try:
            try:
                self._container, self._stream = container, stream
                self._mux(None)
            finally:
                self._container = self._stream = None
                container.close()
        except (av.FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _begin(self, picture: Picture) -> None:
        height, width = picture.shape[:2]
        self._size = width + width % 2, height + height % 2
        kind = FORMATS[self._path.suffix.lower()]
        options = {"flush_packets": "1"}
        if kind == "matroska":
            options["cluster_time_limit"] = "1000"
        else:
            options |= {"movflags": _movflags(), "frag_duration": "1000000"}
        self._container = av.open(str(self._path), "w", format=kind, container_options=options)
        stream = self._container.add_stream(
            "libx264", options={"preset": self._preset, "crf": str(self._quality), "g": "50"}
        )
        stream.width, stream.height = self._size
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        stream.codec_context.color_range = ColorRange.MPEG
        stream.codec_context.colorspace = Colorspace.ITU709
        stream.codec_context.color_primaries = stream.codec_context.color_trc = 1
        self._stream = stream

    def _fit(self, picture: Picture) -> Picture:
        """Bring a picture to the size of the video."""
        height, width = picture.shape[:2]
        wide, high = self._size
        if (width + width % 2, height + height % 2) == self._size:
            if (width, height) == self._size:
                return picture
            return _padded(picture, wide, high, cv2.BORDER_REPLICATE)
        self.refitted += 1
        if self.refitted == 1:
            log.warning("%s: frames of %dx%d are fitted into %dx%d", self.name, width, height, wide, high)
        scale = min(wide / width, high / height)
        inner = max(1, round(width * scale)), max(1, round(height * scale))
        smaller = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        return _padded(np.asarray(smaller, np.uint8), wide, high, cv2.BORDER_CONSTANT)

    def _stamp(self, time: float) -> int:
        """Return the time in ticks; after a source has started anew it goes on where it stopped."""
        stamp = round((time - self._start) * TICKS)
        if stamp <= self._last:
            stamp = self._last + self._step
            self._start = time - stamp / TICKS
        elif self._last >= 0:
            self._step = min(stamp - self._last, TICKS)
        self._last = stamp
        return stamp

    def _mux(self, frame: av.VideoFrame | None) -> None:
        assert self._container is not None
        assert self._stream is not None
        for packet in self._stream.encode(frame):
            if not packet.duration:
                packet.duration = self._step
            self._container.mux(packet)

    def _failure(self, error: Exception) -> OutputError:
        if isinstance(error, OSError):
            return output_error(self._path, error)
        return OutputError(f"cannot write '{self._path}': {error}")


def _movflags() -> str:
    flags = "empty_moov+default_base_moof"
    if av.library_versions["libavformat"] >= (61, 7):
        # The fragments become one plain file when it is closed, which seeks faster.
        flags += "+hybrid_fragmented"
    return flags


def _padded(picture: Picture, width: int, height: int, border: int) -> Picture:
    more_x, more_y = width - picture.shape[1], height - picture.shape[0]
    left, top = (0, 0) if border == cv2.BORDER_REPLICATE else (more_x // 2, more_y // 2)
    padded = cv2.copyMakeBorder(picture, top, more_y - top, left, more_x - left, border)
    return np.asarray(padded, np.uint8)
