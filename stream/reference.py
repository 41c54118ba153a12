"""The stored picture in which the regions of a camera were measured."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from .errors import ConfigError, FormatError, OutputError
from .frames import Luma
from .sources.images import decode_picture


def load_reference(path: Path) -> Luma:
    """Read the reference of a camera."""
    remedy = "leave the key out, or make one with `digitstream find`"
    try:
        picture = decode_picture(path.read_bytes())
    except FormatError as error:
        raise ConfigError(f"reference: {path}: {error}; {remedy}") from None
    except OSError as error:
        raise ConfigError(f"reference: {path}: cannot be read: {error.strerror}; {remedy}") from None
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)


def save_picture(path: Path, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Write a grey or BGR picture as PNG."""
    _, data = cv2.imencode(".png", picture)
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
