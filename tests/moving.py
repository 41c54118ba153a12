"""Clips with known motion: seven-segment displays on a textured wall, and the truth of every frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitstream.tracker import Tracker

Matrix = NDArray[np.float64]
Quads = NDArray[np.float32]

SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abdeg", "3": "abcdg", "4": "bcfg",
    "5": "acdfg", "6": "acdefg", "7": "abc", "8": "abcdefg", "9": "abcdfg",
}  # fmt: skip
PLACES = {
    "a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2),
    "e": (0, 1, 0, 2), "f": (0, 0, 0, 1), "g": (0, 1, 1, 1),
}  # fmt: skip


def digit_on(picture: NDArray[np.uint8], digit: str, x: int, y: int, height: int, ink: int) -> list[int]:
    """Draw a seven-segment digit in place and return the box `x0 y0 x1 y1` of its lit segments."""
    stroke, arm = max(height // 8, 2), height // 2
    hull = [10**6, 10**6, 0, 0]
    for name in SEGMENTS[digit]:
        x0, y0, x1, y1 = (round(v * arm * (0.85 if i % 2 == 0 else 1)) for i, v in enumerate(PLACES[name]))
        box = [x + x0, y + y0, x + x1 + stroke, y + y1 + stroke]
        picture[box[1] : box[3], box[0] : box[2]] = ink
        hull = [*map(min, hull[:2], box[:2]), *map(max, hull[2:], box[2:])]
    return hull


def box_quads(boxes: Sequence[Sequence[float]]) -> Quads:
    """Turn boxes `x0 y0 x1 y1` into quads."""
    b = np.asarray(boxes, np.float32).reshape(-1, 4)
    return b[:, [0, 1, 2, 1, 2, 3, 0, 3]].reshape(-1, 4, 2)


def texture(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """A wall with stains and bricks."""
    rng = np.random.default_rng(seed)
    fine = cv2.GaussianBlur(rng.normal(0, 60, (height, width)).astype(np.float32), (0, 0), 3)
    wall = 128 + fine
    for x, y, w, h, grey in rng.integers((0, 0, 20, 20, 60), (width, height, 200, 120, 200), (150, 5)):
        wall[y : y + h, x : x + w] = 0.6 * wall[y : y + h, x : x + w] + 0.4 * grey
    return np.clip(wall, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Scene:
    """A wall with three displays, larger than the frames: the motion is about its middle."""

    size: tuple[int, int] = (640, 480)
    """Width and height of the frames."""
    seed: int = 1
    noise: float = 2.0
    """Standard deviation in every frame."""
    plain: bool = False
    """A wall without any texture."""
    limited: bool = False
    """Luma within 16-235."""

    def wall(self, texts: Sequence[str]) -> tuple[NDArray[np.uint8], Quads]:
        """Return the wall with its displays, three times the frame, and the quads of all digits on it."""
        width, height = self.size
        wall = texture(3 * height, 3 * width, self.seed) if not self.plain else None
        if wall is None:
            wall = np.full((3 * height, 3 * width), 140, np.uint8)
        unit = height / 480
        boxes = []
        for text, (x, y, tall, ground, ink) in zip(
            texts,
            [(-180, -120, 48, 170, 40), (40, -10, 36, 30, 220), (-120, 100, 28, 200, 90)],
            strict=False,
        ):
            tall = round(tall * unit)
            left, top = round(1.5 * width + x * unit), round(1.5 * height + y * unit)
            pitch = round(0.75 * tall)
            wall[
                top - tall // 3 : top + tall * 4 // 3, left - tall // 2 : left + pitch * len(text) + tall // 4
            ] = ground
            boxes += [digit_on(wall, c, left + i * pitch, top, tall, ink) for i, c in enumerate(text)]
        return wall, box_quads(boxes)

    def frames(
        self,
        poses: Sequence[Matrix],
        texts: Callable[[int], Sequence[str]] = lambda i: ("01888", "345", "9028"),
    ) -> Iterator[tuple[NDArray[np.uint8], Quads]]:
        """Yield luma and truth for every pose, a `(3, 3)` motion about the middle of the frame."""
        rng = np.random.default_rng(self.seed)
        shown: Sequence[str] | None = None
        width, height = self.size
        to_middle = np.array([[1, 0, -1.5 * width], [0, 1, -1.5 * height], [0, 0, 1]])
        back = np.array([[1, 0, width / 2], [0, 1, height / 2], [0, 0, 1]])
        centres = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        for index, pose in enumerate(poses):
            if texts(index) != shown:
                shown = texts(index)
                wall, quads = self.wall(shown)
            matrix = back @ pose @ to_middle
            luma = cv2.warpPerspective(wall, np.linalg.inv(centres) @ matrix @ centres, self.size)
            luma = luma + rng.normal(0, self.noise, luma.shape) if self.noise else luma
            if self.limited:
                luma = 16 + luma * (219 / 255)
            truth = cv2.perspectiveTransform(quads.reshape(1, -1, 2), matrix).reshape(-1, 4, 2)
            yield np.clip(luma, 0, 255).astype(np.uint8), truth.astype(np.float32)


def pose(x: float = 0, y: float = 0, degrees: float = 0, zoom: float = 1) -> Matrix:
    """A similarity about the origin."""
    c, s = zoom * np.cos(np.radians(degrees)), zoom * np.sin(np.radians(degrees))
    return np.array([[c, -s, x], [s, c, y], [0, 0, 1]])


def path(name: str, count: int, height: int = 480) -> list[Matrix]:
    """One of the named camera motions, in proportion to the height of the frame."""
    unit, t = height / 480, np.arange(count)
    shake = 5 * np.sin(t * 1.3) + 4 * np.sin(t * 0.47 + 1), 4 * np.sin(t * 1.7 + 2) + 4 * np.sin(t * 0.31)
    moves = {
        "still": lambda i: pose(),
        "shake": lambda i: pose(shake[0][i] * unit, shake[1][i] * unit, 0.4 * np.sin(i * 0.9)),
        "slow pan": lambda i: pose((count / 2 - i) * unit, 0.3 * (i - count / 2) * unit),
        "fast pan": lambda i: pose(250 * np.sin(i * 0.04 - 1) * unit, shake[1][i] * unit),
        "zoom": lambda i: pose(zoom=1 + 0.5 * i / count),
        "turn": lambda i: pose(degrees=25 * i / count),
        "tilt": lambda i: (
            pose(i * 0.5 * unit) @ np.array([[1, 0, 0], [0, 1, 0], [4e-4 * i / count / unit, 0, 1]])
        ),
    }
    move: Callable[[int], Matrix] = moves[name]
    return [move(i) for i in range(count)]


def iou(one: Quads, other: Quads) -> float:
    """Exact overlap of two convex quads."""
    shared, _ = cv2.intersectConvexConvex(np.asarray(one, np.float32), np.asarray(other, np.float32))
    whole = cv2.contourArea(one) + cv2.contourArea(other) - shared
    return float(shared / whole) if whole > 0 else 0.0


@dataclass(frozen=True)
class Outcome:
    """How well a tracker followed a clip."""

    iou: float
    """Mean over frames and digits, 0 where a digit has no track."""
    still: float
    """The same for the localizer's quads held where they were found."""
    switches: int
    """How often a digit's track was another than the last time it had one."""
    extra: float
    """Tracks a frame that lie on no digit."""


def follow(
    frames: Iterator[tuple[NDArray[np.uint8], Quads]],
    *,
    tracker: Tracker | None = None,
    every: int = 15,
    late: int = 0,
    jitter: float = 0.0,
    missed: float = 0.0,
    false: int = 0,
    seed: int = 1,
) -> Outcome:
    """Run a tracker with a localizer that knows the truth, but late, inexactly and not always."""
    tracker = tracker or Tracker()
    rng = np.random.default_rng(seed)
    pending: dict[int, tuple[int, Quads]] = {}
    held = np.empty((0, 4, 2), np.float32)
    ids: dict[int, int] = {}
    scores: list[float] = []
    stills: list[float] = []
    switches, extra, count = 0, 0, 0
    for index, (luma, truth) in enumerate(frames):
        if index % every == 0:
            height = np.abs(truth[:, 3] - truth[:, 0]).max(axis=1)[:, None, None]
            found = truth + rng.normal(0, 1, (len(truth), 2, 2))[:, [0, 0, 1, 1]] * height * jitter
            found = found[rng.random(len(found)) >= missed] if index else found
            wrong = box_quads([(x, y, x + 20, y + 30) for x, y in rng.uniform(0, 400, (false, 2))])
            pending[index + late] = index, np.concatenate([found, wrong]).astype(np.float32)
        tracks = tracker.update(luma, index)
        if index in pending:
            at, found = pending.pop(index)
            tracks = tracker.apply(at, found, np.linspace(1, 0.5, len(found)))
            held = found
        if index < late:
            continue
        count += 1
        used = set()
        for place, quad in enumerate(truth):
            overlaps = [iou(quad, c) for c in tracks.corners]
            best = int(np.argmax(overlaps)) if overlaps else -1
            scores.append(overlaps[best] if overlaps else 0.0)
            stills.append(max((iou(quad, c) for c in held), default=0.0))
            if overlaps and overlaps[best] > 0.2:
                used.add(best)
                track = int(tracks.ids[best])
                switches += ids.setdefault(place, track) != track
                ids[place] = track
        extra += len(tracks) - len(used)
    return Outcome(float(np.mean(scores)), float(np.mean(stills)), switches, extra / max(count, 1))
