"""Mechanical counters: wheels of digits behind slots, each anywhere between two digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .bezel import Panel
from .displays import Display
from .fonts import Role, pick
from .glyphs import RASTER, Box, Line, Mark, Typeface, scaled, stamp, unit
from .textures import Image, colour, fill, surface


def wheels(value: float, digits: int, decimals: int = 0) -> tuple[float, ...]:
    """Positions of a counter's wheels at a value: a wheel turns only while the lower one passes from 9 to 0.

    >>> wheels(899.95, 5, 1)
    (0.0, 8.5, 9.5, 9.5, 9.5)
    """
    shown = round(value * 10**decimals, 6)
    lowest = shown % 10
    positions = [lowest]
    turn = max(lowest - 9, 0.0)
    for place in range(1, digits):
        digit = int(shown // 10**place) % 10
        positions.append(digit + round(turn, 6))
        turn = turn if digit == 9 else 0.0
    return tuple(round(position % 10, 6) for position in reversed(positions))


def floor_text(positions: Sequence[float]) -> str:
    """What a counter shows: the digit that each wheel has reached.

    >>> floor_text((0.0, 8.5, 9.5, 9.5))
    '0899'
    """
    return "".join(str(int(position + 1e-6) % 10) for position in positions)


@dataclass(frozen=True, eq=False)
class _Strip:
    ink: NDArray[np.float32]
    """Five digits of a wheel's face from top to bottom."""
    boxes: dict[int, tuple[float, float, float, float]]
    """Left, top, right, bottom of each digit's ink, from the middle of its place on the wheel."""


class Drum(Display):
    """A counter with wheels; `render` takes digits at rest, `turn` any positions."""

    domain = "drum"
    slots = True

    def __init__(
        self, rng: np.random.Generator, height: float, role: Role = "train", red: int | None = None
    ) -> None:
        super().__init__(rng, height, role)
        self.face: Typeface = pick(rng, role, ("sans",) if rng.random() < 0.92 else ("serif",))
        self.squeeze = float(rng.uniform(0.7, 1.1))
        self.pitch = float(rng.uniform(1.22, 1.9))
        """Between two digits of a wheel, in heights."""
        self.view = float(rng.uniform(1.05, min(self.pitch * 1.1, 1.7)))
        """Height of the slot, in heights."""
        self.cell = float(rng.uniform(0.8, 1.25))
        self.wall = float(rng.choice([0.0, rng.uniform(0.02, 0.1), rng.uniform(0.1, 0.5)]))
        """Between two slots, in heights."""
        self.red = int(rng.choice([0, 0, 1, 2, 3])) if red is None else red
        self.red_body = rng.random() < 0.6
        dark, light = colour(rng, 12, 70, 0.2), colour(rng, 130, 245, 0.12)
        self.light_ink = rng.random() < 0.6
        self.body, self.paint = (dark, light) if self.light_ink else (light, dark)
        if rng.random() < 0.15:
            # Dark red on brown, or worn: hardly any contrast.
            self.paint = np.clip(self.body + rng.choice([-1, 1]) * rng.uniform(18, 50), 0, 255).astype(
                np.float32
            )
        self.wine = np.array([rng.uniform(15, 60), rng.uniform(15, 50), rng.uniform(110, 210)], np.float32)
        self.radius = float(rng.uniform(0.75, 1.6))
        """Of the wheel; 1 is ten digits round without play."""
        self.shade = float(rng.uniform(0.0, 0.75))
        self.lamp = float(rng.uniform(-0.4, 0.4))
        self.frame = colour(rng, 10, 230, 0.15)
        self.teeth = float(rng.choice([0, 0, rng.uniform(0.05, 0.16)]))
        self.ticks = float(rng.uniform(0.06, 0.22)) if rng.random() < 0.25 else 0.0
        """Width of the scale on the last wheel, in heights."""
        self.tick_side = bool(rng.random() < 0.75)
        self.tick_count = float(rng.choice([5, 10, 10, 20]))
        self.every_scale = rng.random() < 0.25
        self.lean = rng.normal(0, 0.025, 16)
        self.sunk = float(rng.uniform(0, 0.5))
        self._strips: dict[int, _Strip] = {}

    def render(self, text: str) -> Panel:
        """Picture of the counter at rest."""
        return self.turn([float(char) for char in text if char.isdigit()])

    def turn(self, positions: Sequence[float]) -> Panel:
        """Picture of the counter with its wheels at these positions."""
        rng = self.rng()
        size = self.height
        cell, wall = round(self.cell * size), round(self.wall * size)
        view = round(self.view * size)
        pad_x, pad_y = round(0.15 * size) + 2, round(rng.uniform(0.08, 0.4) * size) + 2
        count = len(positions)
        shape = view + 2 * pad_y, count * cell + (count - 1) * wall + 2 * pad_x
        image = surface(rng, shape, self.frame)
        marks: list[Mark] = []
        extras: list[Box] = []
        for index, position in enumerate(positions):
            x = pad_x + index * (cell + wall)
            red = index >= count - self.red
            picture, box, tenth, digit = self._wheel(position, cell, view, red, index == count - 1, index)
            image[pad_y : pad_y + view, x : x + cell] = picture
            left, top, right, bottom = box
            slot = (float(x), float(pad_y), float(x + cell), float(pad_y + view))
            marks.append(Mark(str(digit), (left + x, top + pad_y, right + x, bottom + pad_y), slot, tenth))
            if wall > 2 and index:
                extras.append((float(x - wall), float(pad_y), float(x), float(pad_y + view)))
            near, far = self._scale(cell, index == count - 1)
            if far - near > 2:
                # As a detector finds it: as high as the digits beside it.
                high, low = (top, bottom) if bottom - top > 0.8 * size else (0.0, float(view))
                extras.append((float(x + near), high + pad_y, float(x + far), low + pad_y))
        if not wall and rng.random() < 0.5:
            for index in range(1, count):
                x = pad_x + index * cell
                image[pad_y : pad_y + view, x - 1 : x + 1] *= np.float32(0.35)
        blank = Line(np.zeros(shape, np.float32), None, tuple(marks))
        return self.finish(rng, image, blank, tuple(extras))

    def _wheel(
        self, position: float, cell: int, view: int, red: bool, last: bool, index: int
    ) -> tuple[Image, Box, int, int]:
        """Picture of one slot, the box of the digit that fills most of it, its tenths, and that digit."""
        base = int(np.floor(position + 1e-6))
        fraction = position - base
        strip = self._strip(base % 10, cell)
        pitch, radius = self.pitch * self.height, self.radius * 10 * self.pitch * self.height / (2 * np.pi)
        lean = self.lean[index % len(self.lean)] * self.height
        y = (np.arange(view, dtype=np.float32) + 0.5 - view / 2 - lean) / radius
        angle = np.arcsin(np.clip(y, -0.98, 0.98))
        rows = (angle * radius + (fraction + 2.5) * pitch - 0.5).astype(np.float32)
        ink = cv2.remap(
            strip.ink,
            np.broadcast_to(np.arange(cell, dtype=np.float32), (view, cell)),
            np.ascontiguousarray(np.broadcast_to(rows[:, None], (view, cell))),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        body, paint = (self.body, self.paint)
        if red:
            body, paint = (
                (self.wine, self.paint) if self.red_body and self.light_ink else (self.body, self.wine)
            )
            if not self.light_ink and self.red_body:
                body, paint = self.wine, np.array([235, 235, 235], np.float32)
        picture = fill((view, cell), body)
        if self.teeth:
            wide = max(round(self.teeth * self.height), 1)
            phase = ((rows / pitch * 2) % 1 < 0.5)[:, None, None]
            picture[:, cell - wide :] = np.where(phase, paint * 0.9, body)
        near, far = self._scale(cell, last)
        phase = ((rows / pitch * self.tick_count) % 1 < 0.35)[:, None, None]
        picture[:, near:far] = np.where(phase, paint, body)
        picture = picture + ink[:, :, None] * (paint - picture)
        light = 1 - self.shade * np.clip((y - self.lamp * 0.3) * self.radius * 2.2, -1, 1) ** 2
        light[: max(view // 12, 1)] *= 1 - self.sunk
        picture = picture * light[:, None, None].astype(np.float32)

        tenth = int(np.floor(fraction * 10 + 0.5))
        step = int(fraction >= 0.5 - 1e-6)
        digit = (base + step) % 10
        left, top, right, bottom = strip.boxes[digit]
        middle = (step - fraction) * pitch
        reach = (
            np.sin(np.clip((np.array([top, bottom]) + middle) / radius, -1.4, 1.4)) * radius + view / 2 + lean
        )
        high, low = np.clip(reach, 0, view)
        return picture.astype(np.float32), (left, float(high), right, float(low)), tenth % 10, digit

    def _scale(self, cell: int, last: bool) -> tuple[int, int]:
        """Where a wheel's scale is, from the left of its slot; nowhere if it has none."""
        if not self.ticks or not (last or self.every_scale):
            return 0, 0
        wide = max(round(self.ticks * self.height), 2)
        return (cell - wide, cell) if self.tick_side else (0, wide)

    def _strip(self, base: int, cell: int) -> _Strip:
        """The wheel's face from two digits before to two after."""
        if base in self._strips:
            return self._strips[base]
        pitch = self.pitch * self.height
        ink = np.zeros((round(5 * pitch), cell), np.uint8)
        boxes: dict[int, tuple[float, float, float, float]] = {}
        for place in range(5):
            digit = (base + place - 2) % 10
            glyph = self.face.glyph(str(digit))
            if glyph is None:
                continue
            mask = scaled(glyph, self.height / RASTER)
            width = min(max(round(mask.shape[1] * self.squeeze), 2), cell - 2)
            mask = cv2.resize(mask, (width, mask.shape[0]), interpolation=cv2.INTER_AREA).astype(
                np.uint8, copy=False
            )
            x, y = (cell - width) // 2, round((place + 0.5) * pitch - mask.shape[0] / 2)
            stamp(ink, mask, x, y)
            half = mask.shape[0] / 2
            boxes[digit] = (float(x), -half, float(x + width), half)
        self._strips[base] = _Strip(unit(ink), boxes)
        return self._strips[base]
