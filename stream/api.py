"""digitstream as a library."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .config import CameraConfig, DisplayConfig
from .frames import Frame
from .pipeline import Pipeline
from .problems import checked
from .ranking import rank
from .readings import Reading
from .sources import EndOfSource, open_source

_TICK = 1.0


def read(
    source: str | int | os.PathLike[str],
    *,
    displays: Sequence[DisplayConfig] = (),
    model: str | os.PathLike[str] | None = None,
    threads: int = 1,
    **settings: Any,
) -> Iterator[Reading]:
    """Yield the readings of a camera, stream, file or folder: one a display and frame.

    `source` is what `--source` takes; `settings` are those of a camera in a configuration (`rotate`, `fps`,
    `transport`, ...). Live sources never end: while no frame comes, readings are `stale` once a second.
    Raises SourceError for a file that cannot be read, ConfigError for settings that cannot work.
    """
    place = source if isinstance(source, int) else os.fspath(source)
    camera = checked(CameraConfig, {"source": place, "displays": tuple(displays), **settings})
    opened = open_source(camera)
    with (
        Pipeline(camera, live=opened.live, model=_path(model), threads=threads) as pipeline,
        opened,
    ):
        while True:
            try:
                frame = opened.read(_TICK + opened.interval)
            except EndOfSource:
                return
            if frame is None:
                yield from pipeline.stale(datetime.now(timezone.utc), opened.status).readings
            else:
                yield from pipeline.process(frame, opened.status).readings


def read_image(
    picture: NDArray[np.uint8],
    *,
    displays: Sequence[DisplayConfig] = (),
    model: str | os.PathLike[str] | None = None,
    rotate: int = 0,
) -> list[Reading]:
    """Return the readings of one picture, grey `(H, W)` or BGR `(H, W, 3)`, likeliest first.

    `rotate` turns it clockwise by 0, 90, 180 or 270 degrees before.
    """
    luma = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    luma = np.ascontiguousarray(np.rot90(luma, -rotate // 90), np.uint8)
    camera = CameraConfig(source="-", displays=tuple(displays))
    with Pipeline(camera, live=False, model=_path(model)) as pipeline:
        frame = Frame(index=0, luma=luma, still=True, monotonic=time.monotonic())
        return rank(pipeline.process(frame).readings)


def _path(model: str | os.PathLike[str] | None) -> Path | None:
    return None if model is None else Path(model)
