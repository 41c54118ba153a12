from __future__ import annotations

import numpy as np
import pytest

from digitstream.config import DisplayConfig
from digitstream.displays import Displays
from digitstream.lines import rotated
from digitstream.tracker import Tracks


def tracks(*lines: tuple[float, float, int], first: int = 1) -> Tracks:
    """Lines of upright digits, each at x, y with so many digits; ids count from `first`."""
    quads = [
        [[x + 30 * k, y], [x + 30 * k + 20, y], [x + 30 * k + 20, y + 40], [x + 30 * k, y + 40]]
        for x, y, count in lines
        for k in range(count)
    ]
    zeros = np.zeros(len(quads), np.int64)
    corners = np.array(quads, np.float32).reshape(-1, 4, 2)
    return Tracks(np.arange(first, first + len(quads), dtype=np.int64), corners, zeros, zeros, zeros)


def names(found: list) -> list[tuple[str, list[int]]]:
    return [(display.name, display.rows.tolist()) for display in found]


def test_displays_are_named_in_reading_order() -> None:
    found = Displays().update(tracks((300, 110, 2), (10, 100, 3), (20, 10, 2)), 0, True)
    assert names(found) == [("display-1", [5, 6]), ("display-2", [2, 3, 4]), ("display-3", [0, 1])]


def test_names_stay_when_others_come_and_go() -> None:
    displays = Displays()
    displays.update(tracks((10, 100, 3)), 0, True)
    assert names(displays.update(tracks((10, 100, 3), (10, 10, 2)), 6, True)) == [
        ("display-1", [0, 1, 2]),
        ("display-2", [3, 4]),
    ]
    assert names(displays.update(tracks((10, 10, 2), first=4), 12, True)) == [("display-2", [0, 1])]


def test_a_display_that_was_lost_is_known_again_by_its_place() -> None:
    displays = Displays()
    displays.update(tracks((10, 100, 3), (10, 300, 3)), 0, True)
    displays.update(tracks((10, 300, 3), first=4), 6, True)
    found = displays.update(tracks((14, 97, 3), (10, 300, 3), first=20), 60, True)
    assert names(found) == [("display-1", [0, 1, 2]), ("display-2", [3, 4, 5])]


def test_a_display_is_confirmed_by_localizer_results_that_agree() -> None:
    displays = Displays()
    assert displays.update(tracks((10, 100, 3)), 0, True)[0].confirmed == 1
    assert displays.update(tracks((10, 100, 3)), 1, False)[0].confirmed == 1
    assert displays.update(tracks((10, 100, 3)), 6, True)[0].confirmed == 2
    assert displays.update(tracks((10, 100, 4)), 12, True)[0].confirmed == 1


def test_configured_displays_take_the_line_in_their_region() -> None:
    displays = Displays(
        [
            DisplayConfig(name="litres", region=(0, 90, 200, 60)),
            DisplayConfig(name="price", region=((0, 0), (200, 0), (200, 60), (0, 60))),
        ]
    )
    found = displays.update(tracks((10, 100, 3), (10, 10, 4), (10, 300, 5)), 0, True)
    assert names(found) == [("litres", [0, 1, 2]), ("price", [3, 4, 5, 6])]


@pytest.mark.parametrize(("left", "expected"), [(-16, [0, 1, 2, 3]), (-25, [1, 2, 3])])
def test_the_place_of_a_first_1_may_go_beyond_the_region(left: float, expected: list[int]) -> None:
    displays = Displays([DisplayConfig(name="gas", region=(0, 0, 120, 60))])
    assert names(displays.update(tracks((left, 10, 4)), 0, True)) == [("gas", expected)]


def test_without_a_region_the_number_of_digits_decides() -> None:
    displays = Displays([DisplayConfig(name="counter", digits=7)])
    assert names(displays.update(tracks((10, 10, 3), (10, 100, 7)), 0, True)) == [
        ("counter", list(range(3, 10)))
    ]


def test_a_configured_display_without_digits_is_there_all_the_same() -> None:
    displays = Displays([DisplayConfig(name="gas", region=(0, 0, 50, 50))])
    assert names(displays.update(tracks((100, 100, 3)), 0, True)) == [("gas", [])]


def test_lines_that_lean_are_displays_too() -> None:
    level = tracks((10, 300, 4))
    lean = tracks((10, 10, 5), first=5)
    corners = np.concatenate([level.corners, rotated(lean.corners, np.radians(40))])
    both = Tracks(np.arange(1, 10), corners, *[np.zeros(9, np.int64)] * 3)
    assert sorted(display.rows.tolist() for display in Displays().update(both, 0, True)) == [
        [0, 1, 2, 3],
        [4, 5, 6, 7, 8],
    ]


def test_displays_side_by_side_stay_apart_when_their_digits_differ_in_size_and_distance() -> None:
    left = tracks((10, 100, 4))
    small = left.corners * 0.85 + np.array([180, 18], np.float32)
    both = Tracks(np.arange(1, 9), np.concatenate([left.corners, small]), *[np.zeros(8, np.int64)] * 3)
    found = Displays().update(both, 0, True)
    assert sorted(display.rows.tolist() for display in found) == [[0, 1, 2, 3], [4, 5, 6, 7]]


@pytest.mark.parametrize(("wider", "gap", "apart"), [(1.2, 60, True), (1.0, 60, False), (1.2, 30, False)])
def test_displays_of_one_size_stay_apart_when_their_digits_differ_in_distance(
    wider: float, gap: float, apart: bool
) -> None:
    left = tracks((10, 100, 4))
    step = np.diff(left.corners.mean(axis=1)[:, 0]).mean()
    moves = gap + 3 * step + (wider - 1) * step * np.arange(4)
    right = left.corners + np.stack([moves, np.zeros(4)], axis=1)[:, None].astype(np.float32)
    both = Tracks(np.arange(1, 9), np.concatenate([left.corners, right]), *[np.zeros(8, np.int64)] * 3)
    assert len(Displays().update(both, 0, True)) == 1 + apart


@pytest.mark.parametrize(
    ("step", "rise", "size", "stays"),
    [(1.5, 12, 1.0, False), (1.5, 0, 1.2, False), (1.5, 0, 1.0, True), (1.0, 12, 1.0, True)],
    ids=["higher", "taller", "in line", "close by"],
)
def test_what_stands_apart_and_out_of_line_is_no_digit_of_a_display(
    step: float, rise: float, size: float, stays: bool
) -> None:
    line = tracks((100, 100, 5)).corners
    for end, way in ((4, step - 1), (0, 1 - step)):
        corners = line.copy()
        middle = corners[end].mean(axis=0)
        corners[end] = middle + size * (corners[end] - middle) + np.array([30 * way, -rise], np.float32)
        found = Displays().update(Tracks(np.arange(1, 6), corners, *[np.zeros(5, np.int64)] * 3), 0, True)
        assert [len(display.rows) for display in found] == [4 + stays]


def test_what_is_astray_at_one_end_does_not_cost_the_digit_at_the_other() -> None:
    line = tracks((100, 100, 5)).corners
    line[0] -= (16, 0)
    line[4] += (18, -14)
    found = Displays().update(Tracks(np.arange(1, 6), line, *[np.zeros(5, np.int64)] * 3), 0, True)
    assert [display.rows.tolist() for display in found] == [[0, 1, 2, 3]]


def test_smaller_decimals_belong_to_their_number() -> None:
    whole = tracks((10, 100, 4))
    small = whole.corners[:2] * 0.8 + np.array([125, 24], np.float32)
    both = Tracks(np.arange(1, 7), np.concatenate([whole.corners, small]), *[np.zeros(6, np.int64)] * 3)
    assert [d.rows.tolist() for d in Displays().update(both, 0, True)] == [[0, 1, 2, 3, 4, 5]]


def seen(boxes: list[tuple[float, float, float, float]], lines: list[int]) -> Tracks:
    """Digits as x, y, width and height, and the line of the localizer of each."""
    quads = [[[x, y], [x + w, y], [x + w, y + h], [x, y + h]] for x, y, w, h in boxes]
    zeros = np.zeros(len(boxes), np.int64)
    ids = np.arange(1, len(boxes) + 1)
    return Tracks(ids, np.array(quads, np.float32), zeros, zeros, zeros, np.array(lines, np.int64))


BESIDE_BARS: list[tuple[float, float, float, float]] = [
    *((418.9 + 17.52 * k, 344.3 + 0.4 * k, 12.5, 22.3) for k in range(5)),
    (521.7, 360.7, 10.5, 22.2), (543.7, 360.3, 4.5, 22.1), (558.5, 359.9, 7.7, 22.2),
    (571.8, 359.6, 5.9, 22.1), (607.7, 358.8, 4.5, 22.1),
]  # fmt: skip
UNEVEN: list[tuple[float, float, float, float]] = [
    (901, 184, 33, 37), (940, 168, 33, 52), (984, 172, 28, 48), (1064, 172, 31, 52), (1108, 191, 29, 37)
]  # fmt: skip


@pytest.mark.parametrize(
    ("boxes", "lines", "displays"),
    [
        (BESIDE_BARS, [0] * 5 + [1] * 5, [5, 5]),
        (BESIDE_BARS, [], [4, 5]),
        (UNEVEN, [0] * 5, [5]),
        (UNEVEN, [0, 0, 0, 1, 1], [3]),
    ],
    ids=["beside bars", "the same, the lines unknown", "uneven", "two lines"],
)
def test_the_digits_of_one_line_of_the_localizer_are_one_display(
    boxes: list[tuple[float, float, float, float]], lines: list[int], displays: list[int]
) -> None:
    found = Displays().update(seen(boxes, lines), 0, True)
    assert sorted(len(display.rows) for display in found) == displays
    assert all((np.diff(display.rows) == 1).all() for display in found)


def test_a_line_of_the_localizer_that_stands_as_two_displays_is_two() -> None:
    left = [(10.0 + 30 * k, 100.0, 20.0, 40.0) for k in range(4)]
    right = [(190.0 + 25 * k, 106.0, 17.0, 34.0) for k in range(4)]
    found = Displays().update(seen(left + right, [0] * 8), 0, True)
    assert sorted(len(display.rows) for display in found) == [4, 4]
