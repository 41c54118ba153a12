"""Tell systemd how the program is doing, over the datagram socket that it names."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)


def notify(*lines: str, environ: Mapping[str, str] = os.environ) -> None:
    """Send `READY=1` and the like; without systemd nothing happens."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # a name without a file
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as messenger:
            # Whoever cannot take a message now must not hold the program up.
            messenger.setblocking(False)
            messenger.sendto("\n".join(lines).encode(), address)
    except OSError as error:
        log.debug("systemd cannot be told %s: %s", lines[0], error)


def reloading(environ: Mapping[str, str] = os.environ) -> None:
    """Say that the configuration is read again; `READY=1` follows."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", environ=environ)


class Watchdog:
    """Shows systemd signs of life, as often as it wants them."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        try:
            ours = int(environ.get("WATCHDOG_PID") or os.getpid()) == os.getpid()
            seconds = int(environ.get("WATCHDOG_USEC") or 0) / 1e6
        except ValueError:
            ours, seconds = False, 0.0
        self.patience = seconds / 2 if ours and seconds > 0 else None
        """Seconds after which a loop that has not turned counts as hanging; None: nobody watches."""
        self._next = float("-inf")

    def turned(self, last: float, now: float) -> None:
        """Take the time at which the slowest loop last turned: a hanging one gives no sign of life."""
        if self.patience is None or now < self._next or now - last > self.patience:
            return
        self._next = now + self.patience / 2
        notify("WATCHDOG=1", environ=self._environ)
