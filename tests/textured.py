"""Data sets of crops whose pictures are all different, but for those that a test wants to be the same."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from digitstream.convert.dataset import Image
from manifests import write

HEADER = ["file", "label", "kind", "device", "fold", "split"]


def texture(seed: int) -> Image:
    """A picture like no other."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 4, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (40, 60), interpolation=cv2.INTER_CUBIC), np.uint8)


def make(folder: Path, *rows: tuple[int, str, str]) -> Path:
    """Write crops given by seed (negative: a copy with less contrast), label, and `device/fold/split`."""
    lines = []
    folder.mkdir(parents=True, exist_ok=True)
    for i, (seed, label, columns) in enumerate(rows):
        picture = texture(abs(seed))
        if seed < 0:
            picture = np.clip(picture * 0.8 + 20.0, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{i}.png"), picture)
        lines.append([f"{i}.png", label, "cropped-digit", *(columns.split("/") if columns else ["", "", ""])])
    return write(folder, *lines, header=HEADER)
