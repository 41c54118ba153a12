"""The settings of where readings go."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, field_validator

from .settings import Number, Settings


def _one_camera_a_file(path: Path | None) -> Path | None:
    if path is not None:
        rest = str(path).replace("{camera}", "")
        if "{" in rest or "}" in rest:
            raise ValueError("has braces other than {camera}")
    return path


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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
