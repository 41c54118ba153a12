"""Marks are drawn beside digits, plain blocks or real segments; the same marks must be found."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import digitstream
from digitstream.contract import contract_path
from digitstream.errors import ModelError
from digitstream.lines import Line, rotated, upright
from digitstream.punctuation import (
    COLON,
    MINUS,
    NONE,
    POINT,
    Marks,
    MarksSeen,
    Punctuation,
    may_be_negative,
    places,
    unsigned,
    weigh,
)  # fmt: skip
from digitstream.readings import Status
from segmented import segmented

PUNCTUATION = Punctuation.load()


def display(
    count: int,
    height: int,
    *,
    point: int | None = None,
    colon: int | None = None,
    minus: bool = False,
    light: bool = False,
    angle: float = 0.0,
    contrast: int = 120,
) -> tuple[np.ndarray, np.ndarray]:
    """A picture of `count` hollow digits with marks, and their quads."""
    width, pitch, left, top = 0.55 * height, 0.85 * height, 1.6 * height, 1.2 * height
    shape = round(3.4 * height), round(left + count * pitch + 1.6 * height)
    ink = np.zeros(shape, np.float32)
    stroke = max(2, round(0.13 * height))
    boxes = []
    for k in range(count):
        x, y = left + k * pitch, top
        low, high = (round(x), round(y)), (round(x + width), round(y + height))
        cv2.rectangle(ink, low, high, 1, -1)
        inner = (low[0] + stroke, low[1] + stroke), (high[0] - stroke, high[1] - stroke)
        cv2.rectangle(ink, *inner, 0, -1)
        boxes.append((x, y, width, height))

    def dot(place: int, y: float) -> None:
        x = left + place * pitch - (pitch - width) / 2
        cv2.circle(ink, (round(x * 16), round(y * 16)), round(0.085 * height * 16), 1, -1, cv2.LINE_AA, 4)

    if point is not None:
        dot(point, top + 0.93 * height)
    if colon is not None:
        dot(colon, top + 0.3 * height)
        dot(colon, top + 0.7 * height)
    if minus:
        bar = (left - 0.65 * height, top + 0.44 * height), (left - 0.2 * height, top + 0.56 * height)
        cv2.rectangle(ink, *(tuple(map(round, corner)) for corner in bar), 1, -1)
    middle = np.array(shape[::-1]) / 2
    corners = rotated(upright(np.array(boxes)) - middle, angle) + middle
    turn = cv2.getRotationMatrix2D(tuple(map(float, middle)), -np.degrees(angle), 1)
    ink = cv2.GaussianBlur(cv2.warpAffine(ink, turn, shape[::-1]), (0, 0), 0.02 * height + 0.3)
    noise = np.random.default_rng(count * height).normal(0, 3, shape)
    grey = (60 + contrast * ink if light else 200 - contrast * ink) + noise
    return np.clip(grey, 0, 255).astype(np.uint8), corners.astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 8), st.integers(24, 120), st.booleans(), st.booleans(), st.floats(-0.2, 0.2), st.data())
def test_a_point_and_a_minus_are_seen(
    count: int, height: int, light: bool, minus: bool, angle: float, data: st.DataObject
) -> None:
    point = data.draw(st.none() | st.integers(1, count - 1))
    picture, corners = display(count, height, point=point, minus=minus, light=light, angle=angle)
    assert PUNCTUATION(picture, corners) == Marks(point, (), minus)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("height", [24, 48, 90])
def test_a_colon_is_no_point(light: bool, height: int) -> None:
    assert PUNCTUATION(*display(4, height, colon=2, light=light)) == Marks(None, (2,), False)


def test_a_faint_display_shows_its_point() -> None:
    assert PUNCTUATION(*display(5, 40, point=3, contrast=25)) == Marks(3, (), False)


def test_an_even_picture_has_no_marks() -> None:
    _, corners = display(4, 40)
    assert PUNCTUATION(np.full((200, 300), 90, np.uint8), corners) == Marks()


def test_a_line_at_the_edge_of_the_picture_is_read_too() -> None:
    picture, corners = display(4, 40, point=2)
    x0, y0 = corners.min(axis=(0, 1)).astype(int)
    x1, y1 = corners.max(axis=(0, 1)).astype(int) + 1
    assert PUNCTUATION(picture[y0:y1, x0:x1], corners - np.array([x0, y0], np.float32)).point == 2


def test_displays_of_any_length_take_turns() -> None:
    for count in (3, 12, 8, 9, 1, 5):
        point = count // 2 or None
        assert PUNCTUATION(*display(count, 40, point=point)) == Marks(point)


@pytest.mark.parametrize("below", [0.3, None])
def test_a_model_that_looks_elsewhere_is_refused(tmp_path: Path, below: float | None) -> None:
    shipped = Path(digitstream.__file__).parent / "models" / Punctuation.name
    for path in (shipped, contract_path(shipped)):
        shutil.copy(path, tmp_path)
    beside = contract_path(tmp_path / shipped.name)
    contract = json.loads(beside.read_text())
    known = contract["input"]["preprocessing"]
    known["places"] = known["places"] | {"below": below} if below else None
    beside.write_text(json.dumps(contract))
    with pytest.raises(ModelError, match="`input` is not what this version"):
        Punctuation.load(tmp_path / shipped.name)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("slant", [0.0, 0.1, 0.18])
@pytest.mark.parametrize("text", ["47.60", "17.252", "7.13", "111.11", "20.00", "8888"])
@pytest.mark.parametrize("height", [20, 40, 80])
def test_a_point_in_the_slot_of_a_leaning_digit(text: str, slant: float, light: bool, height: int) -> None:
    point = text.index(".") if "." in text else None
    assert PUNCTUATION(*segmented(text, height, slant, light=light)) == Marks(point)


def clock(seed: int) -> tuple[np.ndarray, np.ndarray, Marks]:
    """Some clock of segments, its slots, and its marks."""
    rng = np.random.default_rng(seed)
    text = f"{rng.integers(24):0{rng.integers(1, 3)}}:{rng.integers(60):02}"
    if rng.random() < 0.2:
        text += f":{rng.integers(60):02}"
    dot = rng.uniform(0.09, 0.18)
    pitch = rng.uniform(0.62, 0.85)
    picture, quads = segmented(
        text,
        int(rng.integers(20, 90)),
        float(rng.choice([0.0, 0.08, 0.15])),
        float(rng.choice([0.0, 0.12])),
        bool(rng.random() < 0.5),
        pitch=pitch,
        room=float(max(rng.choice([0.0, rng.uniform(0, 0.5)]), dot + 0.06 - (pitch - 0.45))),
        colon=(rng.uniform(0.2, 0.4), rng.uniform(0.6, 0.82)),
        dot=dot,
        square=bool(rng.random() < 0.5),
    )
    height = quads[0, 3, 1] - quads[0, 0, 1]
    quads = quads + rng.normal(0, 0.02, (len(quads), 1, 2)) * height
    at = tuple(place - k for k, place in enumerate(i for i, char in enumerate(text) if char == ":"))
    return picture, quads.astype(np.float32), Marks(None, at)


def test_clocks_show_their_colons() -> None:
    seen = [(PUNCTUATION(picture, quads), marks) for picture, quads, marks in map(clock, range(120))]
    assert np.mean([found == marks for found, marks in seen]) >= 0.95
    assert np.mean([found.sure and found != marks for found, marks in seen]) < 0.02


@pytest.mark.parametrize("text", ["4760", "17.252", "1111", "88.88"])
def test_a_point_that_is_not_lit_is_none(text: str) -> None:
    point = text.index(".") if "." in text else None
    assert PUNCTUATION(*segmented(text, 40, 0.1, ghost=0.15)) == Marks(point)


@pytest.mark.parametrize("text", ["1121", "7171", "1.121", "11.1", "271.4"])
def test_feet_with_serifs_are_no_points(text: str) -> None:
    font = cv2.FONT_HERSHEY_COMPLEX
    picture = np.full((90, 260), 200, np.uint8)
    cv2.putText(picture, text, (30, 60), font, 1.6, 40, 2, cv2.LINE_AA)
    boxes, x = [], 30
    for char in text:
        (width, height), _ = cv2.getTextSize(char, font, 1.6, 2)
        columns = np.flatnonzero((picture[:, x + 1 : x + width - 1] < 120).any(axis=0)) + x + 1
        if char != ".":
            boxes.append((columns[0], 60 - height, columns[-1] + 1 - columns[0], height))
        x += width
    point = text.index(".") if "." in text else None
    assert PUNCTUATION(picture, upright(np.array(boxes))) == Marks(point)


def chances(*places: dict[int, float]) -> np.ndarray:
    """Log-probabilities of places; what is not named is left to `none`."""
    table = np.full((len(places), 4), 1e-6)
    for row, known in zip(table, places, strict=True):
        row[NONE] = 1 - sum(known.values())
        row[list(known)] = list(known.values())
    return np.log(table).astype(np.float32)


def test_a_line_has_one_point_at_most() -> None:
    marks = weigh(chances({}, {POINT: 0.7}, {POINT: 0.99}), 0.8)
    assert (marks, marks.sure) == (Marks(2), True)
    assert not weigh(chances({}, {POINT: 0.97}, {POINT: 0.98}), 0.8).sure


def test_a_point_must_be_surer_than_its_absence() -> None:
    for chance, found in ((0.95, (Marks(1), True)), (0.85, (Marks(1), False)), (0.15, (Marks(), True))):
        marks = weigh(chances({}, {POINT: chance}, {}), 0.8)
        assert (marks, marks.sure) == found


@pytest.mark.parametrize("mark", [POINT, COLON])
def test_a_mark_that_may_be_there_or_not_is_not_sure(mark: int) -> None:
    assert weigh(chances({}, {mark: 0.02}, {}), 0.8).sure
    assert not weigh(chances({}, {mark: 0.4}, {}), 0.8).sure
    assert not weigh(chances({}, {mark: 0.6}, {}), 0.8).sure


def test_a_minus_stands_before_the_first_digit_only() -> None:
    assert weigh(chances({MINUS: 0.99}, {MINUS: 0.9}), 0.8) == Marks(minus=True)
    for chance in (0.5, 0.85):
        marks = weigh(chances({MINUS: chance}, {}), 0.8)
        assert not marks.minus
        assert not marks.sure
    assert weigh(chances({POINT: 0.99}, {}), 0.8) == Marks()


def test_a_minus_can_be_ruled_out() -> None:
    doubtful = chances({MINUS: 0.4}, {POINT: 0.99})
    assert may_be_negative(doubtful)
    assert not weigh(doubtful, 0.8).sure
    positive = unsigned(doubtful)
    assert not may_be_negative(positive)
    assert weigh(positive, 0.8) == Marks(point=1)
    assert weigh(positive, 0.8).sure


def test_one_digit_has_no_gap() -> None:
    assert weigh(chances({}), 0.8) == Marks()


@settings(max_examples=40, deadline=None)
@given(st.floats(-0.3, 0.3), st.floats(8, 100), st.lists(st.floats(0.5, 2.5), min_size=1, max_size=7))
def test_a_place_lies_between_its_digits(angle: float, height: float, steps: list[float]) -> None:
    u = np.cumsum([0, *steps]).astype(np.float32) * height
    line = Line(angle, height, u, 5.0, np.full(len(u), 0.5 * height, np.float32))
    middles = rotated(places(line).mean(axis=1), -angle)[:, 0]
    assert len(middles) == len(u)
    assert middles[0] < u[0]
    assert middles[1:] == pytest.approx((u[1:] + u[:-1]) / 2, abs=0.01 * height)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_points_of_real_displays_are_right(data: Path) -> None:
    seen = []
    for name in ("fuel-pump-displays", "fuel-pump-lcd"):
        with (data / "eval" / name / "manifest.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                picture = cv2.imread(str(data / "eval" / name / row["file"]))
                for label in row["label"].split() if "." in row["label"] else ():
                    digits = label.replace(".", "")
                    seen += [
                        (reading.text == label, reading.status is Status.OK)
                        for reading in digitstream.read_image(picture)
                        if reading.text and "".join(filter(str.isdigit, reading.text)) == digits
                    ]
    assert len(seen) > 40
    right, ok = np.array(seen).T
    assert right.mean() >= 0.95
    assert not (ok & ~right).any()


def test_real_counters_have_no_points(data: Path) -> None:
    found = []
    folder = data / "train" / "meter-strips"
    with (folder / "manifest.csv").open(newline="") as file:
        strips = [row for row in csv.DictReader(file) if row["split"] == "val"]
    for row in strips:
        # This one has a comma painted between two of its drums.
        if row["label"] != "025345":
            boxes = sorted(json.loads(row["boxes"]), key=lambda box: float(box[1]))
            picture = cv2.imread(str(folder / row["file"]), cv2.IMREAD_GRAYSCALE)
            quads = upright(np.array([box[1:] for box in boxes if box[0].isdigit()]))
            found.append(PUNCTUATION(np.asarray(picture, np.uint8), quads))
    assert len(found) > 80
    assert np.mean([marks == Marks() for marks in found]) >= 0.95
    assert np.mean([marks.sure and marks != Marks() for marks in found]) <= 0.02


def test_looks_that_contradict_each_other_make_no_mark_sure() -> None:
    seen = MarksSeen()
    assert not seen
    for chance, sure in ((0.02, True), (0.5, False), (0.5, False), (0.02, False)):
        seen.add(chances({}, {POINT: chance}, {}), 0.8)
        assert (seen.marks, seen.marks.sure) == (Marks(), sure)
    for _ in range(12):
        seen.add(chances({}, {POINT: 0.02}, {}), 0.8)
    assert seen.marks.sure


def test_a_point_that_moves_is_not_agreed_upon() -> None:
    seen = MarksSeen()
    for _ in range(5):
        seen.add(chances({}, {POINT: 0.99}, {}), 0.8)
    assert seen.agreed
    for _ in range(4):
        seen.add(chances({}, {}, {POINT: 0.99}), 0.8)
    assert not seen.agreed
    for _ in range(8):
        seen.add(chances({}, {}, {POINT: 0.99}), 0.8)
    assert (seen.marks, seen.agreed) == (Marks(2), True)
