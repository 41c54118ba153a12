from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from digitstream.classifier import Classifier  # noqa: E402
from digitstream.contract import contract_path, load_model  # noqa: E402
from digitstream.convert import cli  # noqa: E402
from digitstream.convert.compare import load  # noqa: E402
from digitstream.convert.corpus import HOLD_OUT, Corpus  # noqa: E402
from digitstream.convert.errors import QualityLoss  # noqa: E402
from digitstream.convert.export import TRAINING, Export, export, held_out_folds, material, representative  # noqa: E402
from digitstream.convert.labels import NONE  # noqa: E402
from digitstream.errors import ConfigError  # noqa: E402
from manifests import write  # noqa: E402
from networks import small_network  # noqa: E402

HEADER = ["file", "label", "kind", "boxes", "fold"]
CROPS = np.random.default_rng(2).integers(0, 256, (60, 4, 4), np.uint8).repeat(8, axis=1).repeat(8, axis=2)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "net.keras"
    small_network(CROPS).save(path)
    return path


def spoilt(network: Path, out: Path) -> Path:
    """The same function with one channel a thousand times greater: no one scale of integers fits all."""
    model = keras.saving.load_model(network, compile=False)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    normalisations = [x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)]
    gamma, beta, *moments = normalisations[1].get_weights()
    for values in (gamma, beta):
        values[0] *= 1e3
    normalisations[1].set_weights([gamma, beta, *moments])
    kernel, *bias = convolutions[2].get_weights()
    kernel[:, :, 0] /= 1e3
    convolutions[2].set_weights([kernel, *bias])
    model.save(out)
    return out


def corpus(crops: np.ndarray, path: Path) -> Corpus:
    """The crops with what the network says of them as truth."""
    n = len(crops)
    said = load(path)(crops).argmax(axis=1)
    none = np.zeros(n, bool)
    return Corpus(crops, said, np.zeros(n, np.int64), none, np.full(n, "x"), np.full(n, -1), none)


@pytest.fixture(scope="module")
def known(trained: Path) -> Corpus:
    return corpus(CROPS, trained)


@pytest.fixture(scope="module")
def made(trained: Path, known: Corpus, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Export]:
    out = tmp_path_factory.mktemp("model") / "mine.tflite"
    floating = out.with_name("float.tflite")
    return out, export(trained, out, known, known, floating=floating, name="mine", allowed_loss=20)


def test_calibration_sees_nothing_that_was_learnt(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "set",
        ["a.png", "1.2", "cropped-digit", "", "3"],
        ["b.png", "4", "cropped-digit", "", "0"],
        ["c.png", "blank", "cropped-digit", "", ""],
        header=HEADER,
    )
    cv2.imwrite(str(folder / "a.png"), np.eye(30, dtype=np.uint8) * 200)
    learnt, held_out = material([folder], rendered=40)
    assert learnt.digit[~learnt.rendered].tolist() == [4, NONE]
    assert held_out.digit[~held_out.rendered].tolist() == [1]
    assert learnt.rendered.sum() == held_out.rendered.sum() == 40
    known = {crop.tobytes() for crop in learnt.crops}
    assert not any(crop.tobytes() in known for crop in held_out.crops)


def test_the_folds_that_were_held_out_calibrate() -> None:
    assert held_out_folds({"held out folds": [9]}) == [9]
    assert held_out_folds({"data": ["mine"]}) == HOLD_OUT


def test_ranges_come_from_every_class_and_domain(known: Corpus) -> None:
    rare = np.arange(60) == 7
    mixed = replace(
        known,
        crops=np.arange(60, dtype=np.uint8)[:, None, None] * np.ones((1, 32, 32), np.uint8),
        digit=np.where(rare, NONE, np.arange(60) % 3),
        domain=np.where(np.arange(60) < 40, "drum", "a-much-longer-name"),
    )
    chosen = representative(mixed)[:, 0, 0]
    assert 7 in chosen
    for first, last in ((0, 40), (40, 60)):
        assert {*(chosen[(chosen >= first) & (chosen < last) & (chosen != 7)] % 3)} == {0, 1, 2}


def test_an_exported_model_is_what_the_program_loads(made: tuple[Path, Export]) -> None:
    out, result = made
    _, contract = load_model(out)
    assert contract == result.contract
    assert (contract.name, contract.temperature) == ("mine", result.calibration.temperature)
    assert contract.accept >= result.calibration.accept
    assert contract.accuracy["calibration error"]["before"] >= contract.accuracy["calibration error"]["after"]
    scores = Classifier.load(out)(CROPS)
    assert np.array_equal(scores.digits.argmax(axis=1), load(out)(CROPS).argmax(axis=1))


def test_parity_is_counted_by_form(made: tuple[Path, Export], trained: Path) -> None:
    out, result = made
    wanted = load(trained)(CROPS).argmax(axis=1)
    right = {
        "keras": 60,
        "float": int((load(out.with_name("float.tflite"))(CROPS).argmax(axis=1) == wanted).sum()),
        "int8": int((load(out)(CROPS).argmax(axis=1) == wanted).sum()),
    }
    assert result.parity.right == right
    assert result.parity.lost == pytest.approx((right["float"] - right["int8"]) / 0.6)
    assert result.contract.accuracy["parity"]["int8"] == round(right["int8"] / 60, 5)


def test_a_network_that_has_learnt_everything_is_calibrated_by_its_sister(
    trained: Path, known: Corpus, made: tuple[Path, Export], tmp_path: Path
) -> None:
    sister = tmp_path / "sister.keras"
    small_network(CROPS[::-1], seed=4, steps=1).save(sister)
    out, alone = made
    helped = export(trained, tmp_path / "b.tflite", known, known, sister=sister, allowed_loss=20)
    assert out.read_bytes() == (tmp_path / "b.tflite").read_bytes()
    assert helped.contract.accuracy["unseen devices and fonts"]["real"]["right"] < 1
    assert helped.calibration.error_before != alone.calibration.error_before


def test_a_network_that_integers_cannot_hold_is_refused(trained: Path, known: Corpus, tmp_path: Path) -> None:
    bad = spoilt(trained, tmp_path / "bad.keras")
    assert np.allclose(load(bad)(CROPS), load(trained)(CROPS), atol=1e-2)
    with pytest.raises(QualityLoss, match=r"bad\.keras: int8 loses \d+\.\d+ points .* --allowed-loss"):
        export(bad, tmp_path / "mine.tflite", known, known)
    assert not (tmp_path / "mine.tflite").exists()
    assert not contract_path(tmp_path / "mine.tflite").exists()
    assert QualityLoss.exit_code == 7


def test_calibration_needs_crops(trained: Path, known: Corpus, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to calibrate with"):
        export(trained, tmp_path / "mine.tflite", known, known[np.zeros(60, bool)])


@pytest.mark.slow
def test_the_command_writes_the_whole_contract_or_nothing(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [[f"{i}.png", str(i % 10), "cropped-digit", "", str(i % 4)] for i in range(40)]
    folder = write(tmp_path / "set", *rows, header=HEADER)
    network = tmp_path / "net.keras"
    network.write_bytes(trained.read_bytes())
    (tmp_path / TRAINING).write_text('{"seed": 5}')
    words = ["--data", str(folder), "--rendered", "200", "--allowed-loss", "20"]
    assert cli.main(["convert", str(network), str(tmp_path / "mine.tflite"), *words]) == 0
    shown = capsys.readouterr()
    assert shown.out == f"{tmp_path / 'mine.tflite'}\n"
    assert "calibration error" in shown.err
    assert "points lost" in shown.err
    _, contract = load_model(tmp_path / "mine.tflite")
    assert (contract.name, contract.training) == ("mine", {"seed": 5})
    parity = contract.accuracy["parity"]
    assert json.loads(contract.model_dump_json())["accuracy"]["parity"] == parity
