"""Lines of digits without a common pitch, as print has them: made even, and filled where one is missing."""

from __future__ import annotations

import numpy as np

from .frames import Corners
from .light import LETTER
from .lines import Floats, Indices, Line, roomy
from .slots import END, Judge, Lined, View, inserted

_FEWEST = 3
"""Digits other than `1`s that tell how wide a missing one is: a row of walls is no line to fill."""


def evened(line: Line, corners: Corners, chance: Floats, names: Indices, judge: Judge) -> Lined:
    """Give digits `(N, 4, 2)` the height and direction of their line, without ends on another ground."""
    quads = line.quads(line.u, line.widths)
    again, anew, light = judge(quads)
    better = again >= 0.9 * chance
    corners, chance = np.where(better[:, None, None], quads, corners), np.where(better, again, chance)
    names = np.where(better, anew, names)
    like = light.like(light)
    if not like.any():
        return corners, chance, names
    first, last = int(np.argmax(like)), len(like) - int(np.argmax(like[::-1]))
    return corners[first:last], chance[first:last], names[first:last]


def filled(corners: Corners, chance: Floats, names: Indices, view: View) -> Lined:
    """Add the digits that plainly stand in gaps of a line `(N, 4, 2)`, but `1`s: walls between drums are."""
    if len(corners) < _FEWEST or not (wide := roomy(corners)).any():
        return corners, chance, names
    _, names, shown = view.judge(corners)
    if (names != 1).sum() < _FEWEST:
        return corners, chance, names
    line = Line.fit(corners)
    left, right = line.u - line.widths / 2, line.u + line.widths / 2
    u = (left[1:] + right[:-1])[wide] / np.float32(2)
    width = np.sort(line.widths)[len(corners) // 2]
    places = line.quads(u, np.full(len(u), width, np.float32))
    seen, missing, light = view.judge(places)
    plain = (seen > END) & (missing != 1) & light.like(shown, LETTER)
    found = places[plain], seen[plain], missing[plain]
    return inserted((corners, chance, names), found, np.concatenate([line.u, u[plain]]))
