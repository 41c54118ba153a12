"""The `digitstream-convert` command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import DigitstreamError, OutputError
from . import (
    convert_command,
    evaluate_command,
    finetune_command,
    label_command,
    train_command,
    validate_command,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0, 2 for bad arguments, or that of the error."""
    args = parser().parse_args(argv)
    # TensorFlow tells of every kernel that it might have been built with.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
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
        description="Check data, train a model, convert it, measure it, or draw the demo clip.",
        allow_abbrev=False,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in (
        train_command,
        finetune_command,
        convert_command,
        evaluate_command,
        label_command,
        validate_command,
    ):
        command.add_command(commands)
    _add_demo(commands)
    return top


def _add_demo(commands: Any) -> None:
    command = commands.add_parser(
        "demo", help="draw the demo clip", description="Draw the demo clip: clip.mp4 and its truth.csv."
    )
    command.add_argument("folder", nargs="?", type=Path, default=Path("demo"), metavar="DIR", help="where to")
    command.set_defaults(run=_demo)


def _demo(args: argparse.Namespace) -> None:
    from . import demo

    demo.main([str(args.folder)])
