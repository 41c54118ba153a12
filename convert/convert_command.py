"""`digitstream-convert convert`."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from ..contract import ModelContract, contract_path
from ..errors import ConfigError, ModelError
from .arguments import share


def add_command(commands: Any) -> None:
    """Add the command to the parser."""
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
        "--accept", type=share, default=0.9, metavar="P", help="probability from which a digit is accepted"
    )
    command.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="T",
        help="divides the logits, for honest probabilities",
    )
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> None:
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
