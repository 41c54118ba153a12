"""A webcam that is not there, for tests: builds the preloaded library and lets a process see the camera."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SOURCE = Path(__file__).with_name("fake_v4l2.c")
HEADER = Path("/usr/include/linux/videodev2.h")


@cache
def missing() -> str | None:
    """Return why there can be no such camera here, or None."""
    if not shutil.which("gcc"):
        return "gcc is not installed"
    return None if HEADER.exists() else f"no {HEADER}"


def build(folder: Path) -> Path:
    """Compile the library."""
    library = folder / "fake_v4l2.so"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return library


def write_yuyv(
    path: Path, pictures: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]]
) -> Path:
    """Write planes Y, U and V at 4:2:2 or 4:2:0 as the packed pictures that a webcam sends."""
    with path.open("wb") as file:
        for y, u, v in pictures:
            packed = np.empty((*y.shape, 2), np.uint8)
            packed[:, :, 0] = y
            for start, plane in ((0, u), (1, v)):
                packed[:, start::2, 1] = np.repeat(plane, y.shape[0] // plane.shape[0], axis=0)
            file.write(packed.tobytes())
    return path


def write_mjpeg(path: Path, pictures: Sequence[bytes]) -> Path:
    """Write JPEG pictures."""
    path.write_bytes(b"".join(struct.pack("<I", len(picture)) + picture for picture in pictures))
    return path


def environment(
    library: Path,
    size: tuple[int, int],
    *,
    yuyv: Path | None = None,
    mjpeg: Path | None = None,
    device: str = "/dev/video0",
    fps: int = 25,
    unplug: int = 0,
    stall: int = 0,
    replug: float | None = None,
) -> dict[str, str]:
    """Return the environment of a process that sees the camera."""
    settings = {
        "LD_PRELOAD": library,
        "FAKE_V4L2_DEVICE": device,
        "FAKE_V4L2_SIZE": "{}x{}".format(*size),
        "FAKE_V4L2_FPS": fps,
        "FAKE_V4L2_UNPLUG": unplug,
        "FAKE_V4L2_STALL": stall,
        "FAKE_V4L2_YUYV": yuyv,
        "FAKE_V4L2_MJPEG": mjpeg,
        "FAKE_V4L2_REPLUG": replug,
    }
    return os.environ | {name: str(value) for name, value in settings.items() if value is not None}
