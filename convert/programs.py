"""What displays show as time goes by: a program tells the content at a time in seconds."""

from __future__ import annotations

from collections.abc import Callable

from .drums import wheels
from .stage import Content

Program = Callable[[float], Content]
"""What a display shows at a time, in seconds."""


def stepping(start: int, digits: int, period: float = 1.5, turn: float = 0.4, lead: float = 0.6) -> Program:
    """A counter whose last wheel turns on within `turn` seconds, every `period` seconds from `lead` on.

    >>> stepping(899, 4)(0.8)
    (0.0, 8.5, 9.5, 9.5)
    """

    def positions(time: float) -> Content:
        steps, since = divmod(max(time - lead + period, 0.0), period)
        value = start - 1 + steps + min(round(since / turn, 4), 1.0)
        return wheels(max(value, float(start)), digits)

    return positions


def rolling(start: int, digits: int, speed: float) -> Program:
    """A counter whose last wheel turns all the time, `speed` digits a second, shown in whole tenths.

    >>> rolling(899, 4, 0.5)(1.0)
    (0.0, 8.5, 9.5, 9.5)
    """

    def positions(time: float) -> Content:
        tenths = start * 10 + int(time * speed * 10 + 1e-6)
        return wheels(tenths / 10, digits)

    return positions


def switching(texts: tuple[str, ...], period: float, lead: float = 0.0) -> Program:
    """A display that shows one text after the other, and the last one on."""

    def text(time: float) -> Content:
        return texts[int(min(max((time - lead) / period, 0), len(texts) - 1))]

    return text


def alternating(texts: tuple[str, ...], period: float) -> Program:
    """A display that shows each text for `period` seconds, and begins again.

    >>> [alternating(("12.5", "08:30"), 4.0)(time) for time in (0.0, 4.0, 8.0)]
    ['12.5', '08:30', '12.5']
    """

    def text(time: float) -> Content:
        return texts[int(time / period + 1e-6) % len(texts)]

    return text


def blinking(text: str, on: float, off: float) -> Program:
    """A display that goes dark again and again.

    >>> [blinking("1.2", 0.6, 0.4)(time) for time in (0.5, 0.7, 1.0)]
    ['1.2', '  ', '1.2']
    """

    def shown(time: float) -> Content:
        return text if (time + 1e-6) % (on + off) < on else dark(text)

    return shown


def counting(text: str, period: float, step: int = 7, lead: float = 0.0) -> Program:
    """A display whose number goes up by `step` every `period` seconds; point and length stay.

    >>> counting("9.98", 1.0, 3)(1.5)
    '0.01'
    """

    def shown(time: float) -> Content:
        return counted(text, step * int(max((time - lead) / period + 1e-6, 0.0)))

    return shown


def counted(text: str, steps: int) -> str:
    """The text with its number some steps further, the point and the digits kept."""
    digits = "".join(char for char in text if char.isdigit())
    number = iter(f"{(int(digits) + steps) % 10 ** len(digits):0{len(digits)}d}")
    return "".join(next(number) if char.isdigit() else char for char in text)


def dark(text: str) -> str:
    """As many dark cells as the text takes."""
    return " " * sum(char not in ".,:" for char in text)
