from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras")
pytest.importorskip("tensorflow")

from digitstream.convert.cli import main
from digitstream.convert.train_sieve import Looks, SieveConfig, looks_at, train_sieve
from digitstream.sieve import FEATURES, Sieve, read


def tiny(out: Path) -> SieveConfig:
    return SieveConfig(data=(), out=out, pictures=6, hidden=(16,), epochs=4, batch=64)


@pytest.fixture(scope="module")
def looks(tmp_path_factory: pytest.TempPathFactory) -> Looks:
    return looks_at(tiny(tmp_path_factory.mktemp("sieve") / "sieve.npz"))


def test_few_regions_hold_a_digit(looks: Looks) -> None:
    assert looks.features.shape == (len(looks.digit), FEATURES)
    assert 0.02 < looks.digit.mean() < 0.4


def test_it_learns_to_tell_them_and_the_same_every_time(looks: Looks, tmp_path: Path) -> None:
    config = tiny(tmp_path / "first.npz")
    layers = read(train_sieve(config))
    again = read(train_sieve(replace(config, out=tmp_path / "second.npz")))
    for pair, other in zip(layers, again, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(pair, other, strict=True))
    odds = Sieve(layers).odds(looks.features)
    assert odds[looks.digit].mean() > odds[~looks.digit].mean() + 2


def test_strips_are_learnt_from_too_but_not_those_to_judge_by(tmp_path: Path) -> None:
    folder = tmp_path / "strips"
    folder.mkdir()
    picture = np.full((80, 240), 200, np.uint8)
    for place, digit in enumerate("0247"):
        cv2.putText(picture, digit, (15 + 55 * place, 62), cv2.FONT_HERSHEY_SIMPLEX, 2, 30, 5, cv2.LINE_AA)
    cv2.imwrite(str(folder / "a.png"), picture)
    boxes = [[digit, 12 + 55 * place, 14, 46, 54] for place, digit in enumerate("0247")]
    quoted = str(boxes).replace("'", '""')
    (folder / "manifest.csv").write_text(
        f'file,label,kind,boxes,split\na.png,0247,strip,"{quoted}",train\na.png,0247,strip,"{quoted}",val\n'
    )
    config = replace(tiny(tmp_path / "sieve.npz"), data=(folder,), pictures=1)
    without = looks_at(replace(config, data=()))
    found = looks_at(config)
    # As it is and five times otherwise, of one of the two.
    more = int(found.digit.sum() - without.digit.sum())
    assert 6 * 4 <= more < 6 * 4 * 12
    both = looks_at(replace(config, workers=2))
    assert np.array_equal(both.features, found.features)


def test_options_of_the_other_training_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(tmp_path), "--out", str(tmp_path), "--sieve", "--width", "0.5"]) == 2
    assert "--width has no meaning together with --sieve" in capsys.readouterr().err
