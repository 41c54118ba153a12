from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitstream.convert.dataset import Image, load
from digitstream.convert.duplicates import alike, fingerprint, same

SEGMENTS = {"5": "afgcd", "9": "abfgcd", "8": "abcdefg"}


def digit(name: str, seed: int = 0) -> Image:
    """A seven-segment digit of a reflective display."""
    ends = {
        "a": ((12, 8), (28, 8)),
        "b": ((28, 8), (28, 32)),
        "c": ((28, 32), (28, 56)),
        "d": ((12, 56), (28, 56)),
        "e": ((12, 32), (12, 56)),
        "f": ((12, 8), (12, 32)),
        "g": ((12, 32), (28, 32)),
    }
    picture = np.full((64, 40, 3), 180, np.uint8)
    for segment in SEGMENTS[name]:
        cv2.line(picture, *ends[segment], (70, 60, 60), 4)
    noise = np.random.default_rng(seed).normal(0, 3, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def number(text: str) -> Image:
    """A strip of digits in a wide dark frame."""
    strip = np.hstack([digit(name) for name in text])
    canvas = np.zeros((320, 320, 3), np.uint8)
    canvas[120 : 120 + strip.shape[0], : strip.shape[1]] = strip
    return canvas


def pairs_of(*pictures: Image, single: bool = True) -> list[list[int]]:
    prints = [fingerprint(picture, single) for picture in pictures]
    return [pair for found, _ in alike(prints) for pair in found.tolist()]


def jpeg(picture: Image) -> Image:
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 50])[1]
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def test_copies_are_the_same() -> None:
    one, other = digit("5"), digit("9")
    prints = [fingerprint(picture, True) for picture in (one, other, one.copy(), other[:, ::-1], one)]
    assert same(prints).tolist() == [[0, 2], [0, 4]]
    assert same([]).tolist() == []


def test_pictures_of_another_shape_are_not_the_same() -> None:
    flat = np.full((30, 20, 3), 7, np.uint8)
    assert len(same([fingerprint(flat, True), fingerprint(flat.reshape(20, 30, 3), True)])) == 0


@pytest.mark.parametrize(
    "change",
    [
        jpeg,
        lambda p: np.clip(p * 1.2 - 20.0, 0, 255).astype(np.uint8),
        lambda p: cv2.resize(p, (60, 96)),
        lambda p: cv2.resize(p, (20, 32), interpolation=cv2.INTER_AREA),
        lambda p: cv2.resize(p, (32, 40), interpolation=cv2.INTER_AREA),
        lambda p: digit("5", seed=7),
    ],
    ids=["saved again", "exposed otherwise", "enlarged", "reduced", "squeezed", "taken again"],
)
def test_a_changed_copy_looks_alike(change: object) -> None:
    assert callable(change)
    assert pairs_of(digit("5"), change(digit("5"))) == [[0, 1]]


def test_one_segment_makes_another_picture() -> None:
    assert pairs_of(digit("5"), digit("9"), digit("8")) == []


def test_a_copy_does_not_look_alike_too() -> None:
    assert pairs_of(digit("5"), digit("5")) == []


def test_the_digits_of_a_strip_tell_it_from_others() -> None:
    assert pairs_of(number("55985"), number("55589"), single=False) == []
    assert pairs_of(number("55985"), jpeg(number("55985")), single=False) == [[0, 1]]


def test_pictures_of_nothing_look_like_nothing() -> None:
    assert pairs_of(np.full((30, 20, 3), 7, np.uint8), np.full((30, 20, 3), 8, np.uint8)) == []
    assert pairs_of() == []


def test_all_pairs_are_found_whatever_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [digit("589"[i % 3], seed=i) for i in range(40)]
    whole = sorted(pairs_of(*pictures))
    assert len(whole) == 14 * 13 // 2 + 2 * (13 * 12 // 2)
    monkeypatch.setattr("digitstream.convert.duplicates._ROWS", 7)
    monkeypatch.setattr("digitstream.convert.duplicates._PIXELS", 64 * 64)
    assert sorted(pairs_of(*pictures)) == whole


def test_real_displays_whose_digits_differ_do_not_look_alike(data: Path) -> None:
    samples = load(data / "train/lcd-7seg-digits").samples[::5]
    found = pairs_of(*(sample.picture() for sample in samples))
    labels = [sample.columns["label"] for sample in samples]
    assert len(found) > 500
    assert all(labels[i] == labels[j] for i, j in found)
