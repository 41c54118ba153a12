"""Pictures made small: motion and change show there as well, at a fraction of the cost."""

from __future__ import annotations

import cv2
import numpy as np

from .frames import Luma

ROWS = 240
"""The shorter side is halved while it is at least this long: flow runs at 120 to 239 rows."""
HIGHPASS = (15, 15)
"""Pixels over which brightness is evened out."""


def halvings(luma: Luma, rows: int = ROWS) -> list[Luma]:
    """Halve a picture exactly until its shorter side is below `rows`; return all sizes, its own first.

    An odd last row or column is left out: area resizing by other than a whole factor costs ten times as much.
    """
    levels = [luma]
    while min(luma.shape) >= rows:
        height, width = luma.shape[0] // 2, luma.shape[1] // 2
        halved = cv2.resize(luma[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        luma = np.asarray(halved, np.uint8)
        levels.append(luma)
    return levels


def reduce(luma: Luma, rows: int = ROWS) -> tuple[Luma, int]:
    """Return the last of the `halvings` of a picture, and by which factor it is smaller."""
    levels = halvings(luma, rows)
    return levels[-1], 1 << (len(levels) - 1)


def flatten(picture: Luma) -> Luma:
    """Take the local brightness out, so that shadow, reflection and exposure do not look like motion."""
    return np.asarray(cv2.addWeighted(picture, 1.0, cv2.blur(picture, HIGHPASS), -1.0, 128.0), np.uint8)
