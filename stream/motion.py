"""How the picture moves: one similarity per frame, from sparse optical flow against a key frame."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import Luma
from .reduction import flatten, halvings
from .similarity import Points, Similarity, in_pixels

POINTS = 60
GRID = (5, 10)
"""Coarse cells over the picture: each gives its best point before any gives its second."""
FINE = 3
"""Fine cells along each side of a coarse one: no two points share a fine cell."""
TEXTURE = 4e-5
"""Least corner strength (smaller eigenvalue, OpenCV's scale) of a point worth following."""
ENOUGH = 8
"""With fewer points in agreement the motion is unknown."""
TOLERANCE = 0.6
"""Distance, in reduced pixels, within which a point agrees with the motion."""
REACH = 1.5
"""The same for the first guess."""
WORN = 0.45
"""Share of the key frame's points in agreement below which a new key frame is taken."""
LOYAL = 0.35
"""Share of points by which the guess holds against any other motion."""
CONTRAST = 3.0
"""Least deviation of the coarse picture that is a scene, and not noise in the dark."""
COARSE = (16, 12)
RIGID = 1.0
"""Pull of the guess on turn and zoom, as squared reduced pixels: points on one spot can't tell them."""
ALIKE = 0.5
"""Correlation of coarse pictures below which they show different scenes."""
PATIENCE = 5
"""Frames without a match until the key frame is given up."""
FLOW_WINDOW = (11, 11)
FLOW_LEVELS, NEAR_LEVELS = 2, 1
"""Halvings in which flow is sought, and those that do where the picture goes on as it did."""
FLOW_STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 10, 0.03)
FEW = 16
"""Points that tell whether the picture still stands where it stood."""
STILL = 0.06
"""Distance, in reduced pixels, by which half of them may be off then: noise, not motion."""


def corners_to_follow(picture: Luma) -> NDArray[np.float32]:
    """Pick up to `POINTS` corners `(N, 2)`, spread over the picture; none where it has no texture."""
    rows, columns = GRID[0] * FINE, GRID[1] * FINE
    height, width = picture.shape[0] // rows, picture.shape[1] // columns
    if height < 2 or width < 2:
        return np.empty((0, 2), np.float32)
    strength = cv2.cornerMinEigenVal(picture, 3)[: rows * height, : columns * width]
    cells = strength.reshape(rows, height, columns, width).transpose(0, 2, 1, 3).reshape(rows, columns, -1)
    at, best = cells.argmax(axis=2), cells.max(axis=2)
    y = np.arange(rows)[:, None] * height + at // width
    x = np.arange(columns)[None, :] * width + at % width
    coarse = np.stack([best, x, y]).reshape(3, GRID[0], FINE, GRID[1], FINE)
    values = coarse.transpose(0, 1, 3, 2, 4).reshape(3, GRID[0] * GRID[1], FINE * FINE)
    order = np.argsort(-values[0], axis=1, kind="stable")
    best, x, y = (np.take_along_axis(v, order, axis=1).T.ravel() for v in values)
    keep = np.flatnonzero(best > TEXTURE)[:POINTS]
    return np.stack([x[keep], y[keep]], axis=1).astype(np.float32)


def fit(before: Points, after: Points, guess: Similarity) -> Similarity:
    """Return the least-squares motion of paired points; a turn that they can't tell stays as guessed."""
    middle, moved = complex(before.mean()), complex(after.mean())
    arm = before - middle
    pull = RIGID * arm.size
    turn = (complex(np.vdot(arm, after - moved)) + pull * guess.turn) / (float(np.vdot(arm, arm).real) + pull)
    return Similarity(turn, moved - turn * middle)


def agree(before: Points, after: Points, guess: Similarity) -> tuple[Similarity, NDArray[np.bool_]]:
    """Return the motion that most of the points share, and which of them share it.

    Points that move as guessed are preferred to a larger group that does not: an object that passes does
    not take the picture with it.
    """
    left = after - guess(before)
    inside = np.abs(left) < REACH
    if inside.sum() < LOYAL * inside.size:
        # `np.median` takes ten times as long on so few values.
        half = left.size // 2
        inside = np.abs(left - complex(np.sort(left.real)[half], np.sort(left.imag)[half])) < REACH
    motion = guess
    for _ in range(3):
        if inside.sum() < ENOUGH:
            break
        motion = fit(before[inside], after[inside], guess)
        agreeing = np.abs(after - motion(before)) < TOLERANCE
        if np.array_equal(agreeing, inside):
            break
        inside = agreeing
    if inside.sum() >= max(ENOUGH, LOYAL * inside.size) or inside.size < ENOUGH:
        return motion, inside
    matrix, _ = cv2.estimateAffinePartial2D(
        before.view(np.float64).reshape(-1, 2), after.view(np.float64).reshape(-1, 2),
        method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE, maxIters=200,
    )  # fmt: skip
    if matrix is None:
        return motion, inside
    other = Similarity(complex(matrix[0, 0], matrix[1, 0]), complex(matrix[0, 2], matrix[1, 2]))
    others = np.abs(after - other(before)) < TOLERANCE
    return (other, others) if others.sum() > inside.sum() else (motion, inside)


def follow(
    key: Luma, points: NDArray[np.float32], picture: Luma, guess: Similarity, levels: int = FLOW_LEVELS
) -> tuple[Similarity, NDArray[np.bool_]]:
    """Return the motion from `key` to `picture` by optical flow, and which of the `points` agree with it."""
    before = points.astype(np.float64).view(np.complex128)[:, 0]
    found, status = _flow(key, points, picture, _moved(points, guess), levels)
    agreeing = status[:, 0] == 1
    if agreeing.sum() < ENOUGH:
        return guess, np.zeros(len(points), bool)
    after = found.astype(np.float64).view(np.complex128)[agreeing, 0]
    motion, inside = agree(before[agreeing], after, guess)
    agreeing[agreeing] = inside
    return motion, agreeing


def _moved(points: NDArray[np.float32], motion: Similarity) -> NDArray[np.float32]:
    return motion(points.view(np.complex64)).astype(np.complex64).view(np.float32)


def _flow(
    key: Luma,
    points: NDArray[np.float32],
    picture: Luma,
    start: NDArray[np.float32],
    levels: int,
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return where `points` of `key` are in `picture`, sought from `start` on, and 1 for those found."""
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        key, picture, points, start.copy(), winSize=FLOW_WINDOW, maxLevel=levels,
        criteria=FLOW_STOP, flags=cv2.OPTFLOW_USE_INITIAL_FLOW, minEigThreshold=1e-4,
    )  # fmt: skip
    return np.asarray(found, np.float32), np.asarray(status, np.uint8)


class Motion:
    """Follows the picture from frame to frame; plain calculation, the same for the same frames."""

    def __init__(self) -> None:
        self.pose = Similarity()
        """From the coordinates of the first frame since the last cut to those of this frame, in pixels."""
        self.sure = False
        """Whether the motion could be seen; else the picture is taken to stand where it stood."""
        self.cut = False
        """Whether this frame has nothing to do with those before: `pose` starts anew."""
        self.levels: list[Luma] = [np.empty((0, 0), np.uint8)]
        """This frame, and its halvings."""
        self._shape: tuple[int, ...] = ()
        self._restart()

    def reset(self) -> None:
        """Forget all frames."""
        self._shape = ()
        self._restart()

    def _restart(self) -> None:
        self.pose = Similarity()
        self.sure = self.cut = False
        self._base = Similarity()
        self._step = Similarity()
        self._stood = False
        self._lost = 0
        self._key: Luma | None = None
        self._points = np.empty((0, 2), np.float32)

    @property
    def small(self) -> Luma:
        """This frame, reduced."""
        return self.levels[-1]

    def update(self, luma: Luma) -> Similarity:
        """Take the next frame and return its pose: the very same object while the picture stands still."""
        changed = luma.shape != self._shape
        self._shape = luma.shape
        self.levels = halvings(luma)
        picture = flatten(self.small)
        if self._key is None or changed:
            self._start(picture, cut=self._key is not None)
            return self.pose
        # Where it has just moved, it will hardly stand still.
        if self._stood and self._stands(self._key, picture):
            self.cut = False
            return self.pose
        step, share = self._match(picture)
        self.sure, self.cut = share > 0, False
        self._stood = self.sure and self._near(step)
        if self.sure:
            self._lost = 0
            if not self._stood:
                self._step = step
                self.pose = in_pixels(step, 1 << (len(self.levels) - 1)).after(self._base)
            if share < WORN or self._far(step):
                self._take_key(picture, corners_to_follow(picture))
        else:
            self._miss(picture)
        return self.pose

    def _miss(self, picture: Luma) -> None:
        """Hold the pose; when the picture is another one, start anew, but wait out one without texture."""
        self._lost += 1
        coarse = cv2.resize(self.small, COARSE, interpolation=cv2.INTER_AREA)
        if float(coarse.std()) < CONTRAST:
            return
        points = corners_to_follow(picture)
        key = cv2.resize(self._key_small, COARSE, interpolation=cv2.INTER_AREA)
        if (
            len(points) >= ENOUGH
            and float(cv2.matchTemplate(coarse, key, cv2.TM_CCOEFF_NORMED)[0, 0]) < ALIKE
        ):
            self._start(picture, cut=True)
        elif self._lost > PATIENCE or len(self._points) < ENOUGH:
            self._take_key(picture, points)

    def _start(self, picture: Luma, *, cut: bool) -> None:
        self._restart()
        self.cut = cut
        self._take_key(picture, corners_to_follow(picture))
        self.sure = len(self._points) >= ENOUGH

    def _take_key(self, picture: Luma, points: NDArray[np.float32]) -> None:
        self._key, self._key_small, self._points = picture, self.small, points
        self._base, self._step = self.pose, Similarity()

    def _match(self, picture: Luma) -> tuple[Similarity, float]:
        """Return the motion since the key frame, in reduced pixels, and the share of points in agreement."""
        if len(self._points) < ENOUGH or self._key is None:
            return self._step, 0.0
        for levels in (NEAR_LEVELS, FLOW_LEVELS):
            motion, inside = follow(self._key, self._points, picture, self._step, levels)
            agreeing = int(inside.sum())
            if agreeing >= WORN * len(self._points):
                break
        if agreeing < max(ENOUGH, 0.25 * len(self._points)):
            return self._step, 0.0
        return motion, agreeing / len(self._points)

    def _stands(self, key: Luma, picture: Luma) -> bool:
        """Whether a few of the points are where they were."""
        points = np.ascontiguousarray(self._points[:: max(len(self._points) // FEW, 1)])
        start = _moved(points, self._step)
        found, status = _flow(key, points, picture, start, levels=0)
        off = np.abs(found - start).max(axis=1)[status[:, 0] == 1]
        return len(off) >= ENOUGH and float(np.sort(off)[len(off) // 2]) < STILL

    def _near(self, step: Similarity) -> bool:
        """Whether a motion differs from the one before by noise only."""
        height, width = self.small.shape
        turn, middle = step.turn - self._step.turn, complex(width / 2, height / 2)
        shift = turn * middle + step.shift - self._step.shift
        return abs(shift) + abs(turn) * abs(middle) < STILL

    def _far(self, step: Similarity) -> bool:
        """Whether a good part of the key frame has left the picture, or its scale has changed."""
        height, width = self.small.shape
        middle = complex(width / 2, height / 2)
        moved = step.turn * middle + step.shift - middle
        return abs(moved) > 0.3 * min(height, width) or abs(step.turn - 1) > 0.1
