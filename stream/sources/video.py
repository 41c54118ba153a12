"""Decode video with PyAV: files, devices and streams alike."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from typing import Any

import av
import av.error as ff
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ..errors import FormatError
from .faults import shown, source_error
from .picture import Orientation, Picture, from_frame
from .source import SourceInfo

log = logging.getLogger(__name__)

IDLE = 0.004
"""Pause in seconds where a device has no frame yet."""
PATIENCE = 200
"""Damaged packets in a row after which a file counts as damaged beyond reading."""


class VideoFeed:
    """An open container; made, read and closed by one thread."""

    def __init__(
        self,
        file: Any,
        target: str,
        *,
        orientation: Orientation,
        live: bool,
        format: str | None = None,
        options: dict[str, str] | None = None,
        open_timeout: float | None = None,
        read_timeout: float | None = None,
    ) -> None:
        self.damaged = 0
        self._target, self._orientation, self._live = target, orientation, live
        self._read_timeout = read_timeout
        started = time.monotonic()
        try:
            self._container: InputContainer = av.open(
                file, format=format, options=options or {}, timeout=(open_timeout, read_timeout)
            )
        except Exception as error:
            waited = time.monotonic() - started
            raise source_error(error, target, waited=waited, timeout=open_timeout or math.inf) from error
        try:
            self._stream = self._choose_stream()
            self.info = self._describe()
        except Exception:
            self._container.close()
            raise

    def __iter__(self) -> Iterator[Picture | None]:
        bad = 0
        while True:
            waiting = time.monotonic()
            try:
                # A demuxer that has raised is over, the container is not.
                for packet in self._container.demux(self._stream):
                    try:
                        frames = packet.decode()
                    except (ff.InvalidDataError, ff.PatchWelcomeError, ff.UnknownError) as error:
                        bad += 1
                        self._count_damage(error)
                        frames = []
                    for frame in frames:
                        if frame.is_corrupt:
                            self._count_damage(None)
                            continue
                        bad = 0
                        yield self._picture(frame)
                    if not frames:
                        yield None
                    waiting = time.monotonic()
                return
            except BlockingIOError:
                time.sleep(IDLE)
                yield None
            except ff.FFmpegError as error:
                waited = time.monotonic() - waiting
                limit = self._read_timeout or math.inf
                fault = source_error(error, self._target, waited=waited, timeout=limit)
                if self._live:
                    raise fault from error
                bad += 1
                self._count_damage(error)
                if bad > PATIENCE or not isinstance(error, ff.InvalidDataError):
                    raise fault from error

    def close(self) -> None:
        self._container.close()

    def _picture(self, frame: av.VideoFrame) -> Picture:
        seconds = None if frame.pts is None or frame.time_base is None else float(frame.pts * frame.time_base)
        return from_frame(frame, self._orientation, seconds)

    def _count_damage(self, error: BaseException | None) -> None:
        self.damaged += 1
        level = logging.WARNING if self.damaged == 1 else logging.DEBUG
        why = f" ({source_error(error, self._target)})" if error else ""
        log.log(level, "%s: damaged data, picture left out%s", shown(self._target), why)

    def _choose_stream(self) -> VideoStream:
        # A cover picture is a video stream to FFmpeg, not to a person.
        streams = [s for s in self._container.streams.video if not s.disposition & Disposition.attached_pic]
        # The stubs do not know that a stream of unknown codec has no context.
        usable = [s for s in streams if getattr(s, "codec_context", None)]
        if not usable:
            why = "its video codec is unknown" if streams else "it has no video in it"
            raise FormatError(f"{shown(self._target)}: {why}")
        stream = max(usable, key=lambda s: s.codec_context.width * s.codec_context.height)
        # More threads hold frames back, which is lag; a file is decoded ahead by its own thread anyway.
        stream.codec_context.thread_count = 1
        return stream

    def _describe(self) -> SourceInfo:
        stream, context = self._stream, self._stream.codec_context
        rate = stream.average_rate or stream.guessed_rate
        duration = self._container.duration
        return SourceInfo(
            size=(context.width, context.height) if context.width and context.height else None,
            fps=float(rate) if rate else None,
            codec=context.name,
            pixel_format=context.pix_fmt,
            frames=stream.frames or None,
            seconds=duration / av.time_base if duration and duration > 0 else None,
        )
