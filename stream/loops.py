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
_TALLER = (-1, 0.6), (-1, 0.9), (0, 0.6), (1, 0.6), (1, 0.9)
_NEARLY = (0, 0), (-1, -0.15), (-1, 0.15), (0, -0.2), (0, 0.15), (1, -0.15), (1, 0.15)
"""Where a line may be higher, -1 above and 1 below, and by how much of its height."""
_PLAIN = 0.02
"""Mean cost (negative log-probability) of digits up to which they are plain."""


def whole(line: Line, judge: Judge) -> Line:
    """Make a line as high as its digits, if it is one of loops, and return any other as it is.

    Parts of digits may be digits. What is higher than a digit is none: should it be read plainly, and most of
    it as other digits, the line was one of parts.
    """
    if len(line.u) < _ROW:
        return line
    options = [line, *_higher(line, _TALLER)]
    costs, names = _read(options, judge)
    costs[2 * (names != names[0]).sum(axis=1) < len(line.u)] = np.inf
    best = int(np.argmin(costs))
    if costs[best] > _PLAIN:
        return line
    nearly = _higher(options[best], _NEARLY)
    costs, names = _read(nearly, judge)
    costs[(names != names[0]).any(axis=1)] = np.inf
    return nearly[int(np.argmin(costs))]


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
