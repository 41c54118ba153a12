"""What a model promises: the JSON file beside it, checked before the model is used."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .crops import CONTRAST, EDGE, MARGIN, MAX_GAIN, SIZE
from .errors import ModelError

LABELS = (*"0123456789", "none")
"""Classes of the digit head, in order."""
MARK_LABELS = ("none", "point", "colon", "minus")
"""Classes of the mark head, in order."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Places(_Part):
    """Where marks are looked for, in heights of the digits."""

    above: float = 0.05
    """What is shown above the digits."""
    below: float = 0.22
    """The same below their feet: room for a comma, and for little else."""
    narrowest: float = 0.6
    """Least width of what is shown between two digits."""
    beyond: float = 1.2
    """The same in distances of the two digits."""
    before: float = 0.75
    """From the first digit to the middle of what is shown before it, in distances of neighbours."""


class Preprocessing(_Part):
    """How a crop is made from a picture, so that a model is never fed with crops of another kind."""

    margin: float = MARGIN
    contrast: float = CONTRAST
    max_gain: float = MAX_GAIN
    edge: int = EDGE
    places: Places | None = None
    """Of a model of marks."""


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
    """Length of each head's logits, of a model of digits."""

    digit: int = len(LABELS)
    wheel: int = 10


class MarkOutputs(_Part):
    """The same of a model of marks."""

    mark: int = len(MARK_LABELS)


class ModelContract(_Part):
    """Everything that a user of a model must know about it."""

    name: str
    version: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    """Of the model file."""
    input: ModelInput = ModelInput()
    outputs: ModelOutputs | MarkOutputs = ModelOutputs()
    labels: tuple[str, ...] = LABELS
    accept: float = Field(gt=0, lt=1)
    """What has a lower calibrated probability is not accepted."""
    temperature: float = Field(gt=0)
    """Divides the logits, so that probabilities are what they say."""
    training: dict[str, Any] = {}
    """Data and seed that the model comes from."""
    accuracy: dict[str, Any] = {}
    """Measured with the int8 model."""


@dataclass(frozen=True)
class Kind:
    """What a model must promise to be used for some purpose."""

    input: ModelInput
    outputs: ModelOutputs | MarkOutputs
    labels: tuple[str, ...]
    remedy: str
    """How to make such a model."""


DIGITS = Kind(ModelInput(), ModelOutputs(), LABELS, "`digitstream-convert convert`")
MARKS = Kind(
    ModelInput(preprocessing=Preprocessing(margin=0, edge=0, places=Places())),
    MarkOutputs(),
    MARK_LABELS,
    "`digitstream-convert train --marks`",
)


def contract_path(model: Path) -> Path:
    """Where the contract of a model lies."""
    return model.with_suffix(".json")


def load_model(path: Path, kind: Kind = DIGITS) -> tuple[bytes, ModelContract]:
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
            f"make both files with {kind.remedy}"
        ) from None
    if hashlib.sha256(data).hexdigest() != contract.sha256:
        raise ModelError(
            f"{path}: damaged, or not the model of {beside.name} (SHA-256 differs); copy both again"
        )
    _check(contract, kind, beside)
    return data, contract


def _check(contract: ModelContract, kind: Kind, path: Path) -> None:
    for key in ("input", "outputs", "labels"):
        if getattr(contract, key) != getattr(kind, key):
            raise ModelError(
                f"{path}: `{key}` is not what this version of digitstream feeds and understands; "
                f"make the model again with {kind.remedy}"
            )


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"{path}: cannot read the {what}: {error.strerror or error}; a .tflite needs its .json beside it"
        ) from None
