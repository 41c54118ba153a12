"""Street View House Numbers as MATLAB writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

FIELDS = ("height", "left", "top", "width", "label")


def write_boxes(path: Path, pictures: Sequence[tuple[str, Sequence[Sequence[float]]]]) -> None:
    """Write `digitStruct.mat` as MATLAB does; a box is height, left, top, width, label."""
    import h5py

    with h5py.File(path, "w", userblock_size=512) as file:
        struct = file.create_group("digitStruct")
        struct.attrs["MATLAB_class"] = np.bytes_(b"struct")
        refs = file.create_group("#refs#")
        names, boxes = [], []

        def add(data: Any) -> Any:
            return refs.create_dataset(f"r{len(refs)}", data=data).ref

        for name, rows in pictures:
            names.append(add(np.array([[ord(c)] for c in name], np.uint16)))
            group = refs.create_group(f"b{len(refs)}")
            group.attrs["MATLAB_class"] = np.bytes_(b"struct")
            for i, field in enumerate(FIELDS):
                values = [float(row[i]) for row in rows]
                if len(values) == 1:
                    group.create_dataset(field, data=[values])
                else:
                    made = [[add([[value]])] for value in values]
                    group.create_dataset(
                        field, data=np.array(made, h5py.ref_dtype).reshape(-1, 1), dtype=h5py.ref_dtype
                    )
            boxes.append(group.ref)
        for key, values in (("name", names), ("bbox", boxes)):
            struct.create_dataset(
                key, data=np.array(values, h5py.ref_dtype).reshape(-1, 1), dtype=h5py.ref_dtype
            )
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def write_digits(path: Path, labels: Sequence[int]) -> Path:
    from scipy.io import savemat

    pictures = np.zeros((32, 32, 3, len(labels)), np.uint8)
    for i in range(len(labels)):
        pictures[:, :, 0, i] = 10 * (i % 20)  # red
        pictures[5, 9, 2, i] = 250
    savemat(path, {"X": pictures, "y": np.array(labels, np.uint8).reshape(-1, 1)})
    return path
