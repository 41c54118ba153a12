from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras")
pytest.importorskip("tensorflow")

import digitstream  # noqa: E402
from digitstream.classifier import Classifier  # noqa: E402
from digitstream.contract import MARK_LABELS  # noqa: E402
from digitstream.convert import network, punctuated  # noqa: E402
from digitstream.convert.cli import main  # noqa: E402
from digitstream.convert.compare import load  # noqa: E402
from digitstream.convert.displays import Lcd, Led  # noqa: E402
from digitstream.convert.drums import Drum  # noqa: E402
from digitstream.convert.marks import Gaps, empty, join, of_counters, rendered  # noqa: E402
from digitstream.convert.quantize import convert, convert_float  # noqa: E402
from digitstream.convert.surroundings import surround  # noqa: E402
from digitstream.convert.train_marks import TRUNK, MarksConfig, build, figures, fingerprint, train_marks  # noqa: E402
from digitstream.errors import ModelError  # noqa: E402
from digitstream.punctuation import COLON, MINUS, NONE, POINT, Punctuation  # noqa: E402


@pytest.fixture(scope="module")
def gaps() -> Gaps:
    return rendered(80, seed=3)


def tiny(out: Path, seed: int = 1) -> MarksConfig:
    return MarksConfig(data=(), out=out, pictures=60, held_out=30, epochs=2, batch=64, seed=seed)


def test_every_mark_is_rendered(gaps: Gaps) -> None:
    assert gaps.crops.shape[1:] == (32, 32)
    shares = np.bincount(gaps.mark, minlength=4) / len(gaps)
    assert 0.5 < shares[NONE] < 0.9
    assert shares[[POINT, COLON, MINUS]].min() > 0.01
    assert {"lcd", "led", "drum", "print"} <= set(gaps.domain)


def test_the_same_seed_renders_the_same(gaps: Gaps) -> None:
    again = rendered(80, seed=3)
    assert np.array_equal(gaps.crops, again.crops)
    assert np.array_equal(gaps.mark, again.mark)
    assert not np.array_equal(gaps.crops[:50], rendered(80, seed=4).crops[:50])


def test_a_display_holds_the_marks_that_it_is_said_to_hold() -> None:
    seen = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shown = punctuated.show(rng, (Lcd, Led)[seed % 2](rng, 40.0))
        if shown is None:
            continue
        panel, marks = shown
        digits = [panel.marks[index].box for index in panel.reading]
        assert len(marks) == len(digits)
        assert len(panel.points) == np.isin(marks, (POINT, COLON)).sum()
        for (left, _, right, _), gap in zip(
            panel.points, np.flatnonzero(np.isin(marks, (1, 2))), strict=True
        ):
            before, after = digits[gap - 1], digits[gap]
            assert (before[0] + before[2]) / 2 < (left + right) / 2 < (after[0] + after[2]) / 2
        seen += marks.tolist()
    assert set(seen) == {NONE, POINT, COLON, MINUS}


def test_a_counter_has_no_mark_but_a_painted_comma() -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        shown = punctuated.show(rng, Drum(rng, 40.0))
        assert shown is not None
        assert set(shown[1]) <= {NONE, POINT}
        assert (shown[1] == POINT).sum() <= 1
        assert shown[1][0] == NONE


def test_a_display_at_the_very_edge_has_surroundings_too() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        image = np.full((60, 120, 3), 128, np.float32)
        surround(rng, image, (0.0, 0.0, 119.0, 59.0), 50.0, "train")
        assert np.isfinite(image).all()


def test_gaps_of_real_counters_are_empty(data: Path) -> None:
    strips = data / "train" / "meter-strips"
    learnt = of_counters(strips, seed=1, looks=1)
    assert len(learnt) > 1000
    assert not learnt.mark.any()
    assert len(of_counters(strips, seed=1, looks=1, validation=True)) < len(learnt)


def test_the_network_is_small() -> None:
    assert network.macs(build()) <= 3_600_000
    assert build().count_params() <= 110_000


def test_the_network_is_the_same_in_all_three_forms(tmp_path: Path, gaps: Gaps) -> None:
    keras.utils.set_random_seed(2)
    model = build()
    model.compile("adam", loss={"mark": keras.losses.SparseCategoricalCrossentropy(from_logits=True)})
    for _ in range(40):
        model.train_on_batch(gaps.crops[:128, ..., None], {"mark": gaps.mark[:128]})
    path = tmp_path / "net.keras"
    model.save(path)
    exact = load(path, 4)(gaps.crops)
    as_float = load(convert_float(path, tmp_path / "float.tflite"), 4)(gaps.crops)
    as_int8 = load(convert(path, tmp_path / "int8.tflite", gaps.crops), 4)(gaps.crops)
    assert np.abs(exact - as_float).max() < 1e-3
    assert np.abs(exact - as_int8).max() < 0.1 * np.ptp(exact)
    assert (exact.argmax(axis=1) == as_int8.argmax(axis=1)).mean() > 0.97


@pytest.mark.slow
def test_training_ends_in_a_model_that_the_program_loads(tmp_path: Path) -> None:
    contract = train_marks(tiny(tmp_path / "a" / "marks.tflite"))
    loaded = Punctuation.load(tmp_path / "a" / "marks.tflite")
    assert loaded.contract == contract
    assert contract.labels == MARK_LABELS
    assert loaded.logits(empty(3, 1).crops)["mark"].shape == (3, 4)
    train_marks(tiny(tmp_path / "b" / "marks.tflite"))
    assert (tmp_path / "a" / "marks.tflite").read_bytes() == (tmp_path / "b" / "marks.tflite").read_bytes()


def test_the_shipped_model_is_what_the_defaults_train() -> None:
    training = Punctuation.load().contract.training
    defaults = MarksConfig(data=(), out=Path())
    for key, value in {
        "rendered displays": defaults.pictures,
        "trunk": [list(layer) for layer in TRUNK],
        "epochs": defaults.epochs,
        "batch": defaults.batch,
        "rate": defaults.rate,
        "seed": defaults.seed,
    }.items():
        assert training[key] == value


def test_a_fingerprint_tells_gaps_apart(gaps: Gaps) -> None:
    assert fingerprint(gaps) == fingerprint(gaps[np.arange(len(gaps))])
    assert fingerprint(gaps) != fingerprint(gaps[np.arange(len(gaps))[::-1]])


def test_a_model_of_digits_is_no_model_of_marks() -> None:
    models = Path(digitstream.__file__).parent / "models"
    with pytest.raises(ModelError, match="`input` is not what this version"):
        Punctuation.load(models / Classifier.name)
    with pytest.raises(ModelError, match="`input` is not what this version"):
        Classifier.load(models / Punctuation.name)


def test_options_of_the_other_training_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(tmp_path), "--out", str(tmp_path), "--marks", "--width", "0.5"]) == 2
    assert "--width has no meaning together with --marks" in capsys.readouterr().err


def test_figures_tell_misses_from_inventions() -> None:
    crops = np.zeros((5, 32, 32), np.uint8)
    gaps = Gaps(crops, np.array([NONE, NONE, POINT, COLON, MINUS]), np.full(5, "x"))
    said = np.eye(4, dtype=np.float32)[[NONE, POINT, POINT, NONE, MINUS]]
    assert figures(said, gaps) == {"right": 0.6, "missed": 0.3333, "false points": 0.5}
    assert len(join([gaps, gaps])) == 10
