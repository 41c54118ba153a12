"""Measures beside their goals, as a table in Markdown, with the machine that they were taken on."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import version
from pathlib import Path

PARTS = ("throughput", "live", "scaling")
"""What has to be measured before the table replaces the one that is there."""
LIBRARIES = ("av", "opencv-python-headless", "numpy", "ai-edge-litert")


@dataclass
class Report:
    """Collects rows; `goal` is what the issue asks for, empty where it asks for nothing."""

    path: Path
    rows: list[tuple[str, str, str, bool | None]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """Whether all parts have been measured."""
        return set(PARTS) <= self.done

    def add(self, measure: str, figure: str, goal: str = "", met: bool | None = None) -> None:
        """Add a measure."""
        self.rows.append((measure, figure, goal, met))
        print(f"\n{measure}: {figure}{f' (goal {goal})' if goal else ''}")

    def add_table(self, title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
        """Add a table of its own."""
        names = [*columns]
        lines = [f"## {title}", "", _row(names), _row("---" for _ in names), *map(_row, rows)]
        self.tables.append("\n".join(lines))
        print("\n" + self.tables[-1])

    def markdown(self) -> str:
        """Return the whole page."""
        head = [
            "# Benchmarks",
            "",
            f"Measured by `make bench` on {date.today().isoformat()}: {machine()}.",
            "Ratios are of runs that alternate; absolute times are of this machine.",
            "",
            _row(("measure", "here", "goal", "met")),
            _row("---" for _ in range(4)),
        ]
        marks = {True: "yes", False: "**no**", None: ""}
        body = [_row((measure, figure, goal, marks[met])) for measure, figure, goal, met in self.rows]
        return "\n".join([*head, *body, "", "\n\n".join(self.tables), ""])

    def write(self) -> None:
        """Write the page."""
        self.path.write_text(self.markdown(), "utf-8")
        print(f"written to {self.path}")


def machine() -> str:
    """Describe the machine in a line."""
    cpu = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    name = re.search(r"model name\s*:\s*(.+)", cpu)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
    return (
        f"{os.cpu_count()} cores of {name[1] if name else platform.processor() or platform.machine()}, "
        f"{memory:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {sys.version.split()[0]}, {libraries}"
    )


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"
