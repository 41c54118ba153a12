"""Read digits from cameras, streams, files and pictures.

    import digitstream

    for reading in digitstream.read("rtsp://camera/stream"):
        print(reading.text, reading.status)
"""

from __future__ import annotations

from .api import read, read_image
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
