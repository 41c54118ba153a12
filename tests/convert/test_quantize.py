from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from digitstream.classifier import Classifier  # noqa: E402
from digitstream.contract import contract_path, load_model  # noqa: E402
from digitstream.convert import network  # noqa: E402
from digitstream.convert.compare import load  # noqa: E402
from digitstream.convert.corpus import Corpus  # noqa: E402
from digitstream.convert.export import export  # noqa: E402
from digitstream.convert.quantize import convert, convert_float, pick_representative  # noqa: E402
from digitstream.errors import ModelError  # noqa: E402

RNG = np.random.default_rng(2)
CROPS = RNG.integers(0, 256, (60, 4, 4), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network of the real shape, whose normalisation has seen some crops."""
    keras.utils.set_random_seed(3)
    model = network.build(width=0.25)
    model.compile(optimizer="adam", loss="mse")
    targets = {"digit": np.eye(11)[np.arange(60) % 11] * 9, "wheel": np.eye(10)[np.arange(60) % 10] * 9}
    for _ in range(60):
        model.train_on_batch(CROPS[..., None], targets)
    path = tmp_path_factory.mktemp("net") / "net.keras"
    model.save(path)
    return path


@pytest.fixture(scope="module")
def int8(trained: Path) -> Path:
    return convert(trained, trained.with_name("int8.tflite"), CROPS)


def corpus(crops: np.ndarray, path: Path) -> Corpus:
    """The crops with what the network says of them as truth."""
    n = len(crops)
    said = load(path)(crops).argmax(axis=1)
    none = np.zeros(n, bool)
    return Corpus(crops, said, np.zeros(n, np.int64), none, np.full(n, "x"), np.full(n, -1), none)


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
    assert {*names} <= {"CONV_2D", "MEAN", "FULLY_CONNECTED", "DELEGATE"}
    assert names.count("CONV_2D") == 6
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


def test_an_exported_model_is_what_the_program_loads(trained: Path, tmp_path: Path) -> None:
    known = corpus(CROPS, trained)
    made = export(trained, tmp_path / "mine.tflite", known, known, name="mine", allowed_loss=20)
    _, contract = load_model(tmp_path / "mine.tflite")
    assert contract == made.contract
    assert (contract.name, contract.temperature) == ("mine", made.calibration.temperature)
    assert contract.accept >= made.calibration.accept
    scores = Classifier.load(tmp_path / "mine.tflite")(CROPS)
    logits = load(tmp_path / "mine.tflite")(CROPS)
    assert np.array_equal(scores.digits.argmax(axis=1), logits.argmax(axis=1))


def test_a_network_that_has_learnt_everything_is_calibrated_by_its_sister(
    trained: Path, tmp_path: Path
) -> None:
    known = corpus(CROPS, trained)
    keras.utils.set_random_seed(4)
    network.build(width=0.25).save(tmp_path / "sister.keras")
    alone = export(trained, tmp_path / "a.tflite", known, known, allowed_loss=20)
    made = export(
        trained, tmp_path / "b.tflite", known, known, sister=tmp_path / "sister.keras", allowed_loss=20
    )
    assert (tmp_path / "a.tflite").read_bytes() == (tmp_path / "b.tflite").read_bytes()
    assert made.contract.accuracy["unseen devices and fonts"]["real"]["right"] < 1
    assert made.calibration.error_before != alone.calibration.error_before


def test_a_conversion_that_loses_too_much_is_refused(trained: Path, tmp_path: Path) -> None:
    known = corpus(CROPS, trained)
    with pytest.raises(ModelError, match="int8 loses"):
        export(trained, tmp_path / "mine.tflite", known, known, allowed_loss=-0.1)
    assert not (tmp_path / "mine.tflite").exists()
    assert not contract_path(tmp_path / "mine.tflite").exists()
