"""Read digits from cameras, streams, files and pictures.

import digitstream

for reading in digitstream.read("rtsp://camera/stream"):
    print(reading.text, reading.status)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .config import CameraConfig, DisplayConfig
from .errors import (
    ConfigError,
    DigitstreamError,
    FormatError,
    ModelError,
    OutputError,
    SourceDenied,
    SourceError,
    SourceMissing,
    SourceTimeout,
)
from .readings import Digit, Reading, Status

if TYPE_CHECKING:
    from .api import read, read_image

__all__ = [
    "CameraConfig",
    "ConfigError",
    "Digit",
    "DigitstreamError",
    "DisplayConfig",
    "FormatError",
    "ModelError",
    "OutputError",
    "Reading",
    "SourceDenied",
    "SourceError",
    "SourceMissing",
    "SourceTimeout",
    "Status",
    "read",
    "read_image",
]


def __getattr__(name: str) -> Any:
    # The model and the video libraries are loaded by those who read, not by those who import a type.
    if name in ("read", "read_image"):
        from . import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
