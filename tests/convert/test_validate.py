from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from digitstream.convert.problems import Check
from digitstream.convert.validate import Validation, validate
from manifests import write
from textured import make, texture


def found(result: Validation) -> list[tuple[Check, str]]:
    return [(p.check, Path(p.where).parent.name + ":" + p.where.rsplit(":", 1)[1]) for p in result.problems]


def test_a_clean_set_has_no_problems(tmp_path: Path) -> None:
    folder = make(
        tmp_path / "set", (1, "1", "gas/0/train"), (2, "3.4", "gas/0/train"), (3, "blank", "lcd/1/val")
    )
    result = validate([folder])
    assert result.problems == []
    assert result.twins == []
    (summary,) = result.sets
    assert summary.classes == {"gas": {"1": 1, "between": 1}, "lcd": {"none": 1}}
    assert summary.as_dict() == {
        "n": 3,
        "unlabelled": 0,
        "alike": 0,
        "kinds": {"cropped-digit": 3},
        "sizes": {"min": (40, 60), "median": (40, 60), "max": (40, 60)},
        "classes": {"gas": {"1": 1, "between": 1}, "lcd": {"none": 1}},
    }


def test_every_problem_is_found_the_worst_first(tmp_path: Path) -> None:
    folder = make(
        tmp_path / "set", (1, "1", ""), (2, "two", ""), (3, "3", ""), (4, "4", ""), (1, "1", ""), (6, "6", "")
    )
    (folder / "2.png").unlink()
    (folder / "3.png").write_bytes(b"not a picture")
    result = validate([folder])
    assert found(result) == [
        (Check.LINE, "set:3"),
        (Check.MISSING, "set:4"),
        (Check.UNREADABLE, "set:5"),
        (Check.DUPLICATE, "set:6"),
    ]
    assert str(result.problems[3]) == f"{folder}/manifest.csv:6: is the same as {folder}/manifest.csv:2"
    assert validate([tmp_path / "gone"]).problems[0].check is Check.LINE


@pytest.mark.parametrize(
    ("seed", "labels", "contradict"),
    [
        (1, ("4", "7"), True),
        (1, ("4", "4.0"), False),
        (1, ("4", "4.4"), False),
        (1, ("3.4", "3.5"), True),
        (1, ("blank", "NaN"), True),
        (-1, ("4", "7"), True),
        (-1, ("3.4", "3.6"), False),
        (-1, ("3.4", "3.7"), True),
        (-1, ("9.9", "0.1"), False),
        (-1, ("NaN", "3.5"), False),
        (-1, ("blank", "8"), True),
    ],
)
def test_labels_that_cannot_both_be_right(
    tmp_path: Path, seed: int, labels: tuple[str, str], contradict: bool
) -> None:
    result = validate([make(tmp_path, (1, labels[0], ""), (seed, labels[1], ""), (3, "3", ""))])
    assert (Check.CONFLICT in {p.check for p in result.problems}) == contradict
    if contradict:
        (problem,) = result.problems
        verb = "is" if seed > 0 else "looks"
        where = tmp_path / "manifest.csv"
        assert str(problem) == f"{where}:3: {labels[1]}, but {verb} the same as {where}:2, {labels[0]}"
        assert [t.second.columns["label"] for t in result.twins] == [labels[1]]
    else:
        assert result.sets[0].alike == (seed < 0 and labels[0] == labels[1])


def test_labels_that_are_furthest_apart_come_first(tmp_path: Path) -> None:
    rows = [(1, "3.4", ""), (2, "5", ""), (1, "3.5", ""), (2, "6", ""), (3, "1.0", ""), (-3, "1.9", "")]
    result = validate([make(tmp_path, *rows)])
    assert found(result) == [(Check.CONFLICT, f"{tmp_path.name}:{line}") for line in (5, 7, 4)]


@pytest.mark.parametrize("seed", [1, -1])
@pytest.mark.parametrize(
    ("columns", "check", "text"),
    [
        (("gas/0/train", "gas/0/val"), Check.IN_SPLITS, "split val, but {} the same as {}:2, train"),
        (("gas/0/train", "lcd/2/train"), Check.IN_FOLDS, "fold 2, but {} the same as {}:2, 0"),
        (("gas/0/train", "lcd/0/train"), Check.IN_DEVICES, "device lcd, but {} the same as {}:2, gas"),
    ],
)
def test_a_picture_in_two_parts_of_a_set_is_a_leak(
    tmp_path: Path, seed: int, columns: tuple[str, str], check: Check, text: str
) -> None:
    result = validate([make(tmp_path, (1, "1", columns[0]), (seed, "1", columns[1]), (2, "1", columns[1]))])
    (problem,) = result.problems
    assert problem.check is check
    assert problem.text == text.format("is" if seed > 0 else "looks", tmp_path / "manifest.csv")


def test_what_looks_alike_within_a_part_is_only_counted(tmp_path: Path) -> None:
    result = validate(
        [make(tmp_path, (1, "1", "gas/0/train"), (-1, "1", "gas/0/train"), (2, "1", "gas/0/train"))]
    )
    assert result.problems == []
    assert result.sets[0].alike == 1


def test_a_picture_in_two_named_data_sets_is_a_leak(tmp_path: Path) -> None:
    make(tmp_path / "train/a", (1, "1", ""), (2, "2", ""))
    make(tmp_path / "train/b", (-1, "1", ""), (5, "5", ""))
    make(tmp_path / "eval/c", (-2, "2", ""), (5, "6", ""), (-1, "1", ""))
    result = validate([tmp_path / "train", tmp_path / "eval"])
    assert found(result)[0] == (Check.CONFLICT, "c:3")
    leaks = {p.where.rsplit(":", 1)[1]: p.text for p in result.problems if p.check is Check.IN_SETS}
    assert leaks["2"] == f"looks the same as {tmp_path}/train/a/manifest.csv:3 of {tmp_path}/train"
    assert set(leaks) == {"2", "3", "4"}
    assert validate([tmp_path / "train"]).problems == []  # sets of one path may overlap


def test_readings_of_the_same_picture_must_agree(tmp_path: Path) -> None:
    rows = [["a.png", "12.5", "strip", ""], ["b.png", "12.6", "strip", ""], ["c.png", "12.?", "strip", ""]]
    for name in "abc":
        cv2.imwrite(str(tmp_path / f"{name}.png"), texture(1))
    result = validate([write(tmp_path, *rows, header=["file", "label", "kind", "boxes"])])
    assert found(result) == [(Check.CONFLICT, f"{tmp_path.name}:3"), (Check.DUPLICATE, f"{tmp_path.name}:4")]
    assert result.sets[0].classes == {"": {"1": 3, "2": 3, "5": 1, "6": 1}}


def test_unlabelled_crops_are_counted_and_compared(tmp_path: Path) -> None:
    result = validate([make(tmp_path, (1, "1", ""), (1, "", ""), (2, "", ""))])
    assert result.sets[0].unlabelled == 2
    assert found(result) == [(Check.DUPLICATE, f"{tmp_path.name}:3")]
