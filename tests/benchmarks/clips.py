"""Clips as cameras send them: three displays on a wall, noise in every frame, H.264."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from moving import Scene, path

SIZES = {"480p": (640, 480), "720p": (1280, 720), "1080p": (1920, 1080)}
DISPLAYS = ("01888", "345", "9028")


@dataclass(frozen=True)
class Clips:
    """Makes clips in a folder, each once."""

    folder: Path
    seconds: float

    def __call__(
        self,
        size: str,
        *,
        fps: int = 25,
        move: str = "still",
        displays: int = 3,
        marks: int = 0,
        hidden_until: float = 0.0,
    ) -> Path:
        """Return a clip; `marks` are things beside the displays that look like digits from afar.

        The last display counts the seconds; nothing else changes. All displays are hidden for some seconds
        if so wished.
        """
        target = self.folder / f"{size}-{fps}-{move.replace(' ', '-')}-{displays}-{marks}-{hidden_until}.mp4"
        if not target.exists():
            _write(target, self._frames(size, fps, move, displays, marks, hidden_until), SIZES[size], fps)
        return target

    def _frames(
        self, size: str, fps: int, move: str, displays: int, marks: int, hidden_until: float
    ) -> Iterator[NDArray[np.uint8]]:
        width, height = SIZES[size]
        count = round(self.seconds * fps)
        scene = Scene(SIZES[size], noise=0.0)
        noise = _noise(height, width)

        def texts(index: int) -> tuple[str, ...]:
            shown = (*DISPLAYS[:2], f"{9028 + index // fps:04d}")[:displays]
            return () if index < hidden_until * fps else shown

        if move == "still":
            pictures: Iterator[NDArray[np.uint8]] = _still(scene, count, texts, marks)
        else:
            pictures = (luma for luma, _ in scene.frames(path(move, count, height), texts))
        for index, picture in enumerate(pictures):
            yield np.clip(picture + noise[index % len(noise)], 16, 235).astype(np.uint8)


def _still(
    scene: Scene, count: int, texts: Callable[[int], tuple[str, ...]], marks: int
) -> Iterator[NDArray[np.uint8]]:
    width, height = scene.size
    shown: tuple[str, ...] | None = None
    for index in range(count):
        if texts(index) != shown:
            shown = texts(index)
            wall = scene.wall(shown)[0]
            _strew(wall, marks, height)
            picture = np.ascontiguousarray(wall[height : 2 * height, width : 2 * width])
        yield picture


def _strew(wall: NDArray[np.uint8], marks: int, height: int) -> None:
    """Draw letters and blots on the rim of the visible part, where no display is."""
    rng = np.random.default_rng(7)
    size = max(height // 40, 8)
    for _ in range(marks):
        x = int(rng.integers(wall.shape[1] // 3, 2 * wall.shape[1] // 3 - size))
        top = rng.random() < 0.5
        y = int(rng.integers(0, height // 6) + (height if top else 2 * height - height // 6))
        letter = chr(rng.integers(65, 91))
        cv2.putText(wall, letter, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size / 22, int(rng.integers(0, 90)), 2)


def _noise(height: int, width: int) -> list[NDArray[np.int16]]:
    rng = np.random.default_rng(1)
    return [rng.normal(0, 1.5, (height, width)).astype(np.int16) for _ in range(7)]


def _write(target: Path, frames: Iterator[NDArray[np.uint8]], size: tuple[int, int], fps: int) -> None:
    options = {"preset": "veryfast", "tune": "zerolatency", "crf": "26", "g": str(2 * fps)}
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        chroma = np.full((size[1] // 2, size[0]), 128, np.uint8)
        for luma in frames:
            frame = av.VideoFrame.from_ndarray(np.vstack([luma, chroma]), format="yuv420p")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
