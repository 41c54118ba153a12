from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from digitstream.config import DisplayConfig
from digitstream.convert.dataset import Image, find, load
from digitstream.convert.engine import Engine, foreign, program
from digitstream.convert.evaluate import SetResult, as_json, evaluate
from digitstream.readings import Digit, Reading, Status
from manifests import write

SIZE = (64, 48)
"""Width and height of the pictures."""


def shows(text: str, status: Status = Status.OK, frame: int = 0) -> Reading:
    return Reading("camera", "display-1", frame, None, None, text, None, None, 1.0, status)


def flat(path: Path, grey: int) -> None:
    """Write a picture that is known by its grey level."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((SIZE[1], SIZE[0], 3), grey, np.uint8))


def unused(*args: Any, **settings: Any) -> Any:
    raise AssertionError("not needed for this set")


def engine(
    classes: Sequence[int] = (),
    by_grey: dict[int, list[Reading]] | None = None,
    video: Iterable[Reading] = (),
) -> Engine:
    """A program with known answers: classes in the order of the manifest, readings by the picture's grey."""

    def classify(crops: Image) -> Any:
        digits = np.full((len(crops), 11), -9, np.float32)
        digits[np.arange(len(crops)), classes] = np.log(0.9)
        return SimpleNamespace(digits=digits, wheel=np.zeros(len(crops), np.float32))

    def read_image(picture: Image, /, *, displays: Sequence[DisplayConfig]) -> Sequence[Reading]:
        return (by_grey or {})[int(picture[0, 0, 0])]

    def read(path: str, /, *, displays: Sequence[DisplayConfig], rotate: int) -> Iterable[Reading]:
        return video

    return Engine(classify, read_image, read, 0.5)


def figures(folder: Path, what: Engine, **options: Any) -> Any:
    """Figures of one set, as they go into the JSON, without the time."""
    (result,) = evaluate([load(folder)], what, **options)
    document = json.loads(json.dumps(as_json([result])))
    parts = document["sets"][folder.name]
    if "readings" in parts:
        assert parts["readings"].pop("seconds_per_image") >= 0
    return parts


def test_crops_by_hand(tmp_path: Path) -> None:
    labels = ["1", "2.0", "3.9", "4.5", "NaN", "blank", "blank", "7"]
    folder = write(
        tmp_path / "set", *([f"{i}.png", x, "cropped-digit", "", ""] for i, x in enumerate(labels))
    )
    said = [1, 2, 3, 4, 5, 10, 0, 7]  # wrong: the 3.9, which is a 4, and one blank
    crops = figures(folder, engine(said))["crops"]
    assert crops.pop("calibration_error") == pytest.approx(0.9 - 4 / 6)
    assert crops == {
        "n": 4,
        "accuracy": 0.75,
        "none_recall": 0.5,
        "wheel_within_one": 1 / 3,
        "wheel_exact": 1 / 3,
        "accepted": {"n": 5, "wrong": 2, "share": 1.0},
    }


def test_parts_without_labels_are_left_out(tmp_path: Path) -> None:
    digits = write(tmp_path / "digits", ["a.png", "1", "cropped-digit", "", ""])
    assert {"none_recall", "wheel_exact"}.isdisjoint(figures(digits, engine([1]))["crops"])
    blanks = write(tmp_path / "blanks", ["a.png", "blank", "cropped-digit", "", ""])
    assert {"accuracy", "wheel_exact"}.isdisjoint(figures(blanks, engine([10]))["crops"])
    unknown = write(tmp_path / "unknown", ["a.png", "NaN", "cropped-digit", "", ""])
    assert figures(unknown, engine([10])) == {}
    flat(tmp_path / "unread/a.png", 10)
    unread = write(tmp_path / "unread", ["a.png", "", "full-photo", "", ""])
    assert figures(unread, engine(by_grey={10: [shows("1")]})) == {}


def test_crops_of_all_sets_are_pooled(tmp_path: Path) -> None:
    one = write(
        tmp_path / "one", ["a.png", "1", "cropped-digit", "", ""], ["b.png", "2", "cropped-digit", "", ""]
    )
    two = write(
        tmp_path / "two", ["a.png", "3", "cropped-digit", "", ""], ["b.png", "3", "cropped-digit", "", ""]
    )
    flat(tmp_path / "bare/a.png", 10)
    bare = write(tmp_path / "bare", ["a.png", "", "full-photo", "", ""])
    results = evaluate([load(one), load(bare), load(two)], engine([1, 3], {10: []}))
    document = as_json(results)
    assert document["sets"]["one"]["crops"]["accuracy"] == document["sets"]["two"]["crops"]["accuracy"] == 0.5
    assert document["all crops"]["n"] == 4
    assert document["all crops"]["accepted"] == {"n": 4, "wrong": 2, "share": 1.0}
    assert "all crops" not in as_json(results[:2])


def test_a_foreign_model_sees_each_crop_as_it_is(tmp_path: Path) -> None:
    flat(tmp_path / "a.png", 77)
    flat(tmp_path / "b.png", 10)
    folder = write(tmp_path, ["a.png", "5", "cropped-digit", "", ""], ["b.png", "9", "full-photo", "", ""])
    seen = []

    def look_at(pictures: Sequence[Image]) -> Any:
        seen.extend(pictures)
        return engine([5]).classify(np.zeros((1, 32, 32), np.uint8))

    (result,) = evaluate([load(folder)], foreign(look_at, 0.8))
    assert [picture.shape for picture in seen] == [(SIZE[1], SIZE[0], 3)]
    assert (seen[0] == 77).all()
    assert result.as_dict()["crops"]["accepted"] == {"n": 1, "wrong": 0, "share": 1.0}
    assert "readings" not in result.as_dict()


def test_readings_by_hand(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    cases = [
        ("47.60 17.252", [shows("17.252"), shows("47.6"), shows("47.60")]),  # one of two exact, both found
        ("65~", [shows("65.02", Status.LOW_CONFIDENCE)]),
        ("10.79", [shows("1079"), shows("3")]),  # exact, the point missing, hence a wrong ok
        ("12", []),
    ]
    by_grey = {}
    for i, (_, readings) in enumerate(cases):
        flat(folder / f"{i}.png", 10 * i)
        by_grey[10 * i] = readings
    write(folder, *([f"{i}.png", label, "full-photo", "", ""] for i, (label, _) in enumerate(cases)))
    assert figures(folder, engine(by_grey=by_grey)) == {
        "readings": {
            "n": 5,
            "exact": 3 / 5,
            "found": 4 / 5,
            "with_point": 2 / 3,
            "lost": {"not proposed": 1 / 5, "decimal": 1 / 5, "ranked behind": 1 / 5},
            "ok": {"n": 3, "wrong": 2},
            "strings_per_image": 6 / 4,
        }
    }


def mark(picture: Image) -> tuple[float, float, float, float]:
    """Where the bright mark of a picture is."""
    x, y, width, height = cv2.boundingRect((picture[:, :, 0] > 128).astype(np.uint8))
    return x, y, width, height


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """A photo with a mark that is labelled as a 4 at its box, a strip, and a photo without boxes."""
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    picture[8:24, 40:50] = 255
    for name in ("photo", "strip", "bare"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture)
    return write(
        tmp_path,
        ["photo.png", "4", "full-photo", '[["4", 40, 8, 10, 16]]', ""],
        ["strip.png", "4", "strip", "", ""],
        ["bare.png", "4", "full-photo", "", ""],
    )


class MarkReader:
    """Reads every mark as a 4 and remembers the regions that it was given."""

    def __init__(self) -> None:
        self.regions: list[Any] = []

    def __call__(self, picture: Image, /, *, displays: Sequence[DisplayConfig]) -> Sequence[Reading]:
        self.regions.append([d.region for d in displays])
        x, y, width, height = mark(picture)
        corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32)
        digits = (Digit("4", 0.9, corners, 0),)
        return [Reading("camera", "d", 0, None, None, "4", "4", None, 0.9, Status.OK, digits)]


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_boxes_and_regions_turn_with_the_picture(marked: Path, rotate: int) -> None:
    picture = cv2.imread(str(marked / "photo.png"))
    assert picture is not None
    turned = np.rot90(picture, -rotate // 90)
    reader = MarkReader()
    parts = figures(marked, Engine(unused, reader, unused), rotate=rotate, with_regions=True)
    assert parts["digits"] == {"n": 1, "recall": 1.0, "precision": 1.0, "f1": 1.0}
    whole = (0.0, 0.0, float(turned.shape[1]), float(turned.shape[0]))
    assert reader.regions == [[mark(turned)], [whole]]
    assert parts["readings"]["n"] == 2  # the photo without boxes is left out


def test_without_regions_every_picture_counts(marked: Path) -> None:
    reader = MarkReader()
    parts = figures(marked, Engine(unused, reader, unused))
    assert reader.regions == [[], [], []]
    assert (parts["readings"]["n"], parts["readings"]["exact"]) == (3, 1.0)


@pytest.mark.parametrize(
    ("label", "names", "regions"),
    [
        ("12 3", "123", [(0, 0, 20, 10), (20, 0, 10, 10)]),  # the boxes follow the readings
        ("3 12", "123", [(0, 0, 30, 10)]),  # they do not
        ("", "123", [(0, 0, 30, 10)]),
    ],
)
def test_each_labelled_reading_gets_a_region(
    tmp_path: Path, label: str, names: str, regions: list[tuple[int, ...]]
) -> None:
    flat(tmp_path / "a.png", 200)
    boxes = json.dumps([[name, 10 * i, 0, 10, 10] for i, name in enumerate(names)])
    write(tmp_path, ["a.png", label, "full-photo", boxes, ""])
    reader = MarkReader()
    figures(tmp_path, Engine(unused, reader, unused), with_regions=True)
    assert reader.regions == [regions]


def test_missing_and_surplus_digits_count(tmp_path: Path) -> None:
    flat(tmp_path / "a.png", 200)
    write(tmp_path, ["a.png", "", "strip", '[["4", 0, 0, 64, 48], ["5", 0, 0, 9, 9], ["6", 9, 9, 9, 9]]', ""])
    parts = figures(tmp_path, Engine(unused, MarkReader(), unused))
    assert parts == {"digits": {"n": 3, "recall": 1 / 3, "precision": 1.0, "f1": 0.5}}


def clip(path: Path, frames: int) -> None:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, SIZE)
    for _ in range(frames):
        writer.write(np.zeros((SIZE[1], SIZE[0], 3), np.uint8))
    writer.release()


def test_videos_count_by_labelled_frame(tmp_path: Path) -> None:
    clip(tmp_path / "a.avi", 10)
    write(tmp_path, ["a.avi", "2-5=99?;7-8=98.0", "video", "", ""])
    seen = [
        shows("000", frame=0),  # before the first labelled frame
        shows("991", frame=2),
        shows("991", Status.UNSTABLE, frame=3),
        shows("888", frame=4),
        shows("991", frame=4),
        # nothing at frame 5
        shows("111", frame=6),  # between the spans
        shows("9.80", frame=7),
        shows("98.0", frame=8),
    ]
    (result,) = evaluate([load(tmp_path)], engine(video=seen))
    parts = result.as_dict()
    parts["readings"].pop("seconds_per_image")
    assert parts == {
        "readings": {
            "n": 6,
            "exact": 4 / 6,
            "found": 5 / 6,
            "with_point": 1 / 2,
            "lost": {"not proposed": 1 / 6, "decimal": 1 / 6, "ranked behind": 1 / 6},
            "ok": {"n": 4, "wrong": 2},
            "strings_per_image": 1.0,
        }
    }
    assert len(result.misses) == 3


def test_a_video_with_boxes_has_a_region(tmp_path: Path) -> None:
    clip(tmp_path / "a.avi", 2)
    write(
        tmp_path,
        ["a.avi", "0-1=1", "video", '[["1", 4, 5, 10, 20]]', ""],
        ["a.avi", "0-1=1", "video", "", ""],
    )
    given = []

    def read(path: str, /, *, displays: Sequence[DisplayConfig], rotate: int) -> Iterable[Reading]:
        given.append(([d.region for d in displays], rotate))
        return [shows("1", frame=0), shows("1", frame=1)]

    parts = figures(tmp_path, Engine(unused, unused, read), with_regions=True, rotate=90)
    assert given == [([(SIZE[1] - 5 - 20, 4, 20, 10)], 90)]
    assert parts["readings"]["n"] == 2


def test_time_is_by_picture() -> None:
    result = SetResult("set", processed=4, seconds=2.0, images=4)
    result.readings = result.readings.__class__(n=1)
    assert result.as_dict()["readings"]["seconds_per_image"] == 0.5


def test_the_shipped_model_keeps_the_first_bar(data: Path) -> None:
    sets = [data / "eval" / name for name in ("led-panel", "mixed-digits", "scene-digits")]
    crops = [type(d)(d.name, d.folder, tuple(s for s in d.samples if s.crop)) for d in find(sets)]
    accuracy = {r.name: r.crops.accuracy for r in evaluate(crops, program()) if r.crops}
    assert accuracy["led-panel"] is not None
    assert accuracy["led-panel"] >= 0.98
    assert accuracy["mixed-digits"] is not None
    assert accuracy["mixed-digits"] >= 0.98
    assert accuracy["scene-digits"] is not None
    assert accuracy["scene-digits"] >= 0.92
