"""The settings of a deployment, as frozen models that know no unknown keys."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from .region import Box, Quad, as_region


def _no_bool(value: Any) -> Any:
    """Refuse true and false, which Python would count as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("is not a number")
    return value


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


def _one_camera_a_file(path: Path | None) -> Path | None:
    if path is not None:
        rest = str(path).replace("{camera}", "")
        if "{" in rest or "}" in rest:
            raise ValueError("has braces other than {camera}")
    return path


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


Number = BeforeValidator(_no_bool)
Pixels = Annotated[int, Field(gt=0, le=65535), Number]
Seconds = Annotated[float, Field(gt=0, le=86400), Number]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]
Moment = Annotated[datetime, BeforeValidator(_moment), AfterValidator(_utc)]
Region = Annotated[Box | Quad, BeforeValidator(as_region)]
SourceText = Annotated[
    str,
    StringConstraints(min_length=1, pattern=r"^[^\x00]+$"),
    BeforeValidator(_source),
    WithJsonSchema({"type": ["string", "integer"], "minLength": 1, "minimum": 0}),
]


class Settings(BaseModel):
    """Base of all settings: immutable, and a key that is not known is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )


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
    unit: Annotated[str, StringConstraints(max_length=20)] | None = None
    """Unit of the value, for example `m³`."""

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
    pattern: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """Only texts that match this regular expression from end to end."""
    largest: bool = False
    """Only the display that stands out most: large, long and steady."""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"is not a regular expression: {error}") from None
        return pattern


class CameraDefaults(Settings):
    """What cameras can have in common."""

    size: tuple[Pixels, Pixels] | None = None
    """Width and height asked of a camera."""
    fps: Annotated[float, Field(gt=0, le=1000), Number] | None = None
    """Frames a second asked of a camera; upper bound for a snapshot URL."""
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
        if twice := _repeated([display.name for display in displays]):
            raise ValueError(f"has two displays named {twice!r}")
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


class WebConfig(Settings):
    """The live view: a page with pictures and readings."""

    host: Annotated[str, StringConstraints(min_length=1)] = "127.0.0.1"
    """Address to listen on; `0.0.0.0` or `::` shows the page to the network and needs a token."""
    port: Annotated[int, Field(ge=0, le=65535), Number] = 8477
    """Port to listen on; 0 takes a free one."""
    token: SecretStr | None = Field(default=None, validate_default=True)
    """Secret that a visitor must give; best from `!secret` or `${VAR}`."""
    open_browser: bool = False
    """Open the page in the browser at the start."""

    @field_validator("token")
    @classmethod
    def _guarded(cls, token: SecretStr | None, info: Any) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < 8:
            raise ValueError("is shorter than 8 characters")
        host = info.data.get("host")
        if token is None and host is not None and not _is_loopback(host):
            raise ValueError(f"is required when the page is open to the network ({host})")
        return token


class CollectConfig(Settings):
    """Pictures of digits that were hard to read, for a person to label."""

    folder: Path
    """Where they go, with a `manifest.csv`; one that is there is gone on with."""
    max_files: Annotated[int, Field(gt=0), Number] = 2000
    """Pictures in the folder from which no more are saved."""
    max_bytes: Annotated[int, Field(gt=0), Number] = 50_000_000
    """Bytes of pictures in the folder from which no more are saved."""

    @field_validator("folder")
    @classmethod
    def _a_folder(cls, folder: Path) -> Path:
        if "\x00" in str(folder):
            raise ValueError("is not the name of a folder")
        with suppress(RuntimeError):  # no home: the name is taken as it is
            return folder.expanduser()
        return folder


class SinksConfig(Settings):
    """Where readings go; paths start at the working directory."""

    console: Literal["auto", "table", "lines", "off"] = "auto"
    """Readings on standard output: a live table, JSON lines, or whichever suits a terminal or a pipe."""
    jsonl: Path | None = None
    """Log with one JSON object a line."""
    csv: Path | None = None
    """Log as a table with a header."""
    max_bytes: Annotated[int, Field(ge=1000), Number] | None = None
    """Size at which a log is put aside as `name.1`, older ones moving up; without it logs grow."""
    keep: Annotated[int, Field(gt=0, le=1000), Number] = 5
    """How many logs that were put aside are kept."""
    video: Annotated[Path, AfterValidator(_one_camera_a_file)] | None = None
    """Annotated H.264 video; `{camera}` stands for the camera's name."""
    snapshot: Annotated[Path, AfterValidator(_one_camera_a_file)] | None = None
    """PNG of the newest annotated frame; `{camera}` stands for the camera's name."""
    window: bool = False
    """Show a native window, where the installed OpenCV can."""
    web: WebConfig | None = None
    """Serve the live view; `{}` takes its defaults."""
    collect: CollectConfig | None = None
    """Save pictures of digits that were hard to read; without it none is saved."""

    @field_validator("jsonl", "csv", "video", "snapshot")
    @classmethod
    def _a_file(cls, path: Path | None, info: Any) -> Path | None:
        if path is None:
            return None
        if "\x00" in str(path) or not path.name:
            raise ValueError("is not the name of a file")
        with suppress(RuntimeError):  # no home: the name is taken as it is
            path = path.expanduser()
        endings = {"video": (".mp4", ".mkv", ".mov"), "snapshot": (".png",)}.get(info.field_name, ())
        if endings and path.suffix.lower() not in endings:
            raise ValueError(f"does not end in {' or '.join(endings)}")
        if path in (info.data.get(name) for name in ("jsonl", "csv", "video", "snapshot")):
            raise ValueError("is written by another sink already")
        return path


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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
