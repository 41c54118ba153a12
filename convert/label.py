"""The labelling page: one picture at a time, one key a label."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
import threading
import webbrowser
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from aiohttp import web
from aiohttp.typedefs import Handler

from ..classifier import NONE, Classifier
from ..crops import letterbox
from ..errors import OutputError
from ..web.access import HEADERS, guard
from ..web.server import has_desktop
from .errors import DatasetError, LabelError
from .label_manifest import Manifest, Row
from .sample import Kind

FILES = {
    "label.html": ("digitstream.convert", "text/html"),
    "label.js": ("digitstream.convert", "text/javascript"),
    "label.css": ("digitstream.convert", "text/css"),
    "style.css": ("digitstream.web", "text/css"),
    "icon.svg": ("digitstream.web", "image/svg+xml"),
}
SHOWN = ("file", "kind", "guess", "confidence", "reason", "camera", "display", "device", "time")
"""Columns that the page tells about a picture."""
_SURE = np.log(0.5)


def serve(folder: Path, port: int = 0, *, open_browser: bool = True) -> None:
    """Serve the page of a folder on loopback until the program is told to stop."""
    page = LabelPage(folder)
    asyncio.run(_serve(page.app(), port, open_browser))
    labels = [row.get("label", "").strip() for row in Manifest(folder).rows()]
    sys.stderr.write(f"{sum(map(bool, labels))} of {len(labels)} labelled in {folder}\n")


class LabelPage:
    """The HTTP application that shows a folder's pictures and writes their labels."""

    def __init__(self, folder: Path) -> None:
        self._manifest = Manifest(folder)
        self._removed: dict[str, tuple[list[list[str]], bytes | None]] = {}
        self._guesses: dict[str, str] = {}
        self._classifier: Classifier | None = None
        self._files = {
            name: (resources.files(package).joinpath(name).read_bytes(), kind)
            for name, (package, kind) in FILES.items()
        }

    def app(self) -> web.Application:
        """Return the application; it answers to this machine alone, and to no other site's pages."""
        app = web.Application(middlewares=[guard(None), _explained])
        app.router.add_get("/", self._file)
        for name in FILES:
            app.router.add_get(f"/{name}", self._file)
        app.router.add_get("/state.json", self._state)
        app.router.add_get("/picture", self._picture)
        for name, action in (("label", self._label), ("remove", self._remove), ("restore", self._restore)):
            app.router.add_post(f"/{name}", action)
        app.on_response_prepare.append(_add_headers)
        return app

    async def _file(self, request: web.Request) -> web.Response:
        body, kind = self._files[request.path.strip("/") or "label.html"]
        return web.Response(
            body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"}
        )

    async def _state(self, request: web.Request) -> web.Response:
        # Guesses for a folder that has none take a while.
        return web.json_response(await asyncio.to_thread(self._now), headers={"Cache-Control": "no-store"})

    def _now(self) -> dict[str, Any]:
        """Return how far the folder is, and the pictures that wait for a label."""
        rows = self._manifest.rows()
        waiting = [row for row in rows if not row.get("label", "").strip()]
        paths = {file: self._manifest.path(file) for row in waiting if (file := row.get("file"))}
        there = [row for row in waiting if paths.get(row.get("file", ""))]
        self._guess([(row["file"], path) for row in there if _is_open(row) and (path := paths[row["file"]])])
        return {
            "folder": self._manifest.folder.resolve().name,
            "path": shlex.quote(str(self._manifest.folder)),
            "total": len(rows),
            "labelled": len(rows) - len(waiting),
            "missing": len(waiting) - len(there),
            "items": [
                {"guess": self._guesses.get(row["file"], "")}
                | {key: row[key] for key in SHOWN if row.get(key)}
                for row in there
            ],
        }

    def _guess(self, open_files: Sequence[tuple[str, Path]]) -> None:
        """Ask the classifier about crops of which the manifest tells no guess."""
        files, crops = [], []
        for file, path in open_files:
            picture = None if file in self._guesses else cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            if picture is not None:
                files.append(file)
                crops.append(letterbox(np.asarray(picture, np.uint8)))
        if not crops:
            return
        self._classifier = self._classifier or Classifier.load()
        for file, logs in zip(files, self._classifier(np.stack(crops)).digits, strict=True):
            best = int(np.argmax(logs))
            self._guesses[file] = "" if logs[best] < _SURE else "blank" if best == NONE else str(best)

    async def _picture(self, request: web.Request) -> web.Response:
        path = self._manifest.path(request.query.get("file", ""))
        picture = None if path is None else cv2.imread(str(path), cv2.IMREAD_COLOR)
        if picture is None:
            raise web.HTTPNotFound(text="no such picture\n")
        # Encoded anew: whatever the file is, what the browser gets is a picture.
        data = cv2.imencode(".png", picture)[1].tobytes()
        return web.Response(body=data, content_type="image/png", headers={"Cache-Control": "max-age=600"})

    async def _label(self, request: web.Request) -> web.Response:
        body = await _body(request)
        self._manifest.label(body.get("file", ""), body.get("label", ""))
        return web.json_response({})

    async def _remove(self, request: web.Request) -> web.Response:
        """Take a picture and its lines out of the folder; kept in memory for `restore`."""
        file = (await _body(request)).get("file", "")
        path = self._manifest.path(file)
        data = None if path is None else path.read_bytes()
        self._removed[file] = self._manifest.remove(file), data
        if path is not None:
            path.unlink()
        return web.json_response({})

    async def _restore(self, request: web.Request) -> web.Response:
        file = (await _body(request)).get("file", "")
        if file not in self._removed:
            raise DatasetError(f"{file!r} was not removed by this program")
        lines, data = self._removed[file]
        if data is not None:
            (self._manifest.folder / file).write_bytes(data)
        self._manifest.restore(lines)
        del self._removed[file]
        return web.json_response({})


def _is_open(row: Row) -> bool:
    return row.get("kind") == Kind.CROP.value and not row.get("guess")


async def _body(request: web.Request) -> Mapping[str, str]:
    """Return the JSON object of a request; a form of another site cannot send one."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="JSON only\n")
    try:
        body = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="no JSON\n") from None
    if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
        raise web.HTTPBadRequest(text="not an object of texts\n")
    return body


@web.middleware
async def _explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors with their one line."""
    try:
        return await handler(request)
    except LabelError as error:
        return web.Response(status=400, text=f"{error}\n")
    except DatasetError as error:
        return web.Response(status=409, text=f"{error}\n")
    except OSError as error:
        reason = error.strerror or error
        return web.Response(status=500, text=f"cannot write: {error.filename}: {reason}\n")


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


async def _serve(app: web.Application, port: int, open_browser: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error
            raise OutputError(
                f"the page cannot listen on port {port}: {reason}; choose another --port"
            ) from None
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        sys.stderr.write(f"labelling page: {url} (Ctrl-C ends)\n")
        sys.stderr.flush()
        if open_browser and has_desktop():
            # A thread, as some browsers are waited for until they are closed.
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        await stop.wait()
    finally:
        await runner.cleanup()
