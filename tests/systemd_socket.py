"""The end of the notification socket that systemd holds.

with SystemdSocket(folder) as systemd:
    systemd.address   # for NOTIFY_SOCKET
    systemd.heard()   # the lines of the next message
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class SystemdSocket:
    def __init__(self, folder: Path, *, abstract: bool = False) -> None:
        self.address = f"@digitstream-{os.getpid()}" if abstract else str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.address[1:] if abstract else self.address)

    def heard(self, seconds: float = 20.0) -> list[str]:
        """Return the lines of the next message; raise TimeoutError when none comes."""
        self._socket.settimeout(seconds)
        return self._socket.recv(1 << 16).decode().splitlines()

    def until(self, line: str, seconds: float = 60.0) -> list[str]:
        """Return all lines up to and with this one."""
        lines: list[str] = []
        while line not in lines:
            lines += self.heard(seconds)
        return lines

    def all(self) -> list[str]:
        """Return the lines that are there."""
        lines: list[str] = []
        try:
            while True:
                lines += self.heard(0.02)
        except TimeoutError:
            return lines

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
