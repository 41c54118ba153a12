"""Name resolution that hangs for as long as a file is there."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_names.c")
HOST = "camera.slow.test"


def missing() -> str | None:
    """Return why it cannot be had here, or None."""
    return None if shutil.which("gcc") else "gcc is not installed"


def hanging(folder: Path) -> tuple[dict[str, str], Path]:
    """Return the environment in which `HOST` cannot be looked up, and the file to remove so that it can."""
    library, hangs = folder / "slow_names.so", folder / "hangs"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    hangs.touch()
    return {**os.environ, "LD_PRELOAD": str(library), "SLOW_NAMES": str(hangs)}, hangs
