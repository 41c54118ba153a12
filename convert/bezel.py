"""A display as a flat picture, and the housing around it with its words."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .fonts import Role, pick
from .glyphs import Box, Mark, typeset
from .textures import Image, colour, surface

WORDS = (
    "kWh", "LITRES", "TOTAL", "m", "GALLONS", "PRICE", "kPa", "SALE", "V", "A", "mmHg", "PULSE", "kg",
    "TEMP", "Nr", "No", "SERIAL", "max", "MIN", "Hz", "bar", "Typ", "WATER", "GAS", "Volt", "RPM", "mA",
    "Watt", "NET", "TARE", "START", "Energie", "Verbrauch", "Tarif", "Model", "AMPS", "PUMP", "km/h",
    "Pa", "Power", "USD", "EUR",
)  # fmt: skip
"""What stands around displays."""


@dataclass(frozen=True, eq=False)
class Panel:
    """A display seen straight on."""

    image: Image
    marks: tuple[Mark, ...]
    """Every character of the display and around it, blank cells too."""
    points: tuple[Box, ...] = ()
    reading: tuple[int, ...] = ()
    """Marks that are the display's own digits, in order."""
    extras: tuple[Box, ...] = ()
    """Things that are neither digit nor character: slots' edges, screws, bars."""


def framed(rng: np.random.Generator, panel: Panel, height: float, role: Role) -> Panel:
    """The panel in a bezel with words printed on it."""
    image = panel.image
    edge = max(int(height * rng.uniform(0.05, 0.3)), 1)
    above, below = (max(int(height * rng.uniform(0.1, 0.9)), 2) for _ in range(2))
    body = surface(
        rng, (image.shape[0] + above + below, image.shape[1] + 2 * edge), colour(rng, 15, 235, 0.2)
    )
    body[above : above + image.shape[0], edge : edge + image.shape[1]] = image
    if rng.random() < 0.7:
        dark = float(rng.uniform(5, 120))
        box = (edge - 1, above - 1), (edge + image.shape[1], above + image.shape[0])
        cv2.rectangle(body, *box, (dark, dark, dark), max(int(edge * 0.3), 1))
    marks = [moved(mark, edge, above) for mark in panel.marks]
    if rng.random() < 0.6 and min(below, above) > 9:
        marks += write(rng, body, WORDS[int(rng.integers(len(WORDS)))], below, body.shape[0] - below, role)
    return Panel(
        body,
        tuple(marks),
        tuple(shifted(box, edge, above) for box in panel.points),
        panel.reading,
        tuple(shifted(box, edge, above) for box in panel.extras),
    )


def write(rng: np.random.Generator, body: Image, word: str, room: int, top: int, role: Role) -> list[Mark]:
    """Print a word into a strip `room` pixels high of the picture; nothing where it does not fit."""
    size = room * rng.uniform(0.45, 0.7)
    line = typeset(pick(rng, role, ("sans",)), word, size, pad=(1, 1))
    height, width = line.ink.shape
    if height > room or width > body.shape[1] - 2:
        return []
    x, y = int(rng.integers(body.shape[1] - width)), top + (room - height) // 2
    part = body[y : y + height, x : x + width]
    paint = 20.0 if float(part.mean()) > 110 else 225.0
    part += line.ink[:, :, None] * (paint - part)
    return [moved(mark, x, y) for mark in line.marks]


def moved(mark: Mark, x: float, y: float) -> Mark:
    """The mark at another place."""
    return Mark(mark.char, shifted(mark.box, x, y), shifted(mark.cell, x, y), mark.wheel)


def shifted(box: Box, x: float, y: float) -> Box:
    """The box at another place."""
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y
