"""Rendered scenes as labelled pictures, in fonts that training never saw."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .dataset import Box, Kind, Sample
from .labels import parse_readings
from .scenes import STYLES, Scene
from .stage import Shown

SIZES = (640, 480), (1280, 720), (1920, 1080)
GROUPS = {
    "scenes, level": STYLES,
    "scenes, turned": STYLES,
    "scenes, wide gaps": ("lcd-gap", "led-gap"),
}
"""Styles of the displays by kind of scene."""
_ORDER = ("scenes, level", "scenes, turned", "scenes, level", "scenes, wide gaps")
_TURNS = 5.0, 40.0
"""Degrees by which turned scenes are turned, either way."""


def scenes(count: int, seed: int) -> Iterator[tuple[str, Sample]]:
    """Draw so many scenes, half of them level; yields the group of each, and its picture."""
    for number in range(count):
        group = _ORDER[number % len(_ORDER)]
        # Far from the seeds that training and tests draw from.
        own = 2_000_003 + 104_729 * seed + number
        rng = np.random.default_rng((own, 9))
        turned = group == "scenes, turned"
        turn = float(rng.choice([-1, 1]) * rng.uniform(*_TURNS)) if turned else 0.0
        scene = Scene(
            own,
            SIZES[int(rng.integers(len(SIZES)))],
            role="held-out",
            styles=GROUPS[group],
            displays=2 if turned else 4,
            turn=turn,
        )
        picture, shown = scene.render()
        yield (
            group,
            Sample(
                Path(f"scene-{number + 1}"),
                Kind.PHOTO,
                number + 1,
                readings=parse_readings(" ".join(map(text, shown))),
                boxes=tuple(box for item in shown for box in boxes(item)),
                pixels=picture,
            ),
        )


def text(shown: Shown) -> str:
    """What can be read: wheels of another colour stand for decimals, but there is no point to be seen."""
    return shown.text if len(shown.points) else shown.text.replace(".", "")


def boxes(shown: Shown) -> list[Box]:
    """The digits as boxes; one that is turning may be taken for either of two."""
    found = []
    digits = [char for char in shown.text if char.isdigit()]
    for digit, wheel, quad in zip(digits, shown.wheels, shown.corners, strict=True):
        (x, y), (right, bottom) = quad.min(axis=0).tolist(), quad.max(axis=0).tolist()
        found.append(Box("?" if wheel else digit, x, y, right - x, bottom - y))
    return found
