"""The localizer on a frame of the bundled clip, with the model that is shipped."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from digitstream.classifier import Classifier
from digitstream.config import DisplayConfig
from digitstream.lines import direction
from digitstream.localizer import Localizer
from digitstream.sources.opening import demo_clip


@pytest.fixture(scope="module")
def luma() -> np.ndarray:
    with av.open(str(demo_clip())) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index == 50:
                return frame.to_ndarray(format="gray")
    raise AssertionError("the clip is too short")


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def inside(corners: np.ndarray, x: int, y: int, width: int, height: int) -> int:
    centres = corners.mean(axis=1)
    return int(((centres > (x, y)) & (centres < (x + width, y + height))).all(axis=1).sum())


def test_the_digits_of_all_displays_are_found(luma: np.ndarray, classifier: Classifier) -> None:
    found = Localizer(classifier)(luma, 3)
    assert found.index == 3
    displays = {
        "drum": (50, 90, 265, 70),
        "led": (390, 80, 200, 80),
        "lcd": (60, 310, 240, 70),
        "serial": (470, 330, 120, 50),
    }
    counts = {name: inside(found.corners, *box) for name, box in displays.items()}
    assert counts == {"drum": 6, "led": 4, "lcd": 4, "serial": 5}
    assert (found.scores > 0.5).all()


def test_only_the_region_is_searched(luma: np.ndarray, classifier: Classifier) -> None:
    led = DisplayConfig(name="led", region=(385, 75, 215, 90))
    found = Localizer(classifier, [led])(luma, 0)
    assert (len(found.corners), inside(found.corners, 390, 80, 200, 80)) == (4, 4)


def test_a_region_is_looked_at_as_if_from_straight_ahead(luma: np.ndarray, classifier: Classifier) -> None:
    turn = np.radians(35)
    middle = np.array([490, 120])
    rows, columns = luma.shape
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    affine = np.hstack([matrix, (middle - matrix @ middle)[:, None]])
    turned = cv2.warpAffine(luma, affine, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
    box = np.array([[385, 75], [600, 75], [600, 165], [385, 165]])
    region = tuple((float(x), float(y)) for x, y in (box - middle) @ matrix.T + middle)
    found = Localizer(classifier, [DisplayConfig(name="led", region=region)])(turned, 0)
    assert len(found.corners) == 4
    top = found.corners[:, 1] - found.corners[:, 0]
    assert np.degrees(np.arctan2(top[:, 1], top[:, 0])) == pytest.approx([35] * 4, abs=4)


def test_a_drum_of_the_other_colours_belongs_to_its_counter(classifier: Classifier) -> None:
    """Black on white wheels, but the last is white on black, as on many a water meter."""
    picture = np.full((240, 420), 40, np.uint8)
    for place, digit in enumerate("46852"):
        ground, ink = (40, 200) if place == 4 else (225, 30)
        x = 60 + 60 * place
        picture[90:154, x : x + 56] = ground
        cv2.putText(picture, digit, (x + 10, 145), cv2.FONT_HERSHEY_SIMPLEX, 1.9, ink, 5, cv2.LINE_AA)
    found = Localizer(classifier)(cv2.GaussianBlur(picture, (0, 0), 1.2), 0)
    assert inside(found.corners, 60, 90, 300, 64) == len(found.corners) == 5


def test_a_picture_without_digits_has_none(classifier: Classifier) -> None:
    found = Localizer(classifier)(np.full((480, 640), 120, np.uint8), 0)
    assert (found.corners.shape, found.scores.shape) == ((0, 4, 2), (0,))


def turned(luma: np.ndarray, degrees: float) -> np.ndarray:
    rows, columns = luma.shape
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1)
    matrix[:, 2] += 160, 160
    return np.asarray(cv2.warpAffine(luma, matrix, (columns + 320, rows + 320), borderValue=90), np.uint8)


@pytest.mark.parametrize("degrees", [-45, -30, -20, 20, 30, 45])
def test_turned_displays_are_found_in_one_thorough_look(
    luma: np.ndarray, classifier: Classifier, degrees: int
) -> None:
    found = Localizer(classifier)(turned(luma, degrees), 0, thorough=True)
    assert len(found.corners) >= 19
    assert np.degrees(direction(found.corners)) == pytest.approx(-degrees, abs=4)


def test_turned_displays_are_found_within_a_few_quick_looks_and_then_at_once(
    luma: np.ndarray, classifier: Classifier
) -> None:
    localizer = Localizer(classifier)
    view = turned(luma, 30)
    counts = [len(localizer(view, index).corners) for index in range(8)]
    assert counts[-1] >= 19
    assert len(localizer(view, 8).corners) == pytest.approx(counts[-1], abs=1)
    assert len(localizer(luma, 9, thorough=True).corners) >= 19


def test_a_still_of_displays_at_two_angles_shows_both(luma: np.ndarray, classifier: Classifier) -> None:
    one, other = turned(luma, -20), turned(luma, 40)
    found = Localizer(classifier)(np.vstack([one, other]), 0, thorough=True)
    below = found.corners[:, 0, 1] > len(one)
    assert below.sum() >= 19
    assert (~below).sum() >= 19


def test_a_few_upright_digits_do_not_hide_turned_displays(luma: np.ndarray, classifier: Classifier) -> None:
    view = turned(luma, 32)
    cv2.putText(view, "735", (20, 100), cv2.FONT_HERSHEY_SIMPLEX, 2.5, 230, 7, cv2.LINE_AA)
    found = Localizer(classifier)(view, 0, thorough=True)
    assert len(found.corners) >= 19


def test_upright_bars_do_not_hide_turned_displays(luma: np.ndarray, classifier: Classifier) -> None:
    view = turned(luma, 40)
    cv2.rectangle(view, (20, 20), (220, 120), 20, -1)
    for x in range(40, 220, 36):
        cv2.rectangle(view, (x, 40), (x + 10, 100), 220, -1)
    found = Localizer(classifier)(view, 0, thorough=True)
    assert len(found.corners) >= 19


def test_nothing_is_found_however_a_picture_without_digits_is_turned(classifier: Classifier) -> None:
    blank = np.full((480, 640), 120, np.uint8)
    assert len(Localizer(classifier)(blank, 0, thorough=True).corners) == 0
