"""When a line of what passes for digits is believed."""

from __future__ import annotations

import numpy as np
import pytest

from digitstream.texture import is_sure, is_texture


def said(chance: float, text: str) -> tuple[np.ndarray, np.ndarray]:
    return np.full(len(text), chance, np.float32), np.array([int(c) for c in text], np.intp)


@pytest.mark.parametrize(
    ("text", "enough"), [("7", 0.94), ("42", 0.975), ("142", 0.97), ("1605", 0.94), ("02895", 0.91)]
)
def test_the_longer_a_line_the_less_sure_it_must_be(text: str, enough: float) -> None:
    assert not is_texture(*said(enough, text), False)
    assert is_texture(*said(enough - 0.02, text), False)


@pytest.mark.parametrize("text", ["111", "0000", "1111111"])
def test_bars_and_rings_must_be_plain(text: str) -> None:
    assert is_texture(*said(0.96, text), False)
    assert not is_texture(*said(0.99, text), False)


def test_where_a_display_is_known_less_will_do() -> None:
    for text, enough in (("7", 0.94), ("42", 0.94), ("111", 0.82), ("1605", 0.82)):
        assert not is_texture(*said(enough, text), True)
        assert is_texture(*said(enough - 0.05, text), True)


def test_no_digits_are_no_line() -> None:
    assert is_texture(*said(1, ""), True)


def test_a_close_look_shows_texture() -> None:
    assert is_sure(said(0.97, "142")[0])
    assert not is_sure(said(0.95, "142")[0])
    assert not is_sure(said(0.99, "42")[0])
    assert is_sure(said(0.998, "42")[0], 0.995)
