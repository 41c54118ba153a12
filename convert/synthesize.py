"""Training crops: rendered displays, photographed, and cut up as the running program does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context

import cv2
import numpy as np
from numpy.typing import NDArray

from ..crops import EDGE, MARGIN, cut
from . import clutter
from .bezel import Panel
from .displays import Display, DotMatrix, Fluorescent, Lcd, Led, Segmented
from .drums import Drum
from .fonts import Role
from .glyphs import RASTER, Box, Mark
from .optics import corners, photograph, pose, project, warp
from .prints import Engraved, EPaper, HouseNumber, Printed

NONE = 10
"""Class of everything that is no digit."""
UNKNOWN = -1
"""Tenths of a drum of which only the digit is to be seen."""

DISPLAYS: tuple[tuple[type[Display], float], ...] = (
    (Drum, 0.27),
    (Lcd, 0.26),
    (Led, 0.12),
    (Fluorescent, 0.03),
    (DotMatrix, 0.05),
    (Printed, 0.10),
    (EPaper, 0.02),
    (Engraved, 0.03),
    (HouseNumber, 0.16),
)
"""Kinds of displays and their shares."""
_PLATES = 0.13
"""Share of pictures without any digit."""
_WASHED_OUT = 0.25
"""Share of segment displays whose unlit segments are hardly darker than the lit ones."""
_NONE_SHARE = 0.23
"""Share of non-digits on a display."""
_TIGHT = 0.2
"""Share of pictures whose digits are cut closer than the running program does, as people do by hand."""
_STRETCHED = 0.1
"""Share of pictures that somebody brought to another aspect."""
_BY_HAND = 0.5
"""Share of slots that are not where they should be."""
_BATCH = 64


@dataclass(frozen=True, eq=False)
class Samples:
    """Crops with what they show."""

    images: NDArray[np.uint8]
    """`(n, 32, 32)`, preprocessed as at run time."""
    digit: NDArray[np.int64]
    """0-9, or 10 for no digit."""
    wheel: NDArray[np.int64]
    """Tenths that a drum stands past its digit, `UNKNOWN` if it is cut tight around it; 0 for all others."""
    domain: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.images)


def digit_crops(n: int, seed: int, fonts: Role = "train", workers: int = 1) -> Samples:
    """Render `n` crops; the same seed gives the same crops, whatever the number of workers."""
    images: list[NDArray[np.uint8]] = []
    labels: list[tuple[int, int, str]] = []
    for crops, known in _batches(seed, fonts, workers) if n else ():
        images.append(crops)
        labels += known
        if len(labels) >= n:
            break
    digit, wheel, domain = zip(*labels[:n], strict=True) if n else ((), (), ())
    stacked = np.concatenate(images)[:n] if n else np.empty((0, 32, 32), np.uint8)
    return Samples(stacked, np.array(digit, np.int64), np.array(wheel, np.int64), np.array(domain, np.str_))


def _batches(
    seed: int, role: Role, workers: int
) -> Iterator[tuple[NDArray[np.uint8], list[tuple[int, int, str]]]]:
    batch = 0
    if workers <= 1:
        while True:
            yield _batch((seed, batch, role))
            batch += 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        while True:
            yield from pool.map(_batch, ((seed, batch + i, role) for i in range(4 * workers)))
            batch += 4 * workers


def _batch(task: tuple[int, int, Role]) -> tuple[NDArray[np.uint8], list[tuple[int, int, str]]]:
    """Crops of some pictures."""
    seed, batch, role = task
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        made = [_picture(np.random.default_rng((seed, batch, index)), role) for index in range(_BATCH)]
    finally:
        cv2.setNumThreads(threads)
    return np.concatenate([crops for crops, _ in made]), list(chain.from_iterable(known for _, known in made))


def _picture(rng: np.random.Generator, role: Role) -> tuple[NDArray[np.uint8], list[tuple[int, int, str]]]:
    """Crops of one picture."""
    target = float(np.clip(np.exp(rng.normal(3.4, 0.55)), 9, 120))
    native = float(np.clip(target, 26, 64))
    wanted: list[tuple[Box, int, int, str]]
    if rng.random() < _PLATES:
        image, boxes = clutter.plate(rng, native)
        wanted, domain = [(box, NONE, 0, "clutter") for box in boxes], "clutter"
    else:
        shares = np.array([share for _, share in DISPLAYS])
        kind = DISPLAYS[int(rng.choice(len(DISPLAYS), p=shares / shares.sum()))][0]
        display = kind(rng, native, role)
        if rng.random() < _WASHED_OUT:
            _wash_out(display, rng)
        panel = _shown(rng, display)
        image, wanted, domain = panel.image, _wanted(rng, display, panel), display.domain
    grey = cv2.cvtColor(np.clip(image, 0, 255), cv2.COLOR_BGR2GRAY).astype(np.float32, copy=False)
    scale = target / native
    on_wall = domain == HouseNumber.domain
    angle = rng.normal(0, 4.0 if on_wall else 2.0)
    if rng.random() < 0.15:
        angle = rng.uniform(-20, 20) if on_wall else rng.uniform(-12, 12)
    matrix = pose(rng, (grey.shape[1], grey.shape[0]), scale, float(angle), rng.choice([0, 0.03, 0.08]))
    wider = float(np.exp(rng.uniform(0.1, 0.5))) if rng.random() < _STRETCHED else 1.0
    matrix = np.diag([wider, 1.0, 1.0]) @ matrix
    size = max(round(grey.shape[1] * scale * wider), 8), max(round(grey.shape[0] * scale), 8)
    view = warp(grey, matrix, size)
    quads = project(matrix, corners([box for box, *_ in wanted]))
    picture = photograph(view, rng, target, contrast=contrast_of(view, quads))
    if on_wall and rng.random() < 0.5:
        quads = _upright(quads)
    margin = float(rng.uniform(-0.02, 0.1)) if rng.random() < _TIGHT else MARGIN
    for index, quad in enumerate(quads):
        quads[index] = _jittered(rng, quad)
    low, high = quads.min(axis=(1, 2)), (quads - np.array(size)).max(axis=(1, 2))
    inside = np.asarray((low > -0.03 * target) & (high < 0.03 * target), np.bool_)
    crops = cut(picture, quads[inside], margin)
    labels = [label[1:] for label, keep in zip(wanted, inside.tolist(), strict=True) if keep]
    # A digit too faint to amplify is no lesson; unlit segments as clear as lit ones would be a wrong one.
    clear = crops[:, EDGE:-EDGE, EDGE:-EDGE].std(axis=(1, 2))
    fit = [
        index
        for index, (digit, _, why) in enumerate(labels)
        if (digit == NONE or clear[index] > 44) and (why != "blank" or clear[index] < 34)
    ]
    return crops[fit], [(labels[index][0], labels[index][1], domain) for index in fit]


def contrast_of(view: NDArray[np.float32], quads: NDArray[np.float32]) -> float | None:
    """Deviation of the picture where the boxes are."""
    if not len(quads):
        return None
    left, top = (max(int(value), 0) for value in quads.reshape(-1, 2).min(axis=0))
    right, bottom = (int(value) + 1 for value in quads.reshape(-1, 2).max(axis=0))
    part = view[top:bottom, left:right]
    return float(part.std()) if part.size else None


def _wash_out(display: Display, rng: np.random.Generator) -> None:
    """Show the unlit segments, as sunlight and steep views do: here a 3 is easily taken for an 8."""
    if isinstance(display, Lcd):
        display.unlit = float(rng.uniform(0.12, 0.45))
    elif isinstance(display, Led):
        # What is brighter than the camera can tell would make them equal.
        display.unlit = float(rng.uniform(0.15, 0.5)) / max(display.power, 1)


def _shown(rng: np.random.Generator, display: Display) -> Panel:
    """The display with some text on it, digits or words."""
    count = int(rng.integers(4, 10))
    if isinstance(display, Drum):
        return display.turn([int(rng.integers(10)) + int(rng.integers(10)) / 10 if rng.random() < 0.7 else
                             float(rng.integers(10)) for _ in range(count)])  # fmt: skip
    text = "".join(str(digit) for digit in rng.integers(0, 10, count))
    if rng.random() < 0.4:
        place = int(rng.integers(1, count))
        text = text[:place] + str(rng.choice([".", ".", ",", ":"])) + text[place:]
    letters = clutter.SEGMENT_LETTERS if isinstance(display, Segmented) else clutter.LETTERS + clutter.SIGNS
    dice = rng.random()
    if dice < 0.12:
        text = "".join(rng.choice(list(letters), count))
    elif dice < 0.35:
        text += " " * int(rng.integers(2)) + "".join(rng.choice(list(letters), int(rng.integers(1, 3))))
    elif dice < 0.5 and not isinstance(display, Segmented):
        text = str(rng.choice(list(clutter.SIGNS))) + text
    elif dice < 0.6:
        text = " " * int(rng.integers(1, 4)) + text
    return display.render(text)


def _wanted(rng: np.random.Generator, display: Display, panel: Panel) -> list[tuple[Box, int, int, str]]:
    """Boxes to cut: digit, wheel, and what it is."""
    wanted = [
        (box, mark.digit, wheel, "digit")
        for mark in (panel.marks[index] for index in panel.reading)
        if mark.digit is not None
        for box, wheel in _aims(rng, display, mark)
    ]
    others = clutter.distractors(rng, display, panel)
    share = _NONE_SHARE if wanted else 1.0
    count = round(len(wanted) * share / (1 - share)) if wanted else len(others)
    if not others:
        return wanted
    # Every reason as often as the next, however many boxes it has.
    reasons, which, sizes = np.unique([why for _, why in others], return_inverse=True, return_counts=True)
    weights = 1 / sizes[which] / len(reasons)
    order = rng.choice(len(others), min(count, len(others)), replace=False, p=weights)
    return wanted + [(others[int(index)][0], NONE, 0, others[int(index)][1]) for index in order]


def _aims(rng: np.random.Generator, display: Display, mark: Mark) -> Iterable[tuple[Box, int]]:
    """Boxes that a detector or a region's grid would put on a digit, and the tenths visible in each."""
    if isinstance(display, Drum):
        yield _slot(rng, mark.cell), mark.wheel
        # Around a digit alone nothing tells how far its wheel has turned.
        if mark.wheel in (8, 9, 0, 1, 2) and mark.box[3] - mark.box[1] > 0.93 * display.height:
            yield mark.box, UNKNOWN
        return
    yield mark.box, 0
    if display.slots and rng.random() < 0.35:
        yield _slot(rng, _lamps(display, mark) if rng.random() < 0.5 else mark.cell), 0


def _lamps(display: Display, mark: Mark) -> Box:
    """Where a cell's parts are, lit or not: a `1` stands at the right edge of it."""
    glyph = display.face.glyph("8") if isinstance(display, Segmented) else None
    if glyph is None:
        return mark.cell
    left, top, right, bottom = mark.cell
    middle, half = (left + right) / 2, glyph.mask.shape[1] / RASTER * display.height / 2
    return middle - half, top, middle + half, bottom


def _slot(rng: np.random.Generator, cell: Box) -> Box:
    """A box whose crop is about the cell, or what somebody took for the cell and drew by hand."""
    left, top, right, bottom = cell
    if rng.random() < _BY_HAND:
        width, height = right - left, bottom - top
        left, right = (x + width * rng.normal(0, 0.09) for x in (left, right))
        top, bottom = (y + height * rng.normal(0, 0.045) for y in (top, bottom))
        if rng.random() < 0.4:
            around = height * rng.uniform(0, 0.25, 4) * (rng.random(4) < 0.5)
            left, top, right, bottom = np.array([left, top, right, bottom]) + around * (-1, -1, 1, 1)
    height = (bottom - top) / (1 + 2 * MARGIN)
    inset = (bottom - top - height) / 2 * rng.uniform(-0.1, 1.0)
    inset = min(inset, (right - left) * 0.25)
    return float(left + inset), float(top + inset), float(right - inset), float(bottom - inset)


def _upright(quads: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes around slanting digits, as people draw them."""
    low, high = quads.min(axis=1), quads.max(axis=1)
    return corners([(*box,) for box in np.hstack([low, high]).tolist()])


def _jittered(rng: np.random.Generator, quad: NDArray[np.float32]) -> NDArray[np.float32]:
    """A quad as far off as detectors are: by .08 of its height, .12 of its size, and some degrees."""
    middle = quad.mean(axis=0)
    height = float(np.hypot(*(quad[3] - quad[0])))
    width = float(np.hypot(*(quad[1] - quad[0])))
    spread = np.clip(rng.normal(0, 0.04, 2), -0.08, 0.08) * (min(height, 3 * width), height)
    grow = 1 + np.clip(rng.normal(0, 0.06, 2), -0.12, 0.12)
    turn = np.deg2rad(rng.normal(0, 1.5))
    along, down = (quad[1] - quad[0] + quad[2] - quad[3]) / 4, (quad[3] - quad[0] + quad[2] - quad[1]) / 4
    skew = quad - middle
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    basis = np.stack([along, down])
    try:
        local = skew @ np.linalg.inv(basis)
    except np.linalg.LinAlgError:
        return quad
    return np.asarray((local * grow) @ basis @ rotation.T + middle + spread, np.float32)
