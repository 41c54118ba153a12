"""What each display shows: digits, point and sign as text, and how far that can be trusted."""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import NDArray

from . import ends
from .borders import borders
from .config import CameraConfig, DisplayConfig
from .displays import Display, Displays
from .evidence import Verdicts
from .frames import Corners, Frame
from .ghosts import revealed
from .ink import part, shares
from .light import UNLIT
from .punctuation import Punctuation, may_be_negative, unsigned
from .readings import Digit, Reading, Status
from .similarity import UNMOVED, Similarity
from .states import Shown, State
from .tracker import Tracks
from .watched import Watched
from .wording import number, wording

SETTLED = 3
"""Frames in a row with one text until it counts."""
ARRIVED = 9
"""The same for a wheel that stands just short of its next digit: it may still be on its way there."""
CONFIRMED = 2
"""Localizer results in a row with the same digits until no digit of a display can be missing."""
UNFOUND = 2
"""Localizer results in a row without a digit from which it may be none, whatever the classifier says."""
_GUESSED = 0.35
"""Probability from which a digit is worth telling."""
_DARK = {frozenset({8}): 0.6, frozenset({1, 8}): UNLIT}
"""Contrast, relative to that of a display when it was lit, below which such digits are unlit segments."""
_HELD = 25
"""Frames in which a number is doubted still: not each look sees what lurks at its end."""


class Reader:
    """Turns tracks and verdicts into one reading a display and frame.

    A display on which nothing has changed is not decided anew: only its digits move along.
    """

    def __init__(self, camera: CameraConfig, accept: float) -> None:
        self._camera = camera.name
        self._accept = accept
        self._punctuation = Punctuation.load()
        self._displays = Displays(camera.displays)
        self._states: dict[Display, State] = {}
        self._watched = Watched()
        self._looked = False
        self._travels = False
        """Some display does."""

    def watch(
        self, frame: int, tracks: Tracks, looked: bool, drift: Similarity = UNMOVED
    ) -> tuple[NDArray[np.int64], Corners]:
        """Sort the tracks into displays and return what is to be looked at in this frame: ids and quads.

        First come the tracks, then the places beyond the ends of each display and in its wide gaps, where a
        digit that the localizer has missed, or one that has just lit up, would stand. `looked`: a localizer
        result was applied in this frame. `drift`: how the configured regions have moved since they were
        measured.
        """
        self._looked = looked
        displays = self._displays.update(tracks, frame, looked, drift)
        if self._displays.grouping != self._watched.grouping:
            self._watched = Watched(self._displays.grouping, displays, tracks.ids)
            known = self._displays.known
            self._states = {display: state for display, state in self._states.items() if display in known}
        return self._watched.ids, self._watched.corners(tracks.corners)

    def read(self, frame: Frame, tracks: Tracks, verdicts: Verdicts) -> tuple[Reading, ...]:
        """Return a reading a display, from the verdicts on what `watch` returned for this frame."""
        stirred = bool(verdicts.changed.any())
        states = []
        for display, beside in zip(self._watched.displays, self._watched.beside, strict=True):
            state = self._states.setdefault(display, State(frame.index))
            # Between boxes that have moved a little, marks may be plain.
            again = self._looked and not state.marks.marks.sure
            if again:
                state.marks.clear()
            if self._looked or state.grouping != self._watched.grouping:
                state.closed = None
            if (
                again
                or state.grouping != self._watched.grouping
                or state.since < SETTLED
                or state.lost != _is_lost(tracks, display)
                or (stirred and verdicts.changed[display.rows].any())
                or (stirred and verdicts.changed[beside].any())
            ):
                state.grouping, state.corners = self._watched.grouping, None
                state.shown = self._decide(frame, state, display, beside, tracks, verdicts)
            else:
                state.wheels.moved = False
            states.append(state)
        _move([state for state in states if state.corners is not tracks.corners], tracks)
        return tuple(map(partial(self._reading, frame), self._watched.displays, states))

    def _decide(
        self, frame: Frame, state: State, display: Display, beside: slice, tracks: Tracks, verdicts: Verdicts
    ) -> Shown:
        config = display.config or DisplayConfig(name=display.name)
        state.lost = _is_lost(tracks, display)
        doubt = state.lost
        if config.digits is None and len(display.rows) > 1:
            corners = self._watched.corners(tracks.corners)
            around = verdicts, display.rows, beside, corners, frame.size
            more, cut = ends.may_go_on(*around[:3]), ends.is_cut_off(*around)
            if more or cut:
                closed = self._closed(frame, state, display, beside, corners)
                more = more and ends.may_go_on(*around[:3], closed)
                cut = cut and ends.is_cut_off(*around, closed)
            if more:
                doubt, state.doubted = True, frame.index + _HELD
            doubt = doubt or cut or ends.is_before_a_drum(*around)
            # What travels may have come in, or gone out, in part; at first nobody knows.
            self._travels = self._travels or (not frame.still and state.travels(corners[display.rows]))
            digits = tracks.ids[display.rows].tolist()
            if not ends.is_at_edge(beside, corners, frame.size):
                state.whole = digits
            elif state.whole != digits:
                doubt = doubt or self._travels
                state.doubted = max(state.doubted, state.first + _HELD)
        rows = ends.lit(display.rows, verdicts)
        if config.digits is None:
            before = len(display.rows) - len(rows)
            holes = {hole - before for hole in display.holes}
            whole = ends.are_whole(tracks.corners[rows], frame.size)
            shown = ends.readable(rows, verdicts, holes, state.wheels.turn, whole)
            doubt = doubt or len(shown) < len(rows)
            rows = shown
        if not len(rows):
            state.wheels.forget()
            return Shown()
        values, confidences, tenths = state.wheels.read(
            revealed(verdicts.chances[rows], verdicts.again[rows], verdicts.ghosts[rows]),
            verdicts.wheel[rows],
            verdicts.sharpness[rows],
            bool(verdicts.looked[rows[-1]]),
            state.since,
        )
        if state.wheels.jumped:
            state.doubted = frame.index + _HELD
        contrast = verdicts.light[rows].contrast
        if contrast < _DARK.get(frozenset(values), 0) * state.contrast:
            return Shown()
        # Until a number has settled, what was seen may have been a mixture of two.
        unsettled = state.since < SETTLED and values != state.shown.values
        if unsettled or _is_another(values, state.shown.values):
            state.marks.clear()
        if len(values) > len(state.shown.values):
            state.doubted = 0
        if verdicts.looked[rows].any() or state.since < SETTLED or not state.marks:
            seen = self._punctuation.look(frame.luma, tracks.corners[rows])
            if rows[0] == display.rows[0] and may_be_negative(seen):
                corners = self._watched.corners(tracks.corners)
                if self._closed(frame, state, display, beside, corners)[0]:
                    seen = unsigned(seen)
            state.marks.add(seen, self._punctuation.contract.accept)
        marks = state.marks.marks
        sure = marks.sure or config.decimals is not None
        blank = int(np.argmax(display.rows == rows[0]))
        doubt = doubt or any(
            hole - blank not in (marks.point, *marks.colons) for hole in display.holes if hole > blank
        )
        confidence = float(confidences.min())
        # A row of bars may be anything, one of eights a display that is not lit, one of rings an ornament.
        dull = set(values) in ({1}, {8}) or (set(values) == {0} and marks.point is None)
        doubt = doubt or dull or ends.is_chance(tracks.corners[rows], confidence)
        doubt = (
            doubt or ends.is_twice(tracks.corners[rows], values) or ends.is_on_an_edge(verdicts.light[rows])
        )
        complete = config.digits in (None, len(display.rows)) and bool((confidences >= _GUESSED).all())
        status = None
        if not complete:
            status = Status.INCOMPLETE
        elif confidence < self._accept or not sure or (config.digits is None and (doubt or len(rows) == 1)):
            status = Status.LOW_CONFIDENCE
        else:
            state.contrast = contrast
        text = wording(values, marks, config.decimals) if complete else None
        ink, taken = verdicts.ink[rows], state.shown.shares
        if not np.array_equal(ink, state.shown.ink):
            taken = shares(ink, tracks.corners[rows])
        agreed = state.marks.agreed
        seen = confidences.tolist()
        return Shown(rows, values, seen, tenths, ink, taken, text, confidence, status, agreed)

    def _closed(
        self, frame: Frame, state: State, display: Display, beside: slice, corners: Corners
    ) -> tuple[bool, bool]:
        """Whether borders end a number at each side, as it was when the localizer looked last."""
        if state.closed is None:
            state.closed = (False, False)
            if len(display.rows) > 1:
                before, after = corners[beside][:2]
                state.closed = borders(frame.luma, corners[display.rows[[0, -1]]], before, after)
        return state.closed

    def _reading(self, frame: Frame, display: Display, state: State) -> Reading:
        shown = state.shown
        if shown.text not in (None, state.text):
            brief = state.since < SETTLED
            if brief and shown.text == state.brief:
                state.doubted = max(state.doubted, frame.index + _HELD)
            state.brief = state.text if brief else None
        if shown.status is not Status.BLANK:
            state.since = state.since + 1 if shown.text == state.text and not state.wheels.moved else 1
        state.text = shown.text
        status = shown.status
        if status is None and frame.index < state.doubted and not frame.still:
            status = Status.LOW_CONFIDENCE
        if status is None:
            least = ARRIVED if state.wheels.arriving else SETTLED
            settled = state.since >= least and display.confirmed >= CONFIRMED and shown.agreed
            settled = settled and not (frame.still or state.continuity.doubts(shown.text or ""))
            status = Status.OK if settled or frame.still else Status.UNSTABLE
        return Reading(
            camera=self._camera,
            display=display.name,
            frame=frame.index,
            time=frame.captured,
            media_time=frame.media_time,
            text=shown.text,
            value=number(shown.text),
            unit=display.config.unit if display.config else None,
            confidence=shown.confidence,
            status=status,
            digits=state.digits,
        )


def _is_lost(tracks: Tracks, display: Display) -> bool:
    return bool((tracks.unfound[display.rows] >= UNFOUND).any())


def _move(states: list[State], tracks: Tracks) -> None:
    """Put the digits of displays where their tracks are: all at once, which takes as long as one display."""
    if not states:
        return
    rows = np.concatenate([state.shown.rows for state in states])
    places = tracks.corners[rows]
    quads = part(places, np.concatenate([state.shown.shares for state in states]))
    # All in one row: each display takes its own from it, which is why `there` comes last below.
    there = zip(quads, tracks.ids[rows].tolist(), places, strict=True)
    for state in states:
        shown = state.shown
        state.corners = tracks.corners
        state.digits = tuple(
            Digit(str(value), confidence, quad, track, wheel, place)
            for value, confidence, wheel, (quad, track, place) in zip(
                shown.values, shown.confidences, shown.wheels, there, strict=False
            )
        )


def _is_another(values: list[int], before: list[int]) -> bool:
    """Whether a display shows something else altogether, not the same number a little further."""
    if len(values) != len(before):
        return True
    return 2 * sum(a != b for a, b in zip(values, before, strict=True)) > len(values)
