from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from digitstream.convert.film import Film, Sight
from digitstream.convert.film_scripts import SCRIPTS, film
from digitstream.convert.programs import Program, alternating, dark, stepping, switching
from digitstream.convert.scenes import Scene

SIZE = 320, 240


def shot(style: str, frames: int, program: Program | None = None, **settings: Any) -> Film:
    scene = Scene(11, SIZE, styles=(style,), displays=1, role="held-out")
    programs: Mapping[int, Program] = {} if program is None else {0: program}
    return Film(scene, programs, frames, grain=1.0, **settings)


def sights(one: Film) -> list[Sight]:
    return [only for _, (only,) in one]


def test_the_same_seed_gives_the_same_frames() -> None:
    first, again = ([picture for picture, _ in shot("lcd", 3, motion="shake")] for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert first[0].shape == (SIZE[1], SIZE[0])


def test_a_crystal_shows_both_texts_while_it_turns_and_counts_as_changing_for_a_while() -> None:
    seen = sights(shot("lcd", 30, switching(("123", "456"), 0.4)))
    assert [sight.texts for sight in seen[8:14]] == [
        ("123",), ("123",), ("456", "123"), ("456", "123"), ("456",), ("456",)
    ]  # fmt: skip
    changing = [index for index, sight in enumerate(seen) if sight.changing]
    assert (changing[0], changing[-1]) == (10, 24)


def test_a_lamp_turns_at_once() -> None:
    seen = sights(shot("led", 12, switching(("123", "456"), 0.4)))
    assert {sight.texts for sight in seen} == {("123",), ("456",)}


def test_a_counter_shows_its_floor_and_the_tenths_of_its_last_wheel() -> None:
    seen = sights(shot("drum", 14, stepping(899, 4, period=1.0, turn=0.4, lead=0.0)))
    assert [sight.texts[0].replace(".", "") for sight in seen] == ["0899"] * 10 + ["0900"] * 4
    assert [sight.wheel for sight in seen] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0, 0]


def test_a_dark_display_keeps_its_place() -> None:
    seen = sights(shot("led", 12, alternating(("123", dark("123")), 0.2)))
    texts = [sight.texts for sight in seen]
    assert texts[4] == ("123",)
    assert texts[6] == ("",)
    assert np.array_equal(seen[4].quads, seen[6].quads)


def test_the_display_changes_in_the_picture_when_it_does_in_the_truth() -> None:
    frames = list(shot("led", 8, switching(("111", "888"), 0.2), quality=None))
    pictures = np.stack([picture for picture, _ in frames]).astype(int)
    changes = np.abs(np.diff(pictures, axis=0)).max(axis=(1, 2))
    assert int(np.argmax(changes)) == 4
    assert changes.max() > 3 * np.sort(changes)[-2]


def test_what_is_covered_or_out_of_the_picture_is_hidden() -> None:
    def cover(picture: Any, time: float, displays: Any) -> Any:
        mask = np.full_like(picture, 255 if 0.1 < time < 0.3 else 0)
        return picture, mask

    hidden = [sight.hidden for sight in sights(shot("lcd", 10, disturbances=[cover]))]
    assert hidden == [False] * 3 + [True] * 5 + [False] * 2
    away = shot("lcd", 1)
    away.scene.placed[0].centre = 0.0, 0.0
    (sight,) = sights(Film(away.scene, {}, 1))
    assert sight.hidden


def test_a_washed_out_display_is_hidden() -> None:
    def wash(picture: Any, time: float, displays: Any) -> Any:
        return np.full_like(picture, 250), None

    assert all(sight.hidden for sight in sights(shot("lcd", 2, disturbances=[wash])))


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_every_script_can_be_filmed(number: int) -> None:
    name, made = film(number, seed=1, frames=2)
    assert name.startswith(f"{number + 1} ")
    ((picture, seen), _) = made
    assert picture.shape == (480, 640)
    assert len(seen) == len(SCRIPTS[number].styles)
    assert all(sight.texts[0] for sight in seen)
    assert all(placed.display.role == "held-out" for placed in made.scene.placed)


def test_another_seed_is_another_film() -> None:
    (_, one), (_, other) = film(0, seed=1, frames=1), film(0, seed=2, frames=1)
    assert not np.array_equal(next(iter(one))[0], next(iter(other))[0])


def test_no_digit_of_a_film_needs_colour_to_be_seen() -> None:
    """The first drawing of this one has a dark red wheel beside white ones on black."""
    _, made = film(12, seed=0, frames=1)
    ((picture, seen),) = made
    for sight in seen:
        low, high = sight.quads.min(axis=1).astype(int), sight.quads.max(axis=1).astype(int)
        contrasts = [
            picture[top:bottom, left:right].std()
            for (left, top), (right, bottom) in zip(low, high, strict=True)
        ]
        assert min(contrasts) > 0.25 * np.median(contrasts)
