"""Make the demo clip that ships with the program, and its truth."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from .bezel import shifted
from .clips import Clip, write_clip
from .displays import Lcd, Led
from .drums import Drum
from .fonts import Face, Role, faces
from .glyphs import Box, typeset
from .optics import defocus
from .prints import Printed
from .programs import Program, stepping, switching
from .segments import Segments
from .stage import Placed, Shown, Stage
from .textures import Image, bgr, cloud

FINE = 2
"""The panel is drawn at twice the size of the picture."""
SIZE = 640, 480
SEED = 20260131


class Panel(Stage):
    """An instrument panel: counter, LED voltmeter, LCD thermometer and a label, on painted metal."""

    def __init__(self, size: tuple[int, int] = SIZE) -> None:
        """Lay the panel out; all places are in pixels of the picture."""
        super().__init__(SEED, size, (32, 32), np.empty((0, 0, 3), np.float32), ())
        self.placed = [self._counter(), self._voltmeter(), self._thermometer(), self._label()]
        self.backdrop = self._metal()

    def view(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """From the fine canvas to the picture."""
        matrix = np.diag([1 / FINE, 1 / FINE, 1.0])
        matrix[:2, 2] = -self.margin[0], -self.margin[1]
        return matrix

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return (x + self.margin[0]) * FINE, (y + self.margin[1]) * FINE

    def _counter(self) -> Placed:
        drum = Drum(np.random.default_rng((SEED, 1)), 38.0 * FINE, role(), red=1)
        drum.bare = True
        drum.face = face("Liberation Sans", "Bold")
        drum.squeeze, drum.pitch, drum.view, drum.cell, drum.wall = 0.92, 1.5, 1.42, 0.98, 0.1
        drum.light_ink, drum.red_body = True, True
        drum.body, drum.paint = bgr(30, 30, 30), bgr(232, 236, 238)
        drum.wine, drum.frame = bgr(36, 30, 168), bgr(52, 54, 56)
        drum.shade, drum.lamp, drum.radius, drum.sunk, drum.teeth, drum.ticks = (
            0.5,
            -0.1,
            1.0,
            0.35,
            0.0,
            False,
        )
        drum.lean[:] = 0
        return Placed(drum, "drum", (0.0,) * 6, self._at(180, 122))

    def _voltmeter(self) -> Placed:
        led = Led(np.random.default_rng((SEED, 2)), 44.0 * FINE, role(), gaps=False)
        led.bare = True
        led.face = Segments("mitre", 0.54, 0.125, 0.012, 0.1)
        led.pitch, led.pad = 0.84, (int(22 * FINE), int(14 * FINE))
        led.hue, led.body = bgr(52, 44, 255), bgr(14, 12, 30)
        led.unlit, led.power, led.glow, led.spread, led.core, led.dotted = 0.05, 0.95, 0.3, 0.12, 0.35, False
        return Placed(led, "led", "12.06", self._at(492, 122))

    def _thermometer(self) -> Placed:
        lcd = Lcd(np.random.default_rng((SEED, 3)), 48.0 * FINE, role(), gaps=False, contrast=0.78)
        lcd.bare = True
        lcd.face = Segments("hexagon", 0.53, 0.12, 0.02, 0.06)
        lcd.pitch, lcd.pad = 0.8, (int(24 * FINE), int(16 * FINE))
        lcd.paper = bgr(148, 182, 172)
        lcd.unlit, lcd.shade, lcd.burnt, lcd.slope = 0.05, 0.14, 0.0, 0.06
        lcd.drop = np.array([1.6, 1.6]) * FINE
        return Placed(lcd, "lcd", " 21.45", self._at(180, 348))

    def _label(self) -> Placed:
        label = Label(np.random.default_rng((SEED, 4)), 29.0 * FINE, role())
        label.bare = True
        label.face = face("Liberation Sans Narrow", "Bold")
        label.paper, label.paint = bgr(214, 222, 224), bgr(38, 34, 30)
        label.tracking, label.wear, label.rough = 0.1, 0.0, 0.3
        label.pad = int(14 * FINE), int(34 * FINE)
        return Placed(label, "print", "No. 40718", self._at(492, 356))

    def _metal(self) -> Image:
        """The front without its displays, with their recesses and the words between them."""
        rng = np.random.default_rng((SEED, 5))
        width, height = (FINE * (side + 2 * edge) for side, edge in zip(self.size, self.margin, strict=True))
        grain = cv2.blur(rng.standard_normal((height, width), np.float32), (61, 1)) * 10
        x, y = np.linspace(-1, 1, width)[None, :], np.linspace(-1, 1, height)[:, None]
        tone = 92 + 16 * -y + 8 * -x + grain + cloud(rng, (height, width), 2) * 1.2
        metal = (tone[:, :, None] * np.array([1.06, 1.0, 0.93])).astype(np.float32)
        for left, top, right, bottom in (self._box(*section) for section in SECTIONS):
            self._groove(metal, left, top, right, bottom)
        for number, placed in enumerate(self.placed):
            self._recess(metal, placed, flat=number == 3)
        for x_at, y_at in ((26, 28), (614, 28), (26, 456), (614, 456)):
            self._screw(metal, *self._at(x_at, y_at), float(rng.uniform(0, np.pi)))
        for word, x_at, y_at, size in WORDS:
            self._print(metal, word, *self._at(x_at, y_at), size * FINE)
        return np.asarray(np.clip(metal, 0, 255), np.float32)

    def _box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int]:
        (x0, y0), (x1, y1) = self._at(left, top), self._at(right, bottom)
        return round(x0), round(y0), round(x1), round(y1)

    @staticmethod
    def _groove(metal: Image, left: int, top: int, right: int, bottom: int) -> None:
        """An engraved line around a section."""
        for shift, tone in ((1, 138.0), (0, 48.0)):
            outline = rounded((left + shift, top + shift, right + shift, bottom + shift), 14.0 * FINE)
            cv2.polylines(metal, [outline], True, (tone, tone, tone), FINE, cv2.LINE_AA, 4)

    @staticmethod
    def _recess(metal: Image, placed: Placed, flat: bool) -> None:
        """The edge of a display's window, or the shadow of a label."""
        image = placed.panel(placed.content).image
        half = image.shape[1] / 2, image.shape[0] / 2
        box = (
            placed.centre[0] - half[0],
            placed.centre[1] - half[1],
            placed.centre[0] + half[0],
            placed.centre[1] + half[1],
        )
        shade = np.zeros(metal.shape[:2], np.float32)
        reach = (2 if flat else 9) * FINE
        grown = box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach
        cv2.fillPoly(shade, [rounded(shifted(grown, FINE, 3 * FINE), 6.0 * FINE)], 1.0, cv2.LINE_AA, 4)
        metal *= (1 - 0.45 * defocus(shade, 4.0 * FINE))[:, :, None]
        if flat:
            return
        cv2.fillPoly(metal, [rounded(grown, 6.0 * FINE)], (30.0, 28.0, 27.0), cv2.LINE_AA, 4)
        cv2.polylines(metal, [rounded(grown, 6.0 * FINE)], True, (74.0, 72.0, 70.0), FINE, cv2.LINE_AA, 4)

    @staticmethod
    def _screw(metal: Image, x: float, y: float, angle: float) -> None:
        radius = 11 * FINE
        centre = round(x), round(y)
        cv2.circle(metal, centre, radius + FINE, (40, 40, 40), -1, cv2.LINE_AA)
        for step in range(radius, 0, -1):
            tone = 150 + 45 * (1 - step / radius)
            cv2.circle(metal, centre, step, (tone, tone, tone * 0.97), -1, cv2.LINE_AA)
        for turn in (angle, angle + np.pi / 2):
            reach = np.array([np.cos(turn), np.sin(turn)]) * radius * 0.62
            ends = [tuple(np.rint([x, y] + sign * reach).astype(int).tolist()) for sign in (-1, 1)]
            cv2.line(metal, ends[0], ends[1], (48, 48, 48), 3 * FINE, cv2.LINE_AA)

    @staticmethod
    def _print(metal: Image, word: str, x: float, y: float, size: float) -> None:
        """Silk-screen a word around a point."""
        line = typeset(face("DejaVu Sans", "Bold"), word, size, tracking=0.1, pad=(2, 2))
        height, width = line.ink.shape
        left, top = round(x - width / 2), round(y - height / 2)
        part = metal[top : top + height, left : left + width]
        part += line.ink[:, :, None] * (bgr(226, 228, 226) - part)


class Label(Printed):
    """A type plate with a line of words above the number."""

    def paint_over(
        self, rng: np.random.Generator, image: Image, ink: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    ) -> Image:
        """Print number, words and rules."""
        out = super().paint_over(rng, image, ink)
        height, width = ink.shape
        tone = tuple(float(value) for value in self.paint)
        edge = 5.0 * FINE
        cv2.polylines(
            out,
            [rounded((edge, edge, width - edge, height - edge), 3.0 * FINE)],
            True,
            tone,
            FINE,
            cv2.LINE_AA,
            4,
        )
        for word, y in (("SERIAL", 0.2), ("PRICES IN $", 0.82)):
            line = typeset(face("DejaVu Sans", "Bold"), word, 11.0 * FINE, tracking=0.1, pad=(2, 2))
            rows, columns = line.ink.shape
            left, top = (width - columns) // 2, round(y * height - rows / 2)
            part = out[top : top + rows, left : left + columns]
            part += line.ink[:, :, None] * (self.paint - part)
        return out


SECTIONS = ((22, 56, 338, 204), (362, 56, 618, 204), (22, 282, 338, 430), (362, 282, 618, 430))
WORDS = (
    ("ENERGY", 180, 38, 12.0),
    ("VOLTAGE", 492, 38, 12.0),
    ("SUPPLY TEMP", 180, 264, 12.0),
    ("IDENT", 492, 264, 12.0),
    ("kWh", 180, 186, 12.0),
    ("V", 492, 188, 12.0),
    ("°C", 180, 414, 12.0),
)


def rounded(box: Box, radius: float) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Outline of a box with round corners, in sixteenths of a pixel."""
    left, top, right, bottom = box
    turn = np.linspace(0, np.pi / 2, 8)
    parts = []
    for quarter, (x, y) in enumerate(
        ((right - radius, bottom - radius), (left + radius, bottom - radius), (left + radius, top + radius),
         (right - radius, top + radius))
    ):  # fmt: skip
        angle = turn + quarter * np.pi / 2
        parts.append(np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1))
    return np.rint(np.concatenate(parts) * 16).astype(np.int32)


def role() -> Role:
    """The fonts to draw with: training's, unless there are none."""
    return "train" if faces("train") else "held-out"


def face(family: str, style: str) -> Face:
    """A training font by name, or the first there is."""
    known = faces(role())
    wanted = [one for one in known if (one.family, one.style) == (family, style)]
    return (wanted or [one for one in known if one.family == family] or list(known))[0]


def demo_clip(seconds: float = 12.0) -> Clip:
    """The demo: the counter carries, the values drift, the camera shakes, and light passes over the glass."""
    programs: dict[int, Program] = {
        0: stepping(3956, 6, period=1.52, turn=0.4, lead=0.8),
        1: switching(("12.06", "12.08", "12.11", "11.97"), 2.72, 0.4),
        2: switching((" 21.45", " 21.46", " 21.52", " 21.49"), 3.04, -0.6),
    }
    return Clip(
        Panel(),
        programs=programs,
        seconds=seconds,
        motion="shake",
        amount=0.9,
        blur=0.45,
        grain=2.0,
        passing=(5.0, 2.6),
    )


def write_truth(path: Path, truth: Sequence[Sequence[Shown]]) -> None:
    """Write `frame,display,text`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("frame", "display", "text"))
        for index, shown in enumerate(truth):
            writer.writerows((index, item.name, item.text) for item in shown)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write clip.mp4 and truth.csv into a folder."""
    parser = argparse.ArgumentParser(description="Make the demo clip and its truth.")
    default = Path(__file__).resolve().parents[1] / "stream" / "demo"
    parser.add_argument("folder", type=Path, nargs="?", default=default)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    write_truth(folder / "truth.csv", write_clip(folder / "clip.mp4", demo_clip()))


if __name__ == "__main__":
    main()
