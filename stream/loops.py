"""Lines of parts of digits, which are digits themselves: the loop of a 9 is a fair 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .lines import Floats, Line
from .slots import Judge

_ROW = 3
"""Digits from which a line is worth another look."""
_TALLER = (0, 0.6), (-1, 0.6), (-1, 0.9), (1, 0.6), (1, 0.9)
_NEARLY = (0, 0), (-1, -0.15), (-1, 0.15), (0, -0.2), (0, 0.15), (1, -0.15), (1, 0.15)
"""Where a line may be higher, -1 above and 1 below, and by how much of its height; the first in any case."""
_PLAIN = 0.02
"""Mean cost (negative log-probability) of digits up to which they are plain."""


def whole(line: Line, judge: Judge) -> Line:
    """Make a line as high as its digits, if it is one of loops, and return any other as it is.

    Parts of digits may be digits. What is higher than a digit is none: should it be read plainly, and most of
    it as other digits, the line was one of parts.
    """
    if len(line.u) < _ROW:
        return line
    higher = _higher(line, _TALLER)
    (_, cost), (names, first) = _read([line, higher[0]], judge)
    if not _changed(first[None], names):
        return line
    more, others = _read(higher[1:], judge)
    costs, read = np.append(cost, more), np.vstack([first, others])
    costs[~_changed(read, names)] = np.inf
    best = int(np.argmin(costs))
    if costs[best] > _PLAIN:
        return line
    nearly = _higher(higher[best], _NEARLY)
    costs, read = _read(nearly, judge)
    costs[(read != read[0]).any(axis=1)] = np.inf
    return nearly[int(np.argmin(costs))]


def _changed(read: NDArray[np.intp], names: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which readings differ in half of the digits or more."""
    return np.asarray(2 * (read != names).sum(axis=1) >= len(names))


def _higher(line: Line, more: Sequence[tuple[float, float]]) -> list[Line]:
    return [
        replace(line, height=(1 + share) * line.height, v=line.v + side * share / 2 * line.height)
        for side, share in more
    ]


def _read(lines: Sequence[Line], judge: Judge) -> tuple[Floats, NDArray[np.intp]]:
    """Mean costs of the digits of `lines`, and what they are."""
    chance, names, _ = judge(np.concatenate([line.quads(line.u, line.widths) for line in lines]))
    costs = -np.log(np.maximum(chance, 1e-9)).reshape(len(lines), -1).mean(axis=1)
    return np.asarray(costs, np.float32), names.reshape(len(lines), -1)
