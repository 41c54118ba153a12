"""`digitstream-convert evaluate`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import track

from ..errors import ConfigError
from .arguments import count

if TYPE_CHECKING:
    from .dataset import Dataset, Image, Sample
    from .engine import Engine
    from .evaluate import SetResult


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
    command.add_argument("--confusion-sheet", type=Path, metavar="FILE.png", help="the same as a picture")
    command.add_argument(
        "--adapter",
        type=Path,
        metavar="FILE.yaml",
        help="the model is somebody else's: what it is fed with and what its outputs mean",
    )
    command.add_argument(
        "--non-digits",
        type=count,
        metavar="N",
        help="count how many of N rendered non-digits, and of those around boxed strips, pass for a digit",
    )
    command.add_argument(
        "--compare",
        nargs="+",
        type=Path,
        metavar="MODEL",
        help="compare .keras and .tflite files on the crops, side by side",
    )
    command.add_argument(
        "--split", metavar="NAME", help="only what has this word in the column `split` of its manifest"
    )
    command.add_argument(
        "--scenes",
        type=count,
        metavar="N",
        help="measure the program on N rendered pictures, too, in fonts that training never saw",
    )
    command.add_argument(
        "--clips",
        type=count,
        metavar="N",
        help="the same on N rendered films",
    )
    command.add_argument(
        "--frames", type=count, default=200, metavar="F", help="length of each of them (default %(default)s)"
    )
    command.add_argument(
        "--first",
        type=count,
        default=1,
        metavar="K",
        help="number of the first (default %(default)s)",
    )
    command.add_argument("--seed", type=int, default=0, help="draw other scenes and films of the same kinds")
    command.add_argument(
        "--workers",
        type=count,
        default=2,
        metavar="W",
        help="films to read at a time (default %(default)s)",
    )
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from .dataset import find

    compared = [path for path in args.compare or () if not path.is_dir()]
    # An option with many values swallows the folders that follow it.
    folders = [*args.folders, *(path for path in args.compare or () if path.is_dir())]
    if not (folders or args.clips or args.scenes):
        raise ConfigError("no data set named: give the folder of a manifest.csv")
    datasets = [_split(dataset, args.split) for dataset in find(folders)]
    console = Console(stderr=args.json == Path("-"))
    if args.compare:
        from .compare import compare
        from .report import show_comparison

        comparison = compare(datasets, compared)
        show_comparison(console, comparison)
        _write_json(args.json, comparison.as_dict())
        return

    from .confusion import write_confusions
    from .evaluate import as_json, evaluate
    from .report import show, show_confusion, show_non_digits
    from .sheet import write_sheets

    engine = _engine(args)
    results = evaluate(
        datasets, engine, with_regions=args.with_regions, rotate=args.rotate, progress=_progress
    )
    if args.scenes:
        results += _scenes(args, engine)
    show(console, results, engine.accept)
    document = as_json(results)
    if args.non_digits:
        from . import non_digits

        if engine.accept is None:
            raise ConfigError(f"{args.adapter}: --non-digits needs `accept` to be set")
        crops = non_digits.rendered(args.non_digits)
        around = non_digits.surroundings(datasets)
        if len(around):
            crops[non_digits.SURROUNDINGS] = around
        counts = non_digits.measure(crops, engine.classify, engine.accept)
        show_non_digits(console, counts)
        document["non_digits"] = non_digits.as_dict(counts)
    if args.confusion:
        show_confusion(console, results)
    if args.confusion_sheet:
        write_confusions(args.confusion_sheet, results)
    misses = {result.name: result.misses for result in results}
    if args.clips:
        document["films"], misses["films"] = _films(args, console)
    if args.sheet:
        write_sheets(args.sheet, misses)
    _write_json(args.json, document)


def _split(dataset: Dataset, name: str | None) -> Dataset:
    if name is None:
        return dataset
    chosen = tuple(sample for sample in dataset.samples if sample.columns.get("split") == name)
    if not chosen:
        raise ConfigError(f"{dataset.folder}: nothing in it has the split {name!r}")
    return replace(dataset, samples=chosen)


def _scenes(args: argparse.Namespace, engine: Engine) -> list[SetResult]:
    """Measure rendered scenes, each kind by itself and all together."""
    from .evaluate import evaluate_pictures, sum_of
    from .scene_sets import GROUPS, scenes

    hidden = not Console(stderr=True).is_terminal
    drawn = track(
        scenes(args.scenes, args.seed), "scenes", args.scenes,
        console=Console(stderr=True), transient=True, disable=hidden,
    )  # fmt: skip
    results = evaluate_pictures(drawn, engine, with_regions=args.with_regions)
    known = [results[name] for name in GROUPS if name in results]
    return [*known, sum_of("all scenes", known)] if len(known) > 1 else known


def _films(args: argparse.Namespace, console: Console) -> tuple[dict[str, Any], list[Image]]:
    """Measure films, and tell of each as it ends: all of them take long."""
    from .films import FilmResult, as_json, measure_films
    from .report import film_line, show_films

    progress = Console(stderr=True)

    def done(result: FilmResult) -> None:
        progress.print(film_line(result), soft_wrap=True, highlight=False)

    numbers = range(args.first - 1, args.first - 1 + args.clips)
    results = measure_films(
        numbers, args.frames, seed=args.seed, model=args.model, workers=args.workers, done=done
    )
    show_films(console, results)
    return as_json(results), [tile for result in results for tile in result.tiles]


def _engine(args: argparse.Namespace) -> Engine:
    from .engine import foreign, program

    if args.adapter is None:
        return program(args.model)
    if args.model is None:
        raise ConfigError("--adapter needs the --model that it belongs to")
    from .adapter import ForeignModel, load_adapter

    adapter = load_adapter(args.adapter)
    return foreign(ForeignModel(args.model, adapter), adapter.accept)


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
