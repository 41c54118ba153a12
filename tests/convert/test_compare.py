from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from manifests import write

from digitstream.convert import errors
from digitstream.convert.compare import Comparison, compare, load
from digitstream.convert.dataset import load as load_set
from digitstream.errors import ModelError


@pytest.fixture
def crops(tmp_path: Path) -> Path:
    """Crops whose bright column stands for their class."""
    folder = tmp_path / "columns"
    folder.mkdir()
    for name in range(10):
        crop = np.zeros((32, 32), np.uint8)
        crop[:, 3 * name : 3 * name + 3] = 255
        cv2.imwrite(str(folder / f"{name}.png"), crop)
    rows = [[f"{name}.png", f"{name}.0", "cropped-digit", "", ""] for name in range(10)]
    rows.append(["0.png", "NaN", "cropped-digit", "", ""])
    rows.append(["1.png", "2", "cropped-digit", "", ""])  # labelled wrong: no model has it right
    return write(folder, *rows)


@pytest.mark.slow
def test_keras_float_and_int8_are_measured_on_the_same_crops(crops: Path, tmp_path: Path) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tensorflow = pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    source = keras.Input((32, 32, 1))
    x = keras.layers.Flatten()(
        keras.layers.AveragePooling2D((32, 1))(keras.layers.Rescaling(1 / 255)(source))
    )
    head = keras.layers.Dense(11, name="digit")
    wheel = keras.layers.Dense(10, name="wheel")
    model = keras.Model(source, {"digit": head(x), "wheel": wheel(x)})
    weights = np.zeros((32, 11), np.float32)
    for name in range(10):
        weights[3 * name : 3 * name + 3, name] = 5
    head.set_weights([weights, np.zeros(11, np.float32)])
    model.save(tmp_path / "net.keras")
    converter = tensorflow.lite.TFLiteConverter.from_keras_model(model)
    (tmp_path / "float.tflite").write_bytes(converter.convert())
    dataset = load_set(crops)
    batch = np.stack([crop for crop, _ in dataset.crops()])[..., None].astype(np.float32)
    converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([crop[None]] for crop in batch)
    converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tensorflow.int8
    (tmp_path / "int8.tflite").write_bytes(converter.convert())

    models = [tmp_path / name for name in ("net.keras", "float.tflite", "int8.tflite")]
    result = compare([dataset], models)
    assert result.models == ("net.keras", "float.tflite", "int8.tflite")
    assert result.sets == {"columns": (11, (10, 10, 10))}
    assert result.pooled == (11, (10, 10, 10))
    wanted = load(models[0])(batch[..., 0].astype(np.uint8))
    for path in models[1:]:
        np.testing.assert_allclose(load(path)(batch[..., 0].astype(np.uint8)), wanted, atol=0.1)


def test_keras_models_need_tensorflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "net.keras").touch()
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    with pytest.raises(errors.TrainingMissing, match=r"pip install 'digitstream\[convert\]'"):
        load(tmp_path / "net.keras")


@pytest.mark.parametrize(
    ("name", "why"), [("gone.tflite", "no such model"), ("net.onnx", "neither .keras nor .tflite")]
)
def test_other_files_are_refused(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "net.onnx").touch()
    with pytest.raises(ModelError, match=why):
        load(tmp_path / name)


def test_damaged_models_are_refused(tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(b"no model at all")
    with pytest.raises(ModelError, match=r"net\.tflite: not a TFLite model") as caught:
        load(tmp_path / "net.tflite")
    assert "\n" not in str(caught.value)


def test_sets_are_pooled_by_crops() -> None:
    result = Comparison(("a", "b"), {"one": (10, (9, 8)), "two": (90, (90, 45))})
    assert result.pooled == (100, (99, 53))
    assert result.as_dict()["sets"]["two"] == {"n": 90, "accuracy": {"a": 1.0, "b": 0.5}}
