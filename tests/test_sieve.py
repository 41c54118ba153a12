"""The sieve must put digits before texture, and let pass what little there is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstream.proposals import regions
from digitstream.sieve import CELLS, FEATURES, FEW, HOPELESS, LEAST, Sieve, glance, read, write
from test_proposals import iou, panel


def cluttered() -> tuple[np.ndarray, list[tuple[int, int, int, int]]]:
    """Ten digits of segments before blotches of every size, and their boxes."""
    digits, boxes = panel(360, 30, 20, 200)
    rng = np.random.default_rng(11)
    texture = np.zeros(digits.shape, np.float32)
    for size in (1.5, 3.0, 6.0):
        blotches = cv2.GaussianBlur(rng.normal(0, 1, digits.shape).astype(np.float32), (0, 0), size)
        texture += 22 * blotches / blotches.std()
    x0, y0 = min(x for x, _, _, _ in boxes) - 15, min(y for _, y, _, _ in boxes) - 15
    x1, y1 = max(x + w for x, _, w, _ in boxes) + 15, max(y + h for _, y, _, h in boxes) + 15
    texture[y0:y1, x0:x1] = 0
    return np.clip(digits + texture, 0, 255).astype(np.uint8), boxes


def test_digits_come_before_texture() -> None:
    picture, truth = cluttered()
    found = regions(picture)
    assert len(found) > 1000
    first = Sieve.load()(picture, found, 100)
    assert len(first) == 100
    best = [float(iou(box, first).max()) for box in truth]
    assert min(best) > 0.5, best
    # What stands first is a digit, not only near one.
    assert np.mean([iou(tuple(box), np.array(truth, np.float32)).max() > 0.5 for box in first[:10]]) == 1


def test_of_few_boxes_all_but_the_hopeless_are_kept() -> None:
    picture, _ = cluttered()
    sieve = Sieve.load()
    found = regions(picture)[:FEW]
    odds = sieve.odds(glance(picture, found))
    kept = sieve(picture, found, 400)
    assert sorted(map(tuple, kept.tolist())) == sorted(map(tuple, found[odds > HOPELESS].tolist()))
    assert (odds > LEAST).sum() < len(kept) < len(found)
    assert sieve(picture, found[:0], 400).shape == (0, 4)


def test_the_limit_holds_and_the_order_is_that_of_the_odds() -> None:
    picture, _ = cluttered()
    sieve, found = Sieve.load(), regions(picture)
    odds = sieve.odds(glance(picture, found))
    assert (odds > LEAST).sum() < len(found) / 4
    kept = sieve(picture, found, 400)
    assert np.all(np.diff(sieve.odds(glance(picture, kept))) < 1e-3)
    assert sieve(picture, found, 7).tolist() == kept[:7].tolist()


def test_a_box_is_seen_alike_at_any_size_and_in_any_light() -> None:
    picture, boxes = panel(480, 60, 30, 190)
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    found = np.array(boxes, np.float32)
    before, after = glance(picture, found), glance((small // 2 + 60).astype(np.uint8), found / 2)
    assert before.shape == (10, FEATURES)
    assert np.abs(before - after)[:, : CELLS * CELLS].mean() < 0.12
    assert np.allclose(before[:, -3], after[:, -3], atol=1e-5)


@given(
    st.lists(
        st.tuples(st.floats(-40, 200), st.floats(-40, 200), st.floats(0.5, 300), st.floats(0.5, 300)),
        min_size=1,
        max_size=12,
    )
)
def test_any_box_can_be_glanced_at(boxes: list[tuple[float, float, float, float]]) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (90, 120)).astype(np.uint8)
    found = np.array(boxes, np.float32)
    seen = glance(picture, found)
    assert np.isfinite(seen).all()
    # Each is seen by itself.
    assert np.allclose(glance(picture, found[-1:]), seen[-1:], atol=1e-5)


def test_more_boxes_than_opencv_maps_at_once() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (90, 120)).astype(np.uint8)
    found = np.tile(np.array([[10, 10, 12, 20]], np.float32), (40_000, 1))
    assert glance(picture, found).shape == (40_000, FEATURES)


def test_layers_are_read_as_they_were_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    layers = tuple((rng.random((a, b), np.float32), rng.random(b, np.float32)) for a, b in ((3, 2), (2, 1)))
    write(tmp_path / "layers.npz", layers)
    again = read(tmp_path / "layers.npz")
    assert len(again) == 2
    for (weights, biases), (others, more) in zip(layers, again, strict=True):
        assert np.array_equal(weights, others)
        assert np.array_equal(biases, more)
    # By hand: one hidden unit is off.
    sieve = Sieve(
        (
            (np.array([[1, -1]], np.float32), np.zeros(2, np.float32)),
            (np.ones((2, 1), np.float32), np.full(1, 0.5, np.float32)),
        )
    )
    assert sieve.odds(np.array([[2.0], [-3.0]], np.float32)).tolist() == pytest.approx([2.5, 3.5])
