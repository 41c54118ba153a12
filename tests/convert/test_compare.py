from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.contract import ModelContract
from digitstream.convert import cli, errors
from digitstream.convert.compare import Comparison, compare, load
from digitstream.convert.dataset import Image
from digitstream.convert.dataset import load as load_set
from digitstream.convert.quantize import convert, convert_float
from digitstream.crops import letterbox
from digitstream.errors import ModelError
from manifests import write


def column(name: int) -> Image:
    crop = np.zeros((32, 32), np.uint8)
    crop[:, 3 * name : 3 * name + 3] = 255
    return crop


@pytest.fixture
def crops(tmp_path: Path) -> Path:
    """Crops whose bright column stands for their class."""
    folder = tmp_path / "columns"
    folder.mkdir()
    for name in range(10):
        cv2.imwrite(str(folder / f"{name}.png"), column(name))
    rows = [[f"{name}.png", f"{name}.0", "cropped-digit", "", ""] for name in range(10)]
    rows.append(["0.png", "NaN", "cropped-digit", "", ""])
    rows.append(["1.png", "2", "cropped-digit", "", ""])  # labelled wrong: no model has it right
    return write(folder, *rows)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One network that reads the columns, as Keras, float and int8; the int8 form has a contract."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    folder = tmp_path_factory.mktemp("models")
    paths = [folder / name for name in ("net.keras", "float.tflite", "int8.tflite")]
    source = keras.Input((32, 32, 1))
    x = keras.layers.AveragePooling2D((32, 1))(keras.layers.Rescaling(1 / 255)(source))
    x = keras.layers.Flatten()(x)
    head, wheel = keras.layers.Dense(11, name="digit"), keras.layers.Dense(10, name="wheel")
    network = keras.Model(source, {"digit": head(x), "wheel": wheel(x)})
    weights = np.zeros((32, 11), np.float32)
    for name in range(10):
        weights[3 * name : 3 * name + 3, name] = 5
    head.set_weights([weights, np.zeros(11, np.float32)])
    network.save(paths[0])
    convert_float(paths[0], paths[1])
    convert(paths[0], paths[2], np.stack([letterbox(column(name)) for name in range(10)]))
    digest = hashlib.sha256(paths[2].read_bytes()).hexdigest()
    contract = ModelContract(name="columns", version=1, sha256=digest, accept=0.5, temperature=1.0)
    paths[2].with_suffix(".json").write_text(contract.model_dump_json(), encoding="utf-8")
    return paths


@pytest.mark.slow
def test_keras_float_and_int8_are_measured_on_the_same_crops(crops: Path, models: list[Path]) -> None:
    dataset = load_set(crops)
    result = compare([dataset], models)
    assert result.models == ("net.keras", "float.tflite", "int8.tflite")
    assert result.sets == {"columns": (11, (10, 10, 10))}
    assert result.pooled == (11, (10, 10, 10))
    batch = np.stack([crop for crop, _ in dataset.crops()])
    wanted = load(models[0])(batch)
    for path in models[1:]:
        np.testing.assert_allclose(load(path)(batch), wanted, atol=0.1)


@pytest.mark.slow
def test_the_command_line_measures_a_model_and_compares(
    crops: Path, models: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    assert cli.main(["evaluate", str(crops), "--model", str(models[2]), "--json", str(target)]) == 0
    figures = json.loads(target.read_text(encoding="utf-8"))
    measured = figures["sets"]["columns"]["crops"]
    assert (measured["n"], measured["accuracy"]) == (11, 10 / 11)
    assert cli.main(["evaluate", "--compare", *map(str, models), str(crops), "--json", str(target)]) == 0
    compared = json.loads(target.read_text(encoding="utf-8"))["sets"]["columns"]
    assert compared == {"n": 11, "accuracy": {model.name: 10 / 11 for model in models}}
    assert capsys.readouterr().out.count("90.91") == 1 + 2 * 3


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
