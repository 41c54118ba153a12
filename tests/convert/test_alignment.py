from __future__ import annotations

import pytest

from digitstream.convert.alignment import align
from digitstream.convert.labels import parse_readings


@pytest.mark.parametrize(
    ("label", "text", "counts"),
    [
        ("123.4", "1234", (4, 0, 0, 0)),
        ("1234", "1294", (3, 1, 0, 0)),
        ("1234", "234", (3, 0, 1, 0)),
        ("1234", "81234", (4, 0, 0, 1)),
        ("1234", "1934 5", (3, 1, 0, 1)),
        ("1?34", "1934", (4, 0, 0, 0)),
        ("12", "", (0, 0, 2, 0)),
        ("~12", "9912", (2, 0, 0, 0)),
        ("~12", "129", (2, 0, 0, 1)),
        ("12~", "1299", (2, 0, 0, 0)),
        ("88", "8", (1, 0, 1, 0)),
    ],
)
def test_right_wrong_missing_and_surplus(label: str, text: str, counts: tuple[int, int, int, int]) -> None:
    found = align(parse_readings(label)[0], text)
    assert (found.right, found.wrong, found.missing, found.surplus) == counts
    assert found.cost == sum(counts[1:])
