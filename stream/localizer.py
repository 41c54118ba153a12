"""Where the digits are: MSER proposals judged by the classifier, joined into lines, gaps looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from . import halves
from .classifier import Classifier
from .config import DisplayConfig
from .crops import cut_raw, normalise
from .extension import extended
from .frames import Boxes, Corners, Luma
from .ink import part, profiles, runs_on, shares
from .light import LETTER, Light
from .lines import Floats, Indices, Line, beyond, chains, direction, upright
from .located import Located, among, apart, joined, outside
from .loops import whole
from .parting import beside, of_one_size, parted, trimmed
from .proportional import evened, filled
from .proposals import propose
from .region import region_corners
from .similarity import UNMOVED, Similarity, carried
from .slots import GAP, View, fitting
from .sweep import MOST_WINDOWS, better, cells, fills, merged, promising, windows, within
from .texture import is_sure, is_texture
from .tiles import Tiles
from .walls import are_walls

_PROMISING = 0.3
"""Probability of being a digit from which a box may join a line."""
_TOGETHER = 0.8
"""Probability from which two boxes hold one digit between them."""
_PAIR = 0.995
"""Mean probability of two digits in a window that was swept."""
_WHOLE = 4
"""Digits from which a part of a line is one by itself, and no longer lacks those that are far off."""
_ALONE = 0.3
"""Of the picture's height, from which a digit without neighbours is a reading."""
_SMALL_PRINT = 0.045
"""Height of a pair of digits, of the picture's height, up to which it may be part of a word."""
_TURNS = (-15.0, 15.0, -30.0, 30.0, -45.0, 45.0)
"""Degrees to turn a picture by in which nothing stands upright; each serves lines some 10 degrees off."""
_PLATES, _TIGHT = (0.0, 0.8), (0.7, 1.25)
"""Height of digits, of their boxes', if those are plates that the digits stand on, or not yet tight."""
_PLAIN, _PLAIN_PAIR = (0.9, 3), 0.97
"""Probability and number of digits from which a picture need not be turned; the former in pairs."""
_MANY = 4
"""Digits from which a still need not be turned, even if they are plain."""
_LEVEL = np.deg2rad(12)
"""Mean angle of the digits below which it stands upright."""
_SWEEP, _SELDOM = 50, 800
"""Frames between two windows that are swept, doubled each time until so many: it costs several looks."""
_PARTS, _ALL_PARTS = 2, 1000
"""Parts of a picture in which nothing was found, and of a still, that are searched for small digits."""


@dataclass(frozen=True, eq=False)
class Found:
    """The digits of one frame."""

    index: int
    corners: Corners
    scores: Floats
    """Probability of being a digit `(N,)`."""
    lines: Indices
    """Which line each is of `(N,)`, counted from 0."""
    whole: bool = True
    """Whether all the picture was looked at, or only parts for what had not been found before."""

    @classmethod
    def of(cls, index: int, lines: list[Located], whole: bool = True) -> Found:
        """Return the digits of some lines."""
        numbers = np.repeat(np.arange(len(lines)), [len(scores) for _, scores in lines])
        return cls(index, *joined(lines), numbers, whole)


class Localizer:
    """Finds the digits of a picture, or of its configured regions."""

    def __init__(self, classifier: Classifier, displays: Sequence[DisplayConfig] = ()) -> None:
        self._classifier = classifier
        self._regions = [(region_corners(d.region), d.digits) for d in displays if d.region is not None]
        self._turn = 0.0
        self._next = self._swept = self._parts = 0
        self._empty = True
        self._sweep_at, self._wait = 1, _SWEEP
        self._tiles = Tiles()
        self._known: list[Located] = []

    def __call__(
        self, luma: Luma, index: int, thorough: bool = False, drift: Similarity = UNMOVED, parts: int = 0
    ) -> Found:
        """Return the digits of `luma`, which is frame `index`.

        While nothing plain is found, each call looks at the picture turned by one more angle, a `thorough`
        one by all of them; the angle that helps most is tried first from then on. The regions have moved by
        `drift` since they were measured. With `parts`, nothing but the next so many parts of the picture is
        looked at, for small digits beside those that are known.
        """
        if parts:
            return Found.of(index, self._in_parts(luma, parts), whole=False)
        self._parts = _ALL_PARTS if thorough else _PARTS if self._empty else 1
        self._sweeps = MOST_WINDOWS if thorough else int(index >= self._sweep_at)
        if self._sweeps:
            self._sweep_at, self._wait = index + self._wait, min(2 * self._wait, _SELDOM)
        if not self._regions:
            return Found.of(index, self._look_around(luma, thorough))
        seen = [self._locate_in(luma, carried(region, drift), digits) for region, digits in self._regions]
        return Found.of(index, [line for lines in seen for line in lines])

    def _locate_in(self, luma: Luma, region: Corners, digits: int | None) -> list[Located]:
        """Look at a region as if the camera stood straight in front of it."""
        across = np.linalg.norm(region[1] - region[0]) + np.linalg.norm(region[2] - region[3])
        down = np.linalg.norm(region[3] - region[0]) + np.linalg.norm(region[2] - region[1])
        width, height = max(8, round(across / 2)), max(8, round(down / 2))
        flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        to_flat = cv2.getPerspectiveTransform(region.astype(np.float32), flat)
        view = cv2.warpPerspective(luma, to_flat, (width, height), borderMode=cv2.BORDER_REPLICATE)
        back = np.linalg.inv(to_flat)
        return [
            (np.asarray(cv2.perspectiveTransform(corners, back), np.float32), scores)
            for corners, scores in self._locate(np.asarray(view, np.uint8), digits)
        ]

    def _look_around(self, luma: Luma, thorough: bool) -> list[Located]:
        best = self._locate_turned(luma, self._turn)
        self._empty = not best
        few = thorough and len(joined(best)[0]) < _MANY
        if not few and self._is_plain(luma, best, self._turn):
            return best
        self._sweeps = self._parts = 0
        others = [turn for turn in (0.0, *_TURNS) if turn != self._turn]
        self._next = (self._next + 1) % len(others)
        turn = others[self._next]
        if not (thorough or self._is_plain(luma, self._locate_turned(luma, turn), turn)):
            return best
        level: list[Located] = []
        for turn in others:
            found = self._locate_turned(luma, turn)
            if thorough:
                level += [line for line in found if self._is_plain(luma, [line], turn)]
            more = joined(found)[1].sum() > joined(best)[1].sum()
            if more and self._is_plain(luma, found, turn):
                self._turn, best = turn, found
        # A still is looked at but once, and its displays need not stand at one angle.
        return apart(best + level) if level else best

    def _locate_turned(self, luma: Luma, turn: float) -> list[Located]:
        """Lines of a picture turned by so many degrees, where they are in the picture itself."""
        if not turn:
            return self._locate(luma, None)
        rows, columns = luma.shape
        matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), turn, 1)
        c, s = abs(matrix[0, 0]), abs(matrix[0, 1])
        size = round(columns * c + rows * s), round(rows * c + columns * s)
        matrix[:, 2] += (size[0] - columns) / 2, (size[1] - rows) / 2
        grey = float(luma[::8, ::8].mean())
        view = np.asarray(cv2.warpAffine(luma, matrix, size, borderValue=grey), np.uint8)
        back = cv2.invertAffineTransform(matrix)
        return [
            (np.asarray(cv2.transform(corners, back), np.float32), scores)
            for corners, scores in self._locate(view, None)
        ]

    def _locate(self, luma: Luma, digits: int | None) -> list[Located]:
        """Find lines among stable regions; where it is time, sweep windows that show none."""
        found = self._lines(luma, propose(luma), digits)
        if self._parts and not self._regions:
            found = self._with_small(luma, found)
        if not self._sweeps:
            return apart(found)
        empty = [w for w in windows(luma) if not any(fills(w, *line) for line in found)]
        for _ in range(min(self._sweeps, len(empty))):
            self._swept = (self._swept + 1) % len(empty)
            window = empty[self._swept]
            known = [line for line in found if within(window, line[0])]
            swept = self._sweep(luma, window, digits)
            if better(swept, known):
                self._wait = _SWEEP
                found = [line for line in found if not within(window, line[0])] + swept
        return apart(found)

    def _with_small(self, luma: Luma, found: list[Located]) -> list[Located]:
        """Lines, and those that are too small for the working picture in some of its parts."""
        parts = self._tiles.next(luma, self._parts, closed=self._parts > _PARTS)
        small = self._small(luma, self._tiles.again(luma)) + self._small(luma, parts)
        self._known = apart(found + small)
        self._tiles.keep(luma, [line[0] for line in among(self._known, small)])
        return self._known

    def _in_parts(self, luma: Luma, count: int) -> list[Located]:
        """Digits in the next parts, apart from those that are known."""
        if self._turn or self._regions or not self._tiles.of(luma):
            return []
        small = self._small(luma, self._tiles.next(luma, count, closed=False))
        self._known = apart(self._known + small)
        fresh = among(self._known, small)
        self._tiles.keep(luma, [line[0] for line in fresh], more=True)
        return fresh

    def _small(self, luma: Luma, parts: Iterable[Boxes]) -> list[Located]:
        return [line for boxes in parts for line in self._lines(luma, boxes, None) if is_sure(line[1])]

    def _sweep(self, luma: Luma, window: Floats, digits: int | None) -> list[Located]:
        boxes, first = cells(window)
        hints, _, _ = self._judge(luma, upright(boxes[first]))
        boxes = promising(boxes, boxes[first], hints)
        chance, names, _ = self._judge(luma, upright(boxes))
        sure = chance > GAP
        lines = self._lines(luma, merged(boxes[sure], chance[sure], names[sure]), digits)
        return lines if self._regions else [line for line in lines if is_sure(line[1], _PAIR)]

    def _lines(self, luma: Luma, boxes: Floats, digits: int | None) -> list[Located]:
        chance, names, light = self._judge(luma, upright(boxes))
        promising = chance > _PROMISING
        boxes, chance, names, light = boxes[promising], chance[promising], names[promising], light[promising]
        found: list[Located] = []
        unlike = light.unlikeness() + halves.overlapping(boxes, names)
        unlike += halves.around_a_digit(boxes, names, chance)
        left, right, both = halves.side_by_side(boxes, names)
        together, shown, _ = self._judge(luma, upright(both))
        pieces = (together > _TOGETHER) & (shown == names[left])
        unlike[left[pieces], right[pieces]] = np.inf
        joined = chains(boxes, _weights(boxes, chance), shortest=1, unlikeness=unlike)
        lines = [part for chain in joined for part in parted(chain, boxes, _WHOLE)]
        waiting = [(one, beside(one, line, boxes)) for line in lines for one in of_one_size(line, boxes)]
        while waiting:
            chain, others = waiting.pop()
            chain = trimmed(chain, boxes, chance, names)
            alone = digits == 1 or boxes[chain, 3].min() > _ALONE * len(luma)
            if len(chain) == 1 and not alone:
                continue
            line = self._completed(luma, upright(boxes[chain]), chance[chain], names[chain])
            line = line and outside(line, boxes[others])
            if line is not None and (len(line[0]) > 1 or alone):
                if len(line[0]) != 2 or digits == 2 or not self._in_a_word(luma, line[0]):
                    found.append(line)
            elif len(parts := parted(chain, boxes)) > 1:
                waiting += [(part, others) for part in parts]
        return found

    def _in_a_word(self, luma: Luma, corners: Corners) -> bool:
        """Whether a pair in small print stands beside a letter: `ID` is not 10."""
        if corners[0, 3, 1] - corners[0, 0, 1] > _SMALL_PRINT * len(luma):
            return False
        _, _, light = self._judge(luma, corners)
        chance, _, beside = self._judge(luma, beyond(corners, 0))
        return bool((beside.like(light, LETTER) & (chance < GAP)).any())

    def _is_plain(self, luma: Luma, lines: list[Located], turn: float) -> bool:
        """Whether most digits beyond doubt stand upright in a picture turned by so many degrees.

        Pairs tell nothing beside longer ones, and bars of any kind look like `1`s.
        """
        chance, count = _PLAIN
        sure = [corners[scores > chance] for corners, scores in lines]
        telling = [corners for corners in sure if len(corners) >= count]
        telling = telling or [corners[scores > _PLAIN_PAIR] for corners, scores in lines]
        level = [c for c in telling if len(c) and abs(direction(c) - np.deg2rad(turn)) < _LEVEL]
        if sum(map(len, level)) < max(count, sum(map(len, telling)) / 2):
            return False
        return bool((self._judge(luma, np.concatenate(level))[1] != 1).any())

    def _judge(self, luma: Luma, corners: Corners) -> tuple[Floats, Indices, Light]:
        """Probability of being a digit, or two that a drum turns between; likeliest digit; light."""
        raw = cut_raw(luma, corners)
        likely = np.exp(self._classifier(normalise(raw)).digits[:, :10])
        pairs = likely + np.roll(likely, -1, axis=1)
        return np.asarray(pairs.max(axis=1), np.float32), np.argmax(likely, axis=1), Light.measure(raw)

    def _completed(
        self, luma: Luma, corners: Corners, chance: Floats, names: Indices
    ) -> tuple[Corners, Floats] | None:
        """Even out the boxes of a line, look for digits that are missing, and drop what is no line."""
        judge = partial(self._judge, luma)
        given = Line.fit(self._on_ink(luma, corners, _PLATES))
        line = whole(given, judge)
        if line is not given:
            corners = line.quads(line.u, line.widths)
            chance, names, _ = judge(corners)
            tight = self._on_ink(luma, corners, _TIGHT)
            if (judge(tight)[1] == names).all():
                line = Line.fit(tight)
        width = float(np.median(line.widths[names != 1])) if (names != 1).any() else 0.0
        size = luma.shape[1], luma.shape[0]
        view = View(size, judge, lambda quads: runs_on(cut_raw(luma, quads)))
        slots = fitting(line, width, names == 1, view)
        taken = slots.taken() if slots is not None else np.zeros(0, np.intp)
        # What stands in its slots for the most part, scales between drums left out, stands in them all.
        if slots is not None and len(taken) >= min(len(corners) // 2 + 1, int((names != 1).sum())):
            corners, chance, names = slots.with_ones(taken, line, names == 1, view)
        else:
            corners, chance, names = filled(*evened(line, corners, chance, names, judge), view)
        if len(corners) > 2:
            digit = ~are_walls(Line.fit(corners).u, names == 1)
            corners, chance, names = corners[digit], chance[digit], names[digit]
        corners, chance, names = extended((corners, chance, names), view)
        return None if is_texture(chance, names, bool(self._regions)) else (corners, chance)

    def _on_ink(self, luma: Luma, corners: Corners, usual: tuple[float, float]) -> Corners:
        """Give the boxes of a line the height of the digits in them, where it is a usual share of theirs."""
        taken = shares(profiles(cut_raw(luma, corners), corners), corners)
        top, bottom = np.median(taken[:, [1, 3]], axis=0)
        if not usual[0] < bottom - top < usual[1]:
            return corners
        taken[:] = 0, top, 1, bottom
        return part(corners, taken)


def _weights(boxes: Floats, chance: Floats) -> Floats:
    """Log odds of being a digit; wide boxes weigh more, so that two halves do not beat the whole."""
    odds = np.log(np.clip(chance, 1e-3, 0.99) / np.clip(1 - chance, 1e-2, 1))
    return np.asarray((odds + 1) * (0.4 + np.minimum(boxes[:, 2] / boxes[:, 3], 0.55)), np.float32)
