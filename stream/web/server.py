"""The live page as a sink: one HTTP server, in a thread and loop of its own."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from aiohttp import web

from ..errors import ConfigError, OutputError
from ..results import Result
from ..sinks.queue import SinkStats
from ..sinks.sink import Sink
from .access import guard, is_loopback
from .board import Board
from .jpeg import Encoder
from .routes import Routes

PORT = 8477


class WebSink(Sink):
    """Show the newest result of every camera on a page.

    `write` only keeps the result. Pictures are drawn and encoded while somebody looks, ten a second at most.
    Port 0 takes a free one; `url` tells which.
    """

    pictures = True
    newest_only = True

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = PORT,
        token: str | None = None,
        *,
        open_browser: bool = False,
    ) -> None:
        if not token and not is_loopback(host):
            raise ConfigError(
                f"the live page on {host or 'all addresses'} would be open to everybody: set a token, "
                "or listen on 127.0.0.1"
            )
        self.name = "web"
        self.url = ""
        self._host, self._port, self._token = host, port, token or None
        self._open_browser = open_browser
        self._board = Board()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leaving: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        started: Future[int] = Future()
        self._thread = threading.Thread(target=self._work, args=(started,), name="web", daemon=True)
        self._thread.start()
        try:
            port = started.result()
        except OSError as error:
            self._thread.join()
            reason = error.strerror or str(error)
            if isinstance(error, socket.gaierror):
                reason = "no such address"
            elif error.errno is not None:
                reason = os.strerror(error.errno)
            raise OutputError(
                f"the live page cannot listen on {self._host} port {self._port}: {reason}; "
                "choose another address or port"
            ) from error
        self.url = f"http://{self._public_name()}:{port}/"
        asks = " (asks for the token)" if self._token else ""
        sys.stderr.write(f"live page: {self.url}{asks}\n")
        sys.stderr.flush()
        if self._open_browser and has_desktop():
            # A thread, as some browsers are waited for until they are closed.
            threading.Thread(
                target=webbrowser.open, args=(self.url,), name="web-browser", daemon=True
            ).start()

    def write(self, result: Result) -> None:
        self._board.put(result)

    def watch(self, sinks: Callable[[], Sequence[SinkStats]]) -> None:
        """Show in the metrics how the outputs fare."""
        self._board.sinks = sinks

    def close(self) -> None:
        if self._loop is not None and self._leaving is not None and self._thread is not None:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._leaving.set)
            self._thread.join(5)
            self._thread = None

    def _public_name(self) -> str:
        if self._host in ("", "0.0.0.0", "::"):
            return socket.gethostname()
        return f"[{self._host}]" if ":" in self._host else self._host

    def _work(self, started: Future[int]) -> None:
        asyncio.run(self._serve(started))

    async def _serve(self, started: Future[int]) -> None:
        self._loop = asyncio.get_running_loop()
        self._leaving = asyncio.Event()
        encoder = Encoder(self._board)
        app = web.Application(middlewares=[guard(self._token)])
        Routes(self._board, encoder, self._leaving).register(app)
        # Live connections end by themselves once the program leaves: nothing has to be waited for.
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        try:
            await runner.setup()
            site = web.TCPSite(runner, self._host or None, self._port)
            await site.start()
            started.set_result(runner.addresses[0][1])
            await self._leaving.wait()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
        finally:
            await runner.cleanup()
            encoder.close()


def has_desktop() -> bool:
    """Return whether a browser window could appear."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True
