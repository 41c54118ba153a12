"""A decoded picture as planes, without a conversion where the pixel format allows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from ..frames import Frame, Luma

PLANAR = {"gray", "yuv410p"} | {
    f"{kind}{sub}p" for kind in ("yuv", "yuvj") for sub in (411, 420, 422, 440, 444)
}
SEMI_PLANAR = {"nv12": (0, 1), "nv21": (1, 0), "nv16": (0, 1), "nv24": (0, 1), "nv42": (1, 0)}
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
CONVERTED = "yuv420p"
"""What packed, paletted, RGB and deeper formats become; swscale has a fast path to it from most."""


@dataclass(frozen=True, eq=False)
class Picture:
    """The planes of one picture, upright, with the time that the source gives it."""

    luma: Luma
    chroma: tuple[Luma, Luma] | None
    to_bgr: Callable[[], NDArray[np.uint8]]
    time: float | None = None
    """Seconds on the clock of the source."""
    still: bool = False
    key: bool = False
    """True for one that was coded without reference to others, or follows such a one that was left out."""

    def frame(
        self, index: int, media_time: float | None, captured: datetime | None, monotonic: float
    ) -> Frame:
        """Return this picture as the frame that the rest of the program sees."""
        times = media_time, captured, monotonic
        return Frame(index, self.luma, *times, self.still, self.key, self.chroma, self.to_bgr)


@dataclass(frozen=True)
class Orientation:
    """How a picture is to be turned: clockwise by `rotate` degrees, then mirrored left to right."""

    rotate: int = 0
    mirror: bool = False

    def then(self, rotate: int, mirror: bool) -> Orientation:
        """Return this orientation followed by another."""
        # Clockwise on a mirrored picture is counter-clockwise before the mirror.
        turn = -rotate if self.mirror else rotate
        return Orientation((self.rotate + turn) % 360, self.mirror != mirror)

    def __call__(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return `image` turned; the image itself where there is nothing to do."""
        code = _TURNS.get(self.rotate)
        turned = image if code is None else cv2.rotate(image, code)
        return np.asarray(cv2.flip(turned, 1) if self.mirror else turned, np.uint8)


def from_frame(frame: av.VideoFrame, orientation: Orientation, time: float | None = None) -> Picture:
    """Return the planes of a decoded frame, turned, as views that keep it alive."""
    name = frame.format.name
    planes = frame if name in PLANAR or name in SEMI_PLANAR else frame.reformat(format=CONVERTED)

    def to_bgr() -> NDArray[np.uint8]:
        return np.ascontiguousarray(orientation(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)))

    luma, chroma = orientation(_plane(planes, 0)), _chroma(planes)
    if chroma is not None:
        chroma = orientation(chroma[0]), orientation(chroma[1])
    return Picture(luma, chroma, to_bgr, time, key=bool(frame.key_frame))


def from_bgr(image: NDArray[np.uint8], orientation: Orientation, time: float | None = None) -> Picture:
    """Return the planes of a still picture."""
    upright = orientation(image)
    luma = np.asarray(cv2.cvtColor(upright, cv2.COLOR_BGR2GRAY), np.uint8)
    return Picture(luma, None, upright.copy, time, still=True)


def display_orientation(frame: av.VideoFrame) -> Orientation:
    """Return how the picture is to be turned by its own metadata, as phones write it.

    Not for each frame: looking at the metadata ties a frame to itself, and its memory is only given back
    when the garbage collector comes by.
    """
    data = frame.side_data.get("DISPLAYMATRIX")
    if data is None:
        return Orientation()
    a, b, _, c, d, *_ = (int(v) for v in np.frombuffer(data, np.int32)[:9])  # type: ignore[call-overload]
    mirror = a * d - b * c < 0
    if mirror:  # The matrix is a turn followed by a mirror: take the mirror away.
        a, c = -a, -c
    return Orientation(round(float(np.degrees(np.arctan2(b, a))) / 90) % 4 * 90, mirror)


def _plane(frame: av.VideoFrame, index: int) -> Luma:
    plane = frame.planes[index]
    stride = plane.line_size
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, abs(stride))[:, : plane.width]  # type: ignore[call-overload]
    view: Luma = rows if stride > 0 else np.ascontiguousarray(rows[::-1])
    view.flags.writeable = False
    return view


def _chroma(frame: av.VideoFrame) -> tuple[Luma, Luma] | None:
    name = frame.format.name
    if name == "gray":
        return None
    if name in SEMI_PLANAR:
        plane, (u, v) = frame.planes[1], SEMI_PLANAR[name]
        pairs = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : 2 * plane.width]  # type: ignore[call-overload]
        pairs.flags.writeable = False
        return pairs[:, u::2], pairs[:, v::2]
    return _plane(frame, 1), _plane(frame, 2)
