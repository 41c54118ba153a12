"""Displays that switch segments or dots: liquid crystal, LED, fluorescent, dot matrix."""

from __future__ import annotations

from abc import ABC, abstractmethod

import cv2
import numpy as np

from .bezel import Panel, framed
from .fonts import Role, available, pick
from .glyphs import Box, Line, PointPlace, Typeface, typeset
from .optics import stripes
from .segments import Dots, Segments
from .textures import Image, colour, fill, gradient


class Display(ABC):
    """How one display looks, whatever it shows: `render` of the same text gives the same picture."""

    domain: str
    slots = False
    """Whether every digit has a cell of its own that stays where it is."""

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train") -> None:
        self.height = height
        """Of a digit in pixels."""
        self.role = role
        self.seed = int(rng.integers(2**31))
        self.bare = False
        """Whether `render` leaves the bezel and the words on it away."""

    @abstractmethod
    def render(self, text: str) -> Panel:
        """Picture of the display while it shows a text; blanks are dark cells."""

    def finish(
        self, rng: np.random.Generator, image: Image, line: Line, extras: tuple[Box, ...] = ()
    ) -> Panel:
        """The display's picture in its bezel."""
        reading = tuple(index for index, mark in enumerate(line.marks) if mark.digit is not None)
        panel = Panel(image, line.marks, line.points, reading, extras)
        return panel if self.bare else framed(rng, panel, self.height, self.role)

    def rng(self) -> np.random.Generator:
        """The same dice for every picture of this display."""
        return np.random.default_rng(self.seed)


class Segmented(Display):
    """Base of displays whose cells have unlit parts."""

    slots = True

    def __init__(
        self, rng: np.random.Generator, height: float, role: Role = "train", gaps: bool | None = None
    ) -> None:
        super().__init__(rng, height, role)
        wide = bool(rng.random() < 0.25) if gaps is None else gaps
        self.face: Typeface = Segments.sample(rng, gaps=wide)
        if gaps is None and rng.random() < 0.35 and available(role, ("segment",)):
            self.face = pick(rng, role, ("segment",))
        glyph = self.face.glyph("8")
        width = glyph.mask.shape[1] / 96 if glyph else 0.6
        self.pitch = width + float(rng.uniform(0.1, 0.4))
        self.ghost: str | None = "8"
        self.dots = PointPlace()
        self.pad = max(int(height * rng.uniform(0.15, 0.9)), 2), max(int(height * rng.uniform(0.12, 0.6)), 2)

    def line(self, text: str) -> Line:
        """Set the text in fixed cells."""
        return typeset(
            self.face,
            text,
            self.height,
            pitch=self.pitch,
            pad=self.pad,
            ghost=self.ghost,
            dots=self.dots,
        )


class Lcd(Segmented):
    """Reflective or lit liquid crystal: ink with a shadow over a ghost of unlit segments."""

    domain = "lcd"

    def __init__(
        self,
        rng: np.random.Generator,
        height: float,
        role: Role = "train",
        gaps: bool | None = None,
        contrast: float | None = None,
    ) -> None:
        super().__init__(rng, height, role, gaps)
        base = rng.uniform(55, 225)
        self.paper = np.clip(base * rng.uniform([0.6, 0.9, 0.75], [1.15, 1.1, 1.1]), 0, 255).astype(
            np.float32
        )
        if rng.random() < 0.2:
            self.paper = np.array(
                [rng.uniform(20, 90), rng.uniform(90, 170), rng.uniform(190, 255)], np.float32
            )
        low = rng.random() < 0.3
        self.contrast = contrast or float(rng.uniform(0.12, 0.3) if low else rng.uniform(0.35, 0.95))
        self.unlit = float(
            rng.choice([0, rng.uniform(0.01, 0.08), rng.uniform(0.05, 0.2)], p=[0.4, 0.4, 0.2])
        )
        self.inverted = contrast is None and rng.random() < 0.12
        self.drop = rng.uniform(0, 0.09, 2) * height
        self.shade = float(rng.choice([0, rng.uniform(0.05, 0.3)]))
        self.burnt = float(rng.uniform(0.02, 0.08)) if rng.random() < 0.06 else 0.0
        self.slope = float(rng.choice([0.08, 0.35]))

    def render(self, text: str) -> Panel:
        """Picture of the display."""
        rng = self.rng()
        line = self.line(text)
        ghost = line.ink if line.ghost is None else line.ghost
        dark = line.ink + ghost * self.unlit * (1 - line.ink)
        shadow = cv2.GaussianBlur(line.ink, (0, 0), max(0.6, self.height * 0.03))
        shift = np.array([[1, 0, self.drop[0]], [0, 1, self.drop[1]]], np.float64)
        shadow = cv2.warpAffine(shadow, shift, shadow.shape[::-1])
        dark = np.maximum(dark, shadow * self.shade)
        if self.burnt:
            dark += ghost * self.burnt * cv2.GaussianBlur(ghost, (0, 0), self.height * 0.3)
        paper = fill(line.ink.shape, self.paper) * gradient(rng, line.ink.shape, self.slope)[:, :, None]
        if self.inverted:
            image = paper * (1 - self.contrast * (1 - dark[:, :, None]))
        else:
            image = paper * (1 - self.contrast * np.minimum(dark, 1)[:, :, None])
        return self.finish(rng, image.astype(np.float32), line)


class Led(Segmented):
    """Glowing segments over dark unlit ones, behind a filter."""

    domain = "led"
    _HUES = ((40, 40, 255), (70, 255, 70), (20, 150, 255), (255, 120, 40), (255, 245, 240), (40, 220, 255))

    def __init__(
        self, rng: np.random.Generator, height: float, role: Role = "train", gaps: bool | None = None
    ) -> None:
        super().__init__(rng, height, role, gaps)
        hue = np.array(self._HUES[int(rng.integers(len(self._HUES)))], np.float32)
        self.hue = np.clip(hue * rng.uniform(0.8, 1.1, 3), 0, 255).astype(np.float32)
        self.body = colour(rng, 5, 45, 0.6)
        self.unlit = float(
            rng.choice([0, rng.uniform(0.01, 0.06), rng.uniform(0.06, 0.36)], p=[0.3, 0.35, 0.35])
        )
        self.power = float(rng.choice([rng.uniform(0.35, 1), rng.uniform(1, 2.5)]))
        self.glow = float(rng.uniform(0.0, 0.5))
        self.spread = float(rng.uniform(0.04, 0.25))
        self.core = float(rng.choice([0, rng.uniform(0, 0.9)]))
        self.dotted = rng.random() < 0.12
        self.bands = float(rng.uniform(0.15, 0.7)) if rng.random() < 0.12 else 0.0
        """Depth of the dark bands that a rolling shutter sees where cells are lit in turn."""

    def render(self, text: str) -> Panel:
        """Picture of the display."""
        rng = self.rng()
        line = self.line(text)
        ink = line.ink
        if self.dotted:
            step = max(int(self.height / 14), 2)
            y, x = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]]
            ink = ink * (0.55 + 0.45 * ((x % step < step * 0.7) & (y % step < step * 0.7))).astype(np.float32)
        bloom = cv2.GaussianBlur(ink, (0, 0), max(1.0, self.height * self.spread))
        ghost = 0 if line.ghost is None else line.ghost * self.unlit * (1 - ink)
        light = (ink + bloom * self.glow + ghost) * self.power
        if self.bands:
            light = stripes(np.asarray(light, np.float32), rng, self.bands)
        image = self.body + light[:, :, None] * self.hue
        hot = cv2.GaussianBlur(ink, (0, 0), max(0.6, self.height * 0.02)) ** 2 * self.core * self.power
        image = image + hot[:, :, None] * (255 - self.hue)
        image *= gradient(rng, ink.shape, 0.1)[:, :, None]
        return self.finish(rng, np.clip(image, 0, 255).astype(np.float32), line)


class Fluorescent(Led):
    """Vacuum fluorescent: blue-green, with the grid's and the filament's lines in front."""

    domain = "vfd"

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train") -> None:
        super().__init__(rng, height, role, False)
        self.hue = np.array([rng.uniform(150, 230), 255, rng.uniform(60, 160)], np.float32)
        self.dotted = False
        self.wires = sorted(rng.uniform(0, 1, int(rng.integers(0, 4))))

    def render(self, text: str) -> Panel:
        """Picture of the display."""
        panel = super().render(text)
        for wire in self.wires:
            y = int(wire * panel.image.shape[0])
            panel.image[y : y + 1] *= 0.6
        return panel


class DotMatrix(Segmented):
    """5x7 dots, lit or dark."""

    domain = "dots"

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train") -> None:
        super().__init__(rng, height, role, False)
        self.face = Dots.sample(rng)
        self.pitch = float(rng.uniform(0.78, 1.0))
        self.ghost = "#" if rng.random() < 0.7 else None
        self.lit = rng.random() < 0.5
        self.unlit = float(rng.uniform(0, 0.15))
        self.back = colour(rng, 5, 50, 0.4) if self.lit else colour(rng, 90, 220, 0.3)
        self.front = colour(rng, 150, 255, 0.5) if self.lit else self.back * np.float32(rng.uniform(0.1, 0.6))
        self.glow = float(rng.uniform(0, 0.4)) if self.lit else 0.0

    def render(self, text: str) -> Panel:
        """Picture of the display."""
        rng = self.rng()
        line = self.line(text)
        ghost = 0 if line.ghost is None else line.ghost * self.unlit
        light = (
            np.maximum(line.ink, ghost) + cv2.GaussianBlur(line.ink, (0, 0), self.height * 0.07) * self.glow
        )
        image = self.back + light[:, :, None] * (self.front - self.back)
        image *= gradient(rng, line.ink.shape, 0.15)[:, :, None]
        return self.finish(rng, np.clip(image, 0, 255).astype(np.float32), line)
