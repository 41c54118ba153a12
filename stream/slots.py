"""The slots of a line whose digits have a common pitch: which are taken, and where in each its digit is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .frames import Corners
from .light import LETTER, Light
from .lines import BARS, Floats, Indices, Line

Judge = Callable[[Corners], tuple[Floats, Indices, Light]]
"""Tells of quads `(N, 4, 2)` the probability of being a digit, the likeliest digit, and the light."""
Lined = tuple[Corners, Floats, Indices]
"""Quads of digits `(N, 4, 2)`, their probabilities, and what they are most likely."""
Walls = Callable[[Corners], tuple[NDArray[np.bool_], NDArray[np.bool_]]]
"""Tells which quads `(N, 4, 2)` show a bar that goes on above or below them, and on both sides."""

BEYOND = 2
"""Slots looked at before the first and after the last digit of a line."""
GAP = 0.6
"""Probability for a digit looked for in a gap of a line."""
END = 0.95
"""Probability for a digit looked for beyond the ends of a line."""
SAME_END = 0.85
"""The same where it has the very light of the line, which the edge of a frame has not."""
OTHER_END = 0.985
"""The same where there are strokes the other way: an edge, or a drum that is dark on light beside others that
are light on dark; and beyond a gap, where the light is not the very same."""
_CUT_OFF = 0.4
"""The same where the picture's edge cuts it off, beside a row: such a number is seldom sure."""
_LETTERS = 0, 1, 2, 5, 6, 8, 9
"""Digits that letters look like."""
LONGEST = 16
"""Digits of a line."""
AS_STRONG = 0.55
"""Least contrast of a digit beyond the ends of a line, relative to those in it: a reflection has less."""
_INSIDE = 0.35
"""Share of a slot that must be in the picture: a `1` may stand in the right part of one that is cut off."""
_WHOLE = 0.8
"""The same of a slot beyond the ends that shows a bar: it may be the rest of a letter."""
_PLAIN = 0.9
"""Mean probability of the digits that a finer pitch adds: walls between drums are `1`s, but poor ones."""
_PLAIN_BARS = 0.98
"""The same of `1`s that go on above or below: on one side only, or as all digits of the line do."""
_ROW = 3
"""Digits that are a line by themselves."""
_MERGED = 1.15
"""Width of a box, of that of most digits, from which a `1` beside a digit may be in it: it tells no place."""
_UNSURE = 0.25, 0.98
"""Probabilities between which a slot is searched for the place of its digit."""
_AGREE = 3
"""Places in a slot that must show the same digit."""
_PLACES = np.array(
    [(-0.1, 1, 1), (-0.05, 1, 1), (0.05, 1, 1), (0.1, 1, 1), (0, 1, 1.1), (0, 1, 0.93), (0, 0.8, 1),
     (-0.1, 0.55, 1), (0.02, 0.55, 1), (0.14, 0.55, 1)],
    np.float32,
)  # fmt: skip
"""Places in a slot: offset along the line in heights, width and height as shares of the usual ones."""
_CLOSER = 0.5, 0.9
"""Steps to a `1` that stands closer to the end of a line than its slot; walls of drums are closer still."""
_ACROSS = 1.4, 1.7
"""Steps to one across a point."""
_NARROW = _PLACES[:, 1] < 0.6
"""Which of them only a `1` can stand in."""


@dataclass(frozen=True)
class View:
    """A picture that slots lie in, and what can be asked of it."""

    size: tuple[int, int]
    """Width and height."""
    judge: Judge
    walls: Walls


@dataclass(frozen=True, eq=False)
class Slots:
    """All slots of a line from left to right, `BEYOND` of them outside on each side."""

    quads: Corners
    chance: Floats
    """Probability of a digit in each."""
    names: Indices
    light: Light
    seen: Floats
    """Share of each that is in the picture."""
    on: NDArray[np.bool_]
    """Which show a bar that goes on above or below."""
    through: NDArray[np.bool_]
    """Which show one that goes on both above and below."""
    height: float
    u: Floats
    """Centres along the line."""
    pitch: tuple[float, float]
    """Origin and distance of the centres."""

    @classmethod
    def along(cls, line: Line, width: float, pitch: tuple[float, float], view: View) -> Slots:
        """Look at the slots of a line; `pitch`: origin and distance of their centres."""
        origin, distance = pitch
        first, last = (round((u - origin) / distance) for u in (line.u[0], line.u[-1]))
        places = np.arange(first - BEYOND, last + BEYOND + 1, dtype=np.float32)
        u = np.asarray(origin + distance * places, np.float32)
        quads = line.quads(u, np.full(len(places), width, np.float32))
        chance, names, light = view.judge(quads)
        left, right = quads.min(axis=1), quads.max(axis=1)
        seen = ((np.minimum(right, view.size) - np.maximum(left, 0)) / (right - left)).min(axis=1)
        on, through = view.walls(quads)
        bars = _lonely(names)
        chance[bars] *= ~on[bars] & (seen[bars] > _WHOLE)
        return cls(quads, chance, names, light, seen, on, through, line.height, u, pitch)

    def continued(self, line: Line, width: float, view: View) -> Slots:
        """Look further where the last slot on a side holds a digit; return these very slots otherwise."""
        taken = self.taken()
        if not len(taken) or len(taken) == LONGEST or (taken[0] and taken[-1] < len(self.u) - 1):
            return self
        return Slots.along(replace(line, u=self.u[taken]), width, self.pitch, view)

    def taken(self) -> Indices:
        """Return which slots hold the digits of the line; none where they make no line."""
        light, sure = self.light, self.chance > GAP
        sure[:BEYOND] = sure[-BEYOND:] = False
        line = light[sure]
        fits = light.like(line, AS_STRONG)
        # The last drum may stand on another ground, but then it is plain.
        inner = fits[BEYOND:-BEYOND] | (self.chance[BEYOND:-BEYOND] > END)
        inner[1:-1] = True
        fits[BEYOND:-BEYOND] = inner
        plain, beyond = self.chance > OTHER_END, np.ones(len(fits), bool)
        beyond[BEYOND:-BEYOND] = False
        other = beyond & light.adverse(line)
        fits[other] = plain[other] & (fits | light.inverse(line))[other]
        unlit = light.faint(line) & (self.names == 8)
        inside = self.seen > _INSIDE
        chance = np.where(inside & fits & ~unlit, self.chance, 0)
        low, high = BEYOND, len(chance) - BEYOND
        same = light.of(line)
        end = chance > np.where(same, SAME_END, END)
        if sure.sum() >= _ROW:
            cut = beyond & inside & (self.seen < 1) & ~unlit & (self.chance > _CUT_OFF)
            cut[_lonely(self.names)] = False
            end |= cut
            chance[cut] = np.maximum(self.chance[cut], GAP)
        low -= _reach(end[:low][::-1])
        high += _reach(end[high:])
        places = np.arange(low, high)[chance[low:high] >= GAP]
        # A letter that passes for a digit is part of a word: `No. 123` is not 0.123.
        if len(places) > 2 and places[1] - places[0] > 1 and places[0] and self.names[places[0]] in _LETTERS:
            before = int(places[0]) - 1
            places = places[int(light.like(line, LETTER)[before] and not self.through[before]) :]
        # What stands beyond a gap is plain or in the very light of the line.
        ends = same | plain
        if len(places) > 2 and places[-1] - places[-2] > 1:
            places = places[: len(places) - 1 + int(ends[places[-1]])]
        if len(places) > 2 and places[1] - places[0] > 1:
            places = places[1 - int(ends[places[0]]) :]
        places = places[:LONGEST]
        # One place may hold a point only; more holes than that, and the digits are no line.
        holes = int(places[-1] - places[0]) + 1 - len(places) if len(places) else 0
        return places if holes - 1 <= len(places) // 6 else places[:0]

    def with_ones(self, taken: Indices, line: Line, ones: NDArray[np.bool_], view: View) -> Lined:
        """Return the digits of the line, with plain `1`s at its ends.

        In proportional type those stand closer than the next slot. `ones`: which of the digits of `line`
        they may be.
        """
        corners, chance, names = self.quads[taken], self.chance[taken], self.names[taken]
        u = self.u[taken]
        half = (np.linalg.norm(corners[0, 1] - corners[0, 0]) + line.widths) / 2
        way = np.maximum(u[0] - line.u, line.u - u[-1])
        steps = way / np.float32(self.pitch[1])
        close = (way > half) & (steps > _CLOSER[0]) & (steps < _CLOSER[1])
        across = (steps > _ACROSS[0]) & (steps < _ACROSS[1])
        aside = ones & (close | across)
        if not aside.any():
            return corners, chance, names
        others = line.quads(line.u[aside], line.widths[aside])
        again, _, light = view.judge(others)
        shown = self.light[taken]
        plain = (again > END) & light.like(shown, AS_STRONG) & ~light.adverse(shown) & ~view.walls(others)[0]
        plain &= close[aside] | light.of(shown)
        found = others[plain], again[plain], np.ones(plain.sum(), np.intp)
        return inserted((corners, chance, names), found, np.concatenate([u, line.u[aside][plain]]))

    def search(self, judge: Judge) -> None:
        """Move unsure slots to where several looks see the same digit best."""
        unsure = (self.chance > _UNSURE[0]) & (self.chance < _UNSURE[1]) & (self.seen > _INSIDE)
        if not unsure.any():
            return
        quads = _places(self.quads[unsure], self.height)
        chance, names, light = judge(quads.reshape(-1, 4, 2))
        count = len(_PLACES)
        for k, slot in enumerate(np.flatnonzero(unsure).tolist()):
            looks = slice(k * count, (k + 1) * count)
            sure = np.where((names[looks] == 1) | ~_NARROW, chance[looks], 0)
            votes = np.bincount(names[looks], np.where(sure > 0.5, sure, 0), 10)
            votes[self.names[slot]] += self.chance[slot]
            digit = int(np.argmax(votes))
            sure[names[looks] != digit] = 0
            best = int(np.argmax(sure))
            if digit == 1 and not BEYOND <= slot < len(self.quads) - BEYOND:
                # What stands alone beyond the end of a line and is a bar, is more often a frame.
                continue
            if (sure > 0.5).sum() >= _AGREE and sure[best] > self.chance[slot]:
                self.quads[slot], self.chance[slot], self.names[slot] = quads[k, best], sure[best], digit
                self.light.put(slot, light, looks.start + best)


def fitting(line: Line, width: float, ones: NDArray[np.bool_], view: View) -> Slots | None:
    """Return the slots of a line, each searched for its digit; None for digits without a common pitch.

    `width`: of its digits; `ones`: which of those that are known are `1`s. Where boxes too wide for one digit
    are in the way of a pitch, it is that of the others, if all that is known stands in its slots.
    """
    known = line.pitches(ones)
    pitches = known or line.pitches(ones | (line.widths > _MERGED * width))
    slots = best([Slots.along(line, width, pitch, view) for pitch in pitches if pitch[1] > width])
    if slots is None or (not known and len(slots.taken()) < len(line.u)):
        return None
    slots.search(view.judge)
    for _ in range(LONGEST // BEYOND):
        longer = slots.continued(line, width, view)
        if longer is slots:
            break
        slots = longer
        slots.search(view.judge)
    return slots


def inserted(line: Lined, others: Lined, u: Floats) -> Lined:
    """Put `others` between the digits of a line; `u`: centres along it, its own first."""
    order = np.argsort(u)
    return (
        np.concatenate([line[0], others[0]])[order],
        np.concatenate([line[1], others[1]])[order],
        np.concatenate([line[2], others[2]])[order],
    )


def _lonely(names: Indices) -> Indices:
    """Which slots beyond the ends show a bar, or the corner of a frame: a 1 or a 7."""
    ends = np.r_[:BEYOND, len(names) - BEYOND : len(names)]
    return np.asarray(ends[np.isin(names[ends], BARS)], np.intp)


def _reach(sure: NDArray[np.bool_]) -> int:
    """How many slots from the end of a line outward belong to it: a point may have a slot of its own."""
    if sure[0]:
        return 2 if sure[1] else 1
    return 2 if sure[1] else 0


def best(options: Sequence[Slots]) -> Slots | None:
    """Return the slots that hold most digits for sure; a finer pitch must add plain ones."""
    chosen: Slots | None = None
    for slots in sorted(options, key=lambda option: len(option.quads)):
        if chosen is None or _is_better(slots, chosen):
            chosen = slots
    return chosen


def _is_better(finer: Slots, coarser: Slots) -> bool:
    """Whether a finer pitch shows digits, and not walls between drums, which look like poor `1`s."""
    taken, known = finer.taken(), coarser.taken()
    sure = np.sort(finer.chance[taken])
    if sure.sum() <= coarser.chance[known].sum():
        return False
    more = len(taken) - len(known)
    if len(known) < _ROW or more <= 0:
        return True
    bars = finer.names[taken] == 1
    ones = int(bars.sum()) - int((coarser.names[known] == 1).sum())
    whole = int(known[-1] - known[0]) + 1 == len(known)
    plain = float(sure[:more].mean())
    if whole and 1 < more <= ones and finer.on[taken[bars]].any():
        # Where all digits go on, the slots reach over the edges of their plates, and that tells nothing.
        # Walls go on above and below.
        return plain > _PLAIN_BARS and bool(finer.on[taken].all() or not finer.through[taken[bars]].any())
    return plain > _PLAIN


def _places(quads: Corners, height: float) -> Corners:
    """Return places `(N, K, 4, 2)` in slots `(N, 4, 2)` where their digits may be."""
    middle = quads.mean(axis=1)[:, None]
    right = (quads[:, 1] - quads[:, 0])[:, None]
    down = (quads[:, 3] - quads[:, 0])[:, None]
    offset, width, tall = _PLACES.T[:, None, :, None]
    centre = middle + right / np.linalg.norm(right, axis=2, keepdims=True) * offset * height
    signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float32) / 2
    corners = [centre + x * width * right + y * tall * down for x, y in signs]
    return np.asarray(np.stack(corners, axis=2), np.float32)
