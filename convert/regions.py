"""Where a picture's labelled displays are, also when it is turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2

from ..config import DisplayConfig
from .labels import ReadingLabel
from .sample import Box, Image, Kind, Sample

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


def regions(sample: Sample, boxes: Sequence[Box], size: tuple[int, int]) -> tuple[DisplayConfig, ...]:
    """Return a display for each labelled reading, as far as the boxes tell them apart; none without any."""
    if sample.kind is Kind.STRIP:
        return (DisplayConfig(name="display-1", region=(0, 0, *size)),)
    groups = (by_reading(sample.readings, boxes) or [boxes]) if boxes else []
    return tuple(
        DisplayConfig(name=f"display-{i}", region=_hull(group)) for i, group in enumerate(groups, start=1)
    )


def by_reading(readings: Sequence[ReadingLabel], boxes: Sequence[Box]) -> list[Sequence[Box]] | None:
    """Split the boxes by labelled reading; None where their digits are not, in order, the readings'."""
    digits = "".join(reading.digits for reading in readings)
    if len(digits) != len(boxes) or any(
        box.digit != digit and "?" not in (box.digit, digit) for box, digit in zip(boxes, digits, strict=True)
    ):
        return None
    groups, start = [], 0
    for reading in readings:
        groups.append(boxes[start : start + len(reading.digits)])
        start += len(reading.digits)
    return groups


def _hull(boxes: Sequence[Box]) -> tuple[float, float, float, float]:
    x, y = min(b.x for b in boxes), min(b.y for b in boxes)
    return x, y, max(b.x + b.width for b in boxes) - x, max(b.y + b.height for b in boxes) - y


def turn(picture: Image, rotate: int) -> Image:
    """Turn a picture clockwise."""
    return cast(Image, cv2.rotate(picture, _TURNS[rotate])) if rotate else picture


def turned(box: Box, picture: Image, rotate: int) -> Box:
    """Move a box along with the picture, which is still as it was, when it is turned clockwise."""
    height, width = picture.shape[:2]
    if rotate == 90:
        return Box(box.digit, height - box.y - box.height, box.x, box.height, box.width)
    if rotate == 180:
        return Box(box.digit, width - box.x - box.width, height - box.y - box.height, box.width, box.height)
    if rotate == 270:
        return Box(box.digit, box.y, width - box.x - box.width, box.height, box.width)
    return box
