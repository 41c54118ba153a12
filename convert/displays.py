"""Displays as flat pictures: liquid crystal, LED, fluorescent, dot matrix, print, engraving, house numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .fonts import Role, available, pick
from .glyphs import Box, Line, Mark, Typeface, typeset
from .segments import Dots, Segments
from .textures import Image, cloud, colour, fill, gradient, photo, procedural, surface

WORDS = (
    "kWh", "LITRES", "TOTAL", "m", "GALLONS", "PRICE", "kPa", "SALE", "V", "A", "mmHg", "PULSE", "kg", "TEMP", "Nr", "No",
    "SERIAL", "max", "MIN", "Hz", "bar", "Typ", "WATER", "GAS", "Volt", "RPM", "mA", "Watt", "NET", "TARE", "START",
    "Energie", "Verbrauch", "Tarif", "Model", "AMPS", "PUMP", "km/h", "Pa", "Power", "USD", "EUR",
)  # fmt: skip
"""What stands around displays."""
SYMBOLS = "$%°€/+#&@?-=*£"


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

    @abstractmethod
    def render(self, text: str) -> Panel:
        """Picture of the display while it shows a text; blanks are dark cells."""

    def rng(self) -> np.random.Generator:
        """The same dice for every picture of this display."""
        return np.random.default_rng(self.seed)


class Segmented(Display):
    """Base of displays whose cells have unlit parts."""

    slots = True

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train", gaps: bool | None = None) -> None:
        super().__init__(rng, height, role)
        wide = bool(rng.random() < 0.25) if gaps is None else gaps
        self.face: Typeface = Segments.sample(rng, gaps=wide)
        if gaps is None and rng.random() < 0.35 and available(role, ("segment",)):
            self.face = pick(rng, role, ("segment",))
        glyph = self.face.glyph("8")
        width = glyph.mask.shape[1] / 96 if glyph else 0.6
        self.pitch = width + float(rng.uniform(0.1, 0.4))
        self.ghost: str | None = "8"
        self.pad = max(int(height * rng.uniform(0.15, 0.9)), 2), max(int(height * rng.uniform(0.12, 0.6)), 2)

    def line(self, text: str) -> Line:
        """Set the text in fixed cells."""
        return typeset(self.face, text, self.height, pitch=self.pitch, pad=self.pad, ghost=self.ghost)


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
        self.paper = np.clip(base * rng.uniform([0.6, 0.9, 0.75], [1.15, 1.1, 1.1]), 0, 255).astype(np.float32)
        if rng.random() < 0.2:
            self.paper = np.array([rng.uniform(20, 90), rng.uniform(90, 170), rng.uniform(190, 255)], np.float32)
        low = rng.random() < 0.3
        self.contrast = contrast or float(rng.uniform(0.12, 0.3) if low else rng.uniform(0.35, 0.95))
        self.unlit = float(rng.choice([0, rng.uniform(0.01, 0.08), rng.uniform(0.05, 0.2)], p=[0.4, 0.4, 0.2]))
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
        return framed(rng, image.astype(np.float32), line, self.height, self.role)


class Led(Segmented):
    """Glowing segments over dark unlit ones, behind a filter."""

    domain = "led"
    _HUES = ((40, 40, 255), (70, 255, 70), (20, 150, 255), (255, 120, 40), (255, 245, 240), (40, 220, 255))

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train", gaps: bool | None = None) -> None:
        super().__init__(rng, height, role, gaps)
        hue = np.array(self._HUES[int(rng.integers(len(self._HUES)))], np.float32)
        self.hue = np.clip(hue * rng.uniform(0.8, 1.1, 3), 0, 255).astype(np.float32)
        self.body = colour(rng, 5, 45, 0.6)
        self.unlit = float(rng.choice([0, rng.uniform(0.01, 0.06), rng.uniform(0.06, 0.22)], p=[0.3, 0.4, 0.3]))
        self.power = float(rng.choice([rng.uniform(0.35, 1), rng.uniform(1, 2.5)]))
        self.glow = float(rng.uniform(0.0, 0.5))
        self.spread = float(rng.uniform(0.04, 0.25))
        self.core = float(rng.choice([0, rng.uniform(0, 0.9)]))
        self.dotted = rng.random() < 0.12

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
        image = self.body + light[:, :, None] * self.hue
        hot = cv2.GaussianBlur(ink, (0, 0), max(0.6, self.height * 0.02)) ** 2 * self.core * self.power
        image = image + hot[:, :, None] * (255 - self.hue)
        image *= gradient(rng, ink.shape, 0.1)[:, :, None]
        return framed(rng, np.clip(image, 0, 255).astype(np.float32), line, self.height, self.role)


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
        light = np.maximum(line.ink, ghost) + cv2.GaussianBlur(line.ink, (0, 0), self.height * 0.07) * self.glow
        image = self.back + light[:, :, None] * (self.front - self.back)
        image *= gradient(rng, line.ink.shape, 0.15)[:, :, None]
        return framed(rng, np.clip(image, 0, 255).astype(np.float32), line, self.height, self.role)


class Printed(Display):
    """Ink on a label or a plate, in any font."""

    domain = "print"

    def __init__(self, rng: np.random.Generator, height: float, role: Role = "train") -> None:
        super().__init__(rng, height, role)
        self.face: Typeface = pick(rng, role)
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
            ink = ink * np.clip(1 - self.wear * (cloud(rng, shape, self.height / 12) > 1.0), 0, 1).astype(np.float32)
        return framed(rng, self.paint_over(rng, image, ink), line, self.height, self.role)

    def paint_over(self, rng: np.random.Generator, image: Image, ink: NDArray[np.float32]) -> Image:
        """Put the ink on the surface."""
        return (image + ink[:, :, None] * (self.paint - image)).astype(np.float32)


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
        slope = np.cos(self.angle) * cv2.Sobel(soft, -1, 1, 0) + np.sin(self.angle) * cv2.Sobel(soft, -1, 0, 1)
        relief = slope * self.depth * 1.2 * max(self.height * 0.025, 0.7)
        return np.clip(image * (1 - (1 - self.tone) * ink + relief * 0.45)[:, :, None], 0, 255).astype(np.float32)


class HouseNumber(Printed):
    """Painted, cut-out or enamelled numbers of any colours, with outlines and thick edges."""

    domain = "house"

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
            move = np.array([[1, 0, offset * rng.uniform(-1, 1)], [0, 1, offset * rng.uniform(0, 1)]], np.float64)
            shade = cv2.GaussianBlur(cv2.warpAffine(ink, move, shape[::-1]), (0, 0), 0.5 + offset * 0.3)
            image = image * (1 - 0.6 * shade[:, :, None])
        if self.rim:
            image = image + cv2.dilate(ink, kernel)[:, :, None] * (self.paint * 0.25 + 10 - image) * 0.8
        paint = fill(shape, self.paint)
        if self.mottled:
            paint = paint * (1 + self.mottled * cloud(rng, shape, self.height / 8))[:, :, None]
        if self.hollow:
            ink = ink - cv2.erode(ink, kernel)
        return np.clip(image + ink[:, :, None] * (paint - image), 0, 255).astype(np.float32)


def luma_of(paint: NDArray[np.float32]) -> float:
    """Brightness of a BGR colour."""
    return float(paint @ np.array([0.114, 0.587, 0.299], np.float32))


def framed(
    rng: np.random.Generator,
    image: Image,
    line: Line,
    height: float,
    role: Role,
    extras: tuple[Box, ...] = (),
) -> Panel:
    """Put a bezel around a display, and print words on it."""
    edge = max(int(height * rng.uniform(0.05, 0.3)), 1)
    above, below = (max(int(height * rng.uniform(0.1, 0.9)), 2) for _ in range(2))
    body = surface(rng, (image.shape[0] + above + below, image.shape[1] + 2 * edge), colour(rng, 15, 235, 0.2))
    body[above : above + image.shape[0], edge : edge + image.shape[1]] = image
    if rng.random() < 0.7:
        dark = float(rng.uniform(5, 120))
        box = (edge - 1, above - 1), (edge + image.shape[1], above + image.shape[0])
        cv2.rectangle(body, *box, (dark, dark, dark), max(int(edge * 0.3), 1))
    marks = [moved(mark, edge, above) for mark in line.marks]
    reading = tuple(index for index, mark in enumerate(marks) if mark.digit is not None)
    if rng.random() < 0.6 and min(below, above) > 9:
        marks += write(rng, body, WORDS[int(rng.integers(len(WORDS)))], below, body.shape[0] - below, role)
    return Panel(
        body,
        tuple(marks),
        tuple(shifted(box, edge, above) for box in line.points),
        reading,
        tuple(shifted(box, edge, above) for box in extras),
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
