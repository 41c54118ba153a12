"""What can be wrong with a data set, and whether the first of it ends the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from .errors import DatasetError


class Check(str, Enum):
    """What is looked for, the worst first."""

    LINE = "bad line"
    MISSING = "missing file"
    UNREADABLE = "unreadable picture"
    CONFLICT = "different labels"
    IN_SETS = "in two data sets"
    IN_SPLITS = "in two splits"
    IN_FOLDS = "in two folds"
    IN_DEVICES = "in two devices"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    check: Check
    where: str
    """File and line."""
    text: str

    def __str__(self) -> str:
        return f"{self.where}: {self.text}"


Report = Callable[[Problem], None]
"""Gets each problem of a data set that is read."""


def refuse(problem: Problem) -> None:
    """Raise the first problem as `DatasetError`: what training and measuring do."""
    raise DatasetError(str(problem)) from None


class ProblemsFound(DatasetError):
    """Data sets that were read to the end and are not as they should be."""

    exit_code = 8
