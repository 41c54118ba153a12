"""Folders of pictures whose names are the labels: `DIR/7/a.png`, `DIR/3.4/b.jpg`, `DIR/none/c.png`.

Between may stand a split or a device: `DIR/train/7/a.png`, `DIR/test/7/b.png`, `DIR/water-meter/7/c.png`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .errors import LabelError
from .labels import CropLabel, parse_crop
from .manifest import MANIFEST
from .problems import Check, Problem, Report
from .sample import Kind, Sample

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".pgm", ".ppm"))
SPLITS = frozenset(("train", "training", "val", "valid", "validation", "test", "eval"))


def is_tree(folder: Path) -> bool:
    """True when a folder here, or one level further down, is named by a label and holds pictures."""
    return any(_label(sub.name) and any(_pictures(sub)) for sub in _label_folders(folder))


def read(folder: Path, report: Report) -> list[Sample]:
    """Read all pictures; a folder of pictures that is named by no label is a problem."""
    samples: list[Sample] = []
    for sub in _label_folders(folder):
        pictures = list(_pictures(sub))
        label = _label(sub.name)
        if label is None:
            if pictures:
                report(Problem(Check.LINE, str(sub), "no label: 0 to 9, a position like 3.4, none, or NaN"))
            continue
        columns = {"label": sub.name, "kind": Kind.CROP.value}
        if sub.parent != folder:
            columns["split" if sub.parent.name.lower() in SPLITS else "device"] = sub.parent.name
        samples += [
            Sample(path, Kind.CROP, crop=label, columns=columns | {"file": str(path.relative_to(folder))})
            for path in pictures
        ]
    return samples


def _label_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders that a label should name: all here, and where one is named by none, those in it."""
    for sub in _folders(folder):
        own = _label(sub.name) or (sub / MANIFEST).exists()
        below = [] if own else list(_folders(sub))
        if any(_label(name.name) for name in below):
            yield from below
        else:
            yield sub


def _folders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith((".", "__")))


def _pictures(folder: Path) -> Iterator[Path]:
    yield from (
        p for p in sorted(folder.iterdir()) if p.suffix.lower() in PICTURES and not p.name.startswith(".")
    )


def _label(name: str) -> CropLabel | None:
    try:
        return parse_crop("blank" if name.lower() == "none" else name)
    except LabelError:
        return None
