"""Crops as other cameras, displays and localizers would give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..crops import SIZE, normalise
from .dataset import Image

Floats = NDArray[np.float32]

_MIDDLE = (SIZE - 1) / 2


def augment(
    crops: Image, rng: np.random.Generator, drums: NDArray[np.bool_], rendered: NDArray[np.bool_]
) -> Image:
    """Change each crop `(N, 32, 32)` a little.

    `drums` marks those whose height in the window must stay, `rendered` those that have had a camera's faults
    already and get half as many more.
    """
    out = np.empty_like(crops)
    for i, crop in enumerate(crops):
        image = crop.astype(np.float32)
        dice = rng.random()
        if dice < 0.27:
            other = crops[rng.integers(len(crops))].astype(np.float32)
            image = _neighbour(image, other, rng) if dice < 0.15 else _surrounded(image, other, rng, drums[i])
        if rng.random() < 0.85:
            image = _shift(image, rng, 0.5 if drums[i] else 1.0)
        for change, chance in _CHANGES:
            if rng.random() < (chance / 2 if rendered[i] else chance):
                image = change(image, rng)
        if rng.random() < 0.4:
            image = 255 - image
        out[i] = np.clip(image, 0, 255)
        if rng.random() < 0.12:
            out[i] = _jpeg(out[i], int(rng.integers(10, 70)))
    return normalise(out)


def _shift(image: Floats, rng: np.random.Generator, amount: float) -> Floats:
    """Another place, size, angle, slant or viewpoint."""
    angle = np.deg2rad(rng.normal(0, 4))
    zoom = np.exp(rng.normal(0, 0.07)) * np.exp(rng.normal(0, 0.08 * amount, 2))
    if rng.random() < 0.25 * amount:
        # A box that cuts off its margin.
        zoom = zoom * rng.uniform(1.05, 1.3)
    slant = rng.normal(0, 0.1)
    turn = np.array([[np.cos(angle), -np.sin(angle) + slant], [np.sin(angle), np.cos(angle)]]) * zoom
    move = rng.normal(0, 1.1, 2) * (1, amount)
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = _MIDDLE - turn @ (_MIDDLE, _MIDDLE) + move
    matrix[2, :2] = rng.normal(0, 0.0015, 2) if rng.random() < 0.3 else 0
    return _floats(cv2.warpPerspective(image, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE))


def _neighbour(image: Floats, other: Floats, rng: np.random.Generator) -> Floats:
    """Part of another digit at the left or right edge."""
    columns = int(rng.integers(2, 7))
    if rng.random() < 0.5:
        image[:, :columns] = other[:, SIZE - 5 - columns : SIZE - 5]
    else:
        image[:, SIZE - columns :] = other[:, 5 : 5 + columns]
    return image


def _surrounded(image: Floats, other: Floats, rng: np.random.Generator, drum: np.bool_) -> Floats:
    """The surroundings of another digit: its frame, its neighbours, its teeth."""
    left, right = (int(rng.integers(0, 6)) for _ in range(2))
    top, bottom = (0, 0) if drum else (int(rng.integers(0, 4)) for _ in range(2))
    inside = np.s_[top : SIZE - bottom, left : SIZE - right]
    around = other.copy()
    around[inside] = image[inside]
    return _floats(around)


def _narrow(image: Floats, rng: np.random.Generator) -> Floats:
    """A narrower crop, padded."""
    left, right = (int(rng.integers(0, 9)) for _ in range(2))
    image[:, :left] = image[:, left].mean()
    image[:, SIZE - right :] = image[:, SIZE - 1 - right].mean()
    return image


def _scale(image: Floats, rng: np.random.Generator) -> Floats:
    """Marks of a scale, or teeth of a wheel, beside the digit."""
    place, wide = int(rng.integers(0, 7)), int(rng.integers(1, 6))
    period, duty = rng.uniform(2.5, 10), rng.uniform(0.25, 0.7)
    marks = (np.arange(SIZE) / period + rng.random()) % 1 < duty
    side = image[:, ::-1] if rng.random() < 0.5 else image
    part = side[:, place : place + wide]
    value = rng.uniform(0, 255)
    part[marks] += rng.uniform(0.5, 1) * (value - part[marks])
    if rng.random() < 0.7:
        side[:, :place] = side[:, place].mean()
    return image


def _framed(image: Floats, rng: np.random.Generator) -> Floats:
    """A wider crop: around the digit's window stands its frame, each side in its own light."""
    size = int(rng.integers(21, 31))
    x, y = (round((SIZE - size) * float(np.clip(rng.normal(0.5, spread), 0, 1))) for spread in (0.35, 0.15))
    window = cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA)
    out = _floats(cv2.copyMakeBorder(window, y, SIZE - size - y, x, SIZE - size - x, cv2.BORDER_REPLICATE))
    for side in (np.s_[:, :x], np.s_[:, x + size :], np.s_[:y], np.s_[y + size :]):
        if rng.random() < 0.75:
            out[side] = rng.uniform(0, 255)
    return out


def _stretch(image: Floats, rng: np.random.Generator) -> Floats:
    """A crop that somebody brought to another aspect."""
    factor = float(np.exp(rng.uniform(0.15, 0.5)))
    matrix = np.array([[factor, 0, _MIDDLE * (1 - factor)], [0, 1, 0]])
    return _floats(cv2.warpAffine(image, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE))


def _bend(image: Floats, rng: np.random.Generator) -> Floats:
    points = int(rng.integers(3, 7))
    field = rng.normal(0, 1, (2, points, points)).astype(np.float32) * rng.uniform(0.4, 1.7)
    x, y = (cv2.resize(f, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC) for f in field)
    return _floats(
        cv2.remap(image, _COLUMNS + x, _ROWS + y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def _weight(image: Floats, rng: np.random.Generator) -> Floats:
    """Thicker or thinner strokes."""
    kernel = np.ones((int(rng.integers(1, 4)), int(rng.integers(1, 4))), np.uint8)
    changed = (cv2.dilate if rng.random() < 0.5 else cv2.erode)(image, kernel)
    return _floats(image + rng.uniform(0.4, 1) * (changed - image))


def _light(image: Floats, rng: np.random.Generator) -> Floats:
    """A brighter side, or a bright or dark spot."""
    if rng.random() < 0.6:
        x, y = rng.normal(0, 1.6, 2)
        return _floats(image + x * (_COLUMNS - _MIDDLE) + y * (_ROWS - _MIDDLE))
    x, y = rng.uniform(0, SIZE, 2)
    spot = np.exp(-((_COLUMNS - x) ** 2 + (_ROWS - y) ** 2) / (2 * rng.uniform(2, 8) ** 2))
    return _floats(image + rng.choice([-1, 1]) * rng.uniform(30, 120) * spot)


def _reflection(image: Floats, rng: np.random.Generator) -> Floats:
    """What the glass mirrors: brighter or darker on one side of an edge, which is seldom straight."""
    angle, bend = rng.uniform(0, 2 * np.pi), rng.normal(0, 0.02)
    along = np.cos(angle) * (_COLUMNS - _MIDDLE) + np.sin(angle) * (_ROWS - _MIDDLE)
    across = np.cos(angle) * (_ROWS - _MIDDLE) - np.sin(angle) * (_COLUMNS - _MIDDLE)
    edge = (across - rng.uniform(-13, 13) + bend * along**2) / rng.uniform(0.3, 2)
    side = np.clip(edge + 0.5, 0, 1)
    if rng.random() < 0.5:
        return _floats(image + rng.choice([-1, 1]) * rng.uniform(20, 110) * side)
    # A veil takes contrast away, too.
    return _floats(image + side * rng.uniform(0.2, 0.7) * (rng.uniform(0, 255) - image))


def _tone(image: Floats, rng: np.random.Generator) -> Floats:
    """Another gamma: strokes get thinner or thicker."""
    return _floats(255 * np.power(image / 255, np.exp(rng.normal(0, 0.45))))


def _ghost(image: Floats, rng: np.random.Generator) -> Floats:
    """A reflection: the picture again, faint and displaced."""
    x, y = rng.uniform(-5, 5, 2)
    move = np.array([[1, 0, x], [0, 1, y]])
    again = cv2.warpAffine(image, move, (SIZE, SIZE), borderMode=cv2.BORDER_REPLICATE)
    return _floats(image + rng.uniform(-0.3, 0.3) * (again - 128))


def _blur(image: Floats, rng: np.random.Generator) -> Floats:
    if rng.random() < 0.7:
        return _floats(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.7))))
    length = int(rng.integers(2, 6))
    kernel = np.full((1, length), 1 / length)
    return _floats(cv2.filter2D(image, -1, kernel if rng.random() < 0.5 else kernel.T))


def _small(image: Floats, rng: np.random.Generator) -> Floats:
    """As from a camera of fewer pixels."""
    side = int(rng.integers(9, 24))
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return _floats(cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR))


def _noise(image: Floats, rng: np.random.Generator) -> Floats:
    grain = rng.normal(0, rng.uniform(3, 26), (SIZE, SIZE)).astype(np.float32)
    if rng.random() < 0.3:
        grain = _floats(cv2.GaussianBlur(grain, (0, 0), 0.8) * 2)
    return _floats(image + grain)


def _cover(image: Floats, rng: np.random.Generator) -> Floats:
    """Dust, a scratch, or a bar at an edge."""
    value = float(rng.uniform(0, 255))
    dice = rng.random()
    if dice < 0.4:
        x, y = rng.integers(0, SIZE, 2)
        w, h = rng.integers(2, 9, 2)
        image[y : y + h, x : x + w] = value
    elif dice < 0.6:
        points = rng.integers(0, SIZE, 4)
        cv2.line(image, points[:2].tolist(), points[2:].tolist(), value, 1)
    else:
        width = int(rng.integers(1, 5))
        edges = (np.s_[:width], np.s_[-width:], np.s_[:, :width], np.s_[:, -width:])
        image[edges[rng.integers(4)]] = value
    return image


def _jpeg(image: Image, quality: int) -> Image:
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cast(Image, cv2.imdecode(data, cv2.IMREAD_GRAYSCALE))


def _floats(image: object) -> Floats:
    return cast(Floats, np.asarray(image, np.float32))


_ROWS, _COLUMNS = (_floats(axis) for axis in np.mgrid[:SIZE, :SIZE])

_CHANGES: tuple[tuple[Callable[[Floats, np.random.Generator], Floats], float], ...] = (
    (_stretch, 0.07),
    (_scale, 0.12),
    (_framed, 0.15),
    (_narrow, 0.3),
    (_bend, 0.25),
    (_weight, 0.2),
    (_tone, 0.25),
    (_ghost, 0.1),
    (_light, 0.3),
    (_reflection, 0.12),
    (_cover, 0.12),
    (_blur, 0.25),
    (_small, 0.12),
    (_noise, 0.4),
)
