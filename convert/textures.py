"""Surfaces without digits: panels, walls, metal, paper, and photos where Python packages ship some."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
"""BGR, 0..255."""

_PHOTOS = {
    "skimage": (
        "data",
        ("astronaut.png", "coffee.png", "gravel.png", "brick.png", "grass.png", "rocket.jpg", "chelsea.png"),
    ),
    "sklearn": ("datasets/images", ("china.jpg", "flower.jpg")),
    "matplotlib": ("mpl-data/sample_data", ("grace_hopper.jpg",)),
}


@lru_cache(maxsize=1)
def photos() -> tuple[NDArray[np.uint8], ...]:
    """The sample photos of whatever packages are installed, possibly none."""
    found: list[NDArray[np.uint8]] = []
    for package, (folder, names) in _PHOTOS.items():
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            continue
        for name in names:
            picture = cv2.imread(str(Path(spec.origin).parent / folder / name), cv2.IMREAD_COLOR)
            if picture is not None:
                found.append(picture.astype(np.uint8, copy=False))
    return tuple(found)


def colour(rng: np.random.Generator, low: float, high: float, tint: float = 0.15) -> NDArray[np.float32]:
    """A BGR colour of some brightness; `tint` 0 is grey, 1 is vivid."""
    level = rng.uniform(low, high)
    return np.clip(level * (1 + tint * rng.uniform(-1, 1, 3)), 0, 255).astype(np.float32)


def bgr(blue: float, green: float, red: float) -> NDArray[np.float32]:
    """A colour by its parts, 0..255."""
    return np.array([blue, green, red], np.float32)


def fill(shape: tuple[int, int], paint: NDArray[np.float32]) -> Image:
    """A picture of one colour."""
    planes = [np.full(shape, value, np.float32) for value in paint]
    return cv2.merge(planes).astype(np.float32, copy=False)


def cloud(rng: np.random.Generator, shape: tuple[int, int], grain: float) -> NDArray[np.float32]:
    """Smooth noise of mean 0 and deviation 1 whose blobs are about `grain` pixels wide."""
    height, width = shape
    grain = max(grain, 1.5)
    small = int(height / grain) + 2, int(width / grain) + 2
    noise = rng.standard_normal(small, np.float32)
    noise = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32, copy=False)
    return np.asarray((noise - noise.mean()) / max(float(noise.std()), 1e-6), np.float32)


def gradient(rng: np.random.Generator, shape: tuple[int, int], amount: float) -> NDArray[np.float32]:
    """Factors around 1 that change linearly over the picture."""
    height, width = shape
    dx, dy = rng.uniform(-amount, amount, 2)
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)
    return np.asarray(1 + dx * x[None, :] + dy * y[:, None], np.float32)


def surface(
    rng: np.random.Generator, shape: tuple[int, int], paint: NDArray[np.float32], rough: float = 1.0
) -> Image:
    """A painted or printed plate: nearly even, with the grain of its material."""
    texture = np.ones(shape, np.float32)
    kind = rng.integers(4)
    if kind == 1:
        streaks = cv2.blur(rng.standard_normal(shape, np.float32), (max(shape[1] // 4, 3), 1))
        texture += streaks * 0.25 * rough
    elif kind == 2:
        texture += cloud(rng, shape, rng.uniform(1, 3)) * 0.03 * rough
    elif kind == 3:
        texture += cloud(rng, shape, max(shape) / 5) * 0.04 * rough + cloud(rng, shape, 2) * 0.02 * rough
    texture *= gradient(rng, shape, 0.15)
    return fill(shape, paint) * texture[:, :, None]


def photo(rng: np.random.Generator, shape: tuple[int, int]) -> Image | None:
    """Part of a sample photo, with the fine detail that scaling up loses; None where there are none."""
    pictures = photos()
    if not pictures:
        return None
    picture = pictures[int(rng.integers(len(pictures)))]
    height, width = picture.shape[:2]
    aspect = shape[1] / shape[0]
    rows = int(min(height, width / aspect) * rng.uniform(0.4, 1.0))
    columns = max(min(int(rows * aspect), width), 1)
    y, x = rng.integers(height - rows + 1), rng.integers(width - columns + 1)
    part = picture[y : y + rows, x : x + columns]
    shrink = rows > shape[0]
    out = cv2.resize(part, shape[::-1], interpolation=cv2.INTER_AREA if shrink else cv2.INTER_CUBIC).astype(
        np.float32
    )
    return out + (cloud(rng, shape, 2) * 3)[:, :, None]


def procedural(rng: np.random.Generator, shape: tuple[int, int]) -> Image:
    """A cluttered background made of noise, bars, boxes, ellipses and cables."""
    height, width = shape
    out = fill(shape, colour(rng, 40, 190, 0.3))
    for grain in (max(shape) / 4, max(shape) / 16, 6, 2):
        out += (cloud(rng, shape, max(grain, 1.5)) * rng.uniform(2, 14))[:, :, None] * rng.uniform(
            0.6, 1, 3
        ).astype(np.float32)
    if rng.random() < 0.4:
        period, angle = rng.uniform(0.02, 0.2) * width, rng.uniform(0, np.pi)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        wave = np.sin((x * np.cos(angle) + y * np.sin(angle)) * (2 * np.pi / period))
        out *= (1 + rng.uniform(0.05, 0.25) * (wave > rng.uniform(-0.5, 0.9)))[:, :, None].astype(np.float32)
    for _ in range(int(rng.integers(3, 14))):
        paint = [float(value) for value in colour(rng, 15, 240, 0.5)]
        x, y = int(rng.integers(width)), int(rng.integers(height))
        size = rng.uniform(0.02, 0.3, 2) * (width, height)
        kind = rng.integers(4)
        if kind == 0:
            cv2.rectangle(out, (x, y), (x + int(size[0]), y + int(size[1])), paint, -1)
        elif kind == 1:
            axes = max(int(size[0] / 2), 1), max(int(size[1] / 2), 1)
            cv2.ellipse(out, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, paint, -1, cv2.LINE_AA)
        else:
            points = np.cumsum(rng.normal(0, 0.12, (6, 2)) * (width, height), axis=0) + np.array([x, y])
            thickness = max(int(rng.uniform(0.004, 0.03) * height), 1)
            cv2.polylines(out, [points.astype(np.int32)], False, paint, thickness, cv2.LINE_AA)
    return np.clip(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.5, 2.5)), 0, 255).astype(np.float32)


def background(rng: np.random.Generator, shape: tuple[int, int]) -> Image:
    """A photo where there is one, else procedural clutter."""
    picture = photo(rng, shape) if rng.random() < 0.8 else None
    return procedural(rng, shape) if picture is None else picture
