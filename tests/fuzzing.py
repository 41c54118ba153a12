"""Tries inputs, and counts them by kind and outcome."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from digitstream import DigitstreamError

COUNTS: dict[str, Counter[str]] = defaultdict(Counter)
SEEDS = st.integers(0, 2**32)


def tries(count: int) -> settings:
    """Return settings for so many inputs, times `$FUZZ`."""
    return settings(
        max_examples=count * int(os.environ.get("FUZZ", "1")),
        deadline=None,
        derandomize="FUZZ" not in os.environ,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def spoilt(data: bytes, seed: int, holes: int) -> bytes:
    """Return data with some bytes changed, or cut short."""
    rng = np.random.default_rng(seed)
    noisy = bytearray(data[: int(rng.integers(1, len(data)))] if seed % 4 == 0 else data)
    for at in rng.integers(0, len(noisy), holes):
        noisy[at] = int(rng.integers(0, 256))
    return bytes(noisy)


def attempt(
    kind: str, call: Callable[[], object], error: type[DigitstreamError] = DigitstreamError
) -> str | None:
    """Return the message of the program's own error, None without one; any other error fails the test."""
    try:
        call()
    except error as refused:
        COUNTS[kind]["refused"] += 1
        said = str(refused)
        assert said.strip()
        assert "Traceback" not in said
        return said
    COUNTS[kind]["read"] += 1
    return None


def report(config: pytest.Config) -> None:
    """Print what has been tried."""
    capture = config.pluginmanager.getplugin("capturemanager")
    assert capture is not None
    with capture.global_and_fixture_disabled():
        print()
        for kind, counts in sorted(COUNTS.items()):
            print(f"{counts.total():7} inputs, {counts['refused']:7} refused: {kind}")
        print(f"{sum(counts.total() for counts in COUNTS.values()):7} inputs in all")
    COUNTS.clear()
