"""Show figures on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from .compare import Comparison
from .crop_scores import CropScores
from .evaluate import SetResult, all_crops
from .film_scores import Score, runs
from .labels import NONE
from .losses import Stage

if TYPE_CHECKING:
    from .export import Export
    from .films import FilmResult
    from .finetune import Change
    from .non_digits import Taken


def show(console: Console, results: Sequence[SetResult], accept: float | None = None) -> None:
    """Print a table for crops, digits and readings each, as far as any set has them.

    "Accepted" is the share of the digits that the program would take for one, "wrong" how many of all crops
    it would take for a digit that they do not show. Of the readings with status `ok`, "wrong" are those with
    any error, "digits" those with a wrong digit.
    """
    crops = _table("Crops", "n", "accuracy", "none", "accepted", "wrong", "ECE", "wheel ±.1", "exact")
    digits = _table("Digits", "n", "recall", "precision", "F1")
    lost = _table("Readings lost, % of all", *(stage.value for stage in Stage))
    readings = _table("Readings", "n", "exact", "found", "point", "ok", "wrong", "digits", "texts", "s")
    for result in results:
        parts = result.as_dict()
        if result.crops is not None and "crops" in parts:
            crops.add_row(result.name, *_crop_cells(result.crops, accept))
        if part := parts.get("digits"):
            figures = (_percent(part[key]) for key in ("recall", "precision", "f1"))
            digits.add_row(result.name, str(part["n"]), *figures)
        if part := parts.get("readings"):
            readings.add_row(
                result.name,
                str(part["n"]),
                *(_percent(part.get(key)) for key in ("exact", "found", "with_point")),
                str(part["ok"]["n"]),
                str(part["ok"]["wrong"]),
                str(result.readings.ok_digits_wrong),
                f"{part['strings_per_image']:.1f}",
                f"{part['seconds_per_image']:.3f}",
            )
            if shares := part.get("lost"):
                lost.add_row(result.name, *(_percent(shares.get(stage.value)) for stage in Stage))
    if total := all_crops(results):
        crops.add_section()
        crops.add_row(total.name, *_crop_cells(total.crops, accept) if total.crops else ())
    for table in (crops, digits, readings, lost):
        if table.row_count:
            console.print(table)


def show_confusion(console: Console, results: Sequence[SetResult]) -> None:
    """Print how often each true class was read as each class, for every set with crops."""
    names = [*map(str, range(NONE)), "none"]
    for result in results:
        if result.crops is None:
            continue
        table = _table(f"{result.name}: true class by class read", *names)
        for name, row in zip(names, result.crops.confusion.tolist(), strict=True):
            if any(row):
                table.add_row(name, *("" if not count else str(count) for count in row))
        console.print(table)


def show_comparison(console: Console, comparison: Comparison) -> None:
    """Print the accuracy of each model on each set, and over all crops."""
    table = _table("Crop accuracy", "n", *comparison.models)
    for name, (n, right) in comparison.sets.items():
        table.add_row(name, str(n), *(_percent(r / n) for r in right))
    n, right = comparison.pooled
    if n:
        table.add_section()
        table.add_row("all crops", str(n), *(_percent(r / n) for r in right))
    console.print(table)


def show_export(console: Console, made: Export) -> None:
    """Print what a conversion costs, and how far the model's confidence can be trusted."""
    parity, calibration = made.parity, made.calibration
    forms = _table("Held-out crops right", "n", *parity.right, "points lost")
    shares = (_percent(right / parity.crops) for right in parity.right.values())
    forms.add_row("all forms", str(parity.crops), *shares, f"{parity.lost:.2f}")
    console.print(forms)
    console.print(
        f"calibration error {calibration.error_before:.4f}, {calibration.error:.4f} with temperature "
        f"{calibration.temperature}; a digit is accepted from {made.contract.accept}",
        soft_wrap=True,
    )


def show_change(console: Console, changes: Mapping[str, Change]) -> None:
    """Print what a network had right before and after it was tuned."""
    table = _table("Crops right", "n", "before", "after")
    for name, change in changes.items():
        table.add_row(name, str(change.crops), _percent(change.before), _percent(change.after))
    console.print(table)


def show_non_digits(console: Console, counts: Mapping[str, Taken]) -> None:
    """Print how often what is no digit is taken for one, at the threshold."""
    table = _table("Non-digits", "n", "taken", "%")
    for kind, count in counts.items():
        if kind == "all":
            table.add_section()
        table.add_row(kind, str(count.n), str(count.taken), _percent(count.share))
    console.print(table)


def film_line(result: FilmResult) -> str:
    """One film in a line, while others are still read."""
    total = result.total
    rate = result.frames / result.seconds
    return (
        f"{result.name}: right {_percent(total.right_share)} %, ok {_percent(total.ok_share)} %, "
        f"wrong ok {len(total.wrong_ok)}, {rate:.0f} frames/s"
    )


def show_films(console: Console, results: Sequence[FilmResult]) -> None:
    """Print how films were read.

    "Right" is the share of frames after the first second with the right reading, or `unstable` while it
    changes, "ok" that of frames with a reading that is `ok`, "settled" the same where nothing changes,
    "wheel" that of positions of wheels within a tenth. "Wrong ok" counts frames, "runs" those that follow
    each other as one.
    """
    table = _table("Films", "frames", "right", "ok", "settled", "wheel ±.1", "wrong ok", "runs")
    for result in results:
        table.add_row(result.name, *_film_cells(result.total))
    if len(results) > 1:
        table.add_section()
        table.add_row("all films", *_film_cells(reduce(add, (result.total for result in results))))
    console.print(table)


def _film_cells(score: Score) -> list[str]:
    shares = score.right_share, score.ok_share, score.settled_share, score.wheel_share
    wrong = score.wrong_ok
    return [str(score.frames), *map(_percent, shares), str(len(wrong)), str(len(runs(wrong)))]


def _crop_cells(scores: CropScores, accept: float | None) -> list[str]:
    accepted, wrong = "", ""
    if accept is not None:
        accepted, wrong = _percent(scores.accepted_share(accept)), str(scores.accepted(accept)[1])
    shares = _percent(scores.accuracy), _percent(scores.none_recall)
    wheels = _percent(scores.wheel_within_one), _percent(scores.wheel_exact)
    return [str(scores.n), *shares, accepted, wrong, _percent(scores.calibration_error), *wheels]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("set", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.2f}"
