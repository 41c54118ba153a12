"""A TCP proxy that fails on command: between a client and a real server, for tests.

with FaultProxy(server_port) as proxy:
    proxy.port
    proxy.stall()   # connections stay open, nothing comes through; new ones are accepted and never answered
    proxy.resume()
    proxy.cut()     # every connection ends at once
    proxy.garble()  # a byte in a hundred is another one; `resume` ends that too
    proxy.refuse()  # connections end, and new ones with them, until `resume`

`alter` makes for each connection what changes the bytes that the server sends.
"""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class FaultProxy:
    """Forwards bytes both ways, in one thread."""

    def __init__(
        self, target: int, alter: Callable[[], Callable[[bytes], bytes]] = lambda: lambda data: data
    ) -> None:
        self._target, self._alter = ("127.0.0.1", target), alter
        self._altered: dict[socket.socket, Callable[[bytes], bytes]] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._peers: dict[socket.socket, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._flowing, self._closing = threading.Event(), threading.Event()
        self._flowing.set()
        self._garbling, self._refusing = threading.Event(), threading.Event()
        self._random, self._least = random.Random(1), 1000
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="fault-proxy")

    def stall(self) -> None:
        self._flowing.clear()

    def resume(self) -> None:
        self._garbling.clear()
        self._refusing.clear()
        self._flowing.set()

    def garble(self, least: int = 1000) -> None:
        """Disturb what comes in pieces of so many bytes or more: the server's words are shorter."""
        self._least = least
        self._garbling.set()

    def refuse(self) -> None:
        self._refusing.set()
        self.cut()

    def cut(self) -> None:
        """End every connection in an orderly way."""
        with self._lock:
            for peer in [*self._peers]:
                with contextlib.suppress(OSError):
                    peer.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        for peer in [*self._peers, self._listener]:
            peer.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            if not self._flowing.wait(0.02):
                continue
            for key, _ in self._selector.select(0.02):
                ready = key.fileobj
                assert isinstance(ready, socket.socket)
                if ready is self._listener:
                    self._accept()
                elif ready in self._peers:
                    self._forward(ready)

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        self.accepted += 1
        if self._refusing.is_set():
            client.close()
            return
        try:
            server = socket.create_connection(self._target, 1)
        except OSError:
            client.close()
            return
        with self._lock:
            self._peers |= {client: server, server: client}
        self._altered[server] = self._alter()
        for peer in (client, server):
            self._selector.register(peer, selectors.EVENT_READ)

    def _forward(self, ready: socket.socket) -> None:
        peer = self._peers[ready]
        with contextlib.suppress(OSError):
            data = ready.recv(1 << 16)
            if data:
                if ready in self._altered:
                    data = self._altered[ready](data)
                bulk = self._garbling.is_set() and len(data) >= self._least
                peer.sendall(self._garbled(data) if bulk else data)
                return
        for end in (ready, peer):
            self._selector.unregister(end)
            self._altered.pop(end, None)
            with self._lock:
                del self._peers[end]
            end.close()

    def _garbled(self, data: bytes) -> bytes:
        noisy = bytearray(data)
        for _ in range(max(len(data) // 100, 1)):
            noisy[self._random.randrange(len(noisy))] = self._random.randrange(256)
        return bytes(noisy)
