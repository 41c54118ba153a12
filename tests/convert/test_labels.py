from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstream.convert import labels
from digitstream.convert.errors import LabelError
from digitstream.convert.labels import NONE, parse_crop, parse_readings, parse_video


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(labels).failed == 0


@given(st.integers(0, 99))
def test_the_right_class_of_a_drum_is_the_nearest_digit(tenths: int) -> None:
    label = parse_crop(f"{tenths // 10}.{tenths % 10}")
    assert label.position == tenths
    if tenths % 10 in (3, 4, 5, 6, 7):
        assert label.target is None
    else:
        assert label.target == round(tenths / 10) % 10


@pytest.mark.parametrize("word", ["NaN", "nan", "N", " NaN "])
def test_a_half_turned_drum_has_no_right_class(word: str) -> None:
    assert parse_crop(word).target is None
    assert parse_crop(word).position is None


def test_a_blank_is_right_as_none() -> None:
    assert parse_crop("blank").target == NONE


@pytest.mark.parametrize("word", ["", "10", "-1", "1.", ".5", "1.23", "x", "6,8", "?", "٣", "none", "1 2"])
def test_bad_crop_labels_are_errors_that_show_the_label(word: str) -> None:
    with pytest.raises(LabelError, match="bad crop label") as caught:
        parse_crop(word)
    assert repr(word) in str(caught.value)


@pytest.mark.parametrize(
    ("label", "shown", "right"),
    [
        ("01345.3", "01345.3", True),
        ("01345.3", "013453", True),
        ("01345.3", "1345.3", False),  # leading zeros are digits that are shown
        ("13.9", "13.90", False),
        ("-4.2", "4.2", True),  # the sign is no digit
        ("03:30", "0330", True),
        ("03:30", "03:30", True),
        ("47.60", "47,60", True),
        ("99??", "9905", True),
        ("99??", "990", False),
        ("99??", "99050", False),
        ("65~", "65.02", True),
        ("65~", "6502", True),
        ("65~", "65", False),  # further digits stand there
        ("65~", "165.0", False),
        ("~65", "165", True),
        ("~65", "65", False),
        ("~65", "1650", False),
        ("~65~", "16503", True),
        ("~65~", "6503", False),
        ("~?5~", "123", False),
        ("19", None, False),
        ("19", "", False),
        ("19", "1?9", False),
        ("19", "19 kWh", False),
        ("19", "1 9", True),
    ],
)
def test_a_reading_is_right_digit_for_digit(label: str, shown: str | None, right: bool) -> None:
    assert parse_readings(label)[0].matches(shown) is right


@pytest.mark.parametrize(
    ("label", "shown", "right"),
    [
        ("47.60", "47.60", True),
        ("47.60", "47,60", True),
        ("47.60", "4760", False),
        ("47.60", "4.760", False),
        ("65.~", "65.02", True),
        ("65.~", "6502", False),
        ("~.5", "12.5", True),
        ("~.5", "1.25", False),
        ("~5.5~", "15.52", True),
        ("~5.5~", "1.552", False),
        (
            "~5.5~",
            "5555.5",
            False,
        ),  # no way to lay the label on it puts the point there and leaves a digit behind
        ("~5.5~", "55.55", True),  # one way does
    ],
)
def test_the_point_counts_where_the_label_has_it(label: str, shown: str, right: bool) -> None:
    (reading,) = parse_readings(label)
    assert reading.has_point
    assert reading.point_matches(shown) is right


def test_the_sign_is_compared_apart() -> None:
    assert parse_readings("-4.2")[0].sign_matches("-4.2")
    assert not parse_readings("-4.2")[0].sign_matches("4.2")
    assert not parse_readings("4.2")[0].sign_matches("-4.2")
    assert parse_readings("~4.2")[0].sign_matches("-14.2")


@given(st.from_regex(r"[0-9]{1,8}", fullmatch=True), st.data())
def test_a_label_made_from_a_reading_matches_it(digits: str, data: st.DataObject) -> None:
    point = data.draw(st.integers(0, len(digits)))
    shown = f"{digits[:point]}.{digits[point:]}"
    hidden = data.draw(st.sets(st.integers(0, len(shown) - 1)))
    masked = "".join("?" if i in hidden and c != "." else c for i, c in enumerate(shown))
    (label,) = parse_readings(masked)
    assert label.matches(shown)
    assert label.matches(digits)
    assert label.point_matches(shown)
    more = parse_readings(masked + "~")[0]
    assert more.matches(shown + "7")
    assert more.point_matches(shown + "7")
    assert not more.matches(shown)
    before = parse_readings("~" + masked)[0]
    assert before.matches("7" + shown)
    assert before.point_matches("7" + shown)


@given(st.text(alphabet="0123456789?~.-: x", max_size=12))
def test_any_text_is_parsed_or_refused_cleanly(text: str) -> None:
    try:
        readings = parse_readings(text)
    except LabelError:
        return
    assert [r.text for r in readings] == text.split()
    assert all(r.digits for r in readings)


@pytest.mark.parametrize("text", ["kWh", "1~2", "--1", "~", ".", "1-2", "٣", "1;2"])
def test_bad_reading_labels_are_errors(text: str) -> None:
    with pytest.raises(LabelError, match="bad label"):
        parse_readings(text)


def test_several_readings_stand_apart_and_an_empty_label_knows_none() -> None:
    assert [r.text for r in parse_readings(" 47.60  17.252 ")] == ["47.60", "17.252"]
    assert parse_readings("") == ()


def test_a_video_has_spans_of_frames() -> None:
    first, second = parse_video("6-54=99??; 56-95=12.5 03:30;")
    assert (first.first, first.last, first.readings[0].text) == (6, 54, "99??")
    assert (second.first, second.last) == (56, 95)
    assert [r.text for r in second.readings] == ["12.5", "03:30"]
    assert parse_video("") == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("99", "first-last=text"),
        ("5-4=12", "frames must rise"),
        ("0-4=12;4-9=13", "not overlap"),
        ("0-4= ", "no reading"),
        ("0-4=x", "bad label"),
        ("a-b=1", "first-last=text"),
    ],
)
def test_bad_video_labels_are_errors(text: str, why: str) -> None:
    with pytest.raises(LabelError, match=why):
        parse_video(text)
