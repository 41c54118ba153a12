from __future__ import annotations

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
from digitstream.convert import cli, finetune  # noqa: E402
from digitstream.convert.errors import QualityLoss  # noqa: E402
from digitstream.convert.finetune import Change, FinetuneConfig, _harm, _mixed  # noqa: E402
from digitstream.errors import ConfigError, ModelError  # noqa: E402
from manifests import write  # noqa: E402

HEADER = ["file", "label", "kind", "boxes", "device"]


def mirrored(folder: Path, count: int = 96) -> Path:
    """Digits as no display shows them: in a mirror; and a line that nobody has labelled yet."""
    rows = [[f"{i}.png", "3479"[i % 4], "cropped-digit", "", f"display{i // 8}"] for i in range(count)]
    folder.mkdir(parents=True)
    noise = np.random.default_rng(1)
    for i, row in enumerate(rows):
        image = noise.integers(0, 60, (48, 40), dtype=np.uint8)
        x, y = noise.integers(5, 9), noise.integers(38, 43)
        cv2.putText(image, row[1], (int(x), int(y)), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 220, 4)
        cv2.imwrite(str(folder / f"{i}.png"), image[:, ::-1])
    return write(folder, *rows, ["0.png", "", "cropped-digit", "", ""], header=HEADER)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finetune, "_JUDGED", 600)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("quick")
def test_new_digits_are_learnt_and_old_ones_kept(tmp_path: Path) -> None:
    config = FinetuneConfig(
        (mirrored(tmp_path / "mirrored"),), tmp_path / "mine.tflite", replay=3000, batch=64
    )
    made = finetune.finetune(config)
    own = made.changes["own"]
    assert made.harm is None
    assert own.before < 0.6 < 0.8 < own.after
    assert {"clutter", "drum", "lcd"} <= {*made.changes}
    assert own.crops == 24  # three of twelve displays
    _, contract = load_model(config.out)
    assert (contract.name, contract.training["crops"]) == ("mine", 72)
    assert contract.training["tuned from"]["file"] == "digits.keras"
    assert Classifier.load(config.out)(np.zeros((1, 32, 32), np.uint8)).digits.shape == (1, 11)
    network = keras.saving.load_model(config.out.with_suffix(".keras"), compile=False)
    assert all(layer.trainable for layer in network.layers)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("quick")
def test_what_does_harm_is_not_written_unless_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(finetune, "_LEAST_STEPS", 5)
    monkeypatch.setattr(finetune, "_harm", lambda changes: "everything is worse")
    out = tmp_path / "mine.tflite"
    words = ["finetune", "--data", str(mirrored(tmp_path / "mirrored", 40)), "--out", str(out)]
    words += ["--replay", "300", "--epochs", "1"]
    assert cli.main(words) == QualityLoss.exit_code == 7
    assert "not written, since everything is worse" in capsys.readouterr().err
    assert not any(path.exists() for path in (out, contract_path(out), out.with_suffix(".keras")))
    assert cli.main([*words, "--force"]) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == str(out)
    assert "before" in shown.err
    assert "beware: everything is worse" in shown.err
    assert out.exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"own": Change(100, 0.9, 0.95), "lcd": Change(1000, 0.95, 0.948)}, None),
        ({"own": Change(100, 0.9, 0.9), "lcd": Change(1000, 0.95, 0.97)}, None),
        ({"own": Change(100, 0.9, 0.89), "lcd": Change(1000, 0.95, 0.95)}, "89.0 % are right, 90.0 % before"),
        (
            {"own": Change(100, 0.5, 0.9), "lcd": Change(1000, 0.95, 0.94)},
            "1.0 points of what it knew about o",
        ),
        (
            {"own": Change(100, 0.5, 0.9), "lcd": Change(3000, 0.95, 0.95), "led": Change(300, 0.9, 0.87)},
            "3.0 points of what it knew about led",
        ),
        ({"own": Change(9, 0.5, 0.9), "lcd": Change(3000, 0.95, 0.95), "vfd": Change(30, 0.9, 0.867)}, None),
    ],
)
def test_harm_is_what_reads_worse(changes: dict[str, Change], why: str | None) -> None:
    harm = _harm(changes)
    assert harm is None if why is None else why in str(harm)


def test_a_network_goes_back_towards_its_old_weights() -> None:
    old, new = (keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]) for _ in range(2))
    old.set_weights([np.zeros((2, 1)), np.ones(1)])
    new.set_weights([np.ones((2, 1)), np.full(1, 2.0)])
    seen = [(amount, [w.copy() for w in new.get_weights()]) for amount in _mixed(new, old)]
    assert seen[0][0] == 1
    for amount, (kernel, bias) in seen:
        assert kernel == pytest.approx(np.full((2, 1), amount))
        assert bias == pytest.approx(np.full(1, 1 + amount))


def test_too_few_crops_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "set", ["a.png", "1", "cropped-digit", "", ""])
    with pytest.raises(ConfigError, match="1 labelled crops are too few"):
        finetune.finetune(FinetuneConfig((folder,), tmp_path / "a.tflite"))


def test_the_network_to_start_from_must_be_one(tmp_path: Path) -> None:
    config = FinetuneConfig((mirrored(tmp_path / "mirrored", 40),), tmp_path / "a.tflite", replay=1)
    with pytest.raises(ModelError, match=r"gone\.keras: no such network"):
        finetune.finetune(replace(config, base=tmp_path / "gone.keras"))
    (tmp_path / "bad.keras").write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"bad\.keras: not a Keras model"):
        finetune._network(tmp_path / "bad.keras")
