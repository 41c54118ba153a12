from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert.corpus import STRIP_FOLD, TRAINING, Corpus, from_folders, from_samples, join
from digitstream.convert.errors import DatasetError
from digitstream.convert.labels import NONE
from digitstream.convert.synthesize import Samples
from digitstream.crops import letterbox
from manifests import write


def corpus(*labels: tuple[int, int]) -> Corpus:
    digit, tenth = (np.array(column, np.int64) for column in zip(*labels, strict=True))
    n = len(labels)
    drum = digit != NONE
    return Corpus(
        np.zeros((n, 32, 32), np.uint8),
        digit,
        tenth,
        drum,
        np.full(n, "x"),
        np.full(n, -1),
        np.zeros(n, bool),
    )


def test_crops_of_a_folder_come_with_what_they_show(tmp_path: Path) -> None:
    header = ["file", "label", "kind", "boxes", "fold"]
    folder = write(
        tmp_path / "set",
        ["a.png", "4.7", "cropped-digit", "", "2"],
        ["b.png", "6", "cropped-digit", "", ""],
        ["c.png", "blank", "cropped-digit", "", "0"],
        ["d.png", "NaN", "cropped-digit", "", "0"],
        header=header,
    )
    made = from_folders([folder], seed=1)
    assert made.digit.tolist() == [4, 6, NONE]
    assert made.tenth.tolist() == [7, 0, 0]
    assert made.drum.tolist() == [True, False, False]
    assert made.fold.tolist() == [2, TRAINING, 0]
    assert set(made.domain) == {"set"}
    assert not made.rendered.any()


def test_training_crops_are_made_as_at_run_time(tmp_path: Path) -> None:
    folder = write(tmp_path / "set", ["a.png", "1", "cropped-digit", "", ""])
    grey = cv2.imread(str(folder / "a.png"), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(from_folders([folder], seed=1).crops[0], letterbox(np.asarray(grey, np.uint8)))


def strip(folder: Path, split: str = "") -> Path:
    boxes = [["1", 20, 30, 20, 40], ["2", 60, 30, 24, 40], ["?", 100, 30, 24, 40]]
    header = ["file", "label", "kind", "boxes", "split"]
    write(folder, ["s.png", "12?", "strip", json.dumps(boxes), split], header=header)
    picture = np.full((100, 200), 30, np.uint8)
    for _, x, y, w, h in boxes:
        cv2.rectangle(picture, (x, y), (x + w, y + h), 220, -1)  # type: ignore[call-overload]
    cv2.imwrite(str(folder / "s.png"), picture)
    return folder


def test_strips_give_digits_and_what_is_none(tmp_path: Path) -> None:
    made = from_folders([strip(tmp_path / "strips")], seed=1)
    assert (made.digit == 1).sum() == (made.digit == 2).sum() == 4
    assert (made.digit == NONE).sum() >= 6
    assert set(made.domain) == {"strips", "strips/none"}
    assert set(made.digit.tolist()) == {1, 2, NONE}


def test_strips_set_aside_have_a_fold_of_their_own(tmp_path: Path) -> None:
    assert set(from_folders([strip(tmp_path / "a", "val")], seed=1).fold) == {STRIP_FOLD}
    assert set(from_folders([strip(tmp_path / "b", "train")], seed=1).fold) == {TRAINING}


def test_the_same_seed_gives_the_same_crops(tmp_path: Path) -> None:
    folder = strip(tmp_path / "strips")
    first, again, other = (from_folders([folder], seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.crops, again.crops)
    assert len(first) != len(other) or not np.array_equal(first.crops, other.crops)


def test_a_folder_without_crops_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no crops"):
        from_folders([write(tmp_path / "set", ["a.png", "123", "full-photo", "", ""])], seed=1)


def test_rendered_drums_are_named_by_the_digit_that_has_passed() -> None:
    samples = Samples(
        np.zeros((4, 32, 32), np.uint8),
        np.array([3, 4, 0, NONE]),
        np.array([2, 5, 8, 0]),
        np.array(["drum", "drum", "drum", "clutter"]),
    )
    made = from_samples(samples)
    assert made.digit.tolist() == [3, 3, 9, NONE]
    assert made.nearest.tolist() == [3, 4, 0, NONE]
    assert made.drum.tolist() == [True, True, True, False]
    assert made.rendered.all()


def test_a_drum_between_two_digits_belongs_to_both() -> None:
    made = corpus((3, 0), (3, 2), (3, 5), (3, 8), (9, 9), (NONE, 0))
    targets = made.digit_targets()
    assert targets.sum(axis=1) == pytest.approx(np.ones(6))
    assert targets[[0, 1], 3] == pytest.approx([1, 1])
    assert targets[2, [3, 4]] == pytest.approx([0.5, 0.5])
    assert targets[3, 4] == pytest.approx(1)
    assert targets[4, 0] == pytest.approx(1)
    assert targets[5, NONE] == 1
    assert made.between.tolist() == [False, False, True, False, False, False]


def test_smoothing_leaves_a_little_to_every_class() -> None:
    targets = corpus((3, 0)).digit_targets(smoothing=0.11)
    assert targets[0] == pytest.approx([0.01] * 3 + [0.9] + [0.01] * 7)


def test_the_wheel_s_target_is_a_circle() -> None:
    targets = corpus((3, 0), (3, 9)).wheel_targets()
    assert targets.sum(axis=1) == pytest.approx([1, 1])
    assert targets[0, 1] == pytest.approx(targets[0, 9])
    assert targets[1, 0] == pytest.approx(targets[1, 8])
    assert targets.argmax(axis=1).tolist() == [0, 9]


def test_corpora_are_joined_and_chosen_from() -> None:
    both = join([corpus((1, 0), (2, 0)), corpus((3, 0))])
    assert both[both.digit > 1].digit.tolist() == [2, 3]
