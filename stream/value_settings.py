"""The values that a display shows in turn, and how each is told from the others."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from .settings import Name, Number, Pattern, Region, Settings, Unit

Bound = Annotated[float, Number]


class ValueConfig(Settings):
    """One of the values; where it has several rules, all of them must hold."""

    name: Name
    """Name in the log, in place of the display's."""
    pattern: Pattern | None = None
    """The text that is shown matches this regular expression from end to end."""
    range: tuple[Bound, Bound] | None = None
    """The value lies between these, both included."""
    lit: Region | None = None
    """A lamp or sign is lit here while it is shown: `[x, y, width, height]` or four corners, in pixels."""
    unit: Unit | None = None
    """Its unit; else that of the display."""
    decimals: Annotated[int, Field(ge=0, le=12), Number] | None = None
    """Digits after its decimal point; without it the point must be seen."""

    @field_validator("range")
    @classmethod
    def _rises(cls, bounds: tuple[float, float] | None) -> tuple[float, float] | None:
        if bounds is not None and bounds[0] > bounds[1]:
            raise ValueError("is empty: the lower bound comes first")
        return bounds

    @model_validator(mode="after")
    def _has_a_rule(self) -> Any:
        if self.pattern is None and self.range is None and self.lit is None:
            raise ValueError("has no rule: tell it by `pattern`, `range` or `lit`")
        return self
