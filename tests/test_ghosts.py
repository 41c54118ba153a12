"""Displays whose unlit segments show, with the model that is shipped."""

from __future__ import annotations

import numpy as np
import pytest

from digitstream.classifier import Classifier
from digitstream.crops import cut_raw, normalise
from digitstream.ghosts import revealed, second_look, without
from segmented import segmented

CLASSIFIER = Classifier.load()


def read(picture: np.ndarray, quads: np.ndarray, ghosts: bool = True) -> str:
    raw = cut_raw(picture, quads)
    digits = CLASSIFIER(normalise(raw)).digits
    again, known = second_look(CLASSIFIER, raw, digits)
    chances = np.exp(np.where(known[:, None], again, digits))
    seen = revealed(chances, np.exp(again), known) if ghosts else np.exp(digits)
    return "".join("0123456789x"[digit] for digit in seen.argmax(axis=1))


@pytest.mark.parametrize("ghost", [0.65, 0.7])
def test_segments_that_are_lit_are_read(ghost: float) -> None:
    texts, heights = ("71354", "231926", "60425", "12513", "77889"), (24, 40, 80)
    shown = "".join(text for text in texts for _ in heights)
    pictures = [segmented(text, height, 0.05, ghost, light=True) for text in texts for height in heights]
    first, second = ("".join(read(*picture, ghosts) for picture in pictures) for ghosts in (False, True))
    assert share(first, shown) < 0.75, "or nothing would be tested"
    assert share(second, shown) > 0.93


def share(read: str, shown: str) -> float:
    return sum(a == b for a, b in zip(read, shown, strict=True)) / len(shown)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("height", [24, 40, 80])
def test_without_ghosts_an_eight_stays_one(height: int, light: bool) -> None:
    picture, quads = segmented("880868", height, 0.1, 0.0, light)
    raw = cut_raw(picture, quads)
    assert not second_look(CLASSIFIER, raw, CLASSIFIER(normalise(raw)).digits)[1].any()


def test_what_is_half_as_strong_becomes_ground() -> None:
    crop = np.full((1, 32, 32), 50, np.uint8)
    crop[0, 8:24, 8:11], crop[0, 8:24, 20:23] = 250, 140
    (seen,), (bright,) = without(crop)
    assert bright
    assert (seen[8:24, 8:11] == 250).all()
    assert len(np.unique(np.delete(seen, np.s_[8:11], axis=1))) == 1


def test_a_dark_eight_is_not_looked_at_again() -> None:
    """A reflection on a part of it looks like ghosts: an LCD showed 80.0, and was read as 30.0."""
    picture, quads = segmented("88", 40, ghost=0.7)
    raw = cut_raw(picture, quads)
    assert not second_look(CLASSIFIER, raw, CLASSIFIER(normalise(raw)).digits)[1].any()


def test_one_digit_with_ghosts_tells_of_all_others() -> None:
    first, again = np.full((3, 11), 0.01, np.float32), np.full((3, 11), 0.02, np.float32)
    first[[0, 1, 2], [3, 8, 8]], again[[0, 1, 2], [3, 6, 8]] = 0.9, 0.8
    some, none = np.array([True, False, False]), np.zeros(3, bool)
    assert revealed(first, again, some).argmax(axis=1).tolist() == [3, 6, 8]
    assert revealed(first, again, none).argmax(axis=1).tolist() == [3, 8, 8]
