"""Confusion matrices as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError
from .evaluate import SetResult, all_crops
from .labels import NONE
from .sample import Image

_NAMES = (*map(str, range(NONE)), "-")
_CELL = 44
_EDGE = 40


def picture(counts: NDArray[np.int64], title: str) -> Image:
    """Draw counts `(11, 11)`, true class down, class read across; the more of a row is wrong, the redder."""
    side = _EDGE + _CELL * len(_NAMES)
    image = np.full((side + _EDGE, side, 3), 255, np.uint8)
    _write(image, f"{title}: true class down, class read across", (8, 24), 0.5)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for row, name in enumerate(_NAMES):
        middle = _EDGE + row * _CELL + _CELL // 2
        _write(image, name, (middle - 5, 2 * _EDGE - 10), 0.6)
        _write(image, name, (14, middle + _EDGE + 5), 0.6)
        for column in range(len(_NAMES)):
            x, y = _EDGE + column * _CELL, 2 * _EDGE + row * _CELL
            # The root shows that there is an error at all.
            fade = round(255 * (1 - np.sqrt(shares[row, column])))
            colour = (fade, 255, fade) if row == column else (fade, fade, 255)
            cv2.rectangle(image, (x, y), (x + _CELL - 2, y + _CELL - 2), colour, -1)
            if counts[row, column]:
                _write(image, str(counts[row, column]), (x + 4, y + _CELL // 2 + 4), 0.4)
    return image


def write_confusions(path: Path, results: Sequence[SetResult]) -> list[Path]:
    """Write the matrix of each set with crops, and of all, as `NAME-<set>.png` where there are several."""
    total = all_crops(results)
    shown = [result for result in (*results, *([total] if total else [])) if result.crops is not None]
    written = []
    for result in shown:
        name = result.name.replace("/", "-").replace(" ", "-")
        place = path if len(shown) == 1 else path.with_stem(f"{path.stem}-{name}")
        assert result.crops is not None
        _, data = cv2.imencode(".png", picture(result.crops.confusion, result.name))
        try:
            place.write_bytes(data.tobytes())
        except OSError as error:
            raise OutputError(f"{place}: {error.strerror or error}") from None
        written.append(place)
    return written


def _write(image: Image, text: str, place: tuple[int, int], size: float) -> None:
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, (0, 0, 0), 1, cv2.LINE_AA)
