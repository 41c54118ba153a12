"""The settings of a deployment: cameras, their displays, and what they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from .settings import Name, Number, Pattern, Region, Settings, Unit
from .sink_settings import SinksConfig
from .value_settings import ValueConfig


def _source(value: Any) -> Any:
    """Take the bare number of a camera."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else value


def _moment(value: Any) -> Any:
    """Refuse a bare number, which would count as seconds since 1970."""
    if isinstance(value, int | float):
        raise ValueError("is not a date and time like 2026-01-31T12:00:00Z")
    return value


def _utc(value: datetime) -> datetime:
    """Move to UTC, which is also what a time without a zone counts as."""
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    try:
        return value.astimezone(timezone.utc)
    except OverflowError:
        raise ValueError("is not a date and time like 2026-01-31T12:00:00Z") from None


def _beside(path: Path, info: ValidationInfo) -> Path:
    """Let a path start at the folder of the file that it is written in."""
    if "\x00" in str(path) or not path.name:
        raise ValueError("is not the name of a file")
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path


def _list_or_mapping(schema: dict[str, Any]) -> None:
    """Tell editors of the second form that `merge_defaults` takes."""
    one = schema.pop("items")
    schema.pop("type")
    schema["anyOf"] = [
        {"type": "array", "items": one, "minItems": 1},
        {"type": "object", "additionalProperties": one, "minProperties": 1},
    ]


Pixels = Annotated[int, Field(gt=0, le=65535), Number]
Seconds = Annotated[float, Field(gt=0, le=86400), Number]
Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_utc)]
SourceText = Annotated[
    str,
    StringConstraints(min_length=1, pattern=r"^[^\x00]+$"),
    BeforeValidator(_source),
    WithJsonSchema({"type": ["string", "integer"], "minLength": 1, "minimum": 0}),
]


class DisplayConfig(Settings):
    """A display that the camera sees."""

    name: Name
    """Name in the log."""
    region: Region | None = None
    """Where it is: `[x, y, width, height]` or four corners clockwise from its own top left, in pixels."""
    digits: Annotated[int, Field(gt=0, le=32), Number] | None = None
    """How many digits it shows, drums and leading zeros counted."""
    decimals: Annotated[int, Field(ge=0, le=12), Number] | None = None
    """Digits after the decimal point; without it the point must be seen."""
    unit: Unit | None = None
    """Unit of the value, for example `m³`."""
    values: tuple[ValueConfig, ...] = ()
    """What it shows in turn: each reading is that of the first value that it fits."""

    @field_validator("decimals")
    @classmethod
    def _fits(cls, decimals: int | None, info: Any) -> int | None:
        digits = info.data.get("digits")
        if decimals is not None and digits is not None and decimals > digits:
            raise ValueError(f"is more than the {digits} digits of the display")
        return decimals


class PickConfig(Settings):
    """Which of the displays that are found by themselves count."""

    digits: Annotated[int, Field(gt=0, le=32), Number] | None = None
    """Only numbers of so many digits."""
    pattern: Pattern | None = None
    """Only texts that match this regular expression from end to end."""
    largest: bool = False
    """Only the display that stands out most: large, long and steady."""


class CameraDefaults(Settings):
    """What cameras can have in common."""

    size: tuple[Pixels, Pixels] | None = None
    """Width and height asked of a camera."""
    fps: Annotated[float, Field(gt=0, le=1000), Number] | None = None
    """Most frames a second that are read: what a camera is asked for, and how often a snapshot is fetched."""
    every: Annotated[int, Field(gt=0, le=1_000_000), Number] = 1
    """Read each n-th frame only."""
    paced: bool = False
    """Read a video file no faster than it was recorded, so that it can be watched."""
    pixel_format: Literal["mjpeg", "yuyv"] | None = None
    """Format asked of a camera."""
    rotate: Annotated[Literal[0, 90, 180, 270], Number] = 0
    """Turn the picture clockwise by so many degrees."""
    mirror: bool = False
    """Flip the picture left to right, after `rotate`."""
    transport: Literal["tcp", "udp"] = "tcp"
    """How RTSP carries its packets."""
    open_timeout: Seconds = 10.0
    """Seconds until a source that does not answer counts as dead."""
    read_timeout: Seconds = 5.0
    """Seconds without a frame until a live source is reopened."""
    start_time: Moment | None = None
    """When a file was recorded, UTC unless it names a zone: gives its readings a time."""
    displays: tuple[DisplayConfig, ...] = ()
    """The displays to read; empty: every display that is found."""
    pick: PickConfig | None = None
    """Which of the displays that are found count, where none is named in `displays`."""

    @field_validator("displays")
    @classmethod
    def _named_apart(cls, displays: tuple[DisplayConfig, ...]) -> tuple[DisplayConfig, ...]:
        values = [value.name for display in displays for value in display.values]
        if twice := _repeated([*(display.name for display in displays), *values]):
            what = "displays or values" if values else "displays"
            raise ValueError(f"has two {what} named {twice!r}")
        return displays

    @field_validator("pick")
    @classmethod
    def _nothing_is_named(cls, pick: PickConfig | None, info: Any) -> PickConfig | None:
        if pick is not None and info.data.get("displays"):
            raise ValueError("is for displays that are found by themselves, but `displays` names some")
        return pick


class CameraConfig(CameraDefaults):
    """One source of frames and the displays in it."""

    name: Name = "camera"
    """Name in the log."""
    source: SourceText = Field(repr=False)
    """Camera number, device path, URL, file, folder of images, `-` or `demo`."""
    reference: Annotated[Path, AfterValidator(_beside)] | None = None
    """Picture in which the regions were measured; its path starts at the folder of the YAML file."""


class SiteConfig(Settings):
    """A whole deployment."""

    defaults: CameraDefaults = CameraDefaults()
    """Settings of every camera that does not set them itself."""
    cameras: tuple[CameraConfig, ...] = Field(json_schema_extra=_list_or_mapping)
    """The cameras: a list, or a mapping from name to settings."""
    sinks: SinksConfig = SinksConfig()
    """Where readings go."""
    model: Path | None = None
    """A model of your own, with its contract beside it; else the one that comes with the program."""
    threads: Annotated[int, Field(gt=0, le=64), Number] = 1
    """Threads of the classifier."""

    @model_validator(mode="before")
    @classmethod
    def _merged(cls, data: Any) -> Any:
        return merge_defaults(data)

    @field_validator("cameras")
    @classmethod
    def _set_apart(cls, cameras: tuple[CameraConfig, ...]) -> tuple[CameraConfig, ...]:
        if not cameras:
            raise ValueError("needs at least one camera")
        if twice := _repeated([camera.name for camera in cameras]):
            raise ValueError(f"has two cameras named {twice!r}")
        exclusive = [camera.source for camera in cameras if camera.source == "-" or camera.source.isdigit()]
        if twice := _repeated(exclusive):
            raise ValueError(f"has two cameras with the source {twice!r}, which can be opened only once")
        return cameras

    @field_validator("sinks")
    @classmethod
    def _one_picture_each(cls, sinks: SinksConfig, info: Any) -> SinksConfig:
        for name in ("video", "snapshot"):
            path = getattr(sinks, name)
            if path is not None and len(info.data.get("cameras", ())) > 1 and "{camera}" not in str(path):
                raise ValueError(f"has one {name} for several cameras: put {{camera}} in its name")
        return sinks


def merge_defaults(data: Any) -> Any:
    """Give each camera of a site the defaults that it does not override.

    >>> site = {"defaults": {"fps": 5, "rotate": 90}, "cameras": {"gas": {"source": "0", "fps": 1}}}
    >>> merge_defaults(site)["cameras"]
    [{'fps': 1, 'rotate': 90, 'name': 'gas', 'source': '0'}]
    """
    if not isinstance(data, Mapping):
        return data
    cameras, defaults = data.get("cameras"), data.get("defaults")
    if isinstance(cameras, Mapping):
        cameras = [
            {"name": name, **camera} if isinstance(camera, Mapping) else camera
            for name, camera in cameras.items()
        ]
    if isinstance(defaults, CameraDefaults):
        defaults = defaults.model_dump(exclude_unset=True)
    if isinstance(defaults, Mapping) and isinstance(cameras, list | tuple):
        # What no camera can have is an error of the defaults alone.
        shared = {key: value for key, value in defaults.items() if key in CameraDefaults.model_fields}
        cameras = [{**shared, **camera} if isinstance(camera, Mapping) else camera for camera in cameras]
    return {**data, "cameras": cameras} if "cameras" in data else data


def _repeated(names: list[str]) -> str | None:
    return next((name for name, count in Counter(names).items() if count > 1), None)
