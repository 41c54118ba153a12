"""The `digitstream-convert` command line."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import track

from ..contract import ModelContract, contract_path
from ..errors import ConfigError, DigitstreamError, ModelError, OutputError

if TYPE_CHECKING:
    from .dataset import Sample


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 2 for bad arguments, or that of the error."""
    args = parser().parse_args(argv)
    try:
        args.run(args)
    except DigitstreamError as error:
        print(f"digitstream-convert: {error}", file=sys.stderr)
        return error.exit_code
    except ModuleNotFoundError as error:
        print(
            f"digitstream-convert: this needs {error.name}: pip install 'digitstream[convert]'",
            file=sys.stderr,
        )
        return DigitstreamError.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return OutputError.exit_code
    except OSError as error:
        print(f"digitstream-convert: {error.filename}: {error.strerror or error}", file=sys.stderr)
        return OutputError.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="digitstream-convert",
        description="Train a model, convert it, measure it, or draw the demo clip.",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands)
    _add_convert(commands)
    _add_evaluate(commands)
    _add_demo(commands)
    return top


def _add_train(commands: Any) -> None:
    # An option that is not given keeps the default of `TrainConfig`, which is not imported for a help text.
    command = commands.add_parser(
        "train",
        help="train a network",
        description="Train a network, or go on where a run was stopped.",
        argument_default=argparse.SUPPRESS,
    )
    command.add_argument("data", nargs="+", type=Path, metavar="DIR", help="folder with a manifest.csv")
    command.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="for network, checkpoint and log"
    )
    command.add_argument("--epochs", type=_count, metavar="N")
    command.add_argument("--crops-per-epoch", type=_count, metavar="N")
    command.add_argument("--synthetic", type=int, metavar="N", help="rendered crops to draw from; 0: none")
    command.add_argument("--batch", type=_count, metavar="N")
    command.add_argument("--width", type=float, metavar="FACTOR", help="of the network's channels")
    command.add_argument("--workers", type=_count, metavar="N", help="processes that render")
    command.add_argument("--seed", type=int, metavar="N")
    command.add_argument(
        "--marks", action="store_true", help="train the network of points, colons and signs instead"
    )
    command.set_defaults(run=_train)


def _add_convert(commands: Any) -> None:
    command = commands.add_parser(
        "convert",
        help="make an int8 .tflite with its contract",
        description="Convert a trained network to int8 TFLite, and write its contract beside it.",
    )
    command.add_argument("model", type=Path, metavar="NETWORK.keras")
    command.add_argument("out", type=Path, metavar="MODEL.tflite")
    command.add_argument(
        "--data", nargs="+", required=True, type=Path, metavar="DIR", help="the folders it was trained with"
    )
    command.add_argument(
        "--float", type=Path, metavar="FILE.tflite", help="write a float form too, to compare"
    )
    command.add_argument(
        "--accept", type=_share, default=0.9, metavar="P", help="probability from which a digit is accepted"
    )
    command.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="T",
        help="divides the logits, for honest probabilities",
    )
    command.set_defaults(run=_convert)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value


def _add_evaluate(commands: Any) -> None:
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
    command.set_defaults(run=_evaluate)


def _add_demo(commands: Any) -> None:
    command = commands.add_parser(
        "demo", help="draw the demo clip", description="Draw the demo clip: clip.mp4 and its truth.csv."
    )
    command.add_argument("folder", nargs="?", type=Path, default=Path("demo"), metavar="DIR", help="where to")
    command.set_defaults(run=_demo)


def _train(args: argparse.Namespace) -> None:
    options = {key: value for key, value in vars(args).items() if key not in ("run", "data", "marks")}
    if "marks" in args:
        from .train_marks import MarksConfig, train_marks

        unknown = options.keys() - MarksConfig.__dataclass_fields__
        if unknown:
            raise ConfigError(f"--{min(unknown).replace('_', '-')} has no meaning together with --marks")
        config = MarksConfig(data=tuple(args.data), **options | {"out": args.out / "marks.tflite"})
        train_marks(config)
        print(config.out)
        return
    from .train import TrainConfig, train

    print(train(TrainConfig(data=tuple(args.data), **options)))


def _convert(args: argparse.Namespace) -> None:
    from .corpus import from_folders
    from .quantize import convert, convert_float, pick_representative

    if args.out.suffix != ".tflite":
        raise ConfigError(f"{args.out}: the model's name must end in .tflite")
    if not args.model.is_file():
        raise ModelError(f"{args.model}: no such model")
    corpus = from_folders(args.data, seed=1)
    groups = np.char.add(corpus.domain.astype(str), corpus.digit.astype(str))
    convert(args.model, args.out, pick_representative(corpus.crops, groups, per_group=12, seed=1))
    if args.float:
        convert_float(args.model, args.float)
    contract = ModelContract(
        name=args.out.stem,
        version=1,
        sha256=hashlib.sha256(args.out.read_bytes()).hexdigest(),
        accept=args.accept,
        temperature=args.temperature,
        training={"data": [folder.resolve().name for folder in args.data]},
    )
    beside = contract_path(args.out)
    beside.write_text(contract.model_dump_json(indent=2) + "\n", encoding="utf-8")
    print(args.out)


def _demo(args: argparse.Namespace) -> None:
    from . import demo

    demo.main([str(args.folder)])


def _evaluate(args: argparse.Namespace) -> None:
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
