"""Find and read data sets: manifest folders, folders named by labels, SVHN, and zip files of these."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from . import label_folders, manifest, svhn
from .archives import is_zip, unpack
from .errors import DatasetError
from .manifest import MANIFEST
from .problems import Check, Problem, Report, refuse
from .sample import Box, Dataset, Image, Kind, Sample, stack

__all__ = ["MANIFEST", "Box", "Dataset", "Image", "Kind", "Sample", "find", "load", "stack"]

_log = logging.getLogger(__name__)


def load(path: Path, report: Report = refuse) -> Dataset:
    """Read the one data set of this path; pictures are only looked for, not opened.

    `report` gets each problem; unless it raises, the samples that are right are returned.
    """
    found = find([path], report)
    if len(found) > 1:
        names = ", ".join(dataset.name for dataset in found)
        raise DatasetError(f"{path}: {len(found)} data sets; name one of them: {names}")
    return found[0]


def find(paths: Iterable[Path], report: Report = refuse) -> list[Dataset]:
    """Read all data sets of these paths; a path that is none stands for those right below it."""
    found: dict[Path, Dataset] = {}
    for path in paths:
        for place, origin in _places(path):
            if origin not in found:
                found[origin] = _read(place, origin, path, report)
    return [replace(dataset, name=_name(origin, found)) for origin, dataset in found.items()]


def _reader(path: Path) -> Callable[[Path, Report], list[Sample]] | None:
    """Return what reads the data set at this path."""
    if (path / MANIFEST).exists():
        return manifest.read
    if svhn.has_photos(path):
        return svhn.read_photos
    if svhn.has_digits(path):
        return svhn.read_digits
    return label_folders.read if label_folders.is_tree(path) else None


def _places(path: Path) -> list[tuple[Path, Path]]:
    """Return where each data set of this path is read, and the path that it is named by."""
    if not is_zip(path):
        return [(place, place.resolve()) for place in _below(path)]
    root = unpack(path)
    visible = [entry for entry in root.iterdir() if not entry.name.startswith(".")]
    # Many tools put all into one folder, named as the archive or anyhow.
    if len(visible) == 1 and _reader(visible[0]):
        root = visible[0]
    return [(place, path.resolve() / place.relative_to(root)) for place in _below(root)]


def _below(path: Path) -> list[Path]:
    if _reader(path) or not path.is_dir():
        return [path]
    return [entry for entry in sorted(path.iterdir()) if _reader(entry)] or [path]


def _read(place: Path, origin: Path, given: Path, report: Report) -> Dataset:
    reader = _reader(place)
    if reader is None:
        others = "nor pictures in folders named by labels, SVHN's files, or a zip file of these"
        report(Problem(Check.LINE, str(place / MANIFEST), f"No such file or directory, {others}"))
        return Dataset(origin.name, place, (), given=given)
    samples = reader(place, report)
    unlabelled = tuple(sample for sample in samples if sample.unlabelled)
    if unlabelled:
        count = f"{len(unlabelled)} of {len(samples)} lines"
        _log.warning("%s: %s have no label yet and are left out", place, count)
    known = tuple(sample for sample in samples if not sample.unlabelled)
    return Dataset(origin.name, place, known, unlabelled, given)


def _name(folder: Path, among: Iterable[Path]) -> str:
    """Return as many of the folder's last parts as no other folder ends with."""
    others = [other.parts for other in among if other != folder]
    length = 1
    while any(other[-length:] == folder.parts[-length:] for other in others):
        length += 1
    return "/".join(folder.parts[-length:])
