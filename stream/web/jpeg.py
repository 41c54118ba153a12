"""Pictures of the live page: drawn and encoded only for somebody who looks, once for all who do."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2

from ..results import Result
from .board import Board

LIVE_WIDTH = 1280
"""Wider pictures are made smaller for the live view; a snapshot is not."""
QUALITY = 80


@dataclass
class _Cached:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    version: int = -1
    jpeg: bytes = b""


class Encoder:
    """Encodes the newest pictures of a board, one at a time, off the event loop."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._cache: dict[tuple[str, bool], _Cached] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="web-jpeg")

    async def newest(self, camera: str | None, *, full: bool = False) -> tuple[int, bytes] | None:
        """Return version and JPEG of a camera's newest picture, of the first camera when none is named."""
        found = self._board.picture(camera)
        if found is None:
            return None
        name, version, result = found
        cached = self._cache.setdefault((name, full), _Cached())
        async with cached.lock:
            if cached.version < version:
                loop = asyncio.get_running_loop()
                cached.jpeg = await loop.run_in_executor(self._worker, _encode, result, full)
                cached.version = version
            return cached.version, cached.jpeg

    def close(self) -> None:
        """Let the worker go without waiting for a picture that nobody will see."""
        self._worker.shutdown(wait=False, cancel_futures=True)


def _encode(result: Result, full: bool) -> bytes:
    picture = result.picture()
    assert picture is not None
    height, width = picture.shape[:2]
    if width > LIVE_WIDTH and not full:
        size = LIVE_WIDTH, max(1, round(height * LIVE_WIDTH / width))
        shown = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    else:
        shown = picture
    done, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 92 if full else QUALITY])
    if not done:
        raise ValueError("the picture cannot be encoded")
    return jpeg.tobytes()
