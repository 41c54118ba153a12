"""Small data sets, written by the test that uses them."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np

HEADER = ["file", "label", "kind", "boxes", "device"]


def write(folder: Path, *rows: list[str], header: list[str] = HEADER) -> Path:
    """Write a manifest and a small picture for each file of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    for i, row in enumerate(rows):
        path = folder / row[0]
        if path.suffix == ".png" and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            picture = np.full((30, 20, 3), 40, np.uint8)
            picture[5:25, 8 + i % 4 : 12] = 200
            cv2.imwrite(str(path), picture)
        elif row[0].endswith(".mp4"):
            path.touch()
    return folder
