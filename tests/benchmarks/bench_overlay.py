"""What drawing the overlay costs, beside what copying the picture costs."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from digitstream.overlay import arrange, draw
from digitstream.results import Result
from results_of import digits_at, grey, reading_of


def milliseconds(action: Callable[[int], object], repeats: int = 40) -> float:
    """Best time of several, which is what the machine can do."""
    times = []
    for i in range(repeats):
        started = time.perf_counter()
        action(i)
        times.append(time.perf_counter() - started)
    return 1000 * min(times)


def result_for(width: int, height: int, number: int) -> Result:
    """Two displays whose digits move and whose text changes with the number."""
    shift = number % 7
    readings = []
    for row in range(2):
        digits = digits_at(
            f"{number:07d}",
            width * 0.2 + shift,
            height * (0.3 + 0.3 * row),
            height * 0.04,
            height * 0.08,
        )
        readings.append(reading_of(f"{number:07d}", number, digits, f"display-{row + 1}"))
    return Result("cellar", None, tuple(readings), 25.0, 12.0)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (1280, 720), (1920, 1080), (3840, 2160)])
def test_cost_of_the_overlay(width: int, height: int) -> None:
    picture = grey(width, height)
    same = result_for(width, height, 0)
    copied = milliseconds(lambda _: picture.copy())
    placed = milliseconds(lambda _: arrange(same, width, height))
    drawn = milliseconds(lambda _: draw(picture, same))
    changing = milliseconds(lambda i: draw(picture, result_for(width, height, i * 1234)))
    print(
        f"\n{width}x{height}: copy {copied:.2f} ms, overlay {drawn:.2f} ms"
        f" ({placed:.2f} of it placing), {changing:.2f} ms with a new text each time"
    )
    assert drawn < 12  # several times what it takes
