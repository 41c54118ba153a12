"""Types of command-line arguments."""

from __future__ import annotations

import argparse


def count(text: str) -> int:
    """Parse a number of things, at least one."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def share(text: str) -> float:
    """Parse a part of a whole, 0 and 1 excluded."""
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return value
