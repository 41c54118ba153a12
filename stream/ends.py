"""Where a number begins and ends: what stands at the ends of its line, and beyond them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from . import ink
from .classifier import NONE
from .evidence import Verdicts
from .frames import Corners
from .light import LETTER, Light
from .lines import BARS
from .slots import END, OTHER_END
from .watched import ACROSS, BETWEEN, Indices

_READABLE = 0.5
"""Probability of a digit at an end of a line from which it belongs to the number."""
_LURKING = 0.5
"""Probability of a digit beyond the ends of a display from which its number may be longer."""
_PLAIN, _BARELY = 0.8, 0.2
"""The same in any light, and least contrast, relative to those of the line: noise is as faint."""
_TRACE, _TRACE_OF_BAR = 0.05, 0.1
"""The same in the very light of its digits: half of a digit is hardly one; and of a `1`: so are edges."""
_HINT, _SHORT = 0.2, 3
"""The same beside a number so short that it may well be the end of a longer one, and its digits at most."""
_DIM = 0.4
"""Contrast of a digit, relative to those of the line, below which it must be plain: a texture is not."""
_CLOSE, _PAIR = 1.4, 0.98
"""Heights up to which two digits are neighbours, and the probability from which they are no chance."""
_TOUCHING = 0.5
"""Heights from one digit to the next below which two that are alike are one."""
_FEW = 3
"""Digits from which the light of one can be told from that of the others."""
_EDGE, _BOTH = 3.0, 0.12
"""Lesser contrast of a digit on an edge, of its greater one: times that of the others, and beyond it."""
_FRAME, _CERTAIN = 2.5, 0.97
"""The same of the edge of a frame, and the probability from which it is a digit, unless it is a 1 or 7: those
are what frames look like."""
_SLIVER = 0.5
"""Width of a part of a digit, of that of most digits."""
_WHOLE = 0.7
"""Share of a digit's place that must be in the picture."""
_STUMP = 0.2
"""Share of a place in the picture from which a digit that is cut off shows there."""
_MOST = 0.8, 0.9
"""Share of a place in the picture in which a digit would be read, and probability of none that it is not."""
_CUT = 0.4
"""Contrast of what the picture's edge cuts off, relative to the digits, from which it may be one."""
_PART, _INKED = 0.3, (0.7, 1.3)
"""Share of a place in the picture from which any ink may be a digit, and its contrast of light and dark,
which is more at the side of a panel."""
_AS_STRONG, _ONE_SIDED, _OWN_GROUND = (0.85, 1.2), 0.25, 0.4
"""Contrast of a drum printed the other way, relative to the others', and on its weaker side to its stronger
one; how far its ground is off theirs, relative to their contrast: frames of displays are weaker."""
_HARDLY = 0.95
"""Probability of none from which it is not."""


def lit(rows: Indices, verdicts: Verdicts) -> Indices:
    """Leave out the leading digits whose segments are not lit."""
    if not len(rows):
        return rows
    light = verdicts.light[rows]
    shown = ~light.faint(light) | (np.argmax(verdicts.chances[rows, :NONE], axis=1) != 8)
    return rows[int(np.argmax(shown)) :]


def readable(
    rows: Indices,
    verdicts: Verdicts,
    holes: Collection[int],
    turning: bool = False,
    whole: NDArray[np.bool_] | None = None,
) -> Indices:
    """Leave out what stands at the ends and is no digit: the edge of a frame, a unit, a thing beside.

    A wheel that is `turning` need not be readable. `holes`: places before which there is room for another;
    `whole`: which of `rows` are wholly in the picture, all by default.
    """
    digits = np.arange(len(rows)) if turning else np.flatnonzero(verdicts.chances[rows, NONE] < _READABLE)
    if not len(digits):
        return rows[:0]
    first, last = int(digits[0]), int(digits[-1]) + 1
    if last - first > 2:
        light, chances = verdicts.light[rows], verdicts.chances[rows, :NONE]
        chance, shown = chances.max(axis=1), light[first:last]
        on_edge = np.zeros(len(rows), bool)
        on_edge[[first, last - 1]] = _on_an_edge(shown, _FRAME)
        on_edge &= np.isin(np.argmax(chances, axis=1), BARS) | (chance < _CERTAIN)
        like = light.like(shown)
        if whole is not None:
            # What the picture's edge cuts is dark and bright, and a digit more often than not.
            on_edge &= whole
            like |= ~whole
        plain = (like | (chance > _PLAIN) | turning) & ~on_edge
        far = (like | turning) & (light.of(shown) | (chance > OTHER_END))
        if not plain[first] or (first + 1 in holes and not far[first]):
            first += 1
        if not plain[last - 1] or (last - 1 in holes and not far[last - 1]):
            last -= 1
    return rows[first:last]


def may_go_on(
    verdicts: Verdicts, rows: Indices, beside: slice, closed: tuple[bool, bool] = (False, False)
) -> bool:
    """Whether there may be more of a number, or of a word, at the places `beside` its digits.

    `closed`: a border parts those before and after its digits from them, so that only a plain digit counts.
    """
    chances = verdicts.chances[beside]
    digit = 1 - chances[:, NONE]
    if len(rows) > 2 and digit.max(initial=0) <= _TRACE:
        return False
    light, shown = verdicts.light[beside], verdicts.light[rows]
    names = np.argmax(chances[:, :NONE], axis=1)
    unlit = light.faint(shown) & light.fainter(shown) & (names == 8)
    # Digits that are not lit lead a number, they do not end it.
    unlit[1:BETWEEN:2] = False
    # The corner of a frame is a poor 7.
    part = light.of(shown) & (digit > np.where(names == 1, _TRACE_OF_BAR, _TRACE)) & (names != 7)
    lurking = (light.like(shown, _DIM) & (digit > _LURKING)) | part
    # The last drum may stand on another ground.
    plain = (digit > _PLAIN) & (light.above + light.below > _BARELY * shown.contrast)
    # The side of a panel is a 1 or a 7, if it is a digit; a bright one hides where a dim digit ends.
    side = ~ink.ends(verdicts.ink[beside]) & ~(plain & ~np.isin(names, BARS))
    more = ~unlit & (lurking | plain) & ~side
    # So far out there may be the edge of a panel, and what is beyond it; between drums, their scales.
    more[ACROSS:] &= digit[ACROSS:] > END
    more[ACROSS:BETWEEN] &= light.like(shown, _CUT)[ACROSS:BETWEEN]
    shut = _shut(len(more), closed)
    more &= ~shut | (plain & ~np.isin(names, BARS))
    hint = (digit > _HINT) & ~shut
    if len(rows) <= _SHORT:
        more[:ACROSS] |= (hint & ~unlit & ~side)[:ACROSS]
    # Two digits beside a letter are letters themselves, more often than not, or the first of a dim number.
    letter = hint | light.like(shown, LETTER)
    return bool(more.any() or (len(rows) == 2 and letter[:ACROSS].any()))


def is_before_a_drum(
    verdicts: Verdicts, rows: Indices, beside: slice, corners: Corners, size: tuple[int, int]
) -> bool:
    """Whether a drum that is printed the other way may be the last one of a number.

    While it turns it need not look like a digit, but it is as strong as one, on a ground of its own, with
    room at its sides.
    """
    last = beside.start + 1
    if len(rows) <= _SHORT or last >= beside.stop or _in_picture(corners[last : last + 1], size)[0] < 1:
        return False
    light, shown = verdicts.light[last : last + 1], verdicts.light[rows]
    ground, *strokes = light.columns()[0].tolist()
    contrast = max(shown.contrast, 1)
    low, high = _AS_STRONG
    alike = low < max(strokes) / contrast < high and min(strokes) < _ONE_SIDED * max(strokes)
    own_ground = abs(ground - float(np.median(shown.ground))) > _OWN_GROUND * contrast
    free = bool(ink.stands_free(verdicts.ink[last : last + 1])[0])
    return alike and own_ground and free and bool(light.inverse(shown)[0])


def is_chance(corners: Corners, confidence: float) -> bool:
    """Whether two digits `(2, 4, 2)` may be marks of a texture: they stand far apart, or are not sure."""
    if len(corners) != 2:
        return False
    step = np.linalg.norm(corners[1].mean(axis=0) - corners[0].mean(axis=0))
    height = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1).mean()
    return bool(step > _CLOSE * height) or confidence < _PAIR


def is_twice(corners: Corners, values: Sequence[int]) -> bool:
    """Whether two neighbours among digits `(N, 4, 2)` stand so close that they must be one.

    They are alike, or one is a sliver that no digit but a 1 fits in.
    """
    middles, heights = corners.mean(axis=1), np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    close = np.linalg.norm(np.diff(middles, axis=0), axis=1) < _TOUCHING * heights.mean()
    if not close.any():
        return False
    alike = (np.diff(values) == 0) & (np.asarray(values[1:]) != 1)
    widths = np.where(np.equal(values, 1), np.inf, np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1))
    sliver = np.minimum(widths[1:], widths[:-1]) < _SLIVER * np.median(widths)
    return bool(((alike | sliver) & close).any())


def is_on_an_edge(light: Light) -> bool:
    """Whether the first or last digit of a line is darker and brighter than its ground, as no other is.

    So is a piece of texture across the edge of a panel.
    """
    return any(_on_an_edge(light, _EDGE))


def _on_an_edge(light: Light, times: float) -> tuple[bool, bool]:
    """The same of the first digit and of the last: both sides are so many times as even as the others'."""
    if len(light.ground) < _FEW:
        return False, False
    sides = np.sort(np.maximum([light.above, light.below], 1), axis=0)
    both = sides[0] / sides[1]
    first, last = (bool(both[end] > times * np.delete(both, end).max() + _BOTH) for end in (0, -1))
    return first, last


def is_cut_off(
    verdicts: Verdicts,
    rows: Indices,
    beside: slice,
    corners: Corners,
    size: tuple[int, int],
    closed: tuple[bool, bool] = (False, False),
) -> bool:
    """Whether the picture's edge cuts off the first or last digit, or something like one beyond it.

    `closed`: a border parts what is before and after the digits from them.
    """
    if _in_picture(corners[rows[[0, -1]]], size).min() < _WHOLE:
        return True
    seen = _in_picture(corners[beside], size)
    cut = (seen > _STUMP) & (seen < 1)
    cut[ACROSS:] = False
    cut &= ~_shut(len(cut), closed)
    if not cut.any():
        return False
    share, none = _MOST
    cut &= (seen < share) | (verdicts.chances[beside, NONE] < none)
    light, shown = verdicts.light[beside], verdicts.light[rows]
    # A crop goes on with the picture's edge: where that is ink, it passes for the ground.
    contrast = (light.above + light.below) / max(shown.contrast, 1)
    inked = (contrast > _INKED[0]) & (contrast < _INKED[1])
    inked &= (seen > _PART) & (verdicts.chances[beside, NONE] < _HARDLY)
    more = inked | (ink.ends(verdicts.ink[beside]) & light.like(shown, _CUT))
    # What the edge cuts off reaches it; what may be a digit need not.
    more &= ink.reaches(verdicts.ink[beside], corners[beside], size) | (verdicts.chances[beside, NONE] < none)
    return bool((cut & more).any())


def are_whole(corners: Corners, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which quads `(N, 4, 2)` are wholly in the picture."""
    return np.asarray(_in_picture(corners, size) >= 1)


def is_at_edge(beside: slice, corners: Corners, size: tuple[int, int]) -> bool:
    """Whether another digit before the first, or after the last, would be cut off or out of the picture."""
    return bool((_in_picture(corners[beside][:ACROSS], size) < _WHOLE).any())


def _shut(places: int, closed: tuple[bool, bool]) -> NDArray[np.bool_]:
    """Which places beside a display lie beyond a border: those before its digits, or after them."""
    shut = np.zeros(places, bool)
    shut[0:BETWEEN:2], shut[1:BETWEEN:2] = closed
    return shut


def _in_picture(corners: Corners, size: tuple[int, int]) -> NDArray[np.float32]:
    """Shares of the width, or height, of quads that are in the picture."""
    low, high = corners.min(axis=1), corners.max(axis=1)
    return np.asarray(((np.minimum(high, size) - np.maximum(low, 0)) / (high - low)).min(axis=1))
