from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitstream import CameraConfig, ConfigError, DisplayConfig, Reading, Status
from digitstream.alternation import HELD, Alternation, names
from digitstream.frames import Frame
from digitstream.pipeline import Pipeline
from digitstream.wording import number
from results_of import digits_at, reading_of

GREY = np.full((60, 80), 120, np.uint8)


def display(*values: dict[str, Any], **settings: Any) -> DisplayConfig:
    return DisplayConfig(name="meter", unit="kWh", values=values, **settings)


ENERGY = {"name": "energy", "pattern": r"\d{5}"}
POWER = {"name": "power", "range": [0, 99.5], "unit": "kW"}


def read(text: str | None, status: Status = Status.OK, index: int = 0) -> Reading:
    digits = digits_at("".join(filter(str.isdigit, text or "")), 0, 0, 10, 20)
    made = reading_of(text, index, digits, display="meter", unit="kWh", status=status)
    return replace(made, value=number(text))


def named(
    alternation: Alternation, *readings: Reading, luma: Any = GREY, still: bool = False
) -> list[Reading]:
    return [
        one
        for index, reading in enumerate(readings)
        for one in alternation(Frame(index, luma, still=still), [reading])
    ]


def told(readings: Sequence[Reading]) -> list[tuple[str, str | None, str | None, str]]:
    return [(one.display, one.value, one.unit, one.status.value) for one in readings]


def test_a_reading_is_the_first_value_that_it_fits() -> None:
    found = named(Alternation([display(ENERGY, POWER)]), read("00042"), read("42.5"), read("99.5"))
    assert told(found) == [
        ("energy", "42", "kWh", "ok"),
        ("power", "42.5", "kW", "ok"),
        ("power", "99.5", "kW", "ok"),
    ]


def test_what_fits_no_value_keeps_the_name_of_the_display_and_is_not_ok() -> None:
    found = named(
        Alternation([display(ENERGY, POWER)]),
        read("123"), read("12:30"), read("123", Status.UNSTABLE), read(None, Status.BLANK),
    )  # fmt: skip
    assert told(found) == [
        ("meter", "123", "kWh", "low_confidence"),
        ("meter", None, "kWh", "low_confidence"),
        ("meter", "123", "kWh", "unstable"),
        ("meter", None, "kWh", "blank"),
    ]


def test_the_status_of_a_value_is_that_of_its_reading() -> None:
    (found,) = named(Alternation([display(ENERGY)]), read("12345", Status.UNSTABLE))
    assert told([found]) == [("energy", "12345", "kWh", "unstable")]


def test_a_pattern_sees_what_is_shown_and_a_range_what_it_means() -> None:
    value = {"name": "energy", "pattern": r"-?\d{4}", "range": [-5, 50], "decimals": 2}
    found = named(Alternation([display(value)]), read("4711"), read("-0042"), read("9999"), read("12.34"))
    assert [(one.display, one.text, one.value) for one in found] == [
        ("energy", "47.11", "47.11"),
        ("energy", "-00.42", "-0.42"),
        ("meter", "9999", "9999"),
        ("meter", "12.34", "12.34"),
    ]


def test_other_displays_are_left_alone() -> None:
    other = replace(read("12345"), display="water")
    assert named(Alternation([display(ENERGY), DisplayConfig(name="water")]), other) == [other]


def test_no_frames_are_told_of_under_every_name() -> None:
    assert names([display(ENERGY, POWER), DisplayConfig(name="water", unit="m³")]) == {
        "meter": "kWh", "energy": "kWh", "power": "kW", "water": "m³"
    }  # fmt: skip


class Signs:
    """A display with a sign for each of two values."""

    A, B = (5, 5, 20, 20), (45, 5, 20, 20)

    def __init__(self) -> None:
        self.alternation = Alternation([display({"name": "a", "lit": self.A}, {"name": "b", "lit": self.B})])

    def shows(self, lit: str, text: str, times: int = 1, still: bool = False) -> list[tuple[str, str]]:
        luma = GREY.copy()
        x = {"a": 5, "b": 45}[lit]
        luma[10:20, x + 5 : x + 15] = 20
        found = named(self.alternation, *[read(text)] * times, luma=luma, still=still)
        return [(one.display, one.status.value) for one in found]


def test_a_sign_tells_the_value_once_it_was_seen_to_change() -> None:
    signs = Signs()
    assert signs.shows("a", "1.5") == [("meter", "low_confidence")]
    assert signs.shows("b", "7.5") == [("b", "ok")]
    assert signs.shows("a", "1.5") == [("a", "ok")]


def test_a_text_that_was_there_before_its_sign_is_not_trusted_yet() -> None:
    signs = Signs()
    signs.shows("a", "1.5"), signs.shows("b", "7.5", 20)
    after = signs.shows("a", "7.5", HELD + 1)
    assert after == [("a", "unstable")] * HELD + [("a", "ok")]
    assert signs.shows("b", "2.5") == [("b", "ok")]


def test_a_still_decides_alone() -> None:
    signs = Signs()
    signs.shows("a", "1.5"), signs.shows("b", "7.5")
    assert signs.shows("a", "7.5", still=True) == [("a", "ok")]


def test_a_sign_outside_the_frame_is_an_error_that_says_where() -> None:
    camera = CameraConfig(
        name="cellar", source="0", displays=(display({"name": "a", "lit": (70, 10, 90, 9)}),)
    )
    with (
        Pipeline(camera, live=False) as pipeline,
        pytest.raises(ConfigError, match=r"cellar: a: lit: .* outside the frame of 80x60"),
    ):
        pipeline.process(Frame(0, GREY))


Box = tuple[float, float, float, float]


def frames(texts: tuple[str, str], count: int) -> Iterator[tuple[np.ndarray, tuple[str, ...], Box]]:
    """An LCD that shows two texts in turn, what may be read, both while it turns, and the region."""
    scenes = pytest.importorskip("digitstream.convert.scenes")
    films = pytest.importorskip("digitstream.convert.film")
    programs = pytest.importorskip("digitstream.convert.programs")
    scene = scenes.Scene(
        4, (640, 480), role="held-out", styles=("lcd",), displays=1, digits=(4, 4), heights=(0.1, 0.12)
    )
    placed = scene.placed[0]
    placed.content = texts[0]
    placed.display.dots = replace(placed.display.dots, advance=0.0, drop=-0.03)
    for picture, (sight,) in films.Film(scene, {0: programs.alternating(texts, 1.6)}, count, grain=1.0):
        low, high = sight.quads.min(axis=(0, 1)) - 25, sight.quads.max(axis=(0, 1)) + 25
        yield picture, sight.texts, (*low.tolist(), *(high - low).tolist())


@pytest.mark.parametrize("by", ["pattern", "lit"])
def test_an_alternating_display_is_read_as_two_values(by: str) -> None:
    """The clip alternates every 40 frames; a lamp in the corner is on while the first text is shown."""
    texts = {"power": "83.25", "energy": "4710"}
    shown = list(frames((texts["power"], texts["energy"]), 160))
    rules: dict[str, list[dict[str, Any]]] = {
        "pattern": [{"pattern": r"\d\d\.\d\d"}, {"pattern": r"\d{4}"}],
        "lit": [{"lit": (10, 10, 24, 24)}, {"range": (1000, 9999)}],
    }
    values = [{"name": name, **rule} for name, rule in zip(texts, rules[by], strict=True)]
    camera = CameraConfig(source="-", displays=(display(*values, region=shown[0][2]),))
    accepted: dict[str, list[int]] = {"power": [], "energy": []}
    with Pipeline(camera, live=False) as pipeline:
        for index, (picture, right, _) in enumerate(shown):
            luma = picture.copy()
            luma[16:28, 16:28] = 250 if right[0] == texts["power"] else 40
            (reading,) = pipeline.process(Frame(index, luma, media_time=index / 25)).readings
            if reading.status is Status.OK:
                accepted[reading.display].append(index)
                assert reading.text in right, index
                assert reading.text == texts[reading.display], index
    assert len(accepted["power"]) > 30
    assert len(accepted["energy"]) > 50
