"""`digitstream-convert train`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..errors import ConfigError
from .arguments import count

_OTHERS = "marks", "sieve"
"""Options that train something else."""


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    # An option that is not given keeps the default of `TrainConfig`, which is not imported for a help text.
    command = commands.add_parser(
        "train",
        help="train a network",
        description="Train a network, or go on where a run was stopped.",
        argument_default=argparse.SUPPRESS,
    )
    command.add_argument(
        "data", nargs="*", type=Path, metavar="DIR", default=(),
        help="data sets; none: learn from rendered crops alone",
    )  # fmt: skip
    command.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="for network, checkpoint and log"
    )
    command.add_argument(
        "--apart-from", nargs="+", type=Path, metavar="DIR",
        help="data sets to judge it by: crops that are in them too are left out",
    )  # fmt: skip
    command.add_argument(
        "--start", nargs="+", type=Path, metavar="NETWORK.keras",
        help="go on from this one, or from the mean of several that were made from each other",
    )  # fmt: skip
    command.add_argument("--hold-out", nargs="+", type=int, metavar="FOLD", help="kept to validate with")
    command.add_argument("--leave-out", nargs="+", type=int, metavar="FOLD", help="not used at all")
    command.add_argument("--epochs", type=count, metavar="N")
    command.add_argument("--crops-per-epoch", type=count, metavar="N")
    command.add_argument("--synthetic", type=int, metavar="N", help="rendered crops to draw from; 0: none")
    command.add_argument("--rate", type=float, metavar="R", help="highest learning rate")
    command.add_argument("--batch", type=count, metavar="N")
    command.add_argument("--width", type=float, metavar="FACTOR", help="of the network's channels")
    command.add_argument(
        "--patience",
        type=int,
        metavar="N",
        help="epochs without a better one that end it; 0: never, and the last one is kept",
    )
    command.add_argument(
        "--precision", choices=("float32", "mixed_bfloat16"), help="of the arithmetic while training"
    )
    command.add_argument(
        "--workers", type=count, metavar="N", help="processes that render crops and make batches"
    )
    command.add_argument("--seed", type=int, metavar="N")
    command.add_argument(
        "--marks", action="store_true", help="train the network of points, colons and signs instead"
    )
    command.add_argument(
        "--sieve", action="store_true", help="train what tells which regions are worth a look instead"
    )
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    options = {key: value for key, value in vars(args).items() if key not in ("run", "data", *_OTHERS)}
    data = tuple(args.data)
    if "marks" in args:
        from .train_marks import MarksConfig, train_marks

        marks = MarksConfig(
            data=data, **_known(options, MarksConfig, "--marks") | {"out": args.out / "marks.tflite"}
        )
        train_marks(marks)
        print(marks.out)
    elif "sieve" in args:
        from .train_sieve import SieveConfig, train_sieve

        sieve = SieveConfig(
            data=data, **_known(options, SieveConfig, "--sieve") | {"out": args.out / "sieve.npz"}
        )
        print(train_sieve(sieve))
    else:
        from .train import TrainConfig, train

        options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
        print(train(TrainConfig(data=data, **options)))


def _known(options: dict[str, Any], config: Any, option: str) -> dict[str, Any]:
    unknown = options.keys() - config.__dataclass_fields__
    if unknown:
        raise ConfigError(f"--{min(unknown).replace('_', '-')} has no meaning together with {option}")
    return options
