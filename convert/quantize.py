"""Keras to TFLite: the float network, or full-integer int8 with the ranges of representative crops."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..crops import SIZE
from ..errors import ConfigError
from .dataset import Image
from .errors import require_tensorflow


def convert(keras_path: Path, out_path: Path, representative: Image) -> Path:
    """Write the network as int8; its ranges come from crops `(N, 32, 32)` of every class and domain."""
    converter = _converter(keras_path)
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converter.representative_dataset = lambda: _feed(representative)
    return _write(converter, out_path)


def convert_float(keras_path: Path, out_path: Path) -> Path:
    """Write the network as float32 TFLite, to compare with."""
    return _write(_converter(keras_path), out_path)


def pick_representative(crops: Image, groups: NDArray[Any], per_group: int, seed: int) -> Image:
    """Crops of every group (class and kind of display), the same on every run."""
    rng = np.random.default_rng(seed)
    chosen = [
        rng.permutation(np.flatnonzero(groups == group))[:per_group] for group in sorted(set(groups.tolist()))
    ]
    return np.asarray(crops[np.concatenate(chosen)])


def _feed(representative: Image) -> Iterator[list[NDArray[np.float32]]]:
    # The two extremes come first: they make the input's range 0 to 255, so that its scale is exactly 1.
    extremes = np.stack([np.zeros((SIZE, SIZE), np.uint8), np.full((SIZE, SIZE), 255, np.uint8)])
    for crop in np.concatenate([extremes, representative]):
        yield [crop[None, :, :, None].astype(np.float32)]


def _converter(keras_path: Path) -> Any:
    require_tensorflow()
    import keras
    import tensorflow as tf

    if keras.backend.backend() != "tensorflow":
        raise ConfigError(
            "TFLite is made by TensorFlow: set KERAS_BACKEND=tensorflow; "
            "networks that were trained on another backend load all the same"
        )
    return tf.lite.TFLiteConverter.from_keras_model(keras.saving.load_model(keras_path, compile=False))


def _write(converter: Any, path: Path) -> Path:
    # Keras announces where it puts an artifact that the converter reads and removes; the converter misses
    # ranges of the input that the representative crops give it.
    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Statistics for quantized inputs")
        data = converter.convert()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
