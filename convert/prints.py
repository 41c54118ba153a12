"""Digits without light of their own: printed, engraved, painted on houses."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .bezel import Panel
from .displays import Display
from .fonts import Role
from .glyphs import Typeface, typeset
from .segments import Segments
from .styles import Styled
from .textures import Image, cloud, colour, fill, photo, procedural, surface


class Printed(Display):
    """Ink on a label or a plate, in any font."""

    domain = "print"
    liberty = 0.4
    """How far its fonts may be from those that a type foundry sells."""

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train") -> None:
        super().__init__(rng, height, role)
        self.face: Typeface = Styled.sample(rng, role, self.liberty)
        self.dark = rng.random() < 0.75
        light, dark = colour(rng, 130, 250, 0.12), colour(rng, 5, 90, 0.3)
        self.paper, self.paint = (light, dark) if self.dark else (dark, light)
        self.tracking = float(rng.choice([0, rng.uniform(0, 0.25)]))
        self.pad = max(int(height * rng.uniform(0.2, 1.0)), 2), max(int(height * rng.uniform(0.2, 0.8)), 2)
        self.wear = float(rng.choice([0, rng.uniform(0, 0.6)]))
        self.rough = 1.0

    def render(self, text: str) -> Panel:
        """Picture of the label."""
        rng = self.rng()
        line = typeset(self.face, text, self.height, tracking=self.tracking, pad=self.pad)
        shape = line.ink.shape
        image = surface(rng, shape, self.paper, self.rough)
        ink = line.ink
        if self.wear:
            ink = ink * np.clip(1 - self.wear * (cloud(rng, shape, self.height / 12) > 1.0), 0, 1).astype(
                np.float32
            )
        return self.finish(rng, self.paint_over(rng, image, ink), line)

    def paint_over(self, rng: np.random.Generator, image: Image, ink: NDArray[np.float32]) -> Image:
        """Put the ink on the surface."""
        return (image + ink[:, :, None] * (self.paint - image)).astype(np.float32)


class EPaper(Printed):
    """Electronic paper: grey on grey, with a trace of what it showed before."""

    domain = "epaper"
    liberty = 0.2

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train") -> None:
        super().__init__(rng, height, role)
        if rng.random() < 0.4:
            self.face = Segments.sample(rng, gaps=False)
        light, dark = colour(rng, 140, 215, 0.05), colour(rng, 35, 95, 0.05)
        self.paper, self.paint = (light, dark) if self.dark else (dark, light)
        self.rough, self.wear = 0.5, 0.0
        self.trace = float(rng.uniform(0, 0.14))
        self.before = "".join(str(digit) for digit in rng.integers(0, 10, 12))

    def paint_over(self, rng: np.random.Generator, image: Image, ink: NDArray[np.float32]) -> Image:
        """Put the ink over the last one's trace."""
        last = typeset(self.face, self.before, self.height, tracking=self.tracking, pad=self.pad).ink
        trace = np.zeros_like(ink)
        height, width = min(ink.shape[0], last.shape[0]), min(ink.shape[1], last.shape[1])
        trace[:height, :width] = last[:height, :width]
        return super().paint_over(rng, image, np.maximum(ink, trace * np.float32(self.trace)))


class Engraved(Printed):
    """Digits cut into or raised out of one material: only light and shadow show them."""

    domain = "engraved"

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train") -> None:
        super().__init__(rng, height, role)
        self.paper = colour(rng, 70, 190, 0.15)
        self.depth = float(rng.choice([-1, 1])) * float(rng.uniform(0.5, 1.0))
        self.tone = float(rng.uniform(0.55, 0.95))
        self.angle = float(rng.uniform(0, 2 * np.pi))
        self.wear = 0.0

    def paint_over(self, rng: np.random.Generator, image: Image, ink: NDArray[np.float32]) -> Image:
        """Shade the edges as a lamp at the side would."""
        soft = cv2.GaussianBlur(ink, (0, 0), max(0.7, self.height * 0.025))
        slope = np.cos(self.angle) * cv2.Sobel(soft, -1, 1, 0) + np.sin(self.angle) * cv2.Sobel(
            soft, -1, 0, 1
        )
        relief = slope * self.depth * 1.2 * max(self.height * 0.025, 0.7)
        factor = 1 - (1 - self.tone) * ink + relief * 0.45
        return np.asarray(np.clip(image * factor[:, :, None], 0, 255), np.float32)


class HouseNumber(Printed):
    """Painted, cut-out or enamelled numbers of any colours, with outlines and thick edges."""

    domain = "house"
    liberty = 1.0

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train") -> None:
        super().__init__(rng, height, role)
        first, second = colour(rng, 10, 120, 0.9), colour(rng, 110, 250, 0.7)
        if abs(luma_of(first) - luma_of(second)) < 35:
            second = np.clip(second + 90, 0, 255).astype(np.float32)
        self.paper, self.paint = (first, second) if rng.random() < 0.55 else (second, first)
        self.tracking = float(rng.uniform(-0.04, 0.25))
        self.rim = float(rng.choice([0, 0, rng.uniform(0.02, 0.07)]))
        self.hollow = rng.random() < 0.07
        self.edge = float(rng.choice([0, rng.uniform(0.02, 0.12)]))
        self.scene = rng.random() < 0.3
        self.rough = 2.0
        self.mottled = float(rng.choice([0, rng.uniform(0.05, 0.3)]))

    def paint_over(self, rng: np.random.Generator, image: Image, ink: NDArray[np.float32]) -> Image:
        """Paint the digits, their rim and the shadow that they throw."""
        shape = ink.shape
        if self.scene:
            wall = photo(rng, shape)
            wall = procedural(rng, shape) if wall is None else wall
            spread = max(float(wall.std()), 1.0)
            image = (image + (wall - wall.mean()) * min(18 / spread, 0.5)).astype(np.float32)
        width = max(int(self.height * max(self.rim, 0.035)), 1)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
        if self.edge:
            offset = self.edge * self.height
            move = np.array(
                [[1, 0, offset * rng.uniform(-1, 1)], [0, 1, offset * rng.uniform(0, 1)]], np.float64
            )
            shade = cv2.GaussianBlur(cv2.warpAffine(ink, move, shape[::-1]), (0, 0), 0.5 + offset * 0.3)
            image = image * (1 - 0.6 * shade[:, :, None])
        if self.rim:
            rim = np.asarray(cv2.dilate(ink, kernel), np.float32)[:, :, None] * np.float32(0.8)
            image = image + rim * (self.paint * np.float32(0.25) + 10 - image)
        paint = fill(shape, self.paint)
        if self.mottled:
            paint = paint * (1 + self.mottled * cloud(rng, shape, self.height / 8))[:, :, None]
        if self.hollow:
            ink = ink - cv2.erode(ink, kernel)
        return np.clip(image + ink[:, :, None] * (paint - image), 0, 255).astype(np.float32)


def luma_of(paint: NDArray[np.float32]) -> float:
    """Brightness of a BGR colour."""
    return float(paint @ np.array([0.114, 0.587, 0.299], np.float32))
