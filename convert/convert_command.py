"""`digitstream-convert convert`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from ..errors import ConfigError, ModelError
from .arguments import count


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    # An option that is not given keeps the default of `export`, which is not imported for a help text.
    command = commands.add_parser(
        "convert",
        help="make an int8 .tflite with its contract",
        description="Convert a trained network to int8 TFLite, calibrate it, and write its contract "
        "beside it. Status 7: int8 loses more than is allowed, and nothing is written.",
        argument_default=argparse.SUPPRESS,
    )
    command.add_argument("model", type=Path, metavar="NETWORK.keras")
    command.add_argument("out", type=Path, metavar="MODEL.tflite")
    command.add_argument(
        "--data", nargs="+", required=True, type=Path, metavar="DIR", help="the folders it was trained with"
    )
    command.add_argument(
        "--float",
        dest="floating",
        type=Path,
        metavar="FILE.tflite",
        help="write a float form too, to compare",
    )
    command.add_argument(
        "--allowed-loss",
        type=float,
        metavar="POINTS",
        help="percentage points that int8 may lose (default .2)",
    )
    command.add_argument(
        "--sister",
        type=Path,
        metavar="NETWORK.keras",
        help="calibrate by this network, since the other one has learnt from the held-out devices too",
    )
    command.add_argument(
        "--rendered", type=int, metavar="N", help="rendered crops for ranges and for calibration"
    )
    command.add_argument("--workers", type=count, metavar="N", help="processes that render")
    command.add_argument("--name", metavar="NAME", help="in the contract (default: the file's)")
    command.add_argument("--model-version", dest="version", type=count, metavar="N", help="in the contract")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    options = {key: value for key, value in vars(args).items() if key not in ("run", "model", "out", "data")}
    if args.out.suffix != ".tflite":
        raise ConfigError(f"{args.out}: the model's name must end in .tflite")
    for network in (args.model, options.get("sister")):
        if network and not network.is_file():
            raise ModelError(f"{network}: no such model")
    from .export import described, export, held_out_folds, material
    from .report import show_export

    effort = {key: options.pop(key) for key in ("rendered", "workers") if key in options}
    training = described(args.model, args.data)
    learnt, held_out = material(args.data, held_out_folds(training), **effort)
    made = export(
        args.model, args.out, learnt, held_out, training=training, **{"name": args.out.stem, **options}
    )
    show_export(Console(stderr=True), made)
    print(args.out)
