"""The examples in docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def documented() -> list[str]:
    """Return the modules that have examples."""
    found = []
    for folder, package in (("stream", "digitstream"), ("convert", "digitstream.convert")):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if ">>> " in path.read_text():
                inside = path.relative_to(ROOT / folder).with_suffix("")
                found.append(".".join([package, *inside.parts]).removesuffix(".__init__"))
    return found


@pytest.mark.parametrize("name", documented())
def test_examples(name: str) -> None:
    done = doctest.testmod(importlib.import_module(name))
    assert done.attempted > 0
    assert done.failed == 0
