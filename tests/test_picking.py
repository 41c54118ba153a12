"""Which readings are emitted, and in what order."""

from __future__ import annotations

from dataclasses import replace

import pytest

import digitstream
from digitstream.config import CameraConfig, DisplayConfig, PickConfig
from digitstream.errors import ConfigError
from digitstream.options import parser, site_of
from digitstream.picking import AHEAD, FORGET, Picking
from digitstream.problems import checked
from digitstream.readings import Reading, Status
from results_of import digits_at, reading_of


def shown(name: str, text: str | None, height: float = 40, status: Status = Status.OK) -> Reading:
    digits = digits_at((text or "000").replace(".", ""), 10, 10, height / 2, height)
    return reading_of(text, digits=digits, display=name, status=status)


def names(readings: tuple[Reading, ...]) -> list[str]:
    return [reading.display for reading in readings]


SMALL, LARGE = shown("small", "4711", 20), shown("large", "12.5", 60)


def test_without_wishes_everything_is_kept_the_biggest_first() -> None:
    assert names(Picking()((SMALL, LARGE))) == ["large", "small"]


def test_of_two_alike_the_steadier_one_comes_first() -> None:
    picking = Picking()
    for _ in range(20):
        order = names(picking((shown("flickers", "88", status=Status.LOW_CONFIDENCE), shown("stands", "12"))))
    assert order == ["stands", "flickers"]


def test_the_order_does_not_flicker_between_displays_of_one_size() -> None:
    picking, orders = Picking(), set()
    for frame in range(60):
        wobble = 1 + (AHEAD - 1) * 0.8 * (frame % 2)
        orders.add(tuple(names(picking((shown("a", "11", 30 * wobble), shown("b", "22", 30))))))
    assert len(orders) == 1


def test_a_display_that_outgrows_another_passes_it() -> None:
    picking = Picking()
    picking((shown("a", "11", 30), shown("b", "22", 20)))
    for _ in range(200):
        order = names(picking((shown("a", "11", 30), shown("b", "22", 60))))
    assert order == ["b", "a"]


def test_the_largest_alone() -> None:
    assert names(Picking(PickConfig(largest=True))((SMALL, LARGE))) == ["large"]


def test_the_largest_is_not_replaced_while_it_is_hidden_for_a_moment() -> None:
    picking = Picking(PickConfig(largest=True))
    for _ in range(50):
        picking((SMALL, LARGE))
    assert [names(picking((SMALL,))) for _ in range(10)] == [[]] * 10
    for _ in range(FORGET):
        last = picking((SMALL,))
    assert names(last) == ["small"]


def test_a_pattern_must_match_the_whole_text() -> None:
    pick = Picking(PickConfig(pattern=r"\d\d\.\d"))
    assert names(pick((shown("a", "112.5"), shown("b", "12.5"), shown("c", "12.55")))) == ["b"]


def test_digits_are_counted_without_the_point() -> None:
    assert names(Picking(PickConfig(digits=3))((SMALL, LARGE, shown("other", "123")))) == ["large", "other"]


def test_the_largest_of_those_that_fit() -> None:
    assert names(Picking(PickConfig(largest=True, digits=4))((LARGE, SMALL, shown("x", "4712", 10)))) == [
        "small"
    ]


def test_a_display_that_has_fitted_stays_while_it_is_not_readable_but_shows_nothing_else() -> None:
    picking = Picking(PickConfig(digits=4))
    unreadable = replace(SMALL, text=None, value=None, status=Status.INCOMPLETE)
    assert names(picking((unreadable,))) == []
    assert names(picking((SMALL,))) == ["small"]
    assert [r.status for r in picking((unreadable,))] == [Status.INCOMPLETE]
    assert names(picking((shown("small", "471", 20),))) == []


def test_options_of_the_command_line() -> None:
    def camera(*options: str) -> CameraConfig:
        return site_of(parser().parse_args(["--source", "0", *options]), {}).cameras[0]

    assert camera("--largest").pick == PickConfig(largest=True)
    assert camera("--pattern", r"\d{5}\.\d", "--digits", "6").pick == PickConfig(
        pattern=r"\d{5}\.\d", digits=6
    )
    alone = camera("--digits", "6")
    assert (alone.pick, [display.digits for display in alone.displays]) == (None, [6])
    for options in (["--unit", "l"], ["--region", "1,2,30,40"], ["--decimals", "1"]):
        with pytest.raises(ConfigError, match=f"--largest picks among .* does not go with {options[0]}"):
            camera("--largest", *options)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"pick": {"pattern": "("}}, r"pick.pattern: '\(' is not a regular expression: missing \)"),
        ({"pick": {"digits": 0}}, "pick.digits: 0 is not a positive integer"),
        ({"pick": {"largets": True}}, "did you mean 'largest'"),
        (
            {"pick": {"largest": True}, "displays": (DisplayConfig(name="gas"),)},
            "pick: .*`displays` names some",
        ),
    ],
)
def test_wishes_that_cannot_be_met(settings: dict, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        checked(CameraConfig, {"source": "0", **settings})


def test_the_demo_by_pattern_and_size() -> None:
    largest, times = set(), []
    for reading in digitstream.read("demo", pick={"largest": True}):
        largest.add(reading.display)
        times.append(reading.frame)
        if reading.frame > 60:
            break
    assert len(largest) == 1
    assert len(times) == len(set(times))
