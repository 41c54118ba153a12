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

COARSE = 16
"""Width and height of the thumbnail that all pictures are compared by."""
FINE = 64
"""Width and height of the one for pictures of many digits, which the coarse one does not resolve."""
SPOT = 3
"""Side of the smallest spot that counts, in pixels of a thumbnail: about half a segment."""
DIFFERENCE = 0.3
"""Most that a spot may differ, in standard deviations of the picture.

Of 43,047 pairs of crops of meters and LCDs below it, 3 have labels more than half a digit apart, and in all 3
a label is wrong. Saving as JPEG of quality 50, noise, and most changes of size and exposure stay below it.
"""
STRETCH = 0.5
"""Most by which the logarithms of the aspect ratios may differ: data sets squeeze crops to one size."""
_CORRELATION = 0.96
"""Below it some spot surely differs; quick to tell for all pairs."""
_ROWS = 512
_PIXELS = 1 << 22
"""Pixels of thumbnails that are compared at a time."""


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What is kept of a picture to find it again."""

    pixels: bytes
    coarse: Floats
    """`(16, 16)`, mean 0 and standard deviation 1; 0 for a picture of one grey level."""
    fine: Floats
    """The same for a single digit, else `(64, 64)`."""
    aspect: float
    """Logarithm of width by height."""


def fingerprint(picture: Image, single: bool) -> Fingerprint:
    """Return the fingerprint of a BGR picture of a single digit, or of more."""
    height, width = picture.shape[:2]
    digest = hashlib.blake2b(f"{picture.shape}".encode() + picture.tobytes(), digest_size=16).digest()
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.float32)
    coarse = _thumbnail(grey, COARSE)
    fine = coarse if single else _thumbnail(grey, FINE)
    return Fingerprint(digest, coarse, fine, float(np.log(width / height)))


def same(prints: Sequence[Fingerprint]) -> Pairs:
    """Return each picture that is there already, pixel for pixel, behind the first of its kind."""
    first = _first(prints)
    copies = np.flatnonzero(first != np.arange(len(first)))
    return np.stack([first[copies], copies], axis=1)


def alike(prints: Sequence[Fingerprint], difference: float = DIFFERENCE) -> Iterator[tuple[Pairs, Floats]]:
    """Yield all pairs that look alike but are not the same, and how far each differs, some at a time."""
    if not prints:
        return
    coarse = np.stack([p.coarse.ravel() for p in prints])
    aspects = np.array([p.aspect for p in prints], np.float32)
    sides = np.array([len(p.fine) for p in prints])
    first = _first(prints)
    least = _CORRELATION * COARSE * COARSE
    for start in range(0, len(prints), _ROWS):
        near = coarse[start : start + _ROWS] @ coarse[start:].T >= least
        rows, columns = np.nonzero(np.triu(near, 1))
        rows, columns = rows + start, columns + start
        fits = (np.abs(aspects[rows] - aspects[columns]) <= STRETCH) & (first[rows] != first[columns])
        for side in (COARSE, FINE):
            chosen = fits & (sides[rows] == side) & (sides[columns] == side)
            candidates = np.stack([rows[chosen], columns[chosen]], axis=1)
            step = _PIXELS // side**2
            for begin in range(0, len(candidates), step):
                pairs = candidates[begin : begin + step]
                differs = _differences(prints, pairs)
                yield pairs[differs <= difference], differs[differs <= difference]


def _thumbnail(grey: Floats, side: int) -> Floats:
    small = cv2.resize(grey, (side, side), interpolation=cv2.INTER_AREA)
    small -= small.mean()
    return np.asarray(small / max(float(small.std()), 1e-3), np.float32)


def _differences(prints: Sequence[Fingerprint], pairs: Pairs) -> Floats:
    """Return how far the spot of each pair that differs most does so."""
    left, right = (np.stack([prints[i].fine for i in column]) for column in pairs.T.tolist())
    sums = np.pad(left - right, ((0, 0), (1, 0), (1, 0))).cumsum(1).cumsum(2)
    s = SPOT
    spots = sums[:, s:, s:] - sums[:, :-s, s:] - sums[:, s:, :-s] + sums[:, :-s, :-s]
    return np.asarray(np.abs(spots).max(axis=(1, 2)) / (s * s), np.float32)


def _first(prints: Sequence[Fingerprint]) -> NDArray[np.intp]:
    """Return for each picture the number of the first one with the same pixels."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(p.pixels, i) for i, p in enumerate(prints)], np.intp)
