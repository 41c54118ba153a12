"""Decode video with PyAV: files, devices and streams alike."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

import av
import av.error as ff
from av import Packet
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from ..errors import FormatError, SourceTimeout
from .faults import shown, source_error
from .images import is_cut_off
from .picture import Orientation, Picture, display_orientation, from_frame
from .source import SourceInfo
from .thinning import Thinning

log = logging.getLogger(__name__)

DEVICE = "video4linux2"
"""FFmpeg's name of cameras at this machine."""
IDLE = 0.004
"""Pause in seconds where a device has no frame yet."""
WARY = 10.0
"""Seconds after damage in which a stream is not believed without a key frame: some never send another."""
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
        thinning: Thinning | None = None,
    ) -> None:
        self.damaged = self.skipped = 0
        self._thinning = thinning or Thinning()
        self._packets = self._pictures = 0
        self._key_left_out = False
        self._target, self._orientation, self._live = target, orientation, live
        self._device = format == DEVICE
        self._wary_until = 0.0
        self._ends = False
        self._turned: tuple[int, Orientation] | None = None
        self._read_timeout = read_timeout
        started = time.monotonic()
        try:
            # Not `options`: those reach the decoder too, and there `video_size` is no wish but an order.
            self._container: InputContainer = av.open(
                file, format=format, container_options=options or {}, timeout=(open_timeout, read_timeout)
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
        arrived = time.monotonic()
        while True:
            asked = time.monotonic()
            try:
                packet = self._next_packet()
            except BlockingIOError:
                # No time-out of FFmpeg works here.
                silent = time.monotonic() - arrived
                if self._read_timeout and silent > self._read_timeout:
                    raise SourceTimeout(f"{shown(self._target)}: no picture for {silent:.1f} s") from None
                time.sleep(IDLE)
                yield None
                continue
            except (ff.FFmpegError, OSError) as error:
                waited, limit = time.monotonic() - asked, self._read_timeout or math.inf
                fault = source_error(error, self._target, waited=waited, timeout=limit)
                bad += 1
                if self._live or bad > PATIENCE or not isinstance(error, ff.InvalidDataError):
                    raise fault from error
                self._count_damage(error)
                continue
            arrived = time.monotonic()
            waited = arrived - asked
            if self._live and self._read_timeout and waited > self._read_timeout:
                # The parser hands out the picture that it held when the wait was given up: it is as old.
                name = shown(self._target)
                raise SourceTimeout(f"{name}: no answer for {waited:.1f} s; check address and network")
            before, count = self._pictures, 0
            if packet is not None:
                for picture in self._wanted(packet):
                    count += 1
                    yield picture
            bad = 0 if self._pictures > before else bad + 1
            if not count:
                yield None
            if packet is None or _is_flush(packet):
                return
            if bad > PATIENCE and self.damaged > PATIENCE and not self._live:
                raise FormatError(f"{shown(self._target)}: damaged beyond reading")

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """Yield what arrives as it is, instead of pictures."""
        while True:
            try:
                packet = self._next_packet()
            except BlockingIOError:
                time.sleep(IDLE)
                continue
            except (ff.FFmpegError, OSError) as error:
                raise source_error(error, self._target) from error
            if packet is None or _is_flush(packet):
                return
            yield packet

    def close(self) -> None:
        self._container.close()

    def _next_packet(self) -> Packet[VideoStream] | None:
        # A new demuxer for each packet: one that has raised is over, while the container is not.
        # One that is neither at its end nor closed is never freed.
        demuxer = cast("Generator[Packet[VideoStream]]", self._container.demux(self._stream))
        with closing(demuxer) as packets:
            packet: Packet[VideoStream] | None = next(packets, None)
        if packet is None or not self._device or _is_flush(packet):
            return packet
        # The data lies in the driver's memory, which is gone when the device is closed.
        own = cast("Packet[VideoStream]", Packet(bytes(packet)))
        own.pts, own.dts, own.time_base, own.stream = packet.pts, packet.dts, packet.time_base, self._stream
        own.is_keyframe = packet.is_keyframe
        return own

    def _wanted(self, packet: Packet[VideoStream]) -> Iterator[Picture]:
        """Decode a packet, where it need be, and yield the pictures that are wanted."""
        alone, came = False, _seconds(packet.pts, packet.time_base)
        if packet.size:
            if packet.is_keyframe:
                self._thinning.saw_key(self._packets, came)
            alone = self._thinning.keys_only
            wanted = not alone or (packet.is_keyframe and self._thinning.wants(self._packets, came))
            self._packets += 1
            if not wanted:
                self._leave_out(packet.is_keyframe)
                return
        for frame in self._decode(packet, alone):
            key = bool(frame.key_frame)
            # A frame that was drained from the decoder does not tell its time.
            stamp = came if alone else _seconds(frame.pts, frame.time_base)
            # A stream does not tell times before it knows the camera's clock.
            due = time.monotonic() if self._live and stamp is None else stamp
            if not (key if alone else self._thinning.wants(self._pictures, due)):
                self._leave_out(key)
                continue
            self._pictures += 1
            picture = from_frame(frame, self._upright(frame), stamp)
            yield replace(picture, key=True) if self._key_left_out else picture
            self._key_left_out = False

    def _leave_out(self, key: bool) -> None:
        self.skipped += 1
        self._pictures += 1
        self._key_left_out |= key

    def _decode(self, packet: Packet[VideoStream], alone: bool) -> list[av.VideoFrame]:
        if not packet.size and not _is_flush(packet):
            return []
        if self.info.codec == "mjpeg" and self._is_cut_off(packet):
            self._count_damage(None)
            return []
        try:
            frames = packet.decode()
            if alone:
                # The decoder holds a picture back while others may still come before it.
                frames += self._stream.codec_context.decode(None)
                self._stream.codec_context.flush_buffers()
        except ff.FFmpegError as error:
            self._count_damage(error)
            return []
        return [frame for frame in frames if self._is_good(frame)]

    def _is_good(self, frame: av.VideoFrame) -> bool:
        if frame.is_corrupt:
            self._count_damage(None)
            return False
        if frame.key_frame:
            self._wary_until = 0.0
        elif time.monotonic() < self._wary_until:
            self.damaged += 1
            return False
        return True

    def _is_cut_off(self, packet: Packet[VideoStream]) -> bool:
        """Tell whether a picture has no end mark where others have one: some cameras never send any."""
        cut = is_cut_off(bytes(packet))
        self._ends |= not cut
        return cut and self._ends

    def _upright(self, frame: av.VideoFrame) -> Orientation:
        """How to turn a frame; its metadata is only looked at when it says something new."""
        if self._turned is None or self._turned[0] != frame.rotation:
            own = display_orientation(frame)
            self._turned = frame.rotation, own.then(self._orientation.rotate, self._orientation.mirror)
        return self._turned[1]

    def _count_damage(self, error: BaseException | None) -> None:
        self.damaged += 1
        if self._live:
            # What follows is built on the damaged picture.
            self._wary_until = time.monotonic() + WARY
        level = logging.WARNING if self.damaged == 1 else logging.DEBUG
        why = f" ({error.strerror})" if isinstance(error, ff.FFmpegError) else ""
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


def _seconds(stamp: int | None, base: Fraction | None) -> float | None:
    return None if stamp is None or base is None else float(stamp * base)


def _is_flush(packet: Packet[VideoStream]) -> bool:
    """Tell whether this is PyAV's mark of the end; real packets without data exist, but have a time."""
    return not packet.size and packet.dts is None
