"""`digitstream-convert finetune`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from ..errors import ConfigError
from .arguments import count


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    # An option that is not given keeps the default of `FinetuneConfig`, which a help text does not import.
    command = commands.add_parser(
        "finetune",
        help="teach the program's network your own digits",
        description="Teach a network your own digits while it keeps what it knows. A fifth of your crops "
        "is held out to judge it. Status 7: it reads worse than before, and nothing is written.",
        argument_default=argparse.SUPPRESS,
    )
    command.add_argument(
        "--data", nargs="+", required=True, type=Path, metavar="DIR", help="labelled crops or strips"
    )
    command.add_argument("--out", required=True, type=Path, metavar="MODEL.tflite")
    command.add_argument(
        "--base", type=Path, metavar="NETWORK.keras", help="network to start from (default: the program's)"
    )
    command.add_argument("--epochs", type=count, metavar="N", help="how often each crop is seen")
    command.add_argument("--replay", type=count, metavar="N", help="rendered crops to remember by")
    command.add_argument("--workers", type=count, metavar="N", help="processes that render")
    command.add_argument("--seed", type=int, metavar="N")
    command.add_argument("--force", action="store_true", help="write the model even when it reads worse")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    if args.out.suffix != ".tflite":
        raise ConfigError(f"{args.out}: the model's name must end in .tflite")
    from .finetune import FinetuneConfig, finetune
    from .report import show_change, show_export

    options = {key: value for key, value in vars(args).items() if key != "run"}
    made = finetune(FinetuneConfig(**options | {"data": tuple(args.data)}))
    console = Console(stderr=True)
    show_change(console, made.changes)
    show_export(console, made.export)
    if made.harm:
        console.print(f"beware: {made.harm}", soft_wrap=True)
    print(args.out)
