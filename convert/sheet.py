"""Contact sheets: many small pictures with captions on one PNG, to look at errors."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from imutils import build_montages
from numpy.typing import NDArray

from ..errors import OutputError

Image = NDArray[np.uint8]

TILE = (160, 136)
"""Width and height of a tile, caption included."""
LARGE = (320, 264)
"""The same for a picture that has more than a digit to show."""
WIDTH = 1600
"""Of a sheet."""
MAX_TILES = 400
_CAPTION = 24


def tile(picture: Image, caption: str, size: tuple[int, int] = TILE) -> Image:
    """Fit a grey or BGR picture into a tile, aspect kept, with a caption below it."""
    width, height = size[0] - 4, size[1] - _CAPTION - 4
    scale = min(width / picture.shape[1], height / picture.shape[0])
    inner = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    if small.ndim == 2:
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    canvas = np.full((size[1], size[0], 3), 32, np.uint8)
    x, y = (size[0] - inner[0]) // 2, (size[1] - _CAPTION - inner[1]) // 2
    canvas[y : y + inner[1], x : x + inner[0]] = small
    font, thickness = cv2.FONT_HERSHEY_SIMPLEX, 1
    text_width = cv2.getTextSize(caption, font, 1.0, thickness)[0][0]
    letters = min(0.5, (size[0] - 8) / max(text_width, 1))
    cv2.putText(canvas, caption, (4, size[1] - 8), font, letters, (255, 255, 255), thickness, cv2.LINE_AA)
    return canvas


def write_sheet(path: Path, tiles: Sequence[Image]) -> None:
    """Write the first `MAX_TILES` tiles as one PNG."""
    shown = tiles[:MAX_TILES]
    size = max((one.shape[1], one.shape[0]) for one in shown)
    columns = min(WIDTH // size[0], len(shown))
    rows = -(-len(shown) // columns)
    sheet = cast(Image, build_montages(list(shown), size, (columns, rows))[0])
    encoded, data = cv2.imencode(".png", sheet)
    if not encoded:
        raise OutputError(f"{path}: the contact sheet cannot be encoded")
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror or error}") from None


def write_sheets(path: Path, sets: Mapping[str, Sequence[Image]]) -> list[Path]:
    """Write a sheet for each set that has tiles, `NAME-<set>.png` where there are several sets."""
    paths = {
        name: path if len(sets) == 1 else path.with_stem(f"{path.stem}-{re.sub(r'[/, ]+', '-', name)}")
        for name in sets
    }
    for name, tiles in sets.items():
        if tiles:
            write_sheet(paths[name], tiles)
    return [paths[name] for name, tiles in sets.items() if tiles]
