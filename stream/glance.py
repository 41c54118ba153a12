"""What digit places look like at a glance: so coarse, and so cheap, that each frame can afford it for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from .crops import CONTRAST, MAX_GAIN, grow
from .frames import Corners, Luma

Points = NDArray[np.complex64]
Floats = NDArray[np.float32]

CELLS = 8
"""Cells along each side of a place: noise averages out in them, a segment does not."""
_FINE = 3
"""Samples along each side of a cell."""
_SAMPLES = _FINE * CELLS
_EDGE = 1
"""Cells at each side that have no say in the normalisation: the bright frame of a dim display."""
_SPREAD = 0.7
"""Contrast of cells beside that of the pixels in them."""
_LOOSE = np.float32(0.25)
"""Of a cell's side: how exactly places are known. What moves further has moved: a drum turns."""
_RIGID = 0.1
"""Pixels by which places may be off the common motion that they are taken to follow."""
_ONE_MAP = np.zeros(0, np.float32)
"""In place of a second one."""
_PLACES = ((np.arange(_SAMPLES, dtype=np.float32) + 0.5) / _SAMPLES)[:, None]


class _Sampling(NamedTuple):
    """Where to look at places in one of the halvings."""

    level: int
    rows: NDArray[np.intp]
    where: Points
    """Samples `(24, n * 24)` in pixels of the whole picture."""


class Glances:
    """Looks at places; while they only move along with the picture, their geometry is not worked out anew."""

    def __init__(self) -> None:
        self._corners: Corners | None = None
        self._arms = np.zeros(0, np.complex64)
        self._middle = 0j
        self._samplings: list[_Sampling] = []
        self._maps: list[NDArray[np.float32]] = []
        self._seen: list[NDArray[Any]] = []

    def __call__(self, levels: Sequence[Luma], corners: Corners) -> Floats:
        """Return the grey levels `(N, 64)` of the places `(N, 4, 2)` with a digit's usual margin.

        `levels` are a picture and its halvings. The same array of corners is taken to have the same content.
        """
        if corners is not self._corners:
            self._corners = corners
            self._aim(corners, len(levels))
        cells = np.empty((len(corners), CELLS * CELLS), np.float32)
        self._seen = []
        for (level, rows, _), where in zip(self._samplings, self._maps, strict=True):
            seen = cv2.remap(
                levels[level], where, _ONE_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            self._seen.append(seen)
            means = cv2.resize(seen, (len(rows) * CELLS, CELLS), interpolation=cv2.INTER_AREA)
            cells[rows] = means.reshape(CELLS, len(rows), CELLS).swapaxes(0, 1).reshape(len(rows), -1)
        return cells

    def slopes(self, wanted: NDArray[np.intp]) -> Floats:
        """Return how the cells `(n, 2, 64)` of some places of the last call change, a cell further on."""
        found = np.zeros((len(self._arms) // 4, 2, CELLS * CELLS), np.float32)
        for (_, rows, _), seen in zip(self._samplings, self._seen, strict=True):
            here = np.flatnonzero(np.isin(rows, wanted))
            places = seen.reshape(_SAMPLES, len(rows), _SAMPLES)[:, here].swapaxes(0, 1).astype(np.float32)
            for axis in (2, 1):
                steep = np.gradient(places, 1 / _FINE, axis=axis)
                cells = steep.reshape(len(here), CELLS, _FINE, CELLS, _FINE).mean(axis=(2, 4))
                found[rows[here], 2 - axis] = cells.reshape(len(here), CELLS * CELLS)
        return found[wanted]

    def _aim(self, corners: Corners, levels: int) -> None:
        points = np.ascontiguousarray(corners).view(np.complex64).ravel()
        middle = complex(points.mean()) if len(points) else 0j
        arms = points - np.complex64(middle)
        turn = 1 + 0j
        if len(arms) == len(self._arms) > 0:
            turn = complex(np.vdot(self._arms, arms)) / max(float(np.vdot(self._arms, self._arms).real), 1e-9)
        if len(arms) != len(self._arms) or np.abs(arms - turn * self._arms).max(initial=0) > _RIGID:
            self._samplings = _samplings(corners, levels)
            self._arms, self._middle, turn = arms, middle, 1 + 0j
        shift = middle - turn * self._middle
        self._maps = []
        for level, _, where in self._samplings:
            scale = 0.5**level
            at = where * np.complex64(turn * scale) + np.complex64(shift * scale - (0.5 + 0.5j))
            self._maps.append(at.view(np.float32).reshape(*at.shape, 2))


def normalised(cells: Floats) -> tuple[Floats, Floats, Floats]:
    """Return cells `(N, 64)` with one mean and contrast, as crops have them, with the mean and the gain."""
    count = CELLS - 2 * _EDGE
    inner = cells.reshape(len(cells), CELLS, CELLS)[:, _EDGE:-_EDGE, _EDGE:-_EDGE].reshape(
        len(cells), count**2
    )
    mean = inner.mean(axis=1)
    off = inner - mean[:, None]
    deviation = np.sqrt(np.einsum("ij,ij->i", off, off) / off.shape[1])
    gain = _SPREAD * CONTRAST / np.maximum(deviation, CONTRAST / MAX_GAIN)
    return (cells - mean[:, None]) * gain[:, None], mean, gain


def replaced(change: Floats, slopes: Floats) -> Floats:
    """Return changes `(N, 64)` less what places a little off explain by their slopes `(N, 2, 64)`."""
    # The shift that explains most, by least squares.
    xx, xy, _, yy = np.einsum("nik,njk->ijn", slopes, slopes).reshape(4, -1)
    x, y = np.einsum("nik,nk->in", slopes, change)
    scale = np.maximum(xx * yy - xy * xy, 1e-3)
    shift = np.stack([yy * x - xy * y, xx * y - xy * x], axis=1) / scale[:, None]
    return np.asarray(change - np.einsum("ni,nik->nk", np.clip(shift, -_LOOSE, _LOOSE), slopes), np.float32)


def _samplings(corners: Corners, levels: int) -> list[_Sampling]:
    quads = grow(corners.astype(np.float64)).astype(np.float32)
    sides = np.abs(quads[:, 2] - quads[:, 0]).max(axis=1)
    # At least a pixel from sample to sample, at most two: nothing falls between them.
    level = np.clip(np.log2(np.maximum(sides, 1) / _SAMPLES), 0, levels - 1).astype(np.intp)
    points = quads.view(np.complex64)
    found = []
    for one in np.unique(level).tolist():
        rows = np.flatnonzero(level == one)
        a, b, c, d = points[rows].swapaxes(0, 1)
        top, bottom = a + (b - a) * _PLACES.T, d + (c - d) * _PLACES.T
        where = top + (bottom - top) * _PLACES[:, None]
        found.append(_Sampling(one, rows, where.reshape(_SAMPLES, -1)))
    return found
