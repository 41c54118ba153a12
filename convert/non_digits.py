"""What is no digit, by kind, and how often a model takes it for one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..crops import cut
from . import clutter
from .bezel import Panel
from .corpus import from_folders
from .displays import Display, Segmented
from .drums import Drum
from .glyphs import Box
from .labels import NONE
from .optics import corners, photograph, pose, project, warp
from .sample import Dataset, Image, Kind
from .synthesize import DISPLAYS, contrast_of

if TYPE_CHECKING:
    from ..classifier import Scores

SURROUNDINGS = "strips' surroundings"
"""Kind of what is cut from real strips: halves, pairs, and what stands around their digits."""

_KINDS = {
    "hardware": "bezels and screws",
    "blank": "blank cells",
    "letter": "letters",
    "point": "points",
    "two": "pairs",
    "between": "between two digits",
    "half": "halves",
    "segment": "segments",
    "off": "beside a digit",
    "hole": "holes",
    "far": "several digits, small",
}
_PLATES = "texture, barcodes, icons"
_PLATE_SHARE = 0.15
_SEED = 9_000_001
_BLANK = 34
"""Contrast from which an unlit cell may show what it once showed."""


@dataclass(frozen=True)
class Taken:
    """Crops of one kind of non-digits, and how many of them pass for a digit."""

    n: int
    taken: int

    @property
    def share(self) -> float:
        """Share that passes for a digit."""
        return self.taken / max(self.n, 1)


def measure(
    crops: Mapping[str, Image], classify: Callable[[Image], Scores], accept: float
) -> dict[str, Taken]:
    """Count by kind, and under `all`, what reaches the threshold as a digit."""
    counts = {}
    for kind, images in crops.items():
        chances = np.exp(classify(images).digits)
        sure = (chances.argmax(axis=1) != NONE) & (chances.max(axis=1) >= accept)
        counts[kind] = Taken(len(images), int(sure.sum()))
    return {**counts, "all": Taken(*(sum(getattr(c, f) for c in counts.values()) for f in ("n", "taken")))}


def as_dict(counts: Mapping[str, Taken]) -> dict[str, Any]:
    """The counts for JSON."""
    return {kind: {"n": c.n, "taken": c.taken, "share": c.share} for kind, c in counts.items()}


def surroundings(datasets: Iterable[Dataset]) -> Image:
    """Non-digits that are cut from the boxed strips of data sets."""
    boxed = [d for d in datasets if any(sample.boxes for sample in d.of_kind(Kind.STRIP))]
    if not boxed:
        return np.zeros((0, 32, 32), np.uint8)
    crops = from_folders([dataset.folder for dataset in boxed], _SEED)
    around = (crops.digit == NONE) & np.char.endswith(crops.domain.astype(np.str_), "/none")
    return np.asarray(crops.crops[around])


def rendered(count: int) -> dict[str, Image]:
    """About so many rendered non-digits by kind, in fonts that training never sees; always the same ones."""
    found: dict[str, list[Image]] = {}
    total, picture = 0, 0
    while total < count:
        for kind, crop in _picture(np.random.default_rng((_SEED, picture))):
            found.setdefault(kind, []).append(crop)
            total += 1
        picture += 1
    return {kind: np.stack(crops) for kind, crops in sorted(found.items())}


def _picture(rng: np.random.Generator) -> Iterator[tuple[str, Image]]:
    """Non-digits of one picture, with their kinds."""
    target = float(np.clip(np.exp(rng.normal(3.4, 0.55)), 9, 120))
    native = float(np.clip(target, 26, 64))
    if rng.random() < _PLATE_SHARE:
        image, boxes = clutter.plate(rng, native)
        wanted = [(box, _PLATES) for box in boxes]
    else:
        shares = np.array([share for _, share in DISPLAYS])
        kind = DISPLAYS[int(rng.choice(len(DISPLAYS), p=shares / shares.sum()))][0]
        display = kind(rng, native, "held-out")
        panel = _shown(rng, display)
        image, wanted = panel.image, _wanted(rng, display, panel)
    if not wanted:
        return
    grey = cv2.cvtColor(np.clip(image, 0, 255), cv2.COLOR_BGR2GRAY).astype(np.float32, copy=False)
    scale = target / native
    matrix = pose(rng, (grey.shape[1], grey.shape[0]), scale, float(rng.normal(0, 2)), rng.choice([0, 0.05]))
    size = max(round(grey.shape[1] * scale), 8), max(round(grey.shape[0] * scale), 8)
    view = warp(grey, matrix, size)
    quads = project(matrix, corners([box for box, _ in wanted]))
    picture = photograph(view, rng, target, contrast=contrast_of(view, quads))
    low, high = quads.min(axis=(1, 2)), (quads - np.array(size)).max(axis=(1, 2))
    inside = (low > -0.03 * target) & (high < 0.03 * target)
    for (_, what), crop in zip(
        (pair for pair, keep in zip(wanted, inside, strict=True) if keep),
        cut(picture, _jittered(rng, quads[inside])),
        strict=True,
    ):
        if what != _KINDS["blank"] or crop.std() < _BLANK:
            yield what, crop


def _shown(rng: np.random.Generator, display: Display) -> Panel:
    """The display with digits and words on it."""
    count = int(rng.integers(3, 8))
    if isinstance(display, Drum):
        return display.turn([float(digit) for digit in rng.integers(0, 10, count)])
    letters = clutter.SEGMENT_LETTERS if isinstance(display, Segmented) else clutter.LETTERS + clutter.SIGNS
    word = "".join(rng.choice(list(letters), int(rng.integers(2, 5))))
    number = "".join(str(digit) for digit in rng.integers(0, 10, count))
    return display.render(
        str(rng.choice([word, number + word, number, " " + number[:-1] + "." + number[-1]]))
    )


def _wanted(rng: np.random.Generator, display: Display, panel: Panel) -> list[tuple[Box, str]]:
    """Some boxes of each reason, so that no kind crowds out the others."""
    signs = {mark.box for mark in panel.marks if mark.char in clutter.SIGNS}
    by_reason: dict[str, list[Box]] = {}
    for box, why in clutter.distractors(rng, display, panel):
        kind = "symbols" if why == "letter" and box in signs else _KINDS.get(why, why)
        by_reason.setdefault(kind, []).append(box)
    return [
        (boxes[int(index)], kind)
        for kind, boxes in by_reason.items()
        for index in rng.permutation(len(boxes))[:2]
    ]


def _jittered(rng: np.random.Generator, quads: NDArray[np.float32]) -> NDArray[np.float32]:
    """Quads as far off as detectors are."""
    middle = quads.mean(axis=1, keepdims=True)
    sides = np.ptp(quads, axis=1)[:, None]
    grown = middle + (quads - middle) * np.exp(rng.normal(0, 0.05, (len(quads), 1, 1)))
    return np.asarray(grown + np.clip(rng.normal(0, 0.04, sides.shape), -0.08, 0.08) * sides, np.float32)
