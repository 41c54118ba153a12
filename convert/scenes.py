"""Whole pictures: several displays in front of a background, with every digit's place and every reading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .displays import Display, DotMatrix, Fluorescent, Lcd, Led
from .drums import Drum
from .fonts import Role
from .optics import corners, photograph, project, warp
from .prints import Engraved, HouseNumber, Printed
from .stage import Content, Placed, Shown, Stage, named, seen
from .textures import Image, background

STYLES = (
    "lcd", "lcd-low", "lcd-gap", "led", "led-gap", "drum", "drum-light",
    "print", "dots", "vfd", "house", "engraved",
)  # fmt: skip


class Scene(Stage):
    """Several displays of random kinds in front of a background."""

    def __init__(
        self,
        seed: int,
        size: tuple[int, int] = (640, 480),
        *,
        role: Role = "train",
        styles: Sequence[str] = STYLES,
        displays: int = 4,
        digits: tuple[int, int] = (4, 6),
        heights: tuple[float, float] = (0.036, 0.12),
        angle: float = 2.0,
        turn: float = 0.0,
        severity: float = 0.5,
    ) -> None:
        """Draw a scene; `heights` are those of digits in heights of the picture.

        All displays are turned by `turn` degrees, and each by some more with the deviation `angle`.
        """
        self.severity = severity
        self.rng = np.random.default_rng((seed, 0))
        margin = round(size[0] * 0.12), round(size[1] * 0.12)
        backdrop = background(self.rng, (size[1] + 2 * margin[1], size[0] + 2 * margin[0]))
        super().__init__(seed, size, margin, backdrop, ())
        order = self.rng.permutation(len(styles))
        for index in range(displays):
            style = styles[order[index % len(styles)]]
            self._place(style, index, displays, role, digits, heights, (turn, angle))

    def _place(
        self,
        style: str,
        index: int,
        count: int,
        role: Role,
        digits: tuple[int, int],
        heights: tuple[float, float],
        lean: tuple[float, float],
    ) -> None:
        rng = self.rng
        columns = 1 if count == 1 else 2
        rows = -(-count // columns)
        room = self.size[0] / columns, self.size[1] / rows
        height = self.size[1] * float(np.exp(rng.uniform(*np.log(heights))))
        length = int(rng.integers(digits[0], digits[1] + 1))
        seed = int(rng.integers(2**31))
        for _ in range(20):
            display = make(style, np.random.default_rng(seed), height, role)
            content, decimals = sample_content(np.random.default_rng(seed + 1), display, length)
            placed = Placed(display, style, content, (0.0, 0.0), float(rng.normal(*lean)), 0.02, decimals)
            panel = placed.panel(content)
            quad = project(
                placed.matrix(panel), corners([(0, 0, panel.image.shape[1], panel.image.shape[0])])
            )[0]
            extent = quad.max(axis=0) - quad.min(axis=0)
            if extent[0] < 0.96 * room[0] and extent[1] < 0.96 * room[1]:
                break
            height *= 0.88
            length = max(length - (height < 0.04 * self.size[1]), 3)
        slack = np.maximum(np.array(room) - extent, 0) * rng.uniform(-0.5, 0.5, 2)
        place = np.array([(index % columns + 0.5) * room[0], (index // columns + 0.5) * room[1]])
        centre = place + slack + self.margin
        placed.centre = float(centre[0]), float(centre[1])
        self.placed.append(placed)

    def render(self) -> tuple[NDArray[np.uint8], tuple[Shown, ...]]:
        """One photo, BGR, and its truth."""
        image, shown = self.canvas()
        matrix = self.view()
        rng = np.random.default_rng((self.seed, 1))
        height = float(np.median([placed.display.height for placed in self.placed]))
        # The smallest display must stay readable, so that its contrast decides about the noise.
        contrast = min(_contrast(image, item.corners) for item in shown)
        photo = photograph(warp(image, matrix, self.size), rng, height, self.severity, contrast)
        return photo, named([seen(item, matrix) for item in shown])


def make(style: str, rng: np.random.Generator, height: float, role: Role) -> Display:
    """A display of one of the `STYLES`."""
    if style == "lcd":
        return Lcd(rng, height, role, gaps=False, contrast=float(rng.uniform(0.5, 0.9)))
    if style == "lcd-low":
        return Lcd(rng, height, role, gaps=False, contrast=float(rng.uniform(0.18, 0.3)))
    if style == "lcd-gap":
        return Lcd(rng, height, role, gaps=True, contrast=float(rng.uniform(0.4, 0.9)))
    if style.startswith("led"):
        return Led(rng, height, role, gaps=style == "led-gap")
    if style.startswith("drum"):
        drum = Drum(rng, height, role)
        if (style == "drum-light") == drum.light_ink:
            drum.light_ink = not drum.light_ink
            drum.body, drum.paint = drum.paint, drum.body
        return drum
    kinds: dict[str, type[Display]] = {
        "print": Printed,
        "dots": DotMatrix,
        "vfd": Fluorescent,
        "house": HouseNumber,
        "engraved": Engraved,
    }
    if style not in kinds:
        raise ValueError(f"no display of style {style!r}: one of {', '.join(STYLES)}")
    return kinds[style](rng, height, role)


def sample_content(rng: np.random.Generator, display: Display, length: int) -> tuple[Content, int]:
    """Something for a display to show, and how many decimals it has without showing a point."""
    digits = [int(digit) for digit in rng.integers(0, 10, length)]
    if isinstance(display, Drum):
        positions = [float(digit) for digit in digits]
        positions[-1] += int(rng.integers(10)) / 10 if rng.random() < 0.5 else 0.0
        if positions[-1] > 9:
            positions[-1] = float(int(positions[-1]))
        return tuple(positions), min(display.red, length - 1)
    text = "".join(map(str, digits))
    if rng.random() < 0.6 and not isinstance(display, HouseNumber):
        place = int(rng.integers(1, length))
        text = f"{text[:place]}.{text[place:]}"
    return text, 0


def _contrast(image: Image, quads: NDArray[np.float32]) -> float:
    low = np.maximum(quads.reshape(-1, 2).min(axis=0).astype(int), 0)
    high = quads.reshape(-1, 2).max(axis=0).astype(int) + 1
    part = image[low[1] : high[1], low[0] : high[0]]
    return float(part.mean(axis=2).std()) if part.size else 4.0
