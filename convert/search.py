"""What the first stages of the program make of a picture, each on its own."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..classifier import Classifier
from ..config import DisplayConfig
from ..crops import cut
from ..localizer import Localizer
from ..proposals import propose
from ..region import region_corners
from .dataset import Image
from .losses import Clues, Search
from .optics import corners


def searching(classifier: Classifier) -> Search:
    """Return what looks for digits as the localizer does, in the whole picture or in displays' regions."""

    def search(picture: Image, displays: Sequence[DisplayConfig]) -> Clues:
        luma = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        boxes = [propose(luma)]
        for display in displays:
            if display.region is not None:
                quad = region_corners(display.region)
                left, top = np.maximum(quad.min(axis=0).astype(int), 0)
                right, bottom = np.ceil(quad.max(axis=0)).astype(int)
                part = np.ascontiguousarray(luma[top:bottom, left:right])
                boxes.append(propose(part) + np.array([left, top, 0, 0], np.float32))
        sides = np.concatenate(boxes)
        sides[:, 2:] += sides[:, :2]
        classes = classifier(cut(luma, corners([tuple(box) for box in sides.tolist()]))).digits.argmax(axis=1)
        found = Localizer(classifier, displays)(luma, 0, True).corners
        hulls = np.concatenate([found.min(axis=1), found.max(axis=1)], axis=1)
        return Clues(sides, classes, hulls)

    return search
