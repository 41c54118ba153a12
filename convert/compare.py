"""Measure Keras, float and int8 forms of a network side by side on the same crops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .dataset import Dataset, Image, stack
from .errors import require_tensorflow
from .labels import NONE

Logits = Callable[[Image], NDArray[np.float32]]
"""Crops `(N, 32, 32)` to class scores `(N, 11)`."""

CHUNK = 64


@dataclass(frozen=True)
class Comparison:
    """How many crops each model has right."""

    models: tuple[str, ...]
    sets: Mapping[str, tuple[int, tuple[int, ...]]]
    """By set: crops that count, and how many of them each model has right."""

    @property
    def pooled(self) -> tuple[int, tuple[int, ...]]:
        """The sum over all sets."""
        counts = list(self.sets.values())
        return sum(n for n, _ in counts), tuple(
            sum(right[i] for _, right in counts) for i in range(len(self.models))
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the accuracy of each model by set, for JSON."""
        return {
            "sets": {
                name: {"n": n, "accuracy": {m: r / n for m, r in zip(self.models, right, strict=True)}}
                for name, (n, right) in self.sets.items()
            }
        }


def compare(datasets: Iterable[Dataset], models: Sequence[Path]) -> Comparison:
    """Count the right classes, blanks included, of `.keras` and `.tflite` files; no contract is needed."""
    loaded = [load(model) for model in models]
    names = [model.name for model in models]
    sets = {}
    for dataset in datasets:
        crops = [(crop, s.crop.target) for crop, s in dataset.crops() if s.crop is not None]
        known = [(crop, target) for crop, target in crops if target is not None]
        if known:
            batch = stack(crop for crop, _ in known)
            targets = np.array([target for _, target in known])
            right = tuple(int((logits(batch).argmax(axis=1) == targets).sum()) for logits in loaded)
            sets[dataset.name] = len(known), right
    return Comparison(tuple(names if len({*names}) == len(names) else map(str, models)), sets)


def load(model: Path, classes: int = NONE + 1) -> Logits:
    """Load a network as a plain function; its output with so many columns is the class."""
    if not model.is_file():
        raise ModelError(f"{model}: no such model")
    if model.suffix == ".keras":
        return _keras(model, classes)
    if model.suffix == ".tflite":
        return _tflite(model, classes)
    raise ModelError(f"{model}: neither .keras nor .tflite")


def _keras(path: Path, classes: int) -> Logits:
    require_tensorflow()
    import keras

    try:
        model = keras.saving.load_model(path, compile=False)
    except (ValueError, OSError) as error:
        raise ModelError(f"{path}: not a Keras model: {str(error).splitlines()[0]}") from None

    def logits(crops: Image) -> NDArray[np.float32]:
        outputs = model.predict(crops[..., None].astype(np.float32), batch_size=256, verbose=0)
        if isinstance(outputs, dict):
            outputs = list(outputs.values())
        return _class_output(path, outputs if isinstance(outputs, list) else [outputs], classes)

    return logits


def _tflite(path: Path, classes: int) -> Logits:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tflite_runtime.interpreter import Interpreter
    try:
        interpreter = Interpreter(str(path), num_threads=1)
    except ValueError as error:
        raise ModelError(f"{path}: not a TFLite model: {str(error).splitlines()[0]}") from None
    source = interpreter.get_input_details()[0]

    def chunk(crops: Image) -> NDArray[np.float32]:
        interpreter.resize_tensor_input(source["index"], (len(crops), *crops.shape[1:], 1))
        try:
            interpreter.allocate_tensors()
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"{path}: this TFLite runtime cannot run it: {reason}") from None
        interpreter.set_tensor(source["index"], _quantised(crops[..., None], source))
        interpreter.invoke()
        outputs = [_real(interpreter.get_tensor(o["index"]), o) for o in interpreter.get_output_details()]
        return _class_output(path, outputs, classes)

    def logits(crops: Image) -> NDArray[np.float32]:
        return np.concatenate([chunk(crops[i : i + CHUNK]) for i in range(0, len(crops), CHUNK)])

    return logits


def _quantised(values: NDArray[Any], tensor: Mapping[str, Any]) -> NDArray[Any]:
    scale, zero = tensor["quantization"]
    if not scale:
        return np.asarray(values, tensor["dtype"])
    limits = np.iinfo(tensor["dtype"])
    steps = np.clip(np.rint(values / scale) + zero, limits.min, limits.max)
    return np.asarray(steps, tensor["dtype"])


def _real(values: NDArray[Any], tensor: Mapping[str, Any]) -> NDArray[np.float32]:
    scale, zero = tensor["quantization"]
    real = values.astype(np.float32)
    return np.asarray((real - zero) * np.float32(scale) if scale else real)


def _class_output(path: Path, outputs: Sequence[NDArray[np.float32]], classes: int) -> NDArray[np.float32]:
    for output in outputs:
        if output.shape[-1] == classes:
            return output
    raise ModelError(f"{path}: no output of {classes} classes")
