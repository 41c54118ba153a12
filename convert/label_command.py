"""`digitstream-convert label`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "label",
        help="label pictures in the browser, by keyboard",
        description="Show the pictures of a data set that have no label yet, and write the labels that are "
        "typed into its manifest.csv at once. The page can only be opened on this machine.",
    )
    command.add_argument(
        "folder", type=Path, metavar="DIR", help="folder with a manifest.csv, as --collect makes"
    )
    command.add_argument(
        "--port", type=_port, default=0, metavar="N", help="port of the page (default: a free one)"
    )
    command.add_argument("--no-browser", action="store_true", help="only say where the page is")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
    from .label import serve

    serve(args.folder, args.port, open_browser=not args.no_browser)


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return value
