"""The seam for a display's rules: each reading passes here with the last accepted one."""

from __future__ import annotations

from typing import Protocol

from .readings import Reading


class Validator(Protocol):
    """Rules of a display; a rule may only lower the trust in a reading, by its status."""

    def __call__(self, reading: Reading, accepted: Reading | None) -> Reading:
        """Return the reading with its final status; `accepted` is the last one that was `ok`."""
        ...


def trusting(reading: Reading, accepted: Reading | None) -> Reading:
    """Return the reading as it is: no rules."""
    return reading
