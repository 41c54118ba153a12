"""What the benchmarks share: the clips they run on, and the table they fill."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from benchmarks.clips import Clips
from benchmarks.report import Report

TABLE = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bench-seconds", type=float, default=10.0, help="length of the clips (default 10)")
    parser.addoption("--bench-table", type=Path, default=TABLE, help=f"file for the table (default {TABLE})")


@pytest.fixture(scope="session")
def seconds(request: pytest.FixtureRequest) -> float:
    """How long clips and live runs last."""
    return float(request.config.getoption("--bench-seconds"))


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory, seconds: float) -> Clips:
    """Makes each clip once."""
    return Clips(tmp_path_factory.mktemp("clips"), seconds)


@cache
def _report(table: Path) -> Report:
    return Report(table)


@pytest.fixture(scope="session")
def report(request: pytest.FixtureRequest) -> Iterator[Report]:
    """The table; it is written when all is measured."""
    filled = _report(request.config.getoption("--bench-table"))
    yield filled
    print(f"\n\n{filled.markdown()}")
    if filled.complete:
        filled.write()
