"""Texture that passes for digits: a line is believed by how sure, how long and how various it is."""

from __future__ import annotations

from .lines import Floats, Indices

_LEAST, _LONG, _ALIKE = (1.0, 0.93, 0.97, 0.965, 0.93), 0.9, 0.97
"""Mean probability of a line's digits below which they are texture: by their number, in longer lines, and
where three or more are one digit, as bars and rings are."""
_ROW, _SHORT_KNOWN, _KNOWN = 3, 0.93, 0.8
"""Digits that are a row, and the same for fewer, and for a row, where a display is known to be."""
_CLOSE = 0.96
"""The same for digits that only a close look shows."""


def is_texture(chance: Floats, names: Indices, display: bool) -> bool:
    """Whether what passes for a line of digits `(N,)` is none.

    `chance`: probability of being a digit; `names`: what they are most likely; `display`: one is known to be
    there.
    """
    count = len(chance)
    if not count:
        return True
    if display:
        least = _KNOWN if count >= _ROW else _SHORT_KNOWN
    elif count >= _ROW and (names == names[0]).all():
        least = _ALIKE
    else:
        least = _LEAST[count] if count < len(_LEAST) else _LONG
    return float(chance.mean()) < least


def is_sure(chance: Floats, pair: float = 1.0) -> bool:
    """Whether digits seen at a close look can't be texture, of which there is the more, the closer one looks.

    `pair`: the mean probability of two.
    """
    return float(chance.mean()) > (_CLOSE if len(chance) >= _ROW else pair)
