"""The contract of a model: what it must say, and what happens when it and the model don't belong together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from digitstream.classifier import Classifier
from digitstream.contract import ModelContract, contract_path, load_model
from digitstream.errors import DigitstreamError, ModelError

SHIPPED = Path(__file__).parents[1] / "stream" / "models" / "digits.tflite"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the shipped model, to be spoilt."""
    for path in (SHIPPED, contract_path(SHIPPED)):
        shutil.copy(path, tmp_path)
    return tmp_path / SHIPPED.name


def change(model: Path, **values: Any) -> None:
    path = contract_path(model)
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_the_shipped_model_keeps_its_contract() -> None:
    data, contract = load_model(SHIPPED)
    assert len(data) <= 300_000
    assert contract.labels[10] == "none"
    assert 0.5 <= contract.accept < 1
    assert contract.training
    assert contract.accuracy


def test_a_contract_survives_being_written_and_read() -> None:
    _, contract = load_model(SHIPPED)
    assert ModelContract.model_validate_json(contract.model_dump_json()) == contract


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"absent\.tflite: cannot read the model: No such file"):
        Classifier.load(tmp_path / "absent.tflite")


def test_a_missing_contract_is_named(model: Path) -> None:
    contract_path(model).unlink()
    with pytest.raises(ModelError, match=r"digits\.json: cannot read the contract"):
        Classifier.load(model)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: data[: len(data) // 2], id="short"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:5000] + b"\0" * 64 + data[5064:], id="overwritten"),
        pytest.param(lambda data: b"<html>not found</html>", id="a web page"),
    ],
)
def test_a_damaged_model_is_found_before_it_is_run(model: Path, spoil: Any) -> None:
    model.write_bytes(spoil(model.read_bytes()))
    with pytest.raises(ModelError, match="damaged, or not the model of"):
        Classifier.load(model)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"labels": [*"012345678", "none", "9"]}, "`labels` is not what"),
        ({"labels": ["cat", "dog"]}, "`labels` is not what"),
        ({"outputs": {"digit": 10, "wheel": 10}}, "`outputs` is not what"),
        ({"input": {"shape": [28, 28, 1]}}, "`input` is not what"),
        ({"input": {"preprocessing": {"margin": 0.3}}}, "`input` is not what"),
        ({"input": {"colour": "rgb"}}, "input.colour"),
        ({"sha256": "0" * 64}, "SHA-256 differs"),
        ({"sha256": "none"}, "sha256"),
        ({"accept": 1.5}, "accept"),
        ({"temperature": 0}, "temperature"),
        ({"speed": "fast"}, "speed"),
    ],
)
def test_a_foreign_contract_is_refused(model: Path, values: dict[str, Any], message: str) -> None:
    change(model, **values)
    with pytest.raises(ModelError) as caught:
        Classifier.load(model)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "x"}', "\x00\x01"])
def test_a_file_that_is_no_contract_is_refused(model: Path, text: str) -> None:
    contract_path(model).write_text(text)
    with pytest.raises(ModelError, match="not a contract of a digitstream model"):
        Classifier.load(model)


def test_an_error_of_the_model_is_an_error_of_the_program(model: Path) -> None:
    model.unlink()
    with pytest.raises(DigitstreamError) as caught:
        Classifier.load(model)
    assert caught.value.exit_code == 4
