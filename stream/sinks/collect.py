"""Hard examples: pictures of what the program was not sure of, for a person to label."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from ..crops import SIZE, Image, grow
from ..frames import Corners, Luma
from ..results import Result
from .collection import Collection, Example
from .hard import HardDigits, moment
from .sink import Sink, output_error

log = logging.getLogger(__name__)

INTERVAL = 1.0
"""Seconds between two frames from which digits of one display are saved."""
PAUSE = 60.0
"""Seconds until a folder that is full, or cannot be written, is tried again."""


class CollectSink(Sink):
    """Save the digits that were hard to read into a folder, as a data set without labels.

    `accept` is the confidence from which a digit is sure. That the folder is full or cannot be written any
    more is reported and ends nothing: the readings matter more.
    """

    pictures = True

    def __init__(
        self,
        folder: Path,
        accept: float,
        *,
        max_files: int = 2000,
        max_bytes: int = 50_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = "collect"
        self._folder = folder
        self._collection = Collection(folder, max_files, max_bytes)
        self._accept = accept
        self._clock = clock
        self._hard: dict[str, HardDigits] = {}
        self._saved: dict[tuple[str, str], float] = {}
        self._resume: float | None = None
        self._complaint = ""

    def open(self) -> None:
        try:
            self._collection.open()
        except OSError as error:
            raise output_error(self._folder, error) from error

    def write(self, result: Result) -> None:
        if result.frame is None:
            return
        hard = self._hard.setdefault(result.camera, HardDigits(self._accept)).find(result)
        if not hard or not self._awake():
            return
        now = moment(result.frame)
        alone = result.frame.still and result.latency_ms is None  # one picture of a folder
        for reading, digits in hard:
            key = result.camera, reading.display
            # A source that starts anew may go back in time.
            if not alone and 0 <= now - self._saved.get(key, -np.inf) < INTERVAL:
                continue
            luma = result.frame.luma
            examples = (Example(cut_out(luma, digit.slot), digit, reading, why) for digit, why in digits)
            if self._add(examples):
                self._saved[key] = now

    def _awake(self) -> bool:
        """Whether the folder can take something, as far as is known; tries again after a pause."""
        if self._resume is None:
            return True
        if self._clock() < self._resume:
            return False
        self._resume = None
        try:
            self._collection.open()
        except OSError as error:
            self._rest(str(output_error(self._folder, error)))
            return False
        return True

    def _add(self, examples: Iterator[Example]) -> int:
        if self._resume is not None:
            return 0
        try:
            saved = self._collection.add(examples)
        except OSError as error:
            self._rest(str(output_error(self._folder, error)))
            return 0
        if self._collection.full:
            self._rest(f"'{self._folder}' is full: no more digits are saved; move away what is labelled")
        return saved

    def _rest(self, complaint: str) -> None:
        self._resume = self._clock() + PAUSE
        if complaint != self._complaint:
            log.warning("%s", complaint)
        self._complaint = complaint


def cut_out(luma: Luma, corners: Corners) -> Image:
    """Return the picture of a digit as large as it is in the frame, but no smaller than the classifier needs.

    `crops.letterbox` makes of it what `crops.cut` makes of the digit in the frame.
    """
    quad = grow(np.asarray(corners, np.float64)[None])[0]
    a, b, c, d = quad
    sides = np.hypot(*((b - a + c - d) / 2)), np.hypot(*((d - a + c - b) / 2))
    scale = max(SIZE / max(*sides, 1.0), 1.0)
    width, height = (max(round(side * scale), 1) for side in sides)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # Between pixel centres.
    matrix = cv2.getPerspectiveTransform(target - np.float32(0.5), quad.astype(np.float32) - np.float32(0.5))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = cv2.warpPerspective(luma, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(picture, np.uint8)
