"""Long grey videos of rendered displays, cheap enough for tens of thousands of frames, and what they show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .clips import Clip, Motion
from .codec import Codec
from .disturbances import Disturbance, Luma, Quads
from .drums import Drum
from .optics import Matrix, centred, corners, project
from .programs import Program
from .stage import Content, Placed, Stage, paste

GRACE = 0.5
"""Seconds after a change for which a display counts as changing."""
RESPONSE = 0.12
"""Seconds in which a liquid crystal turns from one text to the next."""
SLOW = ("lcd", "lcd-low", "lcd-gap")
_COVERED = 0.02
"""Share of a digit under a hand from which it cannot be read."""
_WASHED_OUT = 0.35
"""Part of a digit's contrast that must be left for it to be read."""
_NOISES = 7
_NOWHERE = np.zeros((0, 4, 2), np.float32)


@dataclass(frozen=True, eq=False)
class Sight:
    """What one display shows in one frame."""

    name: str
    texts: tuple[str, ...]
    """What may be read: one text, two while one turns into the other; empty where the display is dark."""
    quads: Quads
    """Its digits, of a dark display those that it had."""
    changing: bool = False
    """It shows something else than a moment ago, or was not to be seen a moment ago."""
    hidden: bool = False
    """Covered, washed out, or in part outside the picture."""
    wheel: int | None = None
    """Tenths by which the last wheel of a counter is past its digit."""


@dataclass(eq=False)
class _Drawn:
    """A display's part of the canvas."""

    part: Luma
    text: str
    quads: Quads
    wheel: int | None


@dataclass(eq=False)
class _State:
    """A display between two frames."""

    drawn: dict[Content, _Drawn]
    now: Content
    before: Content
    since: int
    """Frame in which the content came."""
    event: int
    """Frame of the last change to be seen."""
    hidden: bool = False
    seen: Quads | None = None
    """Digits that it showed last, on the canvas."""
    painted: tuple[Content, float] | None = None
    """What stands on the canvas, and how far it has turned to that."""


class Film:
    """Frames of a scene and what its displays show; the same seed gives the same frames."""

    def __init__(
        self,
        scene: Stage,
        programs: Mapping[int, Program],
        frames: int,
        *,
        fps: int = 25,
        motion: Motion = "still",
        amount: float = 1.0,
        disturbances: Sequence[Disturbance] = (),
        multiplex: Disturbance | None = None,
        blur: float = 0.5,
        grain: float = 2.5,
        quality: int | None = 24,
    ) -> None:
        """Film a scene; `quality` is that of H.264 (crf), None leaves the codec out."""
        self.scene = scene
        self.programs = dict(programs)
        self.frames = frames
        self.fps = fps
        self.disturbances = tuple(disturbances)
        self.multiplex = multiplex
        self.blur = blur
        self.quality = quality
        self._camera = Clip(scene, motion=motion, amount=amount, fps=fps, seconds=frames / fps)
        rng = np.random.default_rng((scene.seed, 6))
        shape = scene.size[1] + 64, scene.size[0] + 64
        fields = [
            cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), 0.6) for _ in range(_NOISES)
        ]
        self._noise = [np.rint(field * (grain / field.std())).astype(np.int16) for field in fields]
        self._backdrop = _grey(scene.backdrop)
        self._places = [_place(placed) for placed in scene.placed]

    def __len__(self) -> int:
        return self.frames

    def __iter__(self) -> Iterator[tuple[Luma, tuple[Sight, ...]]]:
        codec = None if self.quality is None else Codec(self.scene.size, self.fps, self.quality)
        states = [
            _State({}, start, start, -self.fps, -self.fps)  # it has stood there for long
            for start in (self._content(number, 0) for number in range(len(self.scene.placed)))
        ]
        canvas = self._backdrop.copy()
        for index in range(self.frames):
            for number, state in enumerate(states):
                self._update(canvas, number, state, index)
            matrix = self._camera.camera(index / self.fps)
            picture, sights = self._shoot(canvas, matrix, states, index)
            yield picture if codec is None else codec(picture), sights

    def _content(self, number: int, index: int) -> Content:
        program = self.programs.get(number)
        return self.scene.placed[number].content if program is None else program(index / self.fps)

    def _update(self, canvas: Luma, number: int, state: _State, index: int) -> None:
        """Bring a display's part of the canvas up to date."""
        placed, content = self.scene.placed[number], self._content(number, index)
        if content != state.now:
            state.before, state.now, state.since = state.now, content, index
        turned = self._turned(placed, state, index)
        if state.painted == (state.now, turned):
            return
        if state.painted is not None:
            state.event = index
        state.painted = state.now, turned
        new, left, top = self._drawn(number, state, content)
        part = new.part
        if turned < 1:
            old, *_ = self._drawn(number, state, state.before)
            part = np.asarray(cv2.addWeighted(new.part, turned, old.part, 1 - turned, 0), np.uint8)
        canvas[top : top + part.shape[0], left : left + part.shape[1]] = part
        if len(new.quads):
            state.seen = new.quads

    def _turned(self, placed: Placed, state: _State, index: int) -> float:
        """How far a display has turned to what it shows."""
        if placed.style not in SLOW:
            return 1.0
        return min((index - state.since + 1) / (RESPONSE * self.fps), 1.0)

    def _drawn(self, number: int, state: _State, content: Content) -> tuple[_Drawn, int, int]:
        """Draw a display over its backdrop; returns where that part of the canvas begins, too."""
        placed = self.scene.placed[number]
        left, top, right, bottom = self._places[number]
        if content not in state.drawn:
            panel = placed.panel(content)
            matrix = placed.matrix(panel)
            part = self.scene.backdrop[top:bottom, left:right].copy()
            shift = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1.0]])
            paste(part, panel.image, shift @ matrix)
            marks = [panel.marks[place] for place in panel.reading]
            points = [box for box in panel.points if marks and marks[0].box[0] < box[0] < marks[-1].box[2]]
            text = placed.text(content)
            # Wheels of another colour stand for decimals, but there is no point to be seen.
            text = text if points else text.replace(".", "")
            wheel = round(float(content[-1]) % 1 * 10) % 10 if isinstance(placed.display, Drum) else None
            while len(state.drawn) > 3:
                state.drawn.pop(next(iter(state.drawn)))
            quads = project(matrix, corners([mark.box for mark in marks]))
            state.drawn[content] = _Drawn(_grey(part), text, quads, wheel)
        return state.drawn[content], left, top

    def _shoot(
        self, canvas: Luma, matrix: Matrix, states: Sequence[_State], index: int
    ) -> tuple[Luma, tuple[Sight, ...]]:
        """Take a picture of the canvas, and tell what can be seen on it."""
        time = index / self.fps
        view = cv2.warpPerspective(
            canvas, centred(matrix), self.scene.size, borderMode=cv2.BORDER_REFLECT_101
        )
        picture = np.asarray(view, np.uint8)
        quads = [_NOWHERE if state.seen is None else project(matrix, state.seen) for state in states]
        clean = picture.copy() if self.disturbances else picture
        if self.multiplex is not None:
            glowing = [
                q
                for q, placed in zip(quads, self.scene.placed, strict=True)
                if placed.style.startswith("led")
            ]
            picture, _ = self.multiplex(picture, time, glowing)
        covered = np.zeros_like(picture)
        for disturb in self.disturbances:
            picture, mask = disturb(picture, time, quads)
            if mask is not None:
                covered |= mask
        if self.blur > 0.15:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), self.blur), np.uint8)
        sights = []
        for number, state in enumerate(states):
            hidden = any(self._lost(quad, clean, picture, covered) for quad in quads[number])
            if hidden != state.hidden:
                state.hidden = hidden
                state.event = index if index else state.event
            sights.append(self._sight(number, state, quads[number], index))
        rng = np.random.default_rng((self.scene.seed, 7, index))
        x, y = rng.integers(0, 64, 2)
        field = self._noise[int(rng.integers(_NOISES))][y : y + picture.shape[0], x : x + picture.shape[1]]
        return np.asarray(cv2.add(picture, field, dtype=cv2.CV_8U), np.uint8), tuple(sights)

    def _sight(self, number: int, state: _State, quads: Quads, index: int) -> Sight:
        placed = self.scene.placed[number]
        drawn, *_ = self._drawn(number, state, state.now)
        texts: tuple[str, ...] = (drawn.text,)
        if self._turned(placed, state, index) < 1:
            texts += (self._drawn(number, state, state.before)[0].text,)
        changing = index - state.event <= GRACE * self.fps
        return Sight(f"{placed.style}-{number + 1}", texts, quads, changing, state.hidden, drawn.wheel)

    def _lost(self, quad: Quads, clean: Luma, picture: Luma, covered: Luma) -> bool:
        """Whether a digit cannot be read for what came between."""
        low, high = np.floor(quad.min(axis=0)).astype(int), np.ceil(quad.max(axis=0)).astype(int)
        if (low < 0).any() or (high > self.scene.size).any():
            return True
        if not self.disturbances:
            return False
        part = np.s_[low[1] : high[1], low[0] : high[0]]
        if float((covered[part] > 127).mean()) > _COVERED:
            return True
        return bool(picture[part].std() < _WASHED_OUT * clean[part].std())


def _place(placed: Placed) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a display on the canvas, whatever it shows."""
    panel = placed.panel(placed.content)
    height, width = panel.image.shape[:2]
    outline = project(placed.matrix(panel), corners([(0, 0, width, height)]))[0]
    left, top = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 4, 0)
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 4
    return int(left), int(top), int(right), int(bottom)


def _grey(picture: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Luma:
    grey = cv2.cvtColor(np.clip(picture, 0, 255), cv2.COLOR_BGR2GRAY)
    return np.asarray(np.rint(grey), np.uint8)
