"""The picture in which displays were found, with each outlined, numbered and read."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from .overlay import AMBER, GREEN, GREY, SMALLEST, SOFT, WHITE
from .overlay.layout import Space, hull, place
from .overlay.tiles import Colour, Run, tile
from .survey import Sighting

GOOD, POOR = 70, 40
"""Quality from which a display is shown as good, and below which as poor."""


def preview(picture: NDArray[np.uint8], sightings: Sequence[Sighting]) -> NDArray[np.uint8]:
    """Draw the displays into a BGR picture, and return it."""
    height, width = picture.shape[:2]
    line, unit = max(1, round(min(width, height) / 270)), max(11, round(min(width, height) / 26))
    for sighting in sightings:
        red, green, blue = _colour(sighting)
        outline = np.rint(sighting.region * 16).astype(np.int32)
        cv2.polylines(picture, [outline], True, (blue, green, red), line, cv2.LINE_AA, shift=4)
    space = Space(width, height, [sighting.region for sighting in sightings], margin=line)
    for number, sighting in enumerate(sightings, 1):
        for size in (unit, max(SMALLEST, round(unit * 0.7))):
            small = max(SMALLEST, round(size * 0.7))
            label = tile(
                ((Run(f"{number}  ", size, _colour(sighting)), Run(sighting.text, size, WHITE),
                  Run(f"  {sighting.quality.score}%", small, SOFT)),),
                stripe=_colour(sighting),
            )  # fmt: skip
            rect = place(space, hull(sighting.region), label.size, line)
            if rect is not None:
                label.lay(picture, rect.x, rect.y)
                break
    return picture


def _colour(sighting: Sighting) -> Colour:
    score = sighting.quality.score
    return GREEN if score >= GOOD else AMBER if score >= POOR else GREY
