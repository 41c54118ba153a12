"""Two boxes that are halves of one digit: each alone shows what both show together, or one between them."""

from __future__ import annotations

import numpy as np

from .frames import Boxes
from .lines import Floats, Indices

_SHARED = 0.12
"""Of the narrower of two boxes, from which they are parts of one digit if they show the same."""
_TAKEN, _PLAIN = 0.35, 0.9
"""Of the narrower of two boxes, from which a digit about the middle takes of a half, and its probability."""
_WITHIN = 0.97
"""Width of that digit, of both halves', up to which it is not two digits in one box."""
_TOUCHING = 0.2
"""Of the height of two boxes, up to which they may lie side by side in one digit."""


def overlapping(boxes: Boxes, names: Indices) -> Floats:
    """`(N, N)`: infinite where two boxes that overlap show the same digit."""
    same = (names[:, None] == names) & (_shared(boxes) > _SHARED)
    return np.asarray(np.where(same, np.inf, 0), np.float32)


def around_a_digit(boxes: Boxes, names: Indices, chance: Floats) -> Floats:
    """`(N, N)`: infinite where a plain digit stands about the middle of two boxes that show the same."""
    left, right = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    middle = left + right
    takes = (names[:, None] == names) & (_shared(boxes) > _TAKEN)
    before, after = takes & (middle < middle[:, None]), takes & (middle > middle[:, None])
    plain = (chance > _PLAIN) & (names != 1) & before.any(axis=1) & after.any(axis=1)
    cost = np.zeros(takes.shape, np.float32)
    for k in np.flatnonzero(plain).tolist():
        first, second = np.flatnonzero(before[k]), np.flatnonzero(after[k])
        across = right[second] - left[first][:, None]
        cost[first[:, None], second] += np.where(boxes[k, 2] < _WITHIN * across, np.inf, 0)
    return cost


def side_by_side(boxes: Boxes, names: Indices) -> tuple[Indices, Indices, Boxes]:
    """Return the boxes that may be left halves, the right ones, and what holds both.

    Only a 1 stands so close to another.
    """
    x, y, width, height = boxes.T
    foot = y + height
    lower = np.minimum(height[:, None], height)
    gap, across = x - (x + width)[:, None], x + width - x[:, None]
    uneven = np.abs(y - y[:, None]) + np.abs(foot - foot[:, None])
    near = (np.abs(gap) < _TOUCHING * lower) & (across < lower) & (uneven < _TOUCHING * lower)
    left, right = np.nonzero(near & (x > x[:, None]) & (names[:, None] == names) & (names != 1))
    top, bottom = np.minimum(y[left], y[right]), np.maximum(foot[left], foot[right])
    both = np.stack([x[left], top, across[left, right], bottom - top], axis=1)
    return left, right, np.asarray(both, np.float32)


def _shared(boxes: Boxes) -> Floats:
    """`(N, N)`: what two boxes share of their way along the line, of the narrower one's width."""
    left, right = boxes[:, 0], boxes[:, 0] + boxes[:, 2]
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    return np.asarray(shared / np.minimum(boxes[:, None, 2], boxes[:, 2]), np.float32)
