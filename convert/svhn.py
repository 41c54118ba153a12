"""Street View House Numbers, as they are published.

Format 1, full photos: unpack `train.tar.gz`, `test.tar.gz` or `extra.tar.gz`; the folder with the PNGs and
`digitStruct.mat` is a data set. Format 2, cut-out digits: `train_32x32.mat` and the like, each a data set of
its own. Put together, `svhn/train/`, `svhn/test/`, `svhn/train_32x32.mat`, they are found by the path `svhn`.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .labels import CropLabel, ReadingLabel
from .problems import Check, Problem, Report
from .sample import Box, Kind, Sample

BOXES = "digitStruct.mat"
_LOAD_DIGITS = "import sys, scipy.io; scipy.io.loadmat(sys.argv[1], variable_names=['X', 'y'])"
_SIDES = ("left", "top", "width", "height")


def has_photos(folder: Path) -> bool:
    """True for a folder of format 1."""
    return (folder / BOXES).is_file()


def has_digits(path: Path) -> bool:
    """True for a file of format 2."""
    return path.name.endswith("_32x32.mat") and path.is_file()


def read_photos(folder: Path, report: Report) -> list[Sample]:
    """Read format 1: the reading is the digits in the order of their boxes, which is how people read them."""
    listed = folder / BOXES
    samples: list[Sample] = []
    try:
        for number, (name, boxes) in enumerate(_structs(listed), start=1):
            path, where = folder / name, f"{listed}:{number}"
            if not path.is_file():
                report(Problem(Check.MISSING, where, f"no such file: {name!r}"))
            elif not all(box.digit and box.width > 0 and box.height > 0 for box in boxes):
                report(Problem(Check.LINE, where, f"{name}: a box without area, or a label that is no digit"))
            else:
                text = "".join(box.digit for box in boxes)
                columns = {"file": name, "label": text, "kind": Kind.PHOTO.value}
                readings = (ReadingLabel(text),) if text else ()
                samples.append(
                    Sample(
                        path,
                        Kind.PHOTO,
                        number,
                        readings=readings,
                        boxes=boxes,
                        columns=columns,
                        listed=listed,
                    )
                )
    except (OSError, LookupError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        report(Problem(Check.LINE, str(listed), f"not the boxes of SVHN format 1 (MATLAB 7.3): {error}"))
    return samples


def read_digits(path: Path, report: Report) -> list[Sample]:
    """Read format 2, in which a 0 is labelled 10."""
    from scipy.io import loadmat

    try:
        _survive(_LOAD_DIGITS, path)
        content = loadmat(path, variable_names=["X", "y"])
        pictures, labels = content["X"], content["y"].ravel()
        if pictures.dtype != np.uint8 or pictures.shape != (32, 32, 3, len(labels)):
            raise ValueError(f"X is {pictures.dtype} {pictures.shape} for {len(labels)} labels")
    # The reader fails in many ways on a file that is damaged, of MATLAB 7.3, or none at all.
    except Exception as error:
        report(Problem(Check.LINE, str(path), f"not the crops of SVHN format 2 (MATLAB 5): {error}"))
        return []
    samples: list[Sample] = []
    for number, label in enumerate(labels.tolist(), start=1):
        if label not in range(1, 11):
            report(Problem(Check.LINE, f"{path}:{number}", f"label {label} is not 1 to 9, nor 10 for a 0"))
            continue
        digit = label % 10
        samples.append(
            Sample(
                path,
                Kind.CROP,
                number,
                crop=CropLabel(digit),
                columns={"file": path.name, "label": str(digit), "kind": Kind.CROP.value},
                listed=path,
                pixels=pictures[:, :, ::-1, number - 1],
            )
        )
    return samples


def _survive(reader: str, path: Path) -> None:
    """Raise ValueError if reading the file kills the process that does it, as some damaged ones do."""
    command = [sys.executable, "-c", reader, str(path)]
    if subprocess.run(command, capture_output=True, check=False).returncode < 0:
        raise ValueError("it is damaged")


def _structs(path: Path) -> Iterator[tuple[str, tuple[Box, ...]]]:
    """Yield name and boxes of each picture, where a digit is empty if its label is out of range."""
    import h5py

    with h5py.File(path, "r") as file:
        struct = file["digitStruct"]
        for name, bbox in zip(struct["name"][()].flat, struct["bbox"][()].flat, strict=True):
            fields = file[bbox]
            labels = _numbers(file, fields["label"])
            sides = (_numbers(file, fields[side]) for side in _SIDES)
            yield (
                "".join(map(chr, file[name][()].flat)),
                tuple(
                    Box(str(int(label) % 10) if 1 <= label <= 10 else "", *place)
                    for label, *place in zip(labels, *sides, strict=True)
                ),
            )


def _numbers(file: Any, dataset: Any) -> list[float]:
    """Read a field of all boxes: the number itself where there is one box, else references to numbers."""
    values = dataset[()]
    if values.dtype == object:
        return [file[value][()].item() for value in values.flat]
    return [values.item()]
