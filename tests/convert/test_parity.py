"""What is trained is what runs: one preprocessing for all, an int8 model that answers like its network."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream import crops
from digitstream.convert.augment import augment
from digitstream.convert.compare import load as load_network
from digitstream.convert.corpus import from_folders
from digitstream.convert.dataset import load
from digitstream.convert.synthesize import digit_crops
from manifests import write

SHIPPED = "stream/models/digits.tflite"
PATTERN = (np.indices((32, 32)).sum(axis=0) % 7 * 30).astype(np.uint8)


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> NDArray[np.uint8]:
    """Replace what every crop shows, and return how it looks when it has been normalised."""
    monkeypatch.setattr(crops, "_rectify", lambda _, quads: np.stack([PATTERN] * len(quads)))
    return crops.normalise(PATTERN[None])[0]


def all_marked(made: NDArray[np.uint8], mark: NDArray[np.uint8]) -> bool:
    return len(made) > 0 and bool((made == mark).all())


def test_cropped_digits(tmp_path: Path, mark: NDArray[np.uint8]) -> None:
    folder = write(tmp_path / "set", ["a.png", "1", "cropped-digit", "", ""])
    assert all_marked(np.stack([crop for crop, _ in load(folder).crops()]), mark)
    assert all_marked(from_folders([folder], seed=1).crops, mark)


def test_digits_of_strips(tmp_path: Path, mark: NDArray[np.uint8]) -> None:
    folder = write(tmp_path / "set", ["a.png", "1", "strip", json.dumps([["1", 3, 4, 9, 20]]), ""])
    assert all_marked(from_folders([folder], seed=1).crops, mark)


def test_rendered_digits(mark: NDArray[np.uint8]) -> None:
    assert all_marked(digit_crops(20, seed=1).images, mark)


def test_augmented_crops_are_normalised_alike() -> None:
    made = crops.normalise(np.random.default_rng(1).integers(0, 256, (50, 32, 32), dtype=np.uint8))
    again = augment(made, np.random.default_rng(1), np.zeros(50, bool), np.zeros(50, bool))
    middle = again[:, crops.EDGE : -crops.EDGE, crops.EDGE : -crops.EDGE]
    unclipped = middle[(middle.min(axis=(1, 2)) > 0) & (middle.max(axis=(1, 2)) < 255)]
    assert len(unclipped)
    for crop in unclipped:
        assert crop.std() == pytest.approx(60, abs=2)


def test_what_is_learnt_from_a_file_is_what_is_read_from_a_frame(tmp_path: Path) -> None:
    frame = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (200, 200), dtype=np.uint8), (0, 0), 3)
    quad = np.array([[80, 60], [110, 60], [110, 110], [80, 110]], np.float32)
    (left, top), (right, bottom) = crops.grow(quad[None].astype(float))[0][[0, 2]].round().astype(int)
    folder = write(tmp_path / "set", ["a.png", "1", "cropped-digit", "", ""])
    cv2.imwrite(str(folder / "a.png"), frame[top:bottom, left:right])
    learnt = from_folders([folder], seed=1).crops[0]
    read = crops.cut(np.asarray(frame, np.uint8), quad[None])[0]
    assert np.abs(learnt.astype(int) - read).mean() < 6


def test_the_shipped_model_answers_like_its_network() -> None:
    pytest.importorskip("tensorflow")
    root = Path(__file__).parents[2]
    rendered = digit_crops(600, seed=12_345, fonts="held-out").images
    exact, small = (load_network(root / path)(rendered) for path in ("convert/digits.keras", SHIPPED))
    same = exact.argmax(axis=1) == small.argmax(axis=1)
    assert same.mean() >= 0.985
    sure = np.ptp(np.sort(exact, axis=1)[:, -2:], axis=1) > 2
    assert same[sure].all()
