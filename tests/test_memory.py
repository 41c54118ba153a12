"""Free memory goes back to the system."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import re, threading
from digitstream import memory

def resident():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024

memory.share_arenas()
kept = []

def fill():
    # Small blocks with others that stay between them: nothing is free on top.
    blocks = [bytearray(60000) for _ in range(4000)]
    kept.extend(blocks[::40])

threads = [threading.Thread(target=fill) for _ in range(2)]
before = resident()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
full = resident()
memory.give_back()
print(full - before, resident() - before)
"""


def test_what_is_free_between_what_is_not_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    full, after = map(float, done.stdout.split())
    assert after < 60
    assert full >= after


def test_what_speaks_http_is_only_loaded_for_cameras_that_do() -> None:
    code = "import sys, digitstream.supervisor; print(*{'ssl', 'http.client'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
