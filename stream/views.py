"""A view that a camera is to be known by again, in any light: its points and features, and how they match."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from .frames import Corners, Luma
from .motion import ENOUGH, corners_to_follow, follow
from .reduction import ROWS, flatten, reduce
from .similarity import Similarity, in_pixels, in_reduced

SHARE = 0.17
"""Share of a view's points that must be found again: in other scenes a tenth agree, at most."""
LEAST = 10
"""Points that must be found again."""
FARTHEST = 12.0
"""Reduced pixels that a match may be off its guess."""
INLIERS = 15
"""Features in agreement that make a wide match: other scenes have about five."""
FEATURES = 400
RING = 0.15
"""Of a display's size: how far around it nothing belongs to the view."""
EDGE = 4
"""Reduced pixels along the edge of a picture in which points are not looked for."""
NEAR, BROAD = (15, 15), (31, 31)
"""Sides, in reduced pixels, over which brightness and contrast are evened out."""
NOISE = 3.0
"""Grey levels of contrast below which there is nothing to amplify."""

Vectors = NDArray[np.float32]


class Picture:
    """One frame, reduced and without its light."""

    def __init__(self, small: Luma) -> None:
        self.small = small

    @cached_property
    def even(self) -> Luma:
        """Detail with the same contrast everywhere."""
        detail = cv2.subtract(self.small, cv2.blur(self.small, NEAR), dtype=cv2.CV_32F)
        spread = np.sqrt(np.maximum(cv2.blur(cv2.multiply(detail, detail), BROAD), 0))
        return np.asarray(np.clip(detail / (spread + NOISE) * 40 + 128, 0, 255), np.uint8)

    @cached_property
    def edges(self) -> Luma:
        """Edges, be they from dark to light or from light to dark."""
        smooth = cv2.GaussianBlur(self.small, (0, 0), 1).astype(np.float32)
        steps = cv2.magnitude(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
        return np.asarray(np.minimum(steps * 64 / (cv2.blur(steps, BROAD) + 4), 255), np.uint8)


@dataclass(frozen=True)
class Match:
    """A view found again in a picture."""

    motion: Similarity
    """From the reference to the picture, in reduced pixels."""
    share: float
    """How many of the points that lie in the picture were found again."""
    left: float
    """How many of all points lie in the picture."""


class View:
    """What is seen beside the displays in one picture of the scene."""

    def __init__(self, luma: Luma, pose: Similarity, regions: Corners) -> None:
        """Take a picture; `pose` leads there from the reference, and `regions` are where the displays are
        in it `(N, 4, 2)`, both in its pixels.
        """
        small, self._factor = reduce(luma)
        # Features need twice as many rows as points.
        self._large, self._large_factor = reduce(luma, 2 * ROWS)
        self._picture = Picture(small)
        self._pose = in_reduced(pose, self._factor)
        self._regions = [_grown(region) / self._factor - 0.5 for region in regions]
        self.plain = len(self.around(small, Similarity())) < 2 * ENOUGH
        """Whether there is too little to be known by."""

    def around(self, small: Luma, motion: Similarity) -> Vectors:
        """Return the corners in a reduced picture that lie beside the displays as `motion` has moved them."""
        back = motion.inverse()
        points = corners_to_follow(flatten(small))
        return points[~self._on_a_display(_moved(points, back))]

    def match(self, now: Picture, guess: Similarity) -> Match | None:
        """Find the view in a picture; `guess` leads there from the reference, in reduced pixels."""
        ahead = guess.after(self._pose.inverse())
        for before, after, points in (
            (self._picture.even, "even", self._even_points),
            (self._picture.edges, "edges", self._edge_points),
        ):
            height, width = now.small.shape
            places = _moved(points, ahead)
            inside = ((places >= EDGE) & (places < (width - EDGE, height - EDGE))).all(axis=1)
            if inside.sum() < LEAST:
                continue
            # Turned back first: flow does not look for patches that are turned.
            turned = cv2.warpAffine(
                getattr(now, after), _matrix(ahead), before.shape[::-1],
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
            )  # fmt: skip
            rest, agreeing = follow(before, points[inside], np.asarray(turned, np.uint8), Similarity())
            middle = complex(width / 2, height / 2)
            off = abs(rest.turn * middle + rest.shift - middle)
            share = float(agreeing.sum()) / int(inside.sum())
            if agreeing.sum() >= LEAST and share >= SHARE and off < FARTHEST and abs(rest.turn - 1) < 0.1:
                motion = ahead.after(rest).after(self._pose)
                return Match(motion, share, int(inside.sum()) / len(points))
        return None

    def search(self, luma: Luma) -> Similarity | None:
        """Find the view anywhere in a picture; what comes back leads there from the reference."""
        places, features = self._features
        others, other_features = _features(Picture(reduce(luma, 2 * ROWS)[0]).even)
        if min(len(places), len(others)) < INLIERS:
            return None
        pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(features, other_features)
        if len(pairs) < INLIERS:
            return None
        one = places[[pair.queryIdx for pair in pairs]]
        other = others[[pair.trainIdx for pair in pairs]]
        matrix, inliers = cv2.estimateAffinePartial2D(
            one, other, method=cv2.RANSAC, ransacReprojThreshold=3, maxIters=500
        )
        if matrix is None:
            return None
        if inliers.sum() < INLIERS:
            return None
        found = Similarity(complex(matrix[0, 0], matrix[1, 0]), complex(matrix[0, 2], matrix[1, 2]))
        coarser = self._factor // self._large_factor
        return in_reduced(in_pixels(found, 1), coarser).after(self._pose)

    @cached_property
    def _even_points(self) -> Vectors:
        return self._beside(corners_to_follow(self._picture.even))

    @cached_property
    def _edge_points(self) -> Vectors:
        return self._beside(corners_to_follow(self._picture.edges))

    @cached_property
    def _features(self) -> tuple[Vectors, NDArray[np.uint8]]:
        return _features(Picture(self._large).even)

    def _beside(self, points: Vectors) -> Vectors:
        return points[~self._on_a_display(points)]

    def _on_a_display(self, points: Vectors) -> NDArray[np.bool_]:
        on_any = np.zeros(len(points), bool)
        for region in self._regions:
            side, reach = np.roll(region, -1, axis=0) - region, points[:, None] - region
            on_any |= (side[:, 0] * reach[..., 1] - side[:, 1] * reach[..., 0] >= 0).all(axis=1)
        return on_any


def _grown(region: Corners) -> Corners:
    middle = region.mean(axis=0)
    return np.asarray(middle + (region - middle) * (1 + 2 * RING), np.float32)


def _moved(points: Vectors, motion: Similarity) -> Vectors:
    moved = motion(points.astype(np.float64).view(np.complex128)[:, 0])
    return np.stack([moved.real, moved.imag], axis=1).astype(np.float32)


def _matrix(motion: Similarity) -> NDArray[np.float64]:
    (a, b), (x, y) = (motion.turn.real, motion.turn.imag), (motion.shift.real, motion.shift.imag)
    return np.array([[a, -b, x], [b, a, y]])


def _features(picture: Luma) -> tuple[Vectors, NDArray[np.uint8]]:
    orb = cv2.ORB.create(FEATURES, fastThreshold=8, patchSize=25, edgeThreshold=15)
    points, features = orb.detectAndCompute(picture, None)
    if not points:
        return np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8)
    return np.array([point.pt for point in points], np.float32), np.asarray(features, np.uint8)
