"""What a crop costs: to cut it out of a frame, and to classify it, by the number of crops."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest

from digitstream.classifier import Classifier
from digitstream.crops import cut

COUNTS = (1, 5, 20, 64, 200)


def fastest(call: Callable[[], object], repeats: int = 40) -> float:
    """Least time of a call in microseconds."""

    def once() -> float:
        start = time.perf_counter()
        call()
        return 1e6 * (time.perf_counter() - start)

    return min(once() for _ in range(repeats))


@pytest.mark.parametrize("threads", [1, 2])
def test_classifier(threads: int) -> None:
    network = Classifier.load(threads=threads)
    print(f"\n{threads} thread(s)  crops  us a crop")
    for count in COUNTS:
        crops = np.random.default_rng(1).integers(0, 256, (count, 32, 32), dtype=np.uint8)
        print(f"{'':12}{count:7}{fastest(lambda c=crops: network(c)) / count:11.1f}")  # type: ignore[misc]


@pytest.mark.parametrize("height", [30, 60, 120])
def test_cut(height: int) -> None:
    luma = np.random.default_rng(1).integers(0, 256, (1080, 1920), dtype=np.uint8)
    print(f"\ndigits {height} pixels high  crops  us a crop")
    for count in COUNTS:
        left = np.linspace(100, 1700, count, dtype=np.float32)[:, None]
        across = left + np.array([0, 0.6, 0.6, 0], np.float32) * height
        down = np.broadcast_to(400 + np.array([0, 0, 1, 1], np.float32) * height, across.shape)
        quads = np.stack([across, down], axis=2)
        print(f"{'':22}{count:7}{fastest(lambda q=quads: cut(luma, q)) / count:11.1f}")  # type: ignore[misc]
