"""A TCP proxy that fails on command: between a client and a real server, for tests.

with FaultProxy(server_port) as proxy:
    proxy.port
    proxy.stall()   # connections stay open, nothing comes through; new ones are accepted and never answered
    proxy.resume()
    proxy.cut()     # every connection ends at once
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Self


class FaultProxy:
    """Forwards bytes both ways, in one thread."""

    def __init__(self, target: int) -> None:
        self._target = ("127.0.0.1", target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._peers: dict[socket.socket, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._flowing, self._closing = threading.Event(), threading.Event()
        self._flowing.set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="fault-proxy")

    def stall(self) -> None:
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

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
        try:
            server = socket.create_connection(self._target, 1)
        except OSError:
            client.close()
            return
        with self._lock:
            self._peers |= {client: server, server: client}
        for peer in (client, server):
            self._selector.register(peer, selectors.EVENT_READ)

    def _forward(self, ready: socket.socket) -> None:
        peer = self._peers[ready]
        with contextlib.suppress(OSError):
            data = ready.recv(1 << 16)
            if data:
                peer.sendall(data)
                return
        for end in (ready, peer):
            self._selector.unregister(end)
            with self._lock:
                del self._peers[end]
            end.close()
