"""Boxes that may hold a digit: MSER of a grey picture at a few scales, and what a sieve leaves of them.

MSER: Matas et al., "Robust wide baseline stereo from maximally stable extremal regions", BMVC 2002.
Segments of one digit that do not touch become one region after a 3x3 opening (dark digits) or closing
(light digits) of the picture.
"""

from __future__ import annotations

import cv2
import numpy as np

from .frames import Boxes, Luma
from .sieve import Sieve

MIN_HEIGHT = 7
"""Pixels of the working picture below which no digit can be told."""
_WORKING_ROWS = 240
_LEAST_ROWS = 32
_KERNEL = np.ones((3, 3), np.uint8)


def propose(luma: Luma, limit: int = 400) -> Boxes:
    """Return the boxes of at most `limit` regions, those most like a digit first.

    The cost is that of the working picture, whatever the texture.
    """
    work, scale = working_picture(luma)
    return np.asarray(Sieve.load()(work, regions(work), limit) * scale, np.float32)


def regions(work: Luma) -> Boxes:
    """Return the boxes of all regions of a working picture that have the size and shape of a digit."""
    found = [_regions(picture) for picture in (255 - work, work, *_closed(work))]
    step = 1
    while min(work.shape) >= 2 * _LEAST_ROWS:
        # A closing bridges gaps twice as wide in a picture half the size.
        work, step = _resized(work, 0.5, cv2.INTER_AREA), 2 * step
        found += [step * _regions(picture) for picture in _closed(work)]
    return distinct(np.concatenate(found))


def working_picture(luma: Luma) -> tuple[Luma, float]:
    """Return the picture at a size of some 240 to 480 rows, and how much larger the given one is."""
    factor = reduction(luma)
    luma, scale = reduced(np.ascontiguousarray(luma), factor), float(factor)
    while luma.shape[0] < _WORKING_ROWS // 2 and luma.shape[1] < 2 * _WORKING_ROWS:
        luma, scale = _resized(luma, 2, cv2.INTER_LINEAR), scale / 2
    return luma, scale


def reduction(luma: Luma) -> int:
    """Return how many of its pixels in a row become one of the working picture."""
    return len(luma) // (2 * _WORKING_ROWS) + 1


def reduced(luma: Luma, factor: int) -> Luma:
    """Return the picture with so many pixels in a row made one."""
    rows, columns = max(luma.shape[0] // factor, 1), max(luma.shape[1] // factor, 1)
    whole = luma[: rows * factor, : columns * factor]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def fine(luma: Luma, factor: int, tallest: float, limit: int, closed: bool = True) -> Boxes:
    """Return the boxes of at most `limit` regions that are lower than `tallest` pixels, seen closer.

    Without the `closed` pictures it costs half as much: the segments of digits so small mostly touch.
    """
    work = reduced(np.ascontiguousarray(luma), factor)
    pictures = (255 - work, work, *(_closed(work) if closed else ()))
    boxes = np.concatenate([_regions(picture) for picture in pictures])
    low = distinct(boxes[boxes[:, 3] * factor < tallest])
    return np.asarray(Sieve.load()(work, low, limit) * factor, np.float32)


def _resized(luma: Luma, factor: float, interpolation: int) -> Luma:
    return np.asarray(cv2.resize(luma, None, fx=factor, fy=factor, interpolation=interpolation), np.uint8)


def _closed(work: Luma) -> tuple[Luma, Luma]:
    """Pictures in which dark, or light, digits with their gaps closed are brighter than their ground."""
    dark = 255 - np.asarray(cv2.morphologyEx(work, cv2.MORPH_OPEN, _KERNEL), np.uint8)
    return dark, np.asarray(cv2.morphologyEx(work, cv2.MORPH_CLOSE, _KERNEL), np.uint8)


def _regions(bright: Luma) -> Boxes:
    largest = max(100, bright.size // 5)
    mser = cv2.MSER.create(delta=2, min_area=12, max_area=largest, max_variation=0.5, min_diversity=0.0)
    mser.setPass2Only(True)
    _, found = mser.detectRegions(bright)
    boxes = np.asarray(found, np.float32).reshape(-1, 4)
    width, height = boxes[:, 2], boxes[:, 3]
    return boxes[(height >= MIN_HEIGHT) & (width >= 2) & (width <= 1.25 * height) & (height <= 12 * width)]


def distinct(boxes: Boxes) -> Boxes:
    """Merge boxes that differ by less than an eighth of their height."""
    if not len(boxes):
        return boxes
    step = np.exp2(np.ceil(np.log2(boxes[:, 3]))) / 8
    edges = np.stack([boxes[:, 0], boxes[:, 1], boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]], axis=1)
    cells = np.round(edges / step[:, None]).astype(np.int64)
    cells = np.concatenate([cells, step[:, None].astype(np.int64) * 8], axis=1)
    _, inverse, count = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.reshape(-1)
    total = np.zeros((len(count), 4), np.float32)
    np.add.at(total, inverse, boxes)
    return np.asarray(total / count[:, None], np.float32)
