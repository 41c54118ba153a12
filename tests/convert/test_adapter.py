from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from digitstream.convert import cli
from digitstream.convert.adapter import Adapter, ForeignModel, load_adapter
from digitstream.convert.dataset import Image
from digitstream.errors import ConfigError, ModelError
from manifests import write


def adapter(path: Path, text: str) -> Adapter:
    path.write_text(text, encoding="utf-8")
    return load_adapter(path)


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write a TFLite model of a Keras function from `shape` to its outputs."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tf = pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    folder = tmp_path_factory.mktemp("foreign")

    def make(name: str, shape: tuple[int, ...], function: Callable[[Any], Any], int8: bool = False) -> Path:
        source = keras.Input(shape)
        converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(source, function(source)))
        if int8:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            values = np.linspace(0, 1, 20, dtype=np.float32)
            converter.representative_dataset = lambda: ([np.full((1, *shape), v)] for v in values)
            converter.inference_input_type = converter.inference_output_type = tf.uint8
        path = folder / f"{name}.tflite"
        path.write_bytes(converter.convert())
        return path

    return make


def brightest_of(channels_first: bool) -> Callable[[Any], Any]:
    """Which of the three channels is the brightest, as three logits."""
    import keras

    axes = (2, 3) if channels_first else (1, 2)
    return lambda x: keras.ops.mean(x, axis=axes)


def plain(red: int, green: int, blue: int) -> Image:
    return np.full((12, 10, 3), (blue, green, red), np.uint8)


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize("colour", ["rgb", "bgr"])
def test_colours_and_layout_are_the_model_s(
    build: Callable[..., Path], tmp_path: Path, layout: str, colour: str
) -> None:
    shape = (8, 6, 3) if layout == "nhwc" else (3, 8, 6)
    path = build(f"channels-{layout}", shape, brightest_of(layout == "nchw"))
    lines = f"input: {{size: [6, 8], colour: {colour}, layout: {layout}, range: [0, 1]}}\n"
    model = ForeignModel(
        path,
        adapter(
            tmp_path / "a.yaml", lines + "output: {labels: ['4', '5', none], scores: logits}\naccept: 0.5"
        ),
    )
    scores = model([plain(200, 10, 10), plain(10, 200, 10), plain(10, 10, 200)])
    said = [4, 5, 10] if colour == "rgb" else [10, 5, 4]
    assert scores.digits.argmax(axis=1).tolist() == said
    assert np.isnan(scores.wheel).all()
    other = np.exp(-190 / 255)
    assert np.exp(scores.digits.max(axis=1)) == pytest.approx(1 / (1 + 2 * other), abs=1e-3)
    assert len(model([]).digits) == 0


def flat_output(shape: tuple[int, ...]) -> Callable[[Any], Any]:
    import keras

    return lambda x: keras.layers.Reshape((int(np.prod(shape)),))(x) * 1.0


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("resize: stretch", [[200] * 4] * 4),
        ("resize: letterbox, fill: 7", [[7, 200, 200, 7]] * 4),
        ("resize: stretch, range: [-1, 1]", [[2 * 200 / 255 - 1] * 4] * 4),
        ("resize: stretch, range: [0, 1], mean: [0.5], std: [0.25]", [[(200 / 255 - 0.5) / 0.25] * 4] * 4),
    ],
)
def test_pictures_are_made_to_the_model_s_measure(
    build: Callable[..., Path], tmp_path: Path, options: str, wanted: list[list[float]]
) -> None:
    path = build("echo", (4, 4, 1), flat_output((4, 4)))
    labels = ", ".join(["'-'"] * 16)
    made = adapter(
        tmp_path / "a.yaml",
        f"input: {{size: [4, 4], colour: grey, {options}}}\noutput: {{labels: [{labels}]}}",
    )
    answer = ForeignModel(path, made)._run(np.full((20, 10, 3), 200, np.uint8))
    assert answer.reshape(4, 4) == pytest.approx(np.array(wanted), abs=1e-4)


def test_integer_models_get_integers(build: Callable[..., Path], tmp_path: Path) -> None:
    path = build("int8", (8, 6, 3), brightest_of(False), int8=True)
    lines = "input: {size: [6, 8], range: [0, 1]}\noutput: {labels: ['1', '2', '3']}"
    scores = ForeignModel(path, adapter(tmp_path / "a.yaml", lines))([plain(50, 100, 150)])
    assert np.exp(scores.digits[0, 1:4]) == pytest.approx(np.array([50, 100, 150]) / 255, abs=0.01)


def test_positions_become_digit_and_wheel(build: Callable[..., Path], tmp_path: Path) -> None:
    path = build("hundred", (10, 10, 1), flat_output((10, 10)))
    made = adapter(
        tmp_path / "a.yaml",
        "input: {size: [10, 10], colour: grey}\noutput: {labels: 0.0-9.9, scores: logits}",
    )
    pictures = np.zeros((3, 10, 10), np.uint8)
    for picture, position in zip(pictures, (31, 68, 97), strict=True):
        picture[position // 10, position % 10] = 50
    scores = ForeignModel(path, made)(pictures)
    assert scores.digits.argmax(axis=1).tolist() == [3, 7, 0]
    assert scores.wheel == pytest.approx(np.array([0.1, 0.8, 0.7]))


def test_an_angle_becomes_digit_and_wheel(build: Callable[..., Path], tmp_path: Path) -> None:
    path = build("angle", (1, 2, 1), lambda x: flat_output((1, 2))(x) - 128.0)
    made = adapter(
        tmp_path / "a.yaml", "input: {size: [2, 1], colour: grey}\noutput: {kind: angle}\naccept: 0.9"
    )
    turns = 2 * np.pi * np.array([0.0, 0.31, 0.68, 0.97])
    pictures = np.stack([np.sin(turns), np.cos(turns)], axis=1)[:, None] * 120 + 128
    scores = ForeignModel(path, made)(np.rint(pictures).astype(np.uint8))
    assert scores.digits.argmax(axis=1).tolist() == [0, 3, 7, 0]
    assert scores.wheel == pytest.approx(np.array([0, 0.1, 0.8, 0.7]), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("input: {size: [6, 8], colour: red}", "input.colour: Input should be 'grey', 'rgb' or 'bgr'"),
        ("input: {size: [6, 8]}\nthreshold: 1", "threshold: Extra inputs are not permitted"),
        ("input: {size: [6, 8], mean: [1, 2]}", "input: Value error, mean has neither one value nor 3"),
        ("input: {size: [6, 8]}\noutput: {labels: ['12']}", "'12' is no digit"),
        ("input: {size: [6, 8]}\noutput: {labels: a-z}", "'a-z' is none of 0-9"),
        ("input: [", "no YAML"),
        ("", "the file"),
    ],
)
def test_bad_adapters_are_refused_with_the_place(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        adapter(tmp_path / "a.yaml", text)
    assert str(caught.value).startswith(f"{tmp_path / 'a.yaml'}: ")
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("input: {size: [8, 6]}", r"its input is \(8, 6, 3\), the adapter makes \(6, 8, 3\)"),
        ("input: {size: [6, 8]}", "output 0 has length 3, the adapter says 10"),
        ("input: {size: [6, 8]}\noutput: {index: 2}", "it has 1 outputs, the adapter names number 2"),
    ],
)
def test_a_model_must_fit_its_adapter(
    build: Callable[..., Path], tmp_path: Path, text: str, why: str
) -> None:
    path = build("channels-nhwc", (8, 6, 3), brightest_of(False))
    with pytest.raises(ModelError, match=why):
        ForeignModel(path, adapter(tmp_path / "a.yaml", text))


def test_the_command_line_measures_a_foreign_model(
    build: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = build("channels-nhwc", (8, 6, 3), brightest_of(False))
    beside = tmp_path / "a.json"
    beside.write_text(json.dumps({"input": {"size": [6, 8]}, "output": {"labels": ["1", "2", "3"]}}))
    rows = [["r.png", "1", "cropped-digit", "", ""], ["g.png", "2.0", "cropped-digit", "", ""],
            ["b.png", "1", "cropped-digit", "", ""], ["p.png", "12", "full-photo", "", ""]]  # fmt: skip
    folder = write(tmp_path / "set", *rows)
    for name, colour in (("r", (200, 0, 0)), ("g", (0, 200, 0)), ("b", (0, 0, 200))):
        cv2.imwrite(str(folder / f"{name}.png"), plain(*colour))
    target = tmp_path / "figures.json"
    words = ["evaluate", str(folder), "--model", str(path), "--adapter", str(beside)]
    assert cli.main([*words, "--json", str(target)]) == 0
    figures = json.loads(target.read_text(encoding="utf-8"))["sets"]["set"]
    assert (figures["crops"]["n"], figures["crops"]["accuracy"]) == (3, 2 / 3)
    assert {"accepted", "wheel_exact"}.isdisjoint(figures["crops"])
    assert "readings" not in figures
    assert cli.main([*words, "--non-digits", "5"]) == 2
    assert "needs `accept`" in capsys.readouterr().err
