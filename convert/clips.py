"""Whole videos: displays whose values change in front of a moving camera, with the truth of every frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from .drums import Drum
from .optics import Matrix, add, defocus, expose, light, noise, warp
from .programs import Program, counted, stepping, switching
from .scenes import Scene
from .stage import Content, Shown, Stage, named, seen

Motion = Literal["still", "shake", "pan", "zoom"]


class Clip:
    """Frames of a scene, each with its truth; the same seed gives the same frames."""

    def __init__(
        self,
        scene: Stage,
        *,
        programs: Mapping[int, Program] | None = None,
        seconds: float = 12.0,
        fps: int = 25,
        motion: Motion = "shake",
        amount: float = 1.0,
        blur: float = 0.5,
        grain: float = 2.5,
        passing: tuple[float, float] | None = (4.0, 2.5),
        shade: bool = False,
    ) -> None:
        """Film a scene.

        `programs` tell by number of the display what it shows; `amount` scales the motion; `passing` is when
        something passes and how long it takes: a translucent reflection, or a shadow with `shade`.
        """
        self.scene = scene
        self.programs = dict(programs or {})
        self.fps = fps
        self.frames = round(seconds * fps)
        self.motion = motion
        self.amount = amount
        self.blur = blur
        self.grain = grain
        self.passing = passing
        self.shade = shade
        rng = np.random.default_rng((scene.seed, 2))
        self._phases = rng.uniform(0, 2 * np.pi, 8)
        self._rates = rng.uniform(0.8, 1.2, 8)

    def __len__(self) -> int:
        return self.frames

    def __iter__(self) -> Iterator[tuple[NDArray[np.uint8], tuple[Shown, ...]]]:
        last: dict[int, Content] | None = None
        for index in range(self.frames):
            time = index / self.fps
            contents = {number: program(time) for number, program in self.programs.items()}
            if contents != last:
                canvas, shown = self.scene.canvas(contents)
                last = contents
            matrix = self.camera(time)
            yield (
                self._film(warp(canvas, matrix, self.scene.size), index),
                named([seen(item, matrix) for item in shown]),
            )

    def camera(self, time: float) -> Matrix:
        """Homography from the canvas to the picture at a time."""
        width, height = self.scene.size
        unit = height / 720 * self.amount
        dx = dy = turn = 0.0
        zoom = 1.0
        wave = np.sin(
            2 * np.pi * time * self._rates * (4.3, 11, 3.3, 9.1, 2.6, 0.1, 0.07, 0.12) + self._phases
        )
        if self.motion == "shake":
            dx, dy = 2.2 * wave[0] + 1.3 * wave[1], 1.8 * wave[2] + 1.1 * wave[3]
            turn = 0.1 * wave[4]
        elif self.motion == "pan":
            dx, dy, turn = 60 * wave[5], 25 * wave[6], 0.4 * wave[7]
        elif self.motion == "zoom":
            zoom, dx, dy = 1 + 0.05 * self.amount * wave[5], 3 * wave[6], 3 * wave[7]
        angle = np.deg2rad(turn * self.amount)
        cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
        spin = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])
        to_middle, back = np.eye(3), np.eye(3)
        to_middle[:2, 2] = -width / 2, -height / 2
        back[:2, 2] = width / 2 + dx * unit, height / 2 + dy * unit
        return np.asarray(back @ spin @ to_middle @ self.scene.view(), np.float64)

    def _film(self, image: NDArray[np.float32], index: int) -> NDArray[np.uint8]:
        """A frame with its light, blur and noise."""
        if self.passing is not None:
            image = self._pass(image, (index / self.fps - self.passing[0]) / self.passing[1])
        image = expose(defocus(image, self.blur), 1.0, 1.0)
        image = noise(image, np.random.default_rng((self.scene.seed, 3, index)), self.grain, 0.5)
        return np.clip(np.rint(image), 0, 255).astype(np.uint8)

    def _pass(self, image: NDArray[np.float32], progress: float) -> NDArray[np.float32]:
        """A slanting band that crosses the picture while progress goes from 0 to 1."""
        if not 0 < progress < 1:
            return image
        height, width = image.shape[:2]
        x = np.linspace(0, 1, width, dtype=np.float32)[None, :]
        y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
        across = x - 0.35 * y - (-0.4 + 1.7 * np.float32(progress))
        band = np.exp(-((across / 0.12) ** 4)) * (0.75 + 0.25 * np.cos(across * 60) ** 2)
        if self.shade:
            return light(image, (1 - 0.4 * band).astype(np.float32))
        return add(image, (34 * band).astype(np.float32))


def unseen_clip(seed: int, size: tuple[int, int] = (640, 480), seconds: float = 8.0, fps: int = 25) -> Clip:
    """A clip for tests: drum, LCD, LED panel and printed number, in fonts that training never saw."""
    rng = np.random.default_rng((seed, 4))
    scene = Scene(
        seed,
        size,
        role="held-out",
        styles=("drum", "lcd", "led", "print"),
        heights=(0.065, 0.1),
        angle=1.0,
        digits=(4, 5),
    )
    programs: dict[int, Program] = {}
    for index, placed in enumerate(scene.placed):
        if isinstance(placed.display, Drum):
            digits = len(placed.content)
            start = int(rng.integers(10 ** (digits - 2), 10 ** (digits - 1))) * 10 + 8
            # Frames show whole tenths: what lies between two tenths is not to be seen.
            lead = int(rng.integers(fps, round(1.5 * fps))) / fps
            programs[index] = stepping(start, digits, round(1.52 * fps) / fps, round(0.4 * fps) / fps, lead)
        elif placed.style in ("lcd", "led") and isinstance(placed.content, str):
            texts = tuple(counted(placed.content, 7 * step) for step in range(4))
            programs[index] = switching(texts, seconds / 4, float(rng.uniform(-0.5, 0.5)))
    return Clip(
        scene, programs=programs, seconds=seconds, fps=fps, shade=bool(rng.random() < 0.5), passing=(2.5, 2.0)
    )


def write_clip(path: Path, clip: Clip, *, crf: int = 22, preset: str = "veryslow") -> list[tuple[Shown, ...]]:
    """Write H.264 (yuv420p, mp4); returns the truth of each frame."""
    truth: list[tuple[Shown, ...]] = []
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=Fraction(clip.fps))
        stream.width, stream.height = clip.scene.size
        stream.pix_fmt = "yuv420p"
        # One thread, so that the file is the same on every machine.
        stream.options = {"crf": str(crf), "preset": preset, "threads": "1", "g": str(2 * clip.fps)}
        for image, shown in clip:
            truth.append(shown)
            yuv = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
            frame = av.VideoFrame.from_ndarray(np.asarray(yuv, np.uint8), format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return truth
