"""The classifier, on the shipped model."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream.classifier import CHUNK, NONE, Classifier
from digitstream.contract import load_model
from digitstream.crops import cut, letterbox
from digitstream.errors import ModelError

SHIPPED = Path(__file__).parents[1] / "stream" / "models" / "digits.tflite"
SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
"""Lit segments of each digit, named as usual: `a` is the top, then clockwise, `g` is the middle."""


@pytest.fixture(scope="module")
def network() -> Classifier:
    return Classifier.load()


def segment_digit(
    digit: int, light: int = 230, dark: int = 40
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A seven-segment digit on a panel, and the box of its ink."""
    image = np.full((120, 120), dark, np.uint8)
    left, right, top, middle, bottom = 40, 78, 20, 58, 96
    ends = {
        "a": ((left + 5, top), (right - 5, top)),
        "b": ((right, top + 5), (right, middle - 5)),
        "c": ((right, middle + 5), (right, bottom - 5)),
        "d": ((left + 5, bottom), (right - 5, bottom)),
        "e": ((left, middle + 5), (left, bottom - 5)),
        "f": ((left, top + 5), (left, middle - 5)),
        "g": ((left + 5, middle), (right - 5, middle)),
    }
    for segment in SEGMENTS[digit]:
        cv2.line(image, *ends[segment], light, 7)
    x, y, w, h = cv2.boundingRect((image != dark).astype(np.uint8))
    return image, np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)


@pytest.fixture(scope="module")
def crops() -> NDArray[np.uint8]:
    """Seven-segment digits, bright on dark and dark on bright, then noise."""
    made = []
    for light, dark in ((230, 40), (60, 170)):
        for digit in range(10):
            image, box = segment_digit(digit, light, dark)
            made.append(cut(cv2.GaussianBlur(image, (0, 0), 1.2).astype(np.uint8), box[None])[0])
    noise = np.random.default_rng(3).integers(0, 256, (130, 32, 32), dtype=np.uint8)
    return np.concatenate([np.stack(made), noise])


def test_segment_digits_are_read(network: Classifier, crops: NDArray[np.uint8]) -> None:
    scores = network(crops[:20])
    assert scores.digits.argmax(axis=1).tolist() == [*range(10)] * 2
    assert (np.exp(scores.digits.max(axis=1)) > 0.5).all()


def test_noise_and_nothing_are_no_digits(network: Classifier, crops: NDArray[np.uint8]) -> None:
    plain = np.full((1, 32, 32), 128, np.uint8)
    scores = network(np.concatenate([crops[20:], plain]))
    taken = np.exp(scores.digits[:, :NONE].max(axis=1)) >= network.contract.accept
    assert taken.mean() <= 0.01


def test_scores_are_log_probabilities(network: Classifier, crops: NDArray[np.uint8]) -> None:
    scores = network(crops)
    assert scores.digits.shape == (len(crops), 11)
    assert np.allclose(np.exp(scores.digits).sum(axis=1), 1, atol=1e-5)
    assert scores.wheel.shape == scores.wheel_sharpness.shape == (len(crops),)
    assert ((scores.wheel >= 0) & (scores.wheel < 1)).all()
    assert ((scores.wheel_sharpness >= 0) & (scores.wheel_sharpness <= 1 + 1e-5)).all()
    assert {scores.digits.dtype, scores.wheel.dtype, scores.wheel_sharpness.dtype} == {np.dtype(np.float32)}


def test_no_crops_give_no_scores(network: Classifier) -> None:
    scores = network(np.zeros((0, 32, 32), np.uint8))
    assert scores.digits.shape == (0, 11)
    assert scores.wheel.shape == (0,)


@pytest.mark.parametrize("size", [1, 2, 3, 7, CHUNK - 1, CHUNK, CHUNK + 1, 150])
def test_scores_do_not_depend_on_the_batch(network: Classifier, crops: NDArray[np.uint8], size: int) -> None:
    whole = network(crops)
    parts = [network(crops[i : i + size]) for i in range(0, len(crops), size)]
    assert np.array_equal(np.concatenate([p.digits for p in parts]), whole.digits)
    assert np.array_equal(np.concatenate([p.wheel for p in parts]), whole.wheel)
    assert np.array_equal(np.concatenate([p.wheel_sharpness for p in parts]), whole.wheel_sharpness)


def test_scores_do_not_depend_on_the_threads(network: Classifier, crops: NDArray[np.uint8]) -> None:
    assert np.array_equal(Classifier.load(threads=2)(crops).digits, network(crops).digits)


@pytest.mark.parametrize(
    ("name", "least"), [("led-panel", 0.98), ("mixed-digits", 0.98), ("scene-digits", 0.92)]
)
def test_real_crops_are_read(network: Classifier, data: Path, name: str, least: float) -> None:
    manifest = (data / "eval" / name / "manifest.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    rows = [line.split(",")[:2] for line in manifest if ",cropped-digit," in line]
    known = [(file, int(label[0])) for file, label in rows if label.isdigit() or label.endswith(".0")]
    crops = np.stack(
        [
            letterbox(np.asarray(cv2.imread(str(data / "eval" / name / f), cv2.IMREAD_GRAYSCALE)))
            for f, _ in known
        ]
    )
    right = network(crops).digits.argmax(axis=1) == [digit for _, digit in known]
    assert right.mean() >= least


def test_a_drum_between_two_digits_is_told_from_one_at_rest(network: Classifier, data: Path) -> None:
    folder = data / "train" / "meter-digits"
    lines = (folder / "manifest.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    rows = [line.split(",") for line in lines]
    held_out = [row for row in rows if row[-1] == "4" and "." in row[1]][::7]
    crops = [letterbox(np.asarray(cv2.imread(str(folder / r[0]), cv2.IMREAD_GRAYSCALE))) for r in held_out]
    truth = np.array([int(row[1][-1]) / 10 for row in held_out])
    off = np.abs(network(np.stack(crops)).wheel - truth)
    assert (np.minimum(off, 1 - off) <= 0.15).mean() > 0.9


def with_contract(path: Path, **values: Any) -> Path:
    """A contract that claims the file is a digitstream model."""
    _, contract = load_model(SHIPPED)
    claim = json.loads(contract.model_dump_json())
    claim |= {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **values}
    path.with_suffix(".json").write_text(json.dumps(claim))
    return path


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"certainly no flatbuffer" * 40)
    with pytest.raises(ModelError, match="no model that this TFLite runtime can load"):
        Classifier.load(with_contract(path))


def test_loading_says_nothing_on_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    Classifier.load()(np.zeros((3, 32, 32), np.uint8))
    print("heard", file=sys.stderr, flush=True)
    assert capfd.readouterr().err == "heard\n"


def test_a_runtime_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ai_edge_litert", "ai_edge_litert.interpreter", "tflite_runtime"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelError, match="pip install ai-edge-litert"):
        Classifier.load()


def test_the_old_runtime_is_refused_with_numpy_2(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ai_edge_litert", "ai_edge_litert.interpreter"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "tflite_runtime", sys)
    monkeypatch.setattr(np, "__version__", "2.1.0")
    with pytest.raises(ModelError, match="tflite-runtime needs NumPy 1"):
        Classifier.load()
