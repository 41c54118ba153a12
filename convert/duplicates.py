"""Find pictures that are there twice: pixel for pixel, or saved again, scaled, brightened, or taken again.

Cut-out digits look alike as such: a 5 and a 9 of one display differ in a single segment. So two pictures only
count as alike when no spot of them differs, however well they agree elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .sample import Image

Floats = NDArray[np.float32]
Pairs = NDArray[np.intp]
"""`(P, 2)` numbers of pictures, the earlier one first."""

SIDE = 16
"""Width and height of a thumbnail."""
SPOT = 3
"""Side of the smallest spot that counts, in pixels of a thumbnail: about half a segment."""
DIFFERENCE = 0.2
"""Most that a spot may differ, in standard deviations of the picture.

On 13,231 crops of 26 meters this takes 2 of 7,414 pairs of different digits for alike, both of them wrongly
labelled; saving as JPEG of quality 50, noise and scaling up stay below it.
"""
STRETCH = 0.1
"""Most by which the logarithms of the aspect ratios may differ."""
_CORRELATION = 0.96
"""Below it some spot surely differs; quick to tell for all pairs."""
_ROWS = 512
_PAIRS = 16384


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What is kept of a picture to find it again."""

    pixels: bytes
    thumbnail: Floats
    """`(256,)`, mean 0 and standard deviation 1; 0 for a picture of one grey level."""
    aspect: float
    """Logarithm of width by height."""


def fingerprint(picture: Image) -> Fingerprint:
    """Return the fingerprint of a BGR picture."""
    height, width = picture.shape[:2]
    digest = hashlib.blake2b(f"{picture.shape}".encode() + picture.tobytes(), digest_size=16).digest()
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    small = cv2.resize(grey.astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_AREA).ravel()
    small -= small.mean()
    spread = float(small.std())
    return Fingerprint(
        digest, np.asarray(small / max(spread, 1e-3), np.float32), float(np.log(width / height))
    )


def same(prints: Sequence[Fingerprint]) -> Pairs:
    """Return each picture that is there already, pixel for pixel, behind the first of its kind."""
    first = _first(prints)
    copies = np.flatnonzero(first != np.arange(len(first)))
    return np.stack([first[copies], copies], axis=1)


def alike(prints: Sequence[Fingerprint]) -> Iterator[tuple[Pairs, Floats]]:
    """Yield all pairs that look alike but are not the same, and how far each differs, some at a time."""
    if not prints:
        return
    thumbnails = np.stack([p.thumbnail for p in prints])
    aspects = np.array([p.aspect for p in prints], np.float32)
    first = _first(prints)
    least = _CORRELATION * SIDE * SIDE
    for start in range(0, len(prints), _ROWS):
        near = thumbnails[start : start + _ROWS] @ thumbnails[start:].T >= least
        rows, columns = np.nonzero(np.triu(near, 1))
        rows, columns = rows + start, columns + start
        fits = (np.abs(aspects[rows] - aspects[columns]) <= STRETCH) & (first[rows] != first[columns])
        candidates = np.stack([rows[fits], columns[fits]], axis=1)
        for begin in range(0, len(candidates), _PAIRS):
            pairs = candidates[begin : begin + _PAIRS]
            differs = _largest_spot(thumbnails[pairs[:, 0]] - thumbnails[pairs[:, 1]])
            yield pairs[differs <= DIFFERENCE], differs[differs <= DIFFERENCE]


def _largest_spot(difference: Floats) -> Floats:
    """Return the largest mean of any spot of thumbnails `(P, 256)`."""
    sums = np.pad(difference.reshape(-1, SIDE, SIDE), ((0, 0), (1, 0), (1, 0))).cumsum(1).cumsum(2)
    s = SPOT
    spots = sums[:, s:, s:] - sums[:, :-s, s:] - sums[:, s:, :-s] + sums[:, :-s, :-s]
    return np.asarray(np.abs(spots).max(axis=(1, 2)) / (s * s), np.float32)


def _first(prints: Sequence[Fingerprint]) -> NDArray[np.intp]:
    """Return for each picture the number of the first one with the same pixels."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(p.pixels, i) for i, p in enumerate(prints)], np.intp)
