"""What other users of the machine see of the arguments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from digitstream.title import hide_arguments
hide_arguments()
print(open("/proc/self/cmdline").read().rstrip(chr(0)).replace(chr(0), "|"))
print("|".join(sys.argv[1:]))
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")
@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["--source", "rtsp://cam:s3cret@host/1", "-v"], "--source|rtsp://***@host/1|-v"),
        (["--source=http://a.b:p@s s/w:rd@host/x?token=x1", "--fps", "5"], None),
        (["--source", "rtsp://a@h", "--log", "größe.jsonl"], "--source|rtsp://***@h|--log|größe.jso"),
        (["--source", "demo"], "--source|demo"),
    ],
)
def test_credentials_are_not_in_the_list_of_processes(words: list[str], seen: str | None) -> None:
    command = [sys.executable, "-c", PROGRAM, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shown, known = done.stdout.strip().rsplit("\n", 1)
    assert known == "|".join(words), "the program itself still knows them"
    assert seen is None or shown.endswith(seen)
    for secret in ("s3cret", "w:rd", "token=x1"):
        assert secret not in shown
