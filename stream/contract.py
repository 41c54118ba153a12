"""What a model promises: the JSON file beside it, checked before the model is used."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .crops import CONTRAST, MARGIN, MAX_GAIN, SIZE
from .errors import ModelError

LABELS = (*"0123456789", "none")
"""Classes of the digit head, in order."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Preprocessing(_Part):
    """How a crop is made from a picture, so that a model is never fed with crops of another kind."""

    margin: float = MARGIN
    contrast: float = CONTRAST
    max_gain: float = MAX_GAIN


class ModelInput(_Part):
    """The one input."""

    shape: tuple[int, int, int] = (SIZE, SIZE, 1)
    """Height, width and channels of a crop."""
    dtype: Literal["int8"] = "int8"
    colour: Literal["luma"] = "luma"
    scale: float = 1.0
    zero_point: int = -128
    preprocessing: Preprocessing = Preprocessing()


class ModelOutputs(_Part):
    """Length of each head's logits."""

    digit: int = len(LABELS)
    wheel: int = 10


class ModelContract(_Part):
    """Everything that a user of a model must know about it."""

    name: str
    version: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Of the model file."""
    input: ModelInput = ModelInput()
    outputs: ModelOutputs = ModelOutputs()
    labels: tuple[str, ...] = LABELS
    accept: float = Field(gt=0, lt=1)
    """A digit whose calibrated probability is below this is not accepted."""
    temperature: float = Field(gt=0)
    """Divides the logits, so that probabilities are what they say."""
    training: dict[str, Any] = {}
    """Data and seed that the model comes from."""
    accuracy: dict[str, Any] = {}
    """Measured with the int8 model."""


def contract_path(model: Path) -> Path:
    """Where the contract of a model lies."""
    return model.with_suffix(".json")


def load_model(path: Path) -> tuple[bytes, ModelContract]:
    """Read a model and its contract, and make sure that they belong together."""
    data = _read(path, "model")
    beside = contract_path(path)
    try:
        contract = ModelContract.model_validate_json(_read(beside, "contract of the model"))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ModelError(
            f"{beside}: not a contract of a digitstream model ({where}: {first['msg']}); "
            "make both files with `digitstream-convert convert`"
        ) from None
    if hashlib.sha256(data).hexdigest() != contract.sha256:
        raise ModelError(
            f"{path}: damaged, or not the model of {beside.name} (SHA-256 differs); copy both again"
        )
    _check(contract, beside)
    return data, contract


def _check(contract: ModelContract, path: Path) -> None:
    expected = {"input": ModelInput(), "outputs": ModelOutputs(), "labels": LABELS}
    for key, value in expected.items():
        if getattr(contract, key) != value:
            raise ModelError(
                f"{path}: `{key}` is not what this version of digitstream feeds and understands; "
                "convert the model again with `digitstream-convert convert`"
            )


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path}: cannot read the {what}: {error.strerror or error}; a .tflite needs its .json beside it"
        ) from None
