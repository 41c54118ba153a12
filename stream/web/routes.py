"""What the HTTP server answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from importlib import metadata, resources
from typing import Any

from aiohttp import WSMsgType, web

from .access import HEADERS
from .board import Board
from .jpeg import Encoder
from .metrics import exposition

INTERVAL = 0.1
"""Seconds between two looks at the board: at most ten pictures a second."""

FILES = {
    "page.html": "text/html",
    "app.js": "text/javascript",
    "style.css": "text/css",
    "icon.svg": "image/svg+xml",
}

BOUNDARY = "frame"


class Routes:
    """The handlers; those that stream end when `leaving` is set."""

    def __init__(self, board: Board, encoder: Encoder, leaving: asyncio.Event) -> None:
        self._board = board
        self._encoder = encoder
        self._leaving = leaving
        folder = resources.files(__package__)
        self._files = {name: folder.joinpath(name).read_bytes() for name in FILES}
        self._version = _version()

    def register(self, app: web.Application) -> None:
        """Add the routes to an application."""
        app.router.add_get("/", self._file)
        for name in FILES:
            if name != "page.html":
                app.router.add_get(f"/{name}", self._file)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/readings.json", self._state)
        app.router.add_get("/readings", self._events)
        app.router.add_get("/snapshot.jpg", self._snapshot)
        app.router.add_get("/video.mjpg", self._video)
        app.router.add_get("/live", self._live)
        app.on_response_prepare.append(_add_headers)

    async def _file(self, request: web.Request) -> web.Response:
        name = request.path.strip("/") or "page.html"
        return web.Response(
            body=self._files[name],
            content_type=FILES[name],
            charset="utf-8",
            headers={"Cache-Control": "no-cache"},
        )

    async def _health(self, request: web.Request) -> web.Response:
        healthy = self._board.healthy()
        return web.json_response({"status": "ok" if healthy else "failing"}, status=200 if healthy else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        text = exposition(self._board).encode()
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self._full_state(), headers={"Cache-Control": "no-store"})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send each new reading as a server-sent event; a slow client gets only the newest ones."""
        answer = web.StreamResponse(
            headers={"Cache-Control": "no-store", "Content-Type": "text/event-stream"}
        )
        await answer.prepare(request)
        sent: dict[str, int] = {}
        with contextlib.suppress(ConnectionError):
            async for _ in self._looks():
                lines = [f"data: {reading.to_json()}\n\n" for reading in self._board.readings(sent)]
                if lines:
                    await answer.write("".join(lines).encode())
        return answer

    async def _snapshot(self, request: web.Request) -> web.Response:
        picture = await self._encoder.newest(request.query.get("camera"), full=True)
        if picture is None:
            raise web.HTTPNotFound(text="no such camera, or no picture of it yet\n")
        return web.Response(body=picture[1], content_type="image/jpeg", headers={"Cache-Control": "no-store"})

    async def _video(self, request: web.Request) -> web.StreamResponse:
        """Send pictures as MJPEG, for programs that embed a camera by its address."""
        camera = request.query.get("camera")
        if self._board.picture(camera) is None:
            raise web.HTTPNotFound(text="no such camera, or no picture of it yet\n")
        kind = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
        answer = web.StreamResponse(headers={"Cache-Control": "no-store", "Content-Type": kind})
        await answer.prepare(request)
        sent = -1
        with contextlib.suppress(ConnectionError):
            async for _ in self._looks():
                picture = await self._encoder.newest(camera)
                if picture is not None and picture[0] != sent:
                    sent, jpeg = picture
                    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                    await answer.write(head.encode() + jpeg + b"\r\n")
        return answer

    async def _live(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the page: the state when it changes, and a picture of a camera each time one is asked for.

        The client asks by the camera's name once it has shown the picture before, so that a slow line or a
        hidden card costs nothing. A picture is the name's length in UTF-8 (two bytes), the name, the JPEG.
        """
        socket = web.WebSocketResponse(heartbeat=20, max_msg_size=4096, compress=False)
        await socket.prepare(request)
        asked: set[str] = set()
        sender = asyncio.create_task(self._send_live(socket, asked))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and self._board.picture(message.data) is not None:
                    asked.add(message.data)
        finally:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sender
        return socket

    async def _send_live(self, socket: web.WebSocketResponse, asked: set[str]) -> None:
        version = -1
        sent: dict[str, int] = {}
        try:
            async for look in self._looks():
                # Ages go on when nothing else changes.
                if version != self._board.version or look % 10 == 0:
                    version = self._board.version
                    await socket.send_json(self._full_state())
                for camera in sorted(asked):
                    picture = await self._encoder.newest(camera)
                    if picture is not None and picture[0] != sent.get(camera):
                        sent[camera], jpeg = picture
                        asked.discard(camera)
                        name = camera.encode()
                        await socket.send_bytes(len(name).to_bytes(2, "big") + name + jpeg)
        except ConnectionError:
            pass
        finally:
            await socket.close()

    async def _looks(self) -> AsyncIterator[int]:
        """Count up, ten times a second, until the program leaves."""
        look = 0
        while not self._leaving.is_set():
            yield look
            look += 1
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), INTERVAL)

    def _full_state(self) -> dict[str, Any]:
        return {**self._board.state(), "program": self._version}


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


def _version() -> str:
    try:
        return metadata.version("digitstream")
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return ""
