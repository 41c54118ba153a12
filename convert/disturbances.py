"""What comes between a display and a camera for a while: hands, glare, focus, exposure, multiplexing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Quads = NDArray[np.float32]
"""`(N, 4, 2)`: the digits of one display in the picture."""
Disturbance = Callable[[Luma, float, Sequence[Quads]], tuple[Luma, Luma | None]]
"""Takes a picture that it may change, seconds and displays; returns a picture, and where it is covered."""
Maker = Callable[[np.random.Generator, tuple[int, int]], Disturbance]
"""Draws the details of a disturbance of pictures of `(width, height)`."""


@dataclass(frozen=True)
class Times:
    """Again and again for a while, in seconds.

    >>> [Times(2.0, 10.0, 4.0).progress(time) for time in (1.0, 3.0, 7.0, 15.0)]
    [None, 0.25, None, 0.75]
    """

    first: float
    period: float
    length: float

    def progress(self, time: float) -> float | None:
        """How much of it is over, 0 to 1; None while nothing happens."""
        since = (time - self.first) % self.period if time >= self.first else self.length
        return since / self.length if since < self.length else None


def hand(rng: np.random.Generator, size: tuple[int, int], times: Times) -> Disturbance:
    """A hand that reaches into the picture from one side and goes back."""
    width, height = size
    tone, shade = rng.uniform(80, 200), rng.uniform(0.6, 0.9)
    start = np.array([rng.choice([-0.4, 1.4]) * width, rng.uniform(0.2, 1.2) * height])
    goal = rng.uniform(0.25, 0.75, 2) * size
    along = (goal - start) / np.linalg.norm(goal - start)
    across = np.array([-along[1], along[0]])
    wide = 0.11 * height

    def disturb(picture: Luma, time: float, displays: Sequence[Quads]) -> tuple[Luma, Luma | None]:
        progress = times.progress(time)
        if progress is None:
            return picture, None
        palm = start + (goal - start) * np.sin(np.pi * progress)
        mask = np.zeros_like(picture)
        _stroke(mask, palm - along * 3 * width, palm, 1.5 * wide)
        cv2.circle(mask, _point(palm), round(1.1 * wide), 255, -1)
        for finger in (-0.75, -0.25, 0.25, 0.75):
            root = palm + across * finger * 1.3 * wide
            _stroke(mask, root, root + (along + across * 0.15 * finger) * 2.2 * wide, 0.5 * wide)
        dark = np.roll(mask, round(0.03 * height), axis=0)
        for layer, paint in ((dark, None), (mask, tone)):
            soft = cv2.GaussianBlur(layer, (0, 0), 1.5).astype(np.float32) / 255
            under = picture.astype(np.float32)
            over = under * np.float32(shade) if paint is None else np.float32(paint) + 0.1 * (under - paint)
            picture = np.asarray(under + soft * (over - under), np.uint8)
        return picture, mask

    return disturb


def glare(rng: np.random.Generator, size: tuple[int, int], strength: float, speed: float) -> Disturbance:
    """A bright streak on the glass that wanders through the picture `speed` times a minute."""
    width, height = size
    y, x = np.mgrid[-height : height + 1 : 2, -width : width + 1 : 2].astype(np.float32) / height
    angle = rng.uniform(0, np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    spot = np.exp(-((u / rng.uniform(0.3, 0.9)) ** 2) - (v / rng.uniform(0.06, 0.15)) ** 2)
    light = cv2.resize((strength * spot).astype(np.uint8), (2 * width, 2 * height))
    phases = rng.uniform(0, 2 * np.pi, 2)

    def disturb(picture: Luma, time: float, displays: Sequence[Quads]) -> tuple[Luma, Luma | None]:
        swing = 2 * np.pi * speed * time / 60
        left = round(width * (0.5 + 0.45 * np.sin(swing + phases[0])))
        top = round(height * (0.5 + 0.45 * np.sin(1.3 * swing + phases[1])))
        return np.asarray(cv2.add(picture, light[top : top + height, left : left + width]), np.uint8), None

    return disturb


def passing_shadow(rng: np.random.Generator, size: tuple[int, int], times: Times) -> Disturbance:
    """The soft shadow of somebody who walks by."""
    width, height = size
    x, y = np.linspace(0, 1, width, dtype=np.float32)[None, :], np.linspace(0, 1, height, dtype=np.float32)
    depth, slant = float(rng.uniform(0.3, 0.6)), float(rng.uniform(-0.4, 0.4))

    def disturb(picture: Luma, time: float, displays: Sequence[Quads]) -> tuple[Luma, Luma | None]:
        progress = times.progress(time)
        if progress is None:
            return picture, None
        across = x - slant * y[:, None] + 0.5 - 2 * np.float32(progress)
        factor = 1 - depth * np.exp(-((across / 0.25) ** 4))
        return np.asarray(picture * factor, np.uint8), None

    return disturb


def focus(rng: np.random.Generator, size: tuple[int, int], times: Times, blur: float) -> Disturbance:
    """A lens that hunts: sharp and soft in turn before it rests; `blur` in pixels of 480 rows."""
    most, swings = blur * size[1] / 480, int(rng.integers(1, 4))

    def disturb(picture: Luma, time: float, displays: Sequence[Quads]) -> tuple[Luma, Luma | None]:
        progress = times.progress(time)
        if progress is None:
            return picture, None
        sigma = most * abs(np.sin(np.pi * swings * progress)) * (1 - 0.7 * progress)
        if sigma < 0.3:
            return picture, None
        return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8), None

    return disturb


def exposure(rng: np.random.Generator, size: tuple[int, int], times: Times) -> Disturbance:
    """A camera that takes a while to get used to another light."""
    gain = float(rng.choice([rng.uniform(0.35, 0.6), rng.uniform(1.5, 2.0)]))

    def disturb(picture: Luma, time: float, displays: Sequence[Quads]) -> tuple[Luma, Luma | None]:
        progress = times.progress(time)
        if progress is None:
            return picture, None
        factor = gain ** (1 - progress)
        return np.asarray(cv2.convertScaleAbs(picture, alpha=factor), np.uint8), None

    return disturb


def flicker(rng: np.random.Generator, size: tuple[int, int], depth: float) -> Disturbance:
    """Bands of a lamp on mains current that wander down the picture."""
    rows = np.arange(size[1], dtype=np.float32)[:, None] / size[1]
    bands, speed = float(rng.uniform(1, 3)), float(rng.uniform(0.2, 2))

    def disturb(picture: Luma, time: float, displays: Sequence[Quads]) -> tuple[Luma, Luma | None]:
        wave = np.sin(2 * np.pi * (bands * rows - speed * time)) * np.float32(depth)
        return np.clip(picture * (1 + wave), 0, 255).astype(np.uint8), None

    return disturb


def multiplexed(rng: np.random.Generator, size: tuple[int, int]) -> Disturbance:
    """Digits lit one after the other, seen through a rolling shutter that is open a little longer."""
    cycle = 1 / float(rng.uniform(90, 320))
    shutter = cycle * float(rng.uniform(1.15, 2.6))
    line = float(rng.uniform(0.5, 0.9)) / 25 / size[1]

    def disturb(picture: Luma, time: float, displays: Sequence[Quads]) -> tuple[Luma, Luma | None]:
        for quads in displays:
            if not len(quads):
                continue
            share = cycle / len(quads)
            low, high = quads.min(axis=1), quads.max(axis=1)
            reach = 0.3 * float((high - low)[:, 1].max())
            top, bottom = (
                int(v) for v in np.clip((low[:, 1].min() - reach, high[:, 1].max() + reach), 0, size[1])
            )
            edges = [low[0, 0] - reach, *(high[:-1, 0] + low[1:, 0]) / 2, high[-1, 0] + reach]
            columns = np.clip(edges, 0, size[0]).astype(int)
            opened = np.asarray(time + line * np.arange(top, bottom), np.float64)
            closed = np.asarray(opened + shutter, np.float64)
            for place in range(len(quads)):
                lit = _lit(closed, cycle, place, share) - _lit(opened, cycle, place, share)
                factor = (lit * (len(quads) / shutter)).astype(np.float32)[:, None]
                part = np.s_[top:bottom, columns[place] : columns[place + 1]]
                picture[part] = np.clip(picture[part] * factor, 0, 255)
        return picture, None

    return disturb


def _lit(until: NDArray[np.float64], cycle: float, place: int, share: float) -> NDArray[np.float64]:
    """Seconds for which a digit has been lit until a time."""
    cycles, since = np.divmod(until, cycle)
    return np.asarray(cycles * share + np.clip(since - place * share, 0, share))


def _stroke(mask: Luma, start: NDArray[np.float64], end: NDArray[np.float64], wide: float) -> None:
    cv2.line(mask, _point(start), _point(end), 255, max(round(wide), 1), cv2.LINE_AA)


def _point(place: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(place[0])), round(float(place[1]))
