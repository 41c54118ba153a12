from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert.apart import apart
from digitstream.convert.corpus import from_folders
from digitstream.convert.dataset import find
from digitstream.convert.synthesize import digit_crops
from manifests import write


def crops_of(folder: Path, pictures: list[np.ndarray]) -> Path:
    rows = [[f"{index}.png", "3", "cropped-digit", ""] for index in range(len(pictures))]
    write(folder, *rows)
    for index, picture in enumerate(pictures):
        cv2.imwrite(str(folder / f"{index}.png"), picture)
    return folder


def test_what_a_network_is_judged_by_is_not_learnt(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = [np.asarray(image) for image in digit_crops(24, 3).images]
    squeezed = cv2.resize(made[2], (24, 32), interpolation=cv2.INTER_AREA)
    learning = crops_of(tmp_path / "learning", [*made[:12], squeezed])
    judging = crops_of(tmp_path / "judging", [made[2], made[7], *made[12:]])
    with caplog.at_level(logging.WARNING):
        [kept] = apart(find([learning]), [judging])
    assert [sample.path.stem for sample in kept.samples] == [
        "0",
        "1",
        "3",
        "4",
        "5",
        "6",
        "8",
        "9",
        "10",
        "11",
    ]
    assert "3 crops are left out" in caplog.text
    assert len(from_folders([learning], 1, [judging])) == 10
    assert len(from_folders([learning], 1)) == 13
