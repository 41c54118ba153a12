"""The settings of a deployment, as frozen models that know no unknown keys."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

Point = tuple[float, float]


class Settings(BaseModel):
    """Base of all settings: immutable, and a key that is not known is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class DisplayConfig(Settings):
    """A display that the camera sees."""

    name: str
    """Name in the log."""
    region: tuple[float, float, float, float] | tuple[Point, Point, Point, Point] | None = None
    """Where it is, in pixels of the frame: `[x, y, width, height]` or four corners clockwise from its own top left."""
    digits: PositiveInt | None = None
    """How many digits it shows, drums and leading zeros counted."""
    decimals: int | None = Field(default=None, ge=0, le=12)
    """Digits after the decimal point; without it the point must be seen."""
    unit: str | None = None
    """Unit of the value, for example `m³`."""


class CameraConfig(Settings):
    """One source of frames and the displays in it."""

    name: str = "camera"
    """Name in the log."""
    source: str
    """Camera number, device path, URL, file, folder of images, `-` or `demo`."""
    size: tuple[PositiveInt, PositiveInt] | None = None
    """Width and height asked of a camera."""
    fps: PositiveFloat | None = None
    """Frames a second asked of a camera; upper bound for a snapshot URL."""
    pixel_format: Literal["mjpeg", "yuyv"] | None = None
    """Format asked of a camera."""
    rotate: Literal[0, 90, 180, 270] = 0
    """Turn the picture clockwise by so many degrees."""
    mirror: bool = False
    """Flip the picture left to right, after `rotate`."""
    transport: Literal["tcp", "udp"] = "tcp"
    """How RTSP carries its packets."""
    open_timeout: PositiveFloat = 10.0
    """Seconds until a source that does not answer counts as dead."""
    read_timeout: PositiveFloat = 5.0
    """Seconds without a frame until a live source is reopened."""
    start_time: datetime | None = None
    """When a file was recorded: gives its readings a time."""
    displays: tuple[DisplayConfig, ...] = ()
    """The displays to read; empty: every display that is found."""
