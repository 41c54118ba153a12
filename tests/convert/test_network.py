from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from digitstream.contract import LABELS, ModelInput, ModelOutputs  # noqa: E402
from digitstream.convert import network  # noqa: E402


def test_the_network_has_the_contract_s_shapes() -> None:
    model = network.build()
    assert model.input_shape == (None, *ModelInput().shape)
    heads = dict(ModelOutputs())
    assert {name: head.shape[-1] for name, head in model.output.items()} == heads
    assert heads["digit"] == len(LABELS) == network.DIGITS


def test_the_network_is_small() -> None:
    model = network.build()
    assert network.macs(model) <= 10_000_000
    assert model.count_params() <= 270_000


def test_multiplications_are_counted() -> None:
    source = keras.Input((8, 8, 2))
    hidden = keras.layers.Conv2D(3, 3, strides=2, padding="same")(source)
    output = keras.layers.Dense(5)(keras.layers.GlobalAveragePooling2D()(hidden))
    assert network.macs(keras.Model(source, output)) == 4 * 4 * 3 * 3 * 2 * 3 + 3 * 5


def test_width_scales_the_channels() -> None:
    assert network.build(0.5).count_params() < network.build().count_params() / 2


def test_heads_are_logits() -> None:
    keras.utils.set_random_seed(1)
    out = network.build()(np.full((2, 32, 32, 1), 200, np.uint8))
    assert not np.allclose(np.sum(np.asarray(out["digit"]), axis=1), 1)


def test_without_normalisation_there_is_nothing_to_fold() -> None:
    kinds = {type(layer).__name__ for layer in network.build(normalised=False).layers}
    assert "BatchNormalization" not in kinds
