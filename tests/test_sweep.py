"""Which cells a sweep of a window looks at, and which lines it replaces."""

from __future__ import annotations

import numpy as np
import pytest

from digitstream.frames import Corners
from digitstream.lines import Floats
from digitstream.sweep import better, cells, promising

Found = tuple[Corners, Floats]


def line(count: int, height: float, step: float, chance: float = 0.99) -> Found:
    x = np.arange(count) * step
    flat = np.stack([x, 0 * x, x + 10, 0 * x, x + 10, 0 * x + height, x, 0 * x + height], axis=1)
    return flat.reshape(-1, 4, 2).astype(np.float32), np.full(count, chance, np.float32)


@pytest.mark.parametrize(
    ("swept", "known", "replaces"),
    [
        pytest.param(line(2, 50, 40), None, True, id="there was nothing"),
        pytest.param(line(1, 50, 40, 0.7), None, False, id="hardly a digit"),
        pytest.param(line(5, 50, 40), line(3, 48, 40), True, id="two digits more"),
        pytest.param(line(4, 50, 40), line(3, 48, 40), False, id="one more may be a letter"),
        pytest.param(line(5, 62, 42), line(3, 50, 84), True, id="every second digit was known"),
        pytest.param(line(5, 62, 42), line(3, 50, 42), False, id="whole digits were known"),
        pytest.param(line(4, 100, 70), line(3, 50, 70), True, id="parts were known"),
        pytest.param(line(5, 62, 42, 0.5), line(3, 50, 84), False, id="the sum decides"),
    ],
)
def test_a_sweep_replaces_what_it_reads_better(swept: Found, known: Found | None, replaces: bool) -> None:
    assert better([swept], [known] if known else []) is replaces


def test_cells_are_looked_at_around_a_pair_of_digits_only() -> None:
    boxes, first = cells(np.array([100, 50, 200, 60], np.float32))
    middles = boxes[first][:, :2] + boxes[first][:, 2:] / 2
    at = np.array([[150, 80], [180, 80]])
    on_one = (np.abs(middles[:, None] - at) < (8, 6)).all(axis=2).any(axis=1)
    near = promising(boxes, boxes[first], np.where(on_one, 0.9, 0.01).astype(np.float32))
    off = np.abs((near[:, :2] + near[:, 2:] / 2)[:, None] - at)
    assert 0 < len(near) < len(boxes) / 2
    assert (off < 30).all(axis=2).any(axis=1).all()


def test_a_window_with_few_hints_is_texture() -> None:
    boxes, first = cells(np.array([0, 0, 200, 60], np.float32))
    chance = np.zeros(first.sum(), np.float32)
    chance[:40], chance[40:43] = 0.4, 0.9
    assert len(promising(boxes, boxes[first], chance)) == 0
    assert len(boxes) / 12 < first.sum() < len(boxes) / 6
