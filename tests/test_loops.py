"""Lines of parts of digits, with the model that is shipped."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from digitstream.classifier import Classifier
from digitstream.crops import cut
from digitstream.frames import Corners
from digitstream.light import Light
from digitstream.lines import Floats, Indices, Line
from digitstream.loops import whole

CLASSIFIER = Classifier.load()
FACE, SCALE, THICKNESS = cv2.FONT_HERSHEY_DUPLEX, 2.0, 3
HEIGHT, PITCH, LEFT, FOOT = 44, 52, 60, 120


def printed(text: str) -> tuple[np.ndarray, Line]:
    """A picture of a number, and its line."""
    picture = np.full((180, 2 * LEFT + PITCH * len(text)), 215, np.uint8)
    for k, char in enumerate(text):
        place = LEFT + k * PITCH, FOOT
        cv2.putText(picture, char, place, FACE, SCALE, 40, THICKNESS, cv2.LINE_AA)
    u = (LEFT + 20 + PITCH * np.arange(len(text))).astype(np.float32)
    widths = np.full(len(text), 32, np.float32)
    return cv2.GaussianBlur(picture, (0, 0), 1.0), Line(0.0, HEIGHT, u, FOOT - HEIGHT / 2, widths)


def read(picture: np.ndarray, corners: Corners) -> tuple[Floats, Indices, Light]:
    crops = cut(picture, corners)
    likely = np.exp(CLASSIFIER(crops).digits[:, :10])
    return likely.max(axis=1), likely.argmax(axis=1), Light.measure(crops)


def grown(line: Line, picture: np.ndarray) -> Line:
    return whole(line, lambda quads: read(picture, quads))


@pytest.mark.parametrize("text", ["0123456789", "2024", "1999", "888", "0000"])
def test_a_line_of_whole_digits_stays_as_it_is(text: str) -> None:
    picture, line = printed(text)
    assert grown(line, picture) is line


@pytest.mark.parametrize(("text", "side"), [("999", -1), ("9499", -1), ("666", 1), ("5656", 1)])
def test_a_line_of_loops_grows_to_its_digits(text: str, side: int) -> None:
    picture, digits = printed(text)
    height = 0.57 * HEIGHT
    loops = replace(digits, height=height, v=digits.v + side * (HEIGHT - height) / 2)
    line = grown(loops, picture)
    assert "".join(map(str, read(picture, line.quads(line.u, line.widths))[1])) == text
    assert line.height == pytest.approx(HEIGHT, rel=0.3)


def test_two_digits_tell_too_little() -> None:
    picture, line = printed("99")
    loops = replace(line, height=0.6 * HEIGHT, v=line.v - 0.2 * HEIGHT)
    assert grown(loops, picture) is loops
