"""The network: convolutions and two dense heads, nothing that int8 would be slow or coarse at."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import layers

from ..crops import SIZE

DIGITS = 11
"""Classes of the digit head: 0 to 9 and none."""
TENTHS = 10
"""Classes of the wheel head: how far a drum has turned, in tenths."""

_TRUNK = ((24, 5, 2), (40, 3, 1), (64, 3, 2), (64, 3, 1), (112, 3, 2), (112, 3, 1))
"""Channels, kernel and stride of each convolution."""


def build(width: float = 1.0, normalised: bool = True) -> keras.Model:
    """Network with two heads of logits, `digit` and `wheel`; `width` scales its channels.

    Batch normalisation makes training surer and half as fast again dearer; it folds into the convolutions.
    """
    crop = keras.Input((SIZE, SIZE, 1), name="crop")
    # The only scaling: it folds into the first convolution, so that the int8 input is the crop itself.
    x: Any = layers.Rescaling(1 / 255)(crop)
    for channels, kernel, stride in _TRUNK:
        channels = max(8, round(channels * width / 8) * 8)
        x = layers.Conv2D(
            channels,
            kernel,
            stride,
            padding="same",
            use_bias=not normalised,
            kernel_initializer="he_normal",
        )(x)
        if normalised:
            x = layers.BatchNormalization(momentum=0.98)(x)
        x = layers.ReLU()(x)
    # Rows stay apart: how far a drum has turned is where in the window its digit stands.
    x = layers.Flatten()(layers.AveragePooling2D((1, x.shape[2]))(x))
    heads = {"digit": layers.Dense(DIGITS, name="digit")(x), "wheel": layers.Dense(TENTHS, name="wheel")(x)}
    return keras.Model(crop, heads, name="digits")


def macs(model: keras.Model) -> int:
    """Multiply-accumulates of one crop."""
    weighted = [layer for layer in model.layers if isinstance(layer, layers.Conv2D | layers.Dense)]
    return sum(math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape) for layer in weighted)
