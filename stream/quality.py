"""How well a display can be read from where the camera stands, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .crops import cut_raw
from .frames import Corners, Luma
from .light import Light

SMALL = 20.0
"""Pixels of a digit's height below which reading suffers."""
FAINT = 40.0
"""Grey levels between strokes and ground below which it does."""
WHITE = 250
"""Grey level from which a pixel is saturated."""
GLARE = 0.08
"""Share of saturated pixels that counts."""
STRONG = 100.0
"""Contrast that shows that a white ground is paper, and not glare."""
SOFT = 0.11
"""Width of edges, in heights of the digits, from which they are blurred: a stroke is about as wide."""
SHARP = 3.0
"""Pixels that the edges of small digits may be wide: no lens makes them much sharper."""
BRINK = 0.15
"""Heights of a digit between it and the edge of the picture, below which it may go on beyond."""
STEADY = 0.8
"""Share of sure looks below which a display is unsteady."""
_LEAST = 0.2
"""Share of its score that a display keeps at least, whatever is wrong."""


@dataclass(frozen=True)
class Look:
    """What one picture of a display is like."""

    height: float
    """Pixels of its digits."""
    contrast: float
    """Grey levels between strokes and ground."""
    glare: float
    """Share of its ground that is saturated."""
    edge: float
    """Pixels from dark to light."""
    cut: bool
    """It goes on beyond the picture."""


@dataclass(frozen=True)
class Quality:
    """A verdict for people."""

    score: int
    """0 (cannot be read) to 100."""
    reasons: tuple[str, ...]
    """What is wrong, worst first."""


def look(grey: Luma, digits: Corners, region: Corners) -> Look:
    """Measure a full-range picture: the digits `(N, 4, 2)` of a display, and its region `(4, 2)`."""
    height = float(np.median(np.linalg.norm(digits[:, 3] - digits[:, 0], axis=1)))
    light = Light.measure(cut_raw(grey, digits))
    contrast = float(np.median(np.maximum(light.above, light.below)))
    shining = float(np.median(light.above)) > float(np.median(light.below))
    strip, inked = _strip(grey, digits, region)
    ground = strip[~inked] if shining else strip
    saturated = float(np.mean(ground >= WHITE)) if ground.size else 0.0
    paper = contrast > STRONG and float(np.median(light.ground)) >= WHITE
    low, high = digits.min(axis=(0, 1)) - BRINK * height, digits.max(axis=(0, 1)) + BRINK * height
    cut = bool((low < 0).any() or (high > grey.shape[::-1]).any())
    return Look(height, contrast, 0.0 if paper else saturated, _edge(strip, inked, contrast), cut)


def judge(looks: Sequence[Look], sure: float) -> Quality:
    """Sum up the looks at a display that was read for sure in a share of the pictures."""
    height, contrast, glare, edge = np.median(
        [(each.height, each.contrast, each.glare, each.edge) for each in looks], axis=0
    ).tolist()
    soft = edge / max(height, 1.0) if edge > SHARP else 0.0
    found = [
        (height / SMALL, f"too small: digits are {int(height)} px high, {SMALL:.0f} or more read well"),
        (contrast / FAINT, f"low contrast: {contrast:.0f} of 255 grey levels"),
        (1 - max(glare - GLARE, 0) * 2, f"glare: {glare:.0%} of it is white"),
        ((SOFT / max(soft, 1e-6)) ** 2, f"blurred: edges are {edge:.0f} px wide"),
        (0.5 if np.mean([each.cut for each in looks]) > 0.5 else 1.0, "cut off by the edge of the picture"),
        (sure / STEADY, f"unsteady: sure in {sure:.0%} of the pictures" if sure else "never sure"),
    ]
    found = sorted(((max(share, _LEAST), reason) for share, reason in found if share < 1), key=lambda f: f[0])
    score = 100 * float(np.prod([share for share, _ in found]))
    return Quality(round(score), tuple(reason for _, reason in found))


def _strip(
    grey: Luma, digits: Corners, region: Corners
) -> tuple[Luma, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """The region as if seen from straight in front, at its own size, and where in it digits stand."""
    width = max(8, round(float(np.linalg.norm(region[1] - region[0]))))
    height = max(8, round(float(np.linalg.norm(region[3] - region[0]))))
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(region.astype(np.float32), flat)
    strip = cv2.warpPerspective(grey, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    places = cv2.perspectiveTransform(digits.reshape(1, -1, 2).astype(np.float32), matrix).reshape(-1, 4, 2)
    inked = np.zeros(strip.shape, np.uint8)
    cv2.fillPoly(inked, [np.rint(place).astype(np.int32) for place in places], 1)
    return np.asarray(strip, np.uint8), inked.astype(bool)


def _edge(strip: Luma, inked: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], contrast: float) -> float:
    """Width of the sharpest edges of the digits, in pixels."""
    smooth = strip.astype(np.float32)
    steps = cv2.magnitude(
        cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    )
    steepest = float(np.percentile(steps[inked], 97)) if inked.any() else 0.0
    return contrast / max(steepest, 1e-3)
