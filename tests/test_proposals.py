"""Recall of the proposals on fixed pictures: MSER's defaults differ between OpenCV versions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from digitstream.proposals import distinct, propose

SEGMENTS = {
    "a": ((0.18, 0.04), (0.82, 0.04)),
    "b": ((0.92, 0.12), (0.92, 0.44)),
    "c": ((0.92, 0.56), (0.92, 0.88)),
    "d": ((0.18, 0.96), (0.82, 0.96)),
    "e": ((0.08, 0.56), (0.08, 0.88)),
    "f": ((0.08, 0.12), (0.08, 0.44)),
    "g": ((0.18, 0.5), (0.82, 0.5)),
}
DIGITS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")


def panel(
    rows: int, height: int, ink: int, ground: int
) -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """All ten digits in disjoint segments on an even ground, with the boxes of their ink."""
    picture = np.full((rows, 14 * height), ground, np.uint8)
    boxes = []
    for digit, lit in enumerate(DIGITS):
        x, y, width = round((1 + 1.2 * digit) * height), rows // 2 - height // 2, 0.55 * height
        mask = np.zeros_like(picture)
        for segment in lit:
            (x0, y0), (x1, y1) = SEGMENTS[segment]
            ends = [
                (round((x + u * width) * 8), round((y + v * height) * 8)) for u, v in ((x0, y0), (x1, y1))
            ]
            cv2.line(mask, *ends, 255, max(2, height // 9), cv2.LINE_AA, 3)
        boxes.append(cv2.boundingRect(cv2.findNonZero(mask)))
        picture = np.where(mask > 127, np.uint8(ink), picture)
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.7).astype(np.float32)
    noise = np.random.default_rng(rows).normal(0, 2, picture.shape)
    return np.clip(smooth + noise, 0, 255).astype(np.uint8), boxes


def iou(box: tuple[int, int, int, int], boxes: np.ndarray) -> np.ndarray:
    x, y, w, h = box
    across = np.minimum(x + w, boxes[:, 0] + boxes[:, 2]) - np.maximum(x, boxes[:, 0])
    down = np.minimum(y + h, boxes[:, 1] + boxes[:, 3]) - np.maximum(y, boxes[:, 1])
    both = np.maximum(across, 0) * np.maximum(down, 0)
    return both / (w * h + boxes[:, 2] * boxes[:, 3] - both)


@pytest.mark.parametrize(("ink", "ground"), [(30, 190), (230, 40), (125, 150), (90, 70)])
@pytest.mark.parametrize(("rows", "height"), [(240, 20), (480, 60), (720, 40), (1080, 28), (1080, 90)])
def test_every_digit_has_a_box(rows: int, height: int, ink: int, ground: int) -> None:
    picture, truth = panel(rows, height, ink, ground)
    found = propose(picture)
    best = [float(iou(box, found).max(initial=0)) for box in truth]
    assert min(best) > 0.5, [digit for digit, value in enumerate(best) if value <= 0.5]


def test_a_plain_picture_has_none() -> None:
    assert propose(np.full((480, 640), 128, np.uint8)).shape == (0, 4)


def test_texture_does_not_set_the_number_of_boxes() -> None:
    noise = np.random.default_rng(5).integers(0, 255, (480, 640)).astype(np.uint8)
    assert 0 < len(propose(cv2.GaussianBlur(noise, (0, 0), 1.5), limit=200)) <= 200


@pytest.mark.parametrize("shape", [(1, 1), (9, 300), (300, 9), (33, 41), (481, 641)])
def test_any_size_of_picture_will_do(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(5).integers(0, 255, shape).astype(np.uint8)
    assert propose(noise).shape[1] == 4


def test_a_view_with_a_stride_is_read_in_place() -> None:
    picture, _ = panel(240, 40, 30, 190)
    wide = np.zeros((240, picture.shape[1] + 64), np.uint8)
    wide[:, : picture.shape[1]] = picture
    assert np.array_equal(propose(wide[:, : picture.shape[1]]), propose(picture))


def test_near_duplicates_become_one() -> None:
    boxes = np.array([(102, 50, 20, 40), (103, 50, 19, 40), (102, 51, 20, 39), (300, 50, 20, 40)], np.float32)
    first, second = distinct(boxes)
    assert first[0] == pytest.approx(102.33, abs=0.01)
    assert second.tolist() == [300, 50, 20, 40]
    assert distinct(boxes[:0]).shape == (0, 4)
