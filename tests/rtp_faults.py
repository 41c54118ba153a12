"""What may happen to RTP packets on their way: some get lost, or the camera's clock goes wrong.

faults = RtpFaults()
with FaultProxy(server.port, faults.connection) as proxy:
    faults.lose(0.05)   # one packet in twenty
    faults.jump(3600)   # the clock is an hour ahead from now on; also backwards
    faults.wrap()       # the clock reaches its end in a second
    faults.run(-1)      # the clock runs backwards; 0: it stands still
    faults.end()
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

RATE = 90_000
"""Ticks a second of the clock of video."""
END = 1 << 32


class RtpFaults:
    """Faults of all connections of a server."""

    def __init__(self) -> None:
        self._random = random.Random(1)
        self.lost = self.changed = 0
        self.end()

    def end(self) -> None:
        """Let everything through as it comes."""
        self._share, self._pace, self._leap = 0.0, 1, 0
        self._wraps = False
        self._since: int | None = None

    def lose(self, share: float) -> None:
        self._share = share

    def jump(self, seconds: float) -> None:
        self._leap = round(seconds * RATE)

    def wrap(self) -> None:
        self._wraps, self._since = True, None

    def run(self, pace: int) -> None:
        self._pace, self._since = pace, None

    def connection(self) -> Callable[[bytes], bytes]:
        """Return what changes the bytes of one connection."""
        waiting = bytearray()

        def alter(data: bytes) -> bytes:
            waiting.extend(data)
            return b"".join(iter(lambda: self._next(waiting), None))

        return alter

    def _next(self, waiting: bytearray) -> bytes | None:
        """Take the next packet or answer off the bytes, changed; None where it is not complete."""
        if not waiting:
            return None
        packet = waiting[0] == ord("$")
        if packet:
            length = 4 + int.from_bytes(waiting[2:4], "big") if len(waiting) >= 4 else END
        else:
            head = waiting.find(b"\r\n\r\n")
            body = re.search(rb"(?i)content-length: *(\d+)", waiting[:head])
            length = END if head < 0 else head + 4 + (int(body[1]) if body else 0)
        if len(waiting) < length:
            return None
        taken = waiting[:length]
        del waiting[:length]
        # Even channels carry pictures, odd ones reports about them.
        return self._changed(taken) if packet and taken[1] % 2 == 0 else bytes(taken)

    def _changed(self, packet: bytearray) -> bytes:
        if self._random.random() < self._share:
            self.lost += 1
            return b""
        time = int.from_bytes(packet[8:12], "big")
        if self._since is None:
            self._since = time
            if self._wraps:
                self._leap = END - RATE - time
        shown = self._since + self._pace * (time - self._since) + self._leap
        self.changed += shown != time
        packet[8:12] = (shown % END).to_bytes(4, "big")
        return bytes(packet)
