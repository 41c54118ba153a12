"""Lines of digits as the localizer finds them, and which of them stand."""

from __future__ import annotations

import cv2
import numpy as np

from .frames import Corners
from .lines import Floats

Located = tuple[Corners, Floats]
"""Quads of digits `(N, 4, 2)` of one line and their probabilities of being digits `(N,)`."""


def among(lines: list[Located], others: list[Located]) -> list[Located]:
    """Those lines that are among others, too."""
    return [line for line in lines if any(line is other for other in others)]


def apart(lines: list[Located]) -> list[Located]:
    """Leave out the lines that lie on a better one, or in the gaps between its digits.

    Of two that are about as good the first one stays: what a closer look shows may be parts of its digits.
    """
    kept: list[Located] = []
    for line in sorted(lines, key=lambda line: -round(float(line[1].sum()), 1)):
        if not any(_crossed(other, line[0]) for other, _ in kept):
            kept.append(line)
    return kept


def outside(line: Located, boxes: Floats) -> Located:
    """Leave out the digits of a line whose middle lies in one of the boxes `(N, 4)`."""
    off = line[0].mean(axis=1)[:, None] - boxes[:, :2]
    out = ~((off > 0) & (off < boxes[:, 2:])).all(axis=2).any(axis=1)
    return line[0][out], line[1][out]


def joined(lines: list[Located]) -> Located:
    """All digits of some lines."""
    if not lines:
        return np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32)
    return np.concatenate([c for c, _ in lines]), np.concatenate([s for _, s in lines])


def _crossed(line: Corners, corners: Corners) -> bool:
    """Whether the middle of a digit lies on a line, from its first digit to its last."""
    outline = np.stack([line[0, 0], line[-1, 1], line[-1, 2], line[0, 3]])
    middles = corners.mean(axis=1).tolist()
    return any(cv2.pointPolygonTest(outline, (x, y), False) > 0 for x, y in middles)
