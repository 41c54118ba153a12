"""Curves of a training run as a picture."""

from __future__ import annotations

import csv
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

CURVES = "training.png"
_NAMES = {"digits": "digits right", "none": "non-digits rejected", "wheel": "wheels within a tenth"}


def draw(log: Path, out: Path) -> Path:
    """Draw the loss, and what the held-out crops are worth, by epoch."""
    with log.open(newline="") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    epochs = [row["epoch"] for row in rows]
    figure = Figure(figsize=(9, 4), layout="constrained")
    FigureCanvasAgg(figure)
    losses, shares = figure.subplots(1, 2)
    losses.plot(epochs, [row["loss"] for row in rows], marker=".")
    losses.set_ylabel("loss")
    for name, label in _NAMES.items():
        if rows and name in rows[0]:
            shares.plot(epochs, [100 * row[name] for row in rows], marker=".", label=label)
    shares.set_ylabel("held-out crops, %")
    if shares.lines:
        shares.legend()
    for axes in (losses, shares):
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
    partial = out.with_name(f"partial-{out.name}")
    figure.savefig(partial, format="png", dpi=100)
    partial.replace(out)
    return out
