"""Displays in their places: the canvas that a camera films, and what is to be read on it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from .bezel import Panel
from .displays import Display
from .drums import Drum, floor_text
from .optics import Matrix, corners, pose, project, warp
from .textures import Image

Content = str | tuple[float, ...]
"""What a display shows: text, or the positions of a counter's wheels."""


_NUMBER = re.compile(r"-?\d([\d.,:]*\d)?")


@dataclass(frozen=True, eq=False)
class Shown:
    """What one display shows in one picture."""

    name: str
    """`display-1` and on, in reading order of the picture."""
    style: str
    text: str
    """With its point; of a counter the digits that its wheels have reached."""
    digits: tuple[int, ...]
    """What each quad shows most of."""
    wheels: tuple[int, ...]
    """Tenths that each wheel stands past a digit; 0 for all that have none."""
    corners: NDArray[np.float32]
    """`(N, 4, 2)` around the ink of each digit, clockwise from its own top left."""
    points: NDArray[np.float32]
    """`(M, 4, 2)` around decimal points and colons."""


@dataclass(eq=False)
class Placed:
    """A display somewhere on the canvas."""

    display: Display
    style: str
    content: Content
    centre: tuple[float, float]
    angle: float = 0.0
    tilt: float = 0.0
    decimals: int = 0
    """Of a counter, which shows no point itself."""
    _last: tuple[Content, Panel] | None = field(default=None, repr=False)

    def panel(self, content: Content) -> Panel:
        """The display's picture, kept as long as what it shows stays the same."""
        if self._last is None or self._last[0] != content:
            self._last = content, self.draw(content)
        return self._last[1]

    def draw(self, content: Content) -> Panel:
        """The display's picture."""
        if isinstance(content, str):
            return self.display.render(content)
        if not isinstance(self.display, Drum):
            raise TypeError(f"{type(self.display).__name__} has no wheels: give it a text")
        return self.display.turn(content)

    def text(self, content: Content) -> str:
        """The reading of what it shows."""
        if not isinstance(content, str):
            digits = floor_text(content)
            return f"{digits[: -self.decimals]}.{digits[-self.decimals :]}" if self.decimals else digits
        number = _NUMBER.search(content)
        return number.group() if number else ""

    def matrix(self, panel: Panel) -> Matrix:
        """Homography from the panel to the canvas."""
        height, width = panel.image.shape[:2]
        rng = np.random.default_rng(self.display.seed)
        shift = np.eye(3)
        shift[:2, 2] = self.centre[0] - width / 2, self.centre[1] - height / 2
        return np.asarray(shift @ pose(rng, (width, height), 1.0, self.angle, self.tilt), np.float64)


class Stage:
    """Displays on a canvas that is larger than the picture, so that a camera can move over it."""

    def __init__(
        self,
        seed: int,
        size: tuple[int, int],
        margin: tuple[int, int],
        backdrop: Image,
        placed: Sequence[Placed],
    ) -> None:
        self.seed = seed
        self.size = size
        """Width and height of the picture."""
        self.margin = margin
        """Of the canvas around the picture, in pixels of the picture."""
        self.backdrop = backdrop
        self.placed = list(placed)

    def canvas(self, contents: Mapping[int, Content] | None = None) -> tuple[Image, list[Shown]]:
        """The canvas with its displays, some of them showing something else than at first."""
        image = self.backdrop.copy()
        shown: list[Shown] = []
        for index, placed in enumerate(self.placed):
            content = (contents or {}).get(index, placed.content)
            panel = placed.panel(content)
            matrix = placed.matrix(panel)
            paste(image, panel.image, matrix)
            marks = [panel.marks[number] for number in panel.reading]
            quads = project(matrix, corners([mark.box for mark in marks]))
            inner = (
                [box for box in panel.points if marks[0].box[0] < box[0] < marks[-1].box[2]] if marks else []
            )
            points = project(matrix, corners(inner))
            shown.append(
                Shown(
                    "",
                    placed.style,
                    placed.text(content),
                    tuple(int(mark.char) for mark in marks),
                    tuple(mark.wheel for mark in marks),
                    quads,
                    points,
                )
            )
        return image, shown

    def view(self) -> Matrix:
        """Homography from the canvas to the picture of a camera that stands still."""
        matrix = np.eye(3)
        matrix[:2, 2] = -self.margin[0], -self.margin[1]
        return matrix


def paste(canvas: Image, image: Image, matrix: Matrix) -> None:
    """Put a picture on the canvas through a homography, its edge smooth."""
    height, width = image.shape[:2]
    quad = project(matrix, corners([(0, 0, width, height)]))[0]
    left, top = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.minimum(np.ceil(quad.max(axis=0)).astype(int) + 1, canvas.shape[1::-1])
    if right <= left or bottom <= top:
        return
    shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]]) @ matrix
    size = int(right - left), int(bottom - top)
    solid = np.zeros((height + 2, width + 2), np.float32)
    solid[1:-1, 1:-1] = 1
    inset = np.array([[1, 0, -1], [0, 1, -1], [0, 0, 1.0]])
    cover = warp(solid, shift @ inset, size, cv2.BORDER_CONSTANT)[:, :, None]
    part = canvas[top:bottom, left:right]
    part += cover * (warp(image, shift, size) - part)


def seen(shown: Shown, matrix: Matrix) -> Shown:
    """The truth after a homography."""
    return Shown(
        shown.name,
        shown.style,
        shown.text,
        shown.digits,
        shown.wheels,
        project(matrix, shown.corners),
        project(matrix, shown.points),
    )


def named(shown: Sequence[Shown]) -> tuple[Shown, ...]:
    """Displays named in reading order: rows from top to bottom, each from left to right."""
    rest = sorted(shown, key=lambda item: float(item.corners[:, :, 1].mean()))
    ordered: list[Shown] = []
    while rest:
        middle = float(rest[0].corners[:, :, 1].mean())
        reach = float(np.ptp(rest[0].corners[:, :, 1]))
        row = [item for item in rest if abs(float(item.corners[:, :, 1].mean()) - middle) < 0.6 * reach]
        ordered += sorted(row, key=lambda item: float(item.corners[:, :, 0].mean()))
        rest = [item for item in rest if all(item is not other for other in row)]
    return tuple(
        Shown(f"display-{number}", item.style, item.text, item.digits, item.wheels, item.corners, item.points)
        for number, item in enumerate(ordered, 1)
    )
