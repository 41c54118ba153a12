from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from digitstream.convert.dataset import Image, load
from digitstream.convert.non_digits import Taken, as_dict, measure, rendered, surroundings
from manifests import write


@pytest.fixture(scope="module")
def crops() -> dict[str, Image]:
    return rendered(600)


def test_kinds_are_many_and_the_same_on_every_run(crops: dict[str, Image]) -> None:
    wanted = {"letters", "symbols", "segments", "pairs", "bezels and screws", "texture, barcodes, icons"}
    assert wanted <= {*crops}
    assert sum(map(len, crops.values())) >= 600
    assert all(images.shape[1:] == (32, 32) for images in crops.values())
    again = rendered(60)
    assert all(np.array_equal(images, crops[kind][: len(images)]) for kind, images in again.items())


def test_only_sure_digits_count() -> None:
    def classify(images: Image) -> Any:
        """Take a crop for a 3, with its first pixel as the probability in percent; above 100 for no digit."""
        value = images[:, 0, 0].astype(np.float32) / 100
        chances = np.full((len(images), 11), 1e-9, np.float32)
        chances[:, 3] = np.where(value <= 1, value, 0.1)
        chances[:, 10] = np.where(value <= 1, 0, 0.9)
        return SimpleNamespace(digits=np.log(chances + 1e-9))

    def images(*values: int) -> Image:
        return np.array(values, np.uint8)[:, None, None] * np.ones((1, 32, 32), np.uint8)

    counts = measure({"a": images(95, 80, 200), "b": images(99)}, classify, 0.9)
    assert counts == {"a": Taken(3, 1), "b": Taken(1, 1), "all": Taken(4, 2)}
    assert as_dict(counts)["all"] == {"n": 4, "taken": 2, "share": 0.5}


def test_strips_yield_what_is_around_their_digits(tmp_path: Path) -> None:
    boxes = '[["1", 2, 5, 6, 18], ["2", 11, 5, 6, 18]]'
    strips = write(tmp_path / "strips", ["a.png", "12", "strip", boxes, ""])
    plain = write(tmp_path / "plain", ["a.png", "1", "cropped-digit", "", ""])
    around = surroundings([load(plain), load(strips)])
    assert len(around) >= 6
    assert around.shape[1:] == (32, 32)
    assert len(surroundings([load(plain)])) == 0
