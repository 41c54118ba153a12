"""What every epoch of a training run has reached, in a CSV file that outlives the run."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

_WEIGHTS = {"digits": 1.0, "none": 0.5, "wheel": 0.25}
"""What the shares of held-out crops are worth when epochs are compared."""


class ProgressLog:
    """Rows by epoch, and which of them is the best."""

    def __init__(self, path: Path, epochs: int = 0) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []
        if path.exists() and epochs:
            with path.open(newline="") as file:
                rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
            # An epoch after the checkpoint is trained once more.
            self.rows = [{**row, "epoch": epoch} for epoch, row in enumerate(rows[:epochs], start=1)]

    @property
    def best(self) -> int:
        """The best epoch so far, the last of equals; 0 before the first one."""
        scores = [_score(row) for row in self.rows]
        return max(range(1, len(scores) + 1), key=lambda epoch: (scores[epoch - 1], epoch), default=0)

    def add(self, figures: Mapping[str, float]) -> bool:
        """Write an epoch's figures; return whether it is the best one."""
        self.rows.append({"epoch": len(self.rows) + 1, **figures})
        partial = self.path.with_name(f"partial-{self.path.name}")
        with partial.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
        partial.replace(self.path)
        return self.best == len(self.rows)

    def exhausted(self, patience: int) -> bool:
        """Whether the best epoch is so many epochs ago; with patience 0 it never is."""
        return 0 < patience <= len(self.rows) - self.best


def _score(row: Mapping[str, float]) -> float:
    """One number for an epoch; all are equal where nothing is held out."""
    known = {name: weight for name, weight in _WEIGHTS.items() if name in row}
    return sum(weight * row[name] for name, weight in known.items()) / max(sum(known.values()), 1)
