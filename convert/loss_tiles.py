"""Pictures of readings that were lost, for the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..readings import Reading
from .dataset import Box, Image
from .losses import Loss
from .sheet import LARGE, tile

_TRUTH, _READ = (0, 0, 255), (0, 255, 255)


def lost_tile(picture: Image, loss: Loss, readings: Sequence[Reading]) -> Image:
    """The picture around the reading; labelled digits that were lost in red, what was read in yellow."""
    own = [reading for reading in readings if reading.text is not None and reading.text == loss.read]
    quads = [digit.corners for reading in own for digit in reading.digits]
    places = np.concatenate([*quads, *map(_corners, loss.boxes), np.zeros((0, 2), np.float32)])
    left, top, right, bottom = window(picture, places)
    view = np.ascontiguousarray(picture[top:bottom, left:right])
    # Lines must still be seen in the tile.
    grown = max(1.0, min(LARGE[0] / view.shape[1], LARGE[1] / view.shape[0]))
    view = np.asarray(cv2.resize(view, None, fx=grown, fy=grown, interpolation=cv2.INTER_NEAREST), np.uint8)
    thickness = max(1, round(max(view.shape[:2]) / 320))
    drawn = [(quad, _TRUTH) for quad in map(_corners, loss.boxes)]
    drawn += [(digit.corners, _READ) for reading in readings for digit in reading.digits]
    for quad, paint in drawn:
        points = np.rint((quad - [left, top]) * grown).astype(np.int32)
        cv2.polylines(view, [points], True, paint, thickness)
    shown = [f"{r.text}{'' if r.status.value == 'ok' else '?'}" for r in own or readings if r.text]
    return tile(view, f"{loss.stage.value}: {loss.label.text} > {' '.join(shown[:3]) or 'nothing'}", LARGE)


def _corners(box: Box) -> NDArray[np.float32]:
    right, bottom = box.x + box.width, box.y + box.height
    return np.array([[box.x, box.y], [right, box.y], [right, bottom], [box.x, bottom]], np.float32)


def window(picture: Image, places: NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is to be seen: all of the picture where no place is known."""
    height, width = picture.shape[:2]
    if not len(places):
        return 0, 0, width, height
    low, high = places.min(axis=0), places.max(axis=0)
    margin = max(float((high - low).max()) * 0.4, 24)
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = np.minimum(high + margin, (width, height)).astype(int)
    return int(left), int(top), max(int(right), int(left) + 1), max(int(bottom), int(top) + 1)
