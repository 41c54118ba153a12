"""Foreign TFLite models: a small file says what one of them is fed with and what its outputs mean.

The same crops, labels and figures then serve to compare it; it gets each crop as it is, in its own size.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .. import runtime
from ..classifier import Scores
from ..errors import ConfigError, ModelError
from .labels import NONE
from .sample import Image

Floats = NDArray[np.float32]
Side = Annotated[int, Field(ge=1, le=1024)]

_DIGITS = tuple("0123456789")
_PRESETS = {
    "0-9": _DIGITS,
    "0-9,none": (*_DIGITS, "none"),
    "0.0-9.9": tuple(f"{position / 10:.1f}" for position in range(100)),
}
_LABEL = re.compile(r"[0-9](\.[0-9])?|none|-", re.ASCII)
_RESIZE = {"nearest": cv2.INTER_NEAREST, "linear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA}
_FAINT = 1e-9


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AdapterInput(_Part):
    """What the model is fed with."""

    size: tuple[Side, Side]
    """Width and height."""
    colour: Literal["grey", "rgb", "bgr"] = "rgb"
    layout: Literal["nhwc", "nchw"] = "nhwc"
    resize: Literal["stretch", "letterbox"] = "stretch"
    """`letterbox` keeps the aspect and fills the rest."""
    interpolation: Literal["nearest", "linear", "area"] = "linear"
    fill: int = Field(default=0, ge=0, le=255)
    """Grey level around a letterboxed crop."""
    range: tuple[float, float] = (0, 255)
    """What black and white become."""
    mean: tuple[float, ...] = (0,)
    """Subtracted then, by channel or for all."""
    std: tuple[Annotated[float, Field(gt=0)], ...] = (1,)
    """Divided by then, by channel or for all."""

    @model_validator(mode="after")
    def _channels_fit(self) -> AdapterInput:
        channels = 1 if self.colour == "grey" else 3
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (1, channels):
                raise ValueError(f"{name} has neither one value nor {channels}")
        return self


class AdapterOutput(_Part):
    """What the model's answer means."""

    index: int = Field(default=0, ge=0)
    """Which of the outputs."""
    kind: Literal["classes", "angle"] = "classes"
    """`angle`: sine and cosine of a drum's position, a turn being ten digits."""
    labels: tuple[str, ...] = _PRESETS["0-9"]
    """By class: a digit, a position like `6.8`, `none`, or `-` for a class that is nothing of these.

    In the file one of the names `0-9`, `0-9,none` and `0.0-9.9` will do.
    """
    scores: Literal["probabilities", "logits"] = "probabilities"

    @field_validator("labels", mode="before")
    @classmethod
    def _preset(cls, value: Any) -> Any:
        if isinstance(value, str):
            if value not in _PRESETS:
                raise ValueError(f"{value!r} is none of {', '.join(_PRESETS)}")
            return _PRESETS[value]
        return [f"{x:.1f}" if isinstance(x, float) else str(x) for x in value or ()]

    @field_validator("labels")
    @classmethod
    def _known(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        bad = [label for label in labels if not _LABEL.fullmatch(label)]
        if bad or not labels:
            raise ValueError(f"{bad[0]!r} is no digit, position, `none` or `-`" if bad else "there are none")
        return labels


class Adapter(_Part):
    """How to use a foreign model."""

    input: AdapterInput
    output: AdapterOutput = AdapterOutput()
    accept: float | None = Field(default=None, gt=0, lt=1)
    """Probability from which its users take an answer."""


def load_adapter(path: Path) -> Adapter:
    """Read an adapter from YAML or JSON."""
    try:
        return Adapter.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigError(f"{path}: {where}: {first['msg']}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: no YAML: {' '.join(str(error).split())}") from None


class ForeignModel:
    """A TFLite model of somebody else, asked as the program's own."""

    def __init__(self, model: Path, adapter: Adapter) -> None:
        self.adapter = adapter
        self._prepare = _preparation(adapter.input)
        try:
            self._interpreter = runtime.interpreter(model.read_bytes(), 1)
        except OSError as error:
            raise ModelError(f"{model}: {error.strerror or error}") from None
        except (ValueError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"{model}: no model that this TFLite runtime can load: {reason}") from None
        self._input, *others = self._interpreter.get_input_details()
        outputs = self._interpreter.get_output_details()
        shape = tuple(self._input["shape"][1:].tolist())
        wanted = self._prepare(np.zeros((1, 1, 3), np.uint8)).shape
        if others or shape != wanted:
            raise ModelError(f"{model}: its input is {shape}, the adapter makes {wanted}")
        out = adapter.output
        if out.index >= len(outputs):
            raise ModelError(f"{model}: it has {len(outputs)} outputs, the adapter names number {out.index}")
        self._output = outputs[out.index]
        length = 2 if out.kind == "angle" else len(out.labels)
        if self._output["shape"][-1] != length:
            got = self._output["shape"][-1]
            raise ModelError(f"{model}: output {out.index} has length {got}, the adapter says {length}")

    def __call__(self, pictures: Sequence[Image] | Image) -> Scores:
        """Classify pictures, BGR or grey, as they are; `wheel` is NaN where the model knows no positions."""
        size = 2 if self.adapter.output.kind == "angle" else len(self.adapter.output.labels)
        answers = np.array([self._run(picture) for picture in pictures], np.float32).reshape(-1, size)
        if self.adapter.output.kind == "angle":
            return _of_angle(answers)
        return _of_classes(answers, self.adapter.output)

    def _run(self, picture: Image) -> Floats:
        run, tensor = self._interpreter, self._input
        values = self._prepare(picture)[None]
        scale, zero = tensor["quantization"]
        if scale:
            limits = np.iinfo(tensor["dtype"])
            values = np.clip(np.rint(values / scale) + zero, limits.min, limits.max)
        run.set_tensor(tensor["index"], values.astype(tensor["dtype"]))
        run.invoke()
        answer = run.get_tensor(self._output["index"]).astype(np.float32).reshape(-1)
        scale, zero = self._output["quantization"]
        return np.asarray((answer - zero) * scale if scale else answer, np.float32)


def _preparation(wanted: AdapterInput) -> Callable[[Image], Floats]:
    """A function that makes the input of a picture."""
    low, high = wanted.range
    mean, std = np.array(wanted.mean, np.float32), np.array(wanted.std, np.float32)

    def prepare(picture: Image) -> Floats:
        if picture.ndim == 2:
            picture = cast(Image, cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
        if wanted.colour == "grey":
            picture = cast(Image, cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY))
        elif wanted.colour == "rgb":
            picture = picture[:, :, ::-1]
        values = _resized(picture, wanted).reshape(*wanted.size[::-1], -1).astype(np.float32)
        values = ((low + values * ((high - low) / 255)) - mean) / std
        return np.asarray(values if wanted.layout == "nhwc" else values.transpose(2, 0, 1), np.float32)

    return prepare


def _resized(picture: Image, wanted: AdapterInput) -> Image:
    width, height = wanted.size
    how = _RESIZE[wanted.interpolation]
    if wanted.resize == "stretch":
        return cast(Image, cv2.resize(picture, (width, height), interpolation=how))
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    out = np.full((height, width, *picture.shape[2:]), wanted.fill, np.uint8)
    out[y : y + size[1], x : x + size[0]] = cv2.resize(picture, size, interpolation=how)
    return out


def _of_classes(answers: Floats, output: AdapterOutput) -> Scores:
    """A digit is as likely as the likeliest of its positions; half-way ones count for the upper digit."""
    chances = answers
    if output.scores == "logits":
        powers = np.exp(answers - answers.max(axis=1, keepdims=True, initial=-np.inf))
        chances = powers / powers.sum(axis=1, keepdims=True)
    digits = np.full((len(answers), NONE + 1), _FAINT, np.float32)
    wheel = np.full(len(answers), np.nan, np.float32)
    best = answers.argmax(axis=1) if len(answers) else np.zeros(0, int)
    for column, label in enumerate(output.labels):
        if label == "-":
            continue
        position = round(10 * float(label)) if label != "none" else None
        name = NONE if position is None else (position + 5) // 10 % 10
        digits[:, name] = np.maximum(digits[:, name], chances[:, column])
        if position is not None and "." in label:
            wheel[best == column] = position % 10 / 10
    return Scores(np.log(digits), wheel, np.ones(len(answers), np.float32))


def _of_angle(answers: Floats) -> Scores:
    turn = np.mod(np.arctan2(answers[:, 0], answers[:, 1]) / (2 * np.pi), 1) * 10
    tenths = np.rint(turn * 10).astype(int) % 100
    digits = np.full((len(answers), NONE + 1), np.log(_FAINT), np.float32)
    rows = np.arange(len(answers))
    digits[rows, ((tenths + 5) // 10) % 10] = 0
    return Scores(digits, (tenths % 10 / np.float32(10)).astype(np.float32), np.hypot(*answers.T))
