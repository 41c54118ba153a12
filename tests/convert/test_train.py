from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from digitstream.convert import train as training  # noqa: E402
from digitstream.convert.curves import CURVES  # noqa: E402
from digitstream.convert.export import TRAINING  # noqa: E402
from digitstream.convert.train import CHECKPOINT, LOG, TrainConfig, corpora, train  # noqa: E402
from manifests import write  # noqa: E402

HEADER = ["file", "label", "kind", "boxes", "fold"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bars at three heights stand for digits and for none; some crops are held out."""
    folder = tmp_path_factory.mktemp("bars")
    labels = ("0", "1.5", "blank")
    rows = [[f"{i}.png", labels[i % 3], "cropped-digit", "", "3" if i % 5 == 0 else ""] for i in range(60)]
    write(folder, *rows, header=HEADER)
    noise = np.random.default_rng(1)
    for i in range(60):
        image = noise.integers(0, 60, (32, 32), dtype=np.uint8)
        image[4 + 9 * (i % 3) : 10 + 9 * (i % 3)] += 150
        cv2.imwrite(str(folder / f"{i}.png"), image)
    return folder


def config(folder: Path, out: Path, epochs: int = 2, seed: int = 1) -> TrainConfig:
    return TrainConfig(
        data=(folder,),
        out=out,
        epochs=epochs,
        crops_per_epoch=96,
        batch=32,
        width=0.25,
        synthetic=0,
        seed=seed,
    )


def weights(path: Path) -> list[np.ndarray]:
    return [np.asarray(w) for w in keras.saving.load_model(path, compile=False).get_weights()]


def same(a: Path, b: Path) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


def test_held_out_folds_are_not_learnt_from(folder: Path, tmp_path: Path) -> None:
    learn, held_out = corpora(config(folder, tmp_path))
    assert len(held_out) == 12
    assert set(held_out.fold) == {3}
    assert 3 not in learn.fold


def test_rendered_crops_are_made_once(folder: Path, tmp_path: Path) -> None:
    settings = TrainConfig(data=(folder,), out=tmp_path, synthetic=20)
    learn, _ = corpora(settings)
    assert (tmp_path / "rendered-21-20.npz").exists()
    again, _ = corpora(settings)
    assert np.array_equal(again.crops, learn.crops)


def test_wheels_count_for_drums_only(folder: Path, tmp_path: Path) -> None:
    settings = config(folder, tmp_path)
    learn, _ = corpora(settings)
    targets, known = training._targets(learn, settings)
    assert targets["digit"].sum(axis=1) == pytest.approx(np.ones(len(learn)), rel=1e-5)
    none, drum = targets["digit"][:, 10] > 0.5, targets["wheel"].argmax(axis=1) == 5
    assert none.any()
    assert drum.any()
    assert (known["wheel"][none] == 0).all()
    assert (known["wheel"][drum] == 1).all()
    assert (known["wheel"][~none & ~drum] < 0.1).all()


def stopped(settings: TrainConfig, at: str, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Train until something has been called so often, and then be interrupted."""
    done = getattr(training, at)
    left = [times]

    def call(*args: object) -> object:
        left[0] -= 1
        if not left[0]:
            raise KeyboardInterrupt
        return done(*args)

    with monkeypatch.context() as patch:
        patch.setattr(training, at, call)
        with pytest.raises(KeyboardInterrupt):
            train(settings)


@pytest.mark.slow
@pytest.mark.parametrize("at", ["_saved", "draw", "validate"])
def test_a_run_that_was_stopped_goes_on(
    folder: Path, tmp_path: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(config(folder, tmp_path / "whole", epochs=3))
    settings = config(folder, tmp_path / "parts", epochs=3)
    # The best network is saved like the checkpoint, hence one call more.
    stopped(settings, at, 3 if at == "_saved" else 2, monkeypatch)
    assert int(keras.saving.load_model(settings.out / CHECKPOINT).optimizer.iterations) == 3
    assert same(train(settings), whole)
    assert (settings.out / LOG).read_bytes() == (tmp_path / "whole" / LOG).read_bytes()
    assert same(train(settings), whole)  # nothing left to do


@pytest.mark.slow
def test_the_best_epoch_is_kept_and_ends_the_run(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = iter((0.5, 0.9, 0.7, 0.8, 1.0))
    seen = []

    def validate(model: object, corpus: object) -> dict[str, float]:
        seen.append([np.asarray(w) for w in model.get_weights()])  # type: ignore[attr-defined]
        return {"digits": next(digits)}

    monkeypatch.setattr(training, "validate", validate)
    settings = replace(config(folder, tmp_path, epochs=9), patience=2)
    finished = train(settings)
    assert len(seen) == 4
    assert all(np.array_equal(a, b) for a, b in zip(weights(finished), seen[1], strict=True))
    notes = json.loads((tmp_path / TRAINING).read_text(encoding="utf-8"))
    assert (notes["epochs"], notes["best epoch"], notes["crops"]) == (4, 2, 4 * 96)
    train(settings)  # which is over
    assert len(seen) == 4


@pytest.mark.slow
def test_without_patience_the_last_epoch_is_kept(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = iter((0.5, 0.9, 0.7))
    monkeypatch.setattr(training, "validate", lambda *_: {"digits": next(digits)})
    settings = replace(config(folder, tmp_path, epochs=3), patience=0)
    last = weights(train(settings))
    expected = training.averaged(tmp_path / CHECKPOINT, settings).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(last, expected, strict=True))
    assert json.loads((tmp_path / TRAINING).read_text(encoding="utf-8"))["best epoch"] == 3


@pytest.mark.slow
def test_a_run_may_start_from_the_mean_of_networks(folder: Path, tmp_path: Path) -> None:
    one = train(config(folder, tmp_path / "one", epochs=1))
    two = train(replace(config(folder, tmp_path / "two", epochs=1, seed=2), start=(one,)))
    model = training._new(replace(config(folder, tmp_path), start=(one, two)))
    means = [(a + b) / 2 for a, b in zip(weights(one), weights(two), strict=True)]
    assert all(np.allclose(a, b) for a, b in zip(model.get_weights(), means, strict=True))
    assert not same(one, two)


@pytest.mark.slow
def test_low_precision_trains_a_network_of_full_precision(folder: Path, tmp_path: Path) -> None:
    settings = replace(config(folder, tmp_path), precision="mixed_bfloat16")
    model = keras.saving.load_model(train(settings), compile=False)
    checkpoint = keras.saving.load_model(tmp_path / CHECKPOINT)
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert "bfloat16" in {layer.compute_dtype for layer in checkpoint.layers}


@pytest.mark.slow
def test_training_learns(folder: Path, tmp_path: Path) -> None:
    train(replace(config(folder, tmp_path, epochs=10), crops_per_epoch=640, patience=0))
    with (tmp_path / LOG).open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [*range(1, 11)]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"]) / 1.5
    best = max(rows, key=lambda row: float(row["digits"]) + float(row["none"]))
    assert float(best["digits"]) + float(best["none"]) > 1.9
    curves = cv2.imread(str(tmp_path / CURVES))
    assert curves is not None
    assert curves.shape == (400, 900, 3)


ONE_RUN = """
import hashlib, sys
from pathlib import Path
from digitstream.convert.corpus import from_folders
from digitstream.convert.quantize import convert
from digitstream.convert.train import TrainConfig, train
folder, out, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
small = {"epochs": 1, "crops_per_epoch": 96, "batch": 32, "width": 0.25, "synthetic": 64}
config = TrainConfig((folder,), out, seed=seed, **small)
model = convert(train(config), out / "int8.tflite", from_folders([folder], 1).crops)
print(hashlib.sha256(model.read_bytes()).hexdigest())
"""


@pytest.mark.slow
def test_a_seed_gives_the_same_file_in_every_process(folder: Path, tmp_path: Path) -> None:
    digests = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        command = [sys.executable, "-c", ONE_RUN, str(folder), str(tmp_path / name), str(seed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        digests.append(done.stdout.split()[-1])
    assert digests[0] == digests[1] != digests[2]
