from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert.dataset import load
from digitstream.crops import Image, letterbox
from digitstream.errors import OutputError
from digitstream.sinks.collection import COLUMNS, NEAR, Collection, Example, fingerprint
from results_of import digits_at, reading_of

(DIGIT,) = digits_at("8", 0, 0, 20, 32)
READING = reading_of("8", digits=[DIGIT], camera="cellar, left")


def drawn(char: str, noise: float = 0.0, seed: int = 0) -> Image:
    picture = np.full((60, 44), 70, np.uint8)
    cv2.putText(picture, char, (4, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 210, 3)
    noisy = picture + np.random.default_rng(seed).normal(0, noise, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def example(char: str = "8", guess: str = "8", noise: float = 0.0, seed: int = 0) -> Example:
    digit = replace(DIGIT, digit=guess)
    return Example(drawn(char, noise, seed), digit, replace(READING, digits=(digit,)), "unsure")


def opened(folder: Path, max_files: int = 100, max_bytes: int = 1_000_000) -> Collection:
    collection = Collection(folder, max_files, max_bytes)
    collection.open()
    return collection


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def pictures(folder: Path) -> Sequence[str]:
    return sorted(path.name for path in folder.glob("*.png"))


def test_an_example_is_a_line_of_a_data_set_without_a_label(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "hard"
    assert opened(folder).add([example(guess="3")]) == 1
    (row,) = rows(folder)
    assert tuple(row) == COLUMNS
    assert (row["label"], row["kind"], row["guess"], row["reason"]) == ("", "cropped-digit", "3", "unsure")
    assert (row["camera"], row["display"], row["confidence"]) == ("cellar, left", "gas", "0.987")
    saved = cv2.imread(str(folder / row["file"]), cv2.IMREAD_UNCHANGED)
    assert saved is not None
    assert np.array_equal(saved, drawn("8"))
    assert sorted(os.listdir(folder)) == sorted([row["file"], "manifest.csv"])


def test_a_display_that_stands_still_is_saved_once(tmp_path: Path) -> None:
    collection = opened(tmp_path)
    assert collection.add([example()]) == 1
    assert collection.add(example(noise=6, seed=seed) for seed in range(50)) == 0
    assert collection.add([example("2")]) == 1
    assert collection.add([example(guess="3")]) == 1  # the same picture, taken for another digit
    assert len(pictures(tmp_path)) == 3


def test_a_restart_goes_on_with_the_folder(tmp_path: Path) -> None:
    opened(tmp_path).add([example(), example("2")])
    again = opened(tmp_path)
    assert again.add([example(), example("2"), example("4")]) == 1
    assert len(rows(tmp_path)) == len(pictures(tmp_path)) == 3


def test_labels_and_columns_of_a_person_stay(tmp_path: Path) -> None:
    collection = opened(tmp_path)
    collection.add([example()])
    (row,) = rows(tmp_path)
    # A spreadsheet's own way of writing it, put in the place of the file.
    text = f"\ufefflabel,file,kind,remark\r\n8,{row['file']},cropped-digit,mine\r\n"
    other = tmp_path / "other.csv"
    other.write_bytes(text.encode())
    other.replace(tmp_path / "manifest.csv")
    assert collection.add([example("4", "4")]) == 1
    assert opened(tmp_path).add([example(), example("4", "4")]) == 0
    written = (tmp_path / "manifest.csv").read_bytes().decode("utf-8")
    assert written.startswith(text)
    assert written.removeprefix(text).startswith(",4-")


@pytest.mark.parametrize(("limit", "count"), [({"max_files": 2}, 2), ({"max_bytes": 4000}, 1)])
def test_the_folder_is_capped_in_count_and_bytes(tmp_path: Path, limit: dict[str, int], count: int) -> None:
    collection = opened(tmp_path, **limit)
    saved = collection.add(example(char, noise=20) for char in "01234")
    assert collection.full
    assert saved == len(pictures(tmp_path)) == len(rows(tmp_path)) == count
    assert sum(path.stat().st_size for path in tmp_path.glob("*.png")) <= limit.get("max_bytes", 10**6)
    assert opened(tmp_path, **limit).add([example("7", noise=20)]) == 0
    for path in tmp_path.glob("*.png"):
        path.unlink()
    collection.open()
    assert not collection.full
    assert collection.add([example("7")]) == 1


def test_half_a_line_of_a_power_cut_goes(tmp_path: Path) -> None:
    opened(tmp_path).add([example()])
    whole = (tmp_path / "manifest.csv").read_bytes()
    (tmp_path / "manifest.csv").write_bytes(whole + b"8-0123456789abcdef.png,,crop")
    opened(tmp_path)
    assert (tmp_path / "manifest.csv").read_bytes() == whole


def test_a_last_line_without_an_end_is_whole_if_nothing_is_missing(tmp_path: Path) -> None:
    opened(tmp_path).add([example()])
    whole = (tmp_path / "manifest.csv").read_bytes()
    (tmp_path / "manifest.csv").write_bytes(whole.rstrip())
    opened(tmp_path).add([example("2")])
    assert (tmp_path / "manifest.csv").read_bytes().startswith(whole)
    assert len(rows(tmp_path)) == 2


def test_nothing_is_left_of_what_could_not_be_listed(tmp_path: Path) -> None:
    collection = opened(tmp_path)
    (tmp_path / "manifest.csv").unlink()
    (tmp_path / "manifest.csv").mkdir()
    with pytest.raises(OSError):
        collection.add([example()])
    assert pictures(tmp_path) == []


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("name,email\nx,y\n")
    with pytest.raises(OutputError, match="no column file, kind, label; choose another folder"):
        opened(tmp_path)
    assert (tmp_path / "manifest.csv").read_text() == "name,email\nx,y\n"


@pytest.mark.parametrize(
    ("text", "place", "wheel", "guess"),
    [
        ("12", 1, None, "2"),
        ("12", 1, 0, "2.0"),
        ("12", 1, 8, "2.8"),
        ("12", 1, 9, ""),  # named by the next digit once it has all but arrived
        ("12", 0, 4, "1.4"),
        ("12", 0, 6, ""),  # the drum on its right has carried it on, or has yet to
    ],
)
def test_the_guess_is_a_position_where_a_drum_is_plain(
    text: str, place: int, wheel: int | None, guess: str
) -> None:
    digits = [replace(digit, wheel=wheel) for digit in digits_at(text, 0, 0, 20, 32)]
    made = Example(drawn("1"), digits[place], reading_of(text, digits=digits), "unsure")
    assert made.guess == guess


def test_noise_on_a_plain_ground_does_not_look_like_anything() -> None:
    plain = letterbox(drawn(" ", noise=1.0))
    assert fingerprint(np.full((32, 32), 128, np.uint8)) == 0
    shapes = [fingerprint(letterbox(drawn(char))) for char in "0123456789"]
    apart = [(a ^ b).bit_count() for i, a in enumerate(shapes) for b in shapes[:i]]
    assert np.median(apart) > NEAR
    assert fingerprint(plain) not in shapes


def test_a_labelled_folder_is_a_data_set(tmp_path: Path) -> None:
    opened(tmp_path).add([example("4", "4"), example("2", "2")])
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(manifest.read_text().replace(".png,,", ".png,7,"))
    assert [sample.crop.target for sample in load(tmp_path).samples if sample.crop] == [7, 7]
