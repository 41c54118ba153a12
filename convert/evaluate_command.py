"""`digitstream-convert evaluate`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import track

from ..errors import ConfigError

if TYPE_CHECKING:
    from .dataset import Sample


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "evaluate",
        help="measure a model on data sets",
        description="Measure a model, or the program, on data sets.",
    )
    command.add_argument(
        "folders",
        nargs="*",
        type=Path,
        metavar="DIR",
        help="folder with a manifest.csv, or with such folders in it",
    )
    command.add_argument("--model", type=Path, metavar="FILE", help="a .tflite with its contract beside it")
    command.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures there; - is standard output"
    )
    command.add_argument(
        "--with-regions", action="store_true", help="tell the reader where the labelled boxes are"
    )
    command.add_argument(
        "--rotate", type=int, choices=(0, 90, 180, 270), default=0, help="turn everything clockwise"
    )
    command.add_argument("--sheet", type=Path, metavar="FILE.png", help="a picture of the errors of each set")
    command.add_argument("--confusion", action="store_true", help="show which classes were taken for which")
    command.add_argument(
        "--compare",
        nargs="+",
        type=Path,
        metavar="MODEL",
        help="compare .keras and .tflite files on the crops, side by side",
    )
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from .dataset import find

    compared = [path for path in args.compare or () if not path.is_dir()]
    # An option with many values swallows the folders that follow it.
    folders = [*args.folders, *(path for path in args.compare or () if path.is_dir())]
    if not folders:
        raise ConfigError("no data set named: give the folder of a manifest.csv")
    datasets = find(folders)
    console = Console(stderr=args.json == Path("-"))
    if args.compare:
        from .compare import compare
        from .report import show_comparison

        comparison = compare(datasets, compared)
        show_comparison(console, comparison)
        _write_json(args.json, comparison.as_dict())
        return

    from .evaluate import as_json, evaluate, program
    from .report import show, show_confusion
    from .sheet import write_sheets

    engine = program(args.model)
    results = evaluate(
        datasets, engine, with_regions=args.with_regions, rotate=args.rotate, progress=_progress
    )
    show(console, results, engine.accept)
    if args.confusion:
        show_confusion(console, results)
    if args.sheet:
        write_sheets(args.sheet, {result.name: result.misses for result in results})
    _write_json(args.json, as_json(results))


def _progress(samples: Sequence[Sample], name: str) -> Iterable[Sample]:
    console = Console(stderr=True)
    hidden = not samples or not console.is_terminal
    return track(samples, name, console=console, transient=True, disable=hidden)


def _write_json(path: Path | None, document: dict[str, Any]) -> None:
    if path is None:
        return
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if path == Path("-"):
        sys.stdout.write(text)
        return
    path.write_text(text, encoding="utf-8")
