from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert import export as exporting
from digitstream.convert.export import material
from digitstream.convert.labels import NONE
from manifests import write

HEADER = ["file", "label", "kind", "boxes", "fold"]


def test_calibration_sees_nothing_that_was_learnt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_RENDERED", 40)
    folder = write(
        tmp_path / "set",
        ["a.png", "1.2", "cropped-digit", "", "3"],
        ["b.png", "4", "cropped-digit", "", "0"],
        ["c.png", "blank", "cropped-digit", "", ""],
        header=HEADER,
    )
    cv2.imwrite(str(folder / "a.png"), np.eye(30, dtype=np.uint8) * 200)
    learnt, held_out = material([folder])
    assert learnt.digit[~learnt.rendered].tolist() == [4, NONE]
    assert held_out.digit[~held_out.rendered].tolist() == [1]
    assert learnt.rendered.sum() == held_out.rendered.sum() == 40
    known = {crop.tobytes() for crop in learnt.crops}
    assert not any(crop.tobytes() in known for crop in held_out.crops)
