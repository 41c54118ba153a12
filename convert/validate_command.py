"""`digitstream-convert validate`."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import track

if TYPE_CHECKING:
    from .dataset import Sample
    from .validate import Validation


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "validate",
        help="check data sets",
        description="Check data sets: files, labels, duplicates, leaks between splits, folds, devices and "
        "the named data sets. Exit status 8 when there are problems.",
    )
    command.add_argument(
        "data",
        nargs="+",
        type=Path,
        metavar="DATA",
        help="data set, or folder of such; each DATA is also held against the others: validate train/ eval/",
    )
    command.add_argument("--sheet", type=Path, metavar="DIR", help="write pictures of the samples there")
    command.add_argument("--json", type=Path, metavar="FILE", help="write all of it; - is standard output")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from .problems import ProblemsFound
    from .validate import validate
    from .validate_report import show, write_sheets

    console = Console(stderr=args.json == Path("-"))
    result = validate(args.data, _progress)
    show(console, result)
    if args.sheet:
        for path in write_sheets(args.sheet, result):
            console.print(str(path), soft_wrap=True)
    _write_json(args.json, result)
    if result.problems:
        raise ProblemsFound(_count(result))


def _count(result: Validation) -> str:
    counts = Counter(problem.check.value for problem in result.problems)
    parts = ", ".join(f"{check}: {count}" for check, count in counts.items())
    total = len(result.problems)
    return f"{total} problem{'s' if total > 1 else ''}: {parts}"


def _progress(samples: Sequence[Sample], name: str) -> Iterable[Sample]:
    console = Console(stderr=True)
    return track(samples, name, console=console, transient=True, disable=not console.is_terminal)


def _write_json(path: Path | None, result: Validation) -> None:
    if path is None:
        return
    text = json.dumps(result.as_dict(), indent=2, ensure_ascii=False) + "\n"
    if path == Path("-"):
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")
