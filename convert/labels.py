"""The language of labels: what a crop, a picture or a video truly shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from .errors import LabelError

NONE = 10
"""Class of a crop that shows no digit."""

_CROP = re.compile(r"(?P<digit>\d)(?:\.(?P<tenth>\d))?", re.ASCII)
_READING = re.compile(r"(?P<before>~?)(?P<sign>-?)(?P<body>[.,:'\d?]*[\d?][.,:'\d?]*)(?P<after>~?)", re.ASCII)
_SPAN = re.compile(r"(?P<first>\d+)-(?P<last>\d+)=(?P<text>.*)", re.ASCII)
_SHOWN = re.compile(r"(?P<sign>-?)(?P<body>[.,:'\d]*\d[.,:'\d]*)", re.ASCII)


@dataclass(frozen=True)
class CropLabel:
    """A digit, a drum's position, or none of both.

    >>> parse_crop("6"), parse_crop("6.8").target, parse_crop("9.9").target, parse_crop("6.4").target
    (CropLabel(digit=6, tenth=None, blank=False), 7, 0, None)
    >>> parse_crop("blank").target, parse_crop("NaN").target
    (10, None)
    """

    digit: int | None
    """The digit, or the drum's last digit that has passed; None for `NaN` and `blank`."""
    tenth: int | None = None
    """How far the drum has turned towards the next digit."""
    blank: bool = False
    """True: certainly no digit."""

    @property
    def target(self) -> int | None:
        """The class that is right, `NONE` for a blank; None where no class is (between two digits, `NaN`)."""
        if self.digit is None:
            return NONE if self.blank else None
        tenth = self.tenth or 0
        return None if 3 <= tenth <= 7 else (self.digit + (tenth > 7)) % 10

    @property
    def position(self) -> int | None:
        """A drum's position in tenths, 0 to 99."""
        if self.digit is None or self.tenth is None:
            return None
        return self.digit * 10 + self.tenth


@dataclass(frozen=True)
class ReadingLabel:
    """One number: `?` is any one digit, `~` at an end stands for further digits.

    Separators within the number (point, comma, colon, apostrophe) and the sign are no digits: `matches`
    leaves them out, `point_matches` and `sign_matches` look at them.

    >>> label = parse_readings("1?.50")[0]
    >>> label.matches("1.950"), label.point_matches("1.950"), label.point_matches("19,50")
    (True, False, True)
    >>> label = parse_readings("65~")[0]
    >>> label.matches("65.02"), label.matches("65"), label.has_point
    (True, False, False)
    """

    text: str

    @cached_property
    def _parts(self) -> re.Match[str]:
        match = _READING.fullmatch(self.text)
        if match is None:
            raise LabelError(f"bad label {self.text!r}: digits, '?', '.', ':', a '-' in front, '~' at an end")
        return match

    @cached_property
    def digits(self) -> str:
        """The digits and `?`, nothing else."""
        return re.sub(r"[^\d?]", "", self._parts["body"])

    @cached_property
    def points(self) -> frozenset[int]:
        """How many of the digits stand before each decimal point."""
        return _points(self._parts["body"])

    @property
    def has_point(self) -> bool:
        """True when the label says where the decimal point is."""
        return bool(self.points)

    def matches(self, shown: str | None) -> bool:
        """True when `shown` is this number, digit for digit."""
        return bool(self._starts(shown))

    def point_matches(self, shown: str | None) -> bool:
        """True when the digits match and the decimal point, which the label must have, is in its place."""
        return shown is not None and any(
            frozenset(p + start for p in self.points) == _points(shown) for start in self._starts(shown)
        )

    def sign_matches(self, shown: str) -> bool:
        """True when both or none have a minus; a `~` in front leaves it open."""
        return bool(self._parts["before"]) or bool(self._parts["sign"]) == shown.startswith("-")

    def _starts(self, shown: str | None) -> list[int]:
        """Return where in the digits of `shown` the label can stand."""
        match = None if shown is None else _SHOWN.fullmatch(shown.replace(" ", ""))
        if match is None:
            return []
        digits, length = re.sub(r"\D", "", match["body"]), len(self.digits)
        before, after = bool(self._parts["before"]), bool(self._parts["after"])
        return [
            start
            for start in range(len(digits) - length + 1)
            if (start > 0) == before
            and (start + length < len(digits)) == after
            and all(a in ("?", b) for a, b in zip(self.digits, digits[start:], strict=False))
        ]


@dataclass(frozen=True)
class Span:
    """What a video shows from frame `first` to frame `last`, both included."""

    first: int
    last: int
    readings: tuple[ReadingLabel, ...]


def parse_crop(text: str) -> CropLabel:
    """Parse a crop's label: a digit, a position `x.y`, `NaN` (half-turned) or `blank`."""
    word = text.strip().lower()
    if word in ("nan", "n"):
        return CropLabel(None)
    if word == "blank":
        return CropLabel(None, blank=True)
    match = _CROP.fullmatch(word)
    if match is None:
        raise LabelError(f"bad crop label {text!r}: a digit, a position like 6.8, 'NaN' or 'blank'")
    return CropLabel(int(match["digit"]), None if match["tenth"] is None else int(match["tenth"]))


def parse_readings(text: str) -> tuple[ReadingLabel, ...]:
    """Parse a picture's label: numbers separated by blanks; an empty label knows none.

    >>> [r.text for r in parse_readings("47.60 17.252")]
    ['47.60', '17.252']
    """
    return tuple(_reading(word) for word in text.split())


def parse_video(text: str) -> tuple[Span, ...]:
    """Parse a video's label: `a-b=text;c-d=text` by frame number.

    >>> [(s.first, s.last, s.readings[0].text) for s in parse_video("6-54=99??;56-95=98??")]
    [(6, 54, '99??'), (56, 95, '98??')]
    """
    spans: list[Span] = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        match = _SPAN.fullmatch(part)
        if match is None:
            raise LabelError(f"bad video label {part!r}: first-last=text expected, by frame number")
        first, last = int(match["first"]), int(match["last"])
        if last < first or (spans and first <= spans[-1].last):
            raise LabelError(f"bad video label {part!r}: frames must rise and not overlap")
        readings = parse_readings(match["text"])
        if not readings:
            raise LabelError(f"bad video label {part!r}: no reading after '='")
        spans.append(Span(first, last, readings))
    return tuple(spans)


def _reading(word: str) -> ReadingLabel:
    label = ReadingLabel(word)
    _ = label.digits  # parses, so that a bad label is an error here
    return label


def _points(text: str) -> frozenset[int]:
    """Return how many digits stand before each decimal point or comma in `text`."""
    return frozenset(sum(c.isdigit() or c == "?" for c in text[:i]) for i, c in enumerate(text) if c in ".,")
