from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from digitstream.convert.compare import load  # noqa: E402
from digitstream.convert.quantize import convert, convert_float, pick_representative  # noqa: E402
from digitstream.errors import ConfigError  # noqa: E402
from networks import small_network  # noqa: E402

RNG = np.random.default_rng(2)
CROPS = RNG.integers(0, 256, (60, 4, 4), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "net.keras"
    small_network(CROPS).save(path)
    return path


@pytest.fixture(scope="module")
def int8(trained: Path) -> Path:
    return convert(trained, trained.with_name("int8.tflite"), CROPS)


def test_a_crop_becomes_the_input_by_flipping_a_bit(int8: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(int8))
    (source,) = interpreter.get_input_details()
    assert source["dtype"] == np.int8
    assert source["quantization"] == (1.0, -128)
    assert source["shape_signature"].tolist() == [-1, 32, 32, 1]
    outputs = {o["shape_signature"].tolist()[-1]: o["dtype"] for o in interpreter.get_output_details()}
    assert outputs == {11: np.int8, 10: np.int8}


def test_nothing_but_integer_operations_is_left(int8: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(int8))
    names = [op["op_name"] for op in interpreter._get_ops_details()]
    assert {"CONV_2D", "FULLY_CONNECTED"} <= {*names}
    assert not {"QUANTIZE", "DEQUANTIZE"} & {*names}
    kinds = {detail["dtype"] for detail in interpreter.get_tensor_details()}
    assert np.float32 not in kinds


def test_the_network_is_the_same_in_all_three_forms(trained: Path, int8: Path) -> None:
    exact = load(trained)(CROPS)
    as_float = load(convert_float(trained, trained.with_name("float.tflite")))(CROPS)
    assert np.abs(exact - as_float).max() < 1e-3
    as_int8 = load(int8)(CROPS)
    spread = exact.max() - exact.min()
    assert np.abs(exact - as_int8).max() < 0.1 * spread
    assert (exact.argmax(axis=1) == as_int8.argmax(axis=1)).mean() >= 0.9


def test_every_group_is_represented() -> None:
    crops = np.arange(90, dtype=np.uint8)[:, None, None] * np.ones((1, 32, 32), np.uint8)
    groups = np.repeat(["a", "b", "c"], [80, 8, 2])
    chosen = pick_representative(crops, groups, per_group=5, seed=1)[:, 0, 0]
    assert [(chosen < 80).sum(), ((chosen >= 80) & (chosen < 88)).sum(), (chosen >= 88).sum()] == [5, 5, 2]
    assert np.array_equal(chosen, pick_representative(crops, groups, per_group=5, seed=1)[:, 0, 0])


def test_only_tensorflow_converts(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ConfigError, match="KERAS_BACKEND=tensorflow"):
        convert(trained, tmp_path / "a.tflite", CROPS)
