"""Readings from tracks and verdicts that are given: text, value and the word for how far to trust it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digitstream.config import CameraConfig, DisplayConfig
from digitstream.crops import SIZE
from digitstream.evidence import Verdicts
from digitstream.frames import Frame, Luma
from digitstream.light import Light
from digitstream.punctuation import NONE, POINT
from digitstream.ranking import rank
from digitstream.reader import ARRIVED, SETTLED, UNFOUND, Reader
from digitstream.readings import Reading, Status
from digitstream.tracker import Tracks

BLANK = np.full((200, 400), 128, np.uint8)


def tracks(count: int, x: float = 50, unfound: int = 0) -> Tracks:
    quads = [
        [[x + 30 * k, 80], [x + 30 * k + 20, 80], [x + 30 * k + 20, 120], [x + 30 * k, 120]]
        for k in range(count)
    ]
    zeros = np.zeros(count, np.int64)
    return Tracks(
        np.arange(count, dtype=np.int64),
        np.array(quads, np.float32).reshape(-1, 4, 2),
        zeros,
        zeros,
        zeros + unfound,
    )


def verdicts(
    text: str, chance: float = 0.99, wheels: list[float] | None = None, looked: bool = True
) -> Verdicts:
    chances = np.full((len(text), 11), (1 - chance) / 10, np.float32)
    for row, digit in enumerate(text):
        chances[row, 10 if digit == "x" else int(digit)] = chance
        fraction = wheels[row] if wheels else 0.0
        if 0.2 < fraction < 0.8:
            chances[row, int(digit)] = chances[row, (int(digit) + 1) % 10] = chance / 2
    return Verdicts(
        np.arange(len(text), dtype=np.int64),
        chances,
        chances,
        np.zeros(len(text), bool),
        np.array(wheels or [0.0] * len(text), np.float32),
        np.ones(len(text), np.float32),
        Light(*np.tile(np.float32([[0], [100], [0]]), len(text))),
        np.zeros((len(text), 2, SIZE), np.float32),
        np.full(len(text), looked),
        np.full(len(text), looked),
    )


def padded(seen: Verdicts, count: int, beyond: float) -> Verdicts:
    """The verdicts, and those on the places beyond the ends of a display: an 8 with chance `beyond`."""
    more = count - len(seen.ids)
    ends = np.zeros((more, 11), np.float32)
    ends[:, 8], ends[:, 10] = beyond, 1 - beyond
    return replace(
        seen,
        chances=np.concatenate([seen.chances, ends]),
        again=np.concatenate([seen.again, ends]),
        ghosts=np.pad(seen.ghosts, (0, more)),
        wheel=np.pad(seen.wheel, (0, more)),
        sharpness=np.pad(seen.sharpness, (0, more)),
        light=Light(
            *np.pad([seen.light.ground, seen.light.above, seen.light.below], ((0, 0), (0, more)), "edge")
        ),
        ink=np.concatenate([seen.ink, np.tile(np.float32([[[1], [0]]]), (more, 1, SIZE))]),
        looked=np.pad(seen.looked, (0, more)),
        changed=np.pad(seen.changed, (0, more)),
    )


class Replay:
    """A reader with a counter of frames; the localizer confirms the digits in every other frame."""

    def __init__(self, display: DisplayConfig | None = None) -> None:
        self.reader = Reader(CameraConfig(source="0", displays=(display,) if display else ()), accept=0.9)
        self.index = 0

    def show(
        self,
        seen: Verdicts,
        still: bool = False,
        beyond: float = 0.0,
        x: float = 50,
        unfound: int = 0,
        first: int = 0,
        luma: Luma = BLANK,
    ) -> Reading:
        frame = Frame(index=self.index, luma=luma, still=still)
        self.index += 1
        on = tracks(len(seen.ids), x, unfound)
        on = replace(on, ids=on.ids + first)
        ids, _ = self.reader.watch(frame.index, on, self.index % 2 == 1)
        return self.reader.read(frame, on, padded(seen, len(ids), beyond))[0]


def test_what_may_be_a_minus_beyond_the_border_of_a_panel_is_none() -> None:
    wall = np.full((200, 400), 40, np.uint8)
    panel = wall.copy()
    panel[40:160, 130:300] = 128
    for picture in (wall, panel):
        for k in range(4):
            picture[80:120, 150 + 30 * k : 170 + 30 * k] = 200
        picture[98:103, 112:126] = 220
    seen = [Replay().show(verdicts("0471"), still=True, x=150, luma=picture) for picture in (wall, panel)]
    assert [reading.status for reading in seen] == [Status.LOW_CONFIDENCE, Status.OK]


def test_a_reading_is_unstable_until_it_has_stood_for_some_frames() -> None:
    replay = Replay()
    words = [replay.show(verdicts("0471")).status for _ in range(6)]
    assert words == [Status.UNSTABLE] * 2 + [Status.OK] * 4


@pytest.mark.parametrize(("x", "status"), [(20, Status.LOW_CONFIDENCE), (5, Status.OK)])
def test_what_the_edge_of_the_picture_cuts_off_may_be_a_digit(x: float, status: Status) -> None:
    assert Replay().show(verdicts("0471"), still=True, x=x).status is status


def test_a_digit_that_the_localizer_does_not_find_again_is_doubted() -> None:
    replay = Replay()
    words = [replay.show(verdicts("0471")).status for _ in range(4)]
    words += [replay.show(verdicts("0471", looked=False), unfound=k).status for k in (1, UNFOUND, 0)]
    assert words[3:] == [Status.OK, Status.OK, Status.LOW_CONFIDENCE, Status.OK]


def test_one_strange_frame_is_not_ok() -> None:
    replay = Replay()
    for _ in range(5):
        replay.show(verdicts("0471"))
    strange = replay.show(verdicts("0481"))
    assert (strange.text, strange.status) == ("0481", Status.UNSTABLE)
    assert [replay.show(verdicts("0471")).status for _ in range(3)] == [Status.UNSTABLE] * 2 + [Status.OK]


def test_a_still_is_decided_by_its_one_frame() -> None:
    reading = Replay().show(verdicts("0471"), still=True)
    assert (reading.text, reading.value, reading.status) == ("0471", "471", Status.OK)


def test_one_unsure_digit_makes_the_reading_unsure() -> None:
    reading = Replay().show(verdicts("0471", chance=0.8), still=True)
    assert (reading.text, reading.status) == ("0471", Status.LOW_CONFIDENCE)


def test_all_digits_or_nothing() -> None:
    reading = Replay().show(verdicts("04x1"), still=True)
    assert (reading.text, reading.value, reading.status) == (None, None, Status.INCOMPLETE)


def test_a_digit_that_blends_into_another_is_told_but_not_sure() -> None:
    reading = Replay().show(verdicts("0471", chance=0.4), still=True)
    assert (reading.text, reading.status) == ("0471", Status.LOW_CONFIDENCE)


def test_a_number_that_may_be_longer_is_not_ok() -> None:
    assert Replay().show(verdicts("0471"), still=True, beyond=0.6).status == Status.LOW_CONFIDENCE
    known = Replay(DisplayConfig(name="gas", digits=4))
    assert known.show(verdicts("0471"), still=True, beyond=0.6).status == Status.OK


def test_leading_digits_that_are_not_lit_are_blank() -> None:
    light = Light(np.zeros(4, np.float32), np.array([9, 8, 90, 60], np.float32), np.zeros(4, np.float32))
    seen = replace(verdicts("8871"), light=light)
    reading = Replay(DisplayConfig(name="gas", digits=4)).show(seen, still=True)
    assert (reading.text, reading.status, len(reading.digits)) == ("71", Status.OK, 2)


def test_a_row_of_bars_is_not_ok_unless_it_is_known_to_be_a_number() -> None:
    assert Replay().show(verdicts("111"), still=True).status == Status.LOW_CONFIDENCE
    known = Replay(DisplayConfig(name="gas", digits=3))
    assert known.show(verdicts("111"), still=True).status == Status.OK


def test_a_row_of_rings_is_not_ok_unless_there_is_a_point_in_it() -> None:
    assert Replay().show(verdicts("000"), still=True).status == Status.LOW_CONFIDENCE
    replay = Replay()
    seeing_a_point(replay, 1)
    reading = replay.show(verdicts("000"), still=True)
    assert (reading.text, reading.status) == ("0.00", Status.OK)


def test_what_is_no_digit_at_the_ends_is_left_out_but_raises_doubt() -> None:
    reading = Replay().show(verdicts("471x"), still=True)
    assert (reading.text, reading.status) == ("471", Status.LOW_CONFIDENCE)
    known = Replay(DisplayConfig(name="gas", digits=4))
    assert known.show(verdicts("471x"), still=True).status == Status.INCOMPLETE


def test_a_display_with_too_few_digits_is_incomplete() -> None:
    reading = Replay(DisplayConfig(name="gas", digits=5)).show(verdicts("0471"), still=True)
    assert (reading.text, reading.status) == (None, Status.INCOMPLETE)


def test_a_display_without_digits_is_blank() -> None:
    reading = Replay(DisplayConfig(name="gas")).show(verdicts(""))
    assert (reading.display, reading.text, reading.status) == ("gas", None, Status.BLANK)


@pytest.mark.parametrize(
    ("decimals", "text", "value"),
    [(1, "047.1", "47.1"), (4, "0.0471", "0.0471"), (0, "0471", "471"), (None, "0471", "471")],
)
def test_the_configured_point_is_set(decimals: int | None, text: str, value: str) -> None:
    reading = Replay(DisplayConfig(name="gas", decimals=decimals, unit="m³")).show(
        verdicts("0471"), still=True
    )
    assert (reading.text, reading.value, reading.unit) == (text, value, "m³")


def seeing_a_point(replay: Replay, place: int | None, chance: float = 0.99) -> None:
    """Let all looks of a replay see a point after so many digits."""

    def look(luma: np.ndarray, corners: np.ndarray) -> np.ndarray:
        marks = np.full((len(corners), 4), 1e-6, np.float32)
        marks[:, NONE] = 1
        if place is not None:
            marks[place, [NONE, POINT]] = 1 - chance, chance
        return np.log(marks)

    replay.reader._punctuation.look = look  # type: ignore[method-assign]


def test_a_point_that_may_be_there_or_not_is_not_ok() -> None:
    for decimals, status in ((None, Status.LOW_CONFIDENCE), (2, Status.OK)):
        replay = Replay(DisplayConfig(name="pump", digits=4, decimals=decimals))
        seeing_a_point(replay, 2, 0.6)
        reading = replay.show(verdicts("0471"), still=True)
        assert (reading.text, reading.status) == ("04.71", status)


def test_marks_that_are_not_plain_are_looked_at_again_after_the_localizer() -> None:
    replay = Replay()
    seeing_a_point(replay, 2, 0.6)
    assert [replay.show(verdicts("0471")).status for _ in range(4)][-1] is Status.LOW_CONFIDENCE
    same = verdicts("0471", looked=False)
    seeing_a_point(replay, 2)
    # Nothing changes: only the localizer, in every other frame, moves the boxes.
    shown = [replay.show(same) for _ in range(3)]
    assert (shown[-1].text, shown[-1].status) == ("04.71", Status.OK)
    seeing_a_point(replay, None)
    assert [replay.show(same).text for _ in range(4)] == ["04.71"] * 4


def test_the_point_of_another_number_has_no_say() -> None:
    replay = Replay()
    for place, digits, text in ((2, "8325", "83.25"), (None, "4710", "4710"), (None, "4711", "4711")):
        seeing_a_point(replay, place)
        assert [replay.show(verdicts(digits)).text for _ in range(6)] == [text] * 6
    # One digit further it is still the same number, and one look may be wrong.
    seeing_a_point(replay, 1)
    assert replay.show(verdicts("4712")).text == "4712"


def test_what_was_seen_while_one_number_became_another_has_no_say() -> None:
    """A display of two values shows a mixture for one frame; the next was low in confidence for good."""
    replay = Replay()
    seeing_a_point(replay, None)
    for digits in ["4710"] * 6 + ["4325"]:
        replay.show(verdicts(digits))
    seeing_a_point(replay, 2)
    readings = [replay.show(verdicts("8325", looked=False)) for _ in range(6)]
    assert (readings[-1].text, readings[-1].status) == ("83.25", Status.OK)


def test_a_number_that_went_on_in_one_look_is_doubted_for_some_time() -> None:
    replay = Replay()
    words = [replay.show(verdicts("0471"), beyond=chance).status for chance in (0, 0, 0, 0.99, 0, 0)]
    assert words[2:] == [Status.OK] + [Status.LOW_CONFIDENCE] * 3
    while replay.show(verdicts("0471")).status is not Status.OK:
        assert replay.index < 100
    assert replay.index > 25
    for _ in range(200):
        replay.show(verdicts("0471"), beyond=0.99)
    assert replay.show(verdicts("0471"), beyond=0.99).status is Status.LOW_CONFIDENCE


@pytest.mark.parametrize(("text", "share", "blank"), [("1888", 0.1, True), ("8888", 0.5, True),
                                                     ("1888", 0.5, False), ("8888", 0.8, False)])  # fmt: skip
def test_eights_that_have_lost_their_light_are_unlit(text: str, share: float, blank: bool) -> None:
    replay = Replay()
    seen = [replay.show(verdicts("1288")) for _ in range(4)]
    assert seen[-1].status is Status.OK
    dark = verdicts(text)
    dark = replace(dark, light=Light(dark.light.ground, dark.light.above * share, dark.light.below))
    assert (replay.show(dark).status is Status.BLANK) == blank
    assert replay.show(verdicts(text)).text == text


def test_a_turning_counter_shows_its_floor() -> None:
    replay = Replay()
    for fraction in (0.3, 0.4, 0.5):
        reading = replay.show(verdicts("089", wheels=[0.0, fraction, fraction]))
    assert reading.text == "089"
    assert [digit.wheel for digit in reading.digits] == [0, 5, 5]
    assert replay.show(verdicts("090", wheels=[0.0, 0.0, 0.0])).text == "090"


def test_a_wheel_that_is_blurred_by_turning_is_known_by_the_way_it_came() -> None:
    replay = Replay()
    for fraction in (0.3, 0.4, 0.5):
        replay.show(verdicts("083", wheels=[0.0, 0.0, fraction]))
    blurred = verdicts("083", wheels=[0.0, 0.0, 0.6])
    blurred.chances[2] = 1 / 11
    reading = replay.show(blurred)
    assert (reading.text, reading.status) == ("083", Status.LOW_CONFIDENCE)


def test_a_wheel_just_short_of_a_digit_is_not_believed_at_once() -> None:
    replay = Replay()
    for fraction in (0.4, 0.6, 0.8):
        replay.show(verdicts("083", wheels=[0.0, 0.0, fraction]))
    words = [replay.show(verdicts("084", wheels=[0.0, 0.0, 0.99])).status for _ in range(ARRIVED)]
    assert words == [Status.UNSTABLE] * (ARRIVED - 1) + [Status.OK]


def test_a_wheel_that_jumps_while_it_turns_is_doubted() -> None:
    replay = Replay()
    for fraction in (0.4, 0.45, 0.5):
        replay.show(verdicts("083", wheels=[0.0, 0.0, fraction]))
    words = [replay.show(verdicts("082", wheels=[0.0, 0.0, 0.6])).status for _ in range(4)]
    assert Status.OK not in words


def test_a_display_that_never_turns_has_no_wheels() -> None:
    reading = Replay().show(verdicts("089", wheels=[0.05, 0.0, 0.95]), still=True)
    assert reading.text == "089"
    assert [digit.wheel for digit in reading.digits] == [None] * 3


def test_large_and_readable_displays_rank_first() -> None:
    reader = Reader(CameraConfig(source="0"), accept=0.9)
    small = Tracks(np.arange(3), tracks(3).corners * 0.4, *[np.zeros(3, np.int64)] * 3)
    both = Tracks(
        np.arange(6), np.concatenate([small.corners, tracks(3, 200).corners]), *[np.zeros(6, np.int64)] * 3
    )
    ids, _ = reader.watch(0, both, True)
    readings = reader.read(Frame(0, BLANK, still=True), both, padded(verdicts("123456"), len(ids), 0.0))
    assert [reading.text for reading in rank(readings)] == ["456", "123"]


def test_a_display_on_which_nothing_changed_is_not_decided_anew() -> None:
    replay = Replay()
    before = [replay.show(verdicts("0471")) for _ in range(SETTLED)][-1]
    after = replay.show(verdicts("9999", looked=False))
    assert (after.text, after.confidence) == (before.text, before.confidence)


def test_digits_that_flicker_are_doubted() -> None:
    replay = Replay()
    for text in ("0471", "0411", "0471"):
        replay.show(verdicts(text))
    assert {replay.show(verdicts("0471")).status for _ in range(20)} == {Status.LOW_CONFIDENCE}
    for _ in range(10):
        last = replay.show(verdicts("0471"))
    assert last.status is Status.OK


def test_a_still_is_not_doubted_for_those_before_it() -> None:
    """Pictures of a folder show other numbers in other places, and some go on beyond the first look."""
    replay = Replay()
    shown = [replay.show(verdicts(text), still=True).status for text in ("0471", "0411", "0471", "0471")]
    assert shown == [Status.OK] * 4
    assert replay.show(verdicts("0471"), still=True, beyond=0.6).status is Status.LOW_CONFIDENCE
    assert [replay.show(verdicts("0471"), still=True, x=x).status for x in (5, 200, 5)] == [Status.OK] * 3


def test_a_number_that_has_travelled_to_the_edge_of_the_picture_is_doubted() -> None:
    replay = Replay()
    steady = [replay.show(verdicts("0471"), x=5).status for _ in range(60)]
    assert steady[20] is Status.LOW_CONFIDENCE, "it may be coming in"
    assert steady[-1] is Status.OK
    moving = [replay.show(verdicts("0471"), x=5 + 5 * k).status for k in (*range(8), *range(8, 0, -1))]
    assert moving[-1] is Status.OK, "it was seen whole"
    others = [replay.show(verdicts("4711"), x=5, first=1).status for _ in range(60)]
    assert others[-1] is Status.LOW_CONFIDENCE, "its first digit went out"


def test_displays_that_went_for_good_leave_nothing_but_their_name_which_is_free_again() -> None:
    replay = Replay()
    for turn in range(20):
        replay.index += 300
        on = replace(tracks(3), ids=np.arange(3, dtype=np.int64) + 3 * turn)
        frame = Frame(index=replay.index, luma=BLANK)
        # What was there before is gone when the next comes.
        replay.reader.watch(frame.index - 1, tracks(0), True)
        ids, _ = replay.reader.watch(frame.index, on, True)
        (reading,) = replay.reader.read(frame, on, padded(verdicts("123"), len(ids), 0.0))
        assert reading.text == "123"
        assert reading.display == "display-1"
        assert reading.status is Status.UNSTABLE  # nothing is left of the one before
    assert len(replay.reader._states) == 1
