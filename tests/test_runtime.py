"""The runtime keeps quiet, and lets everybody else speak."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import logging, threading
from digitstream.classifier import Classifier

logging.basicConfig(format="%(message)s")
done = threading.Event()

def talk():
    for number in range(3000):
        logging.warning("message %d", number)
    done.set()

talker = threading.Thread(target=talk)
talker.start()
while not done.is_set():
    Classifier.load()
talker.join()
"""


def test_no_message_is_lost_while_a_model_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [f"message {number}" for number in range(3000)]
