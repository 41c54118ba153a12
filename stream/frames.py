"""One picture of a source, with the times that belong to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Corners = NDArray[np.float32]
"""Quads `(N, 4, 2)`: x, y in pixels of the frame, clockwise from each quad's own top left."""
Boxes = NDArray[np.float32]
"""`(N, 4)`: x, y, width, height in pixels of the picture."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture after `rotate` and `mirror`; the planes are views and must not be written to."""

    index: int
    """Counts the frames that the source handed out or dropped, from 0."""
    luma: Luma
    """`(H, W)`; may be limited range (16-235) and may have a row stride."""
    media_time: float | None = None
    """Seconds since the first frame of the source, by its own time stamps."""
    captured: datetime | None = None
    """UTC; None for files without a start time."""
    monotonic: float = 0.0
    """`time.monotonic()` when the frame was in hand."""
    still: bool = False
    """True for a picture that stands alone (image, snapshot): one look decides."""
    key: bool = False
    """True for a picture that was coded without reference to others."""
    chroma: tuple[Luma, Luma] | None = None
    """U and V planes at their own (usually half) size, where the format has them."""
    _to_bgr: Callable[[], NDArray[np.uint8]] | None = field(default=None, repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.luma.shape[1], self.luma.shape[0]

    def bgr(self) -> NDArray[np.uint8]:
        """Convert to a `(H, W, 3)` BGR picture of the caller's own."""
        if self._to_bgr is not None:
            return self._to_bgr()
        return np.repeat(self.luma[:, :, None], 3, axis=2)
