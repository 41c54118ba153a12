"""A real browser without a window, driven by its debugging protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
]


def find_browser() -> str | None:
    """Return the path of a Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page:
    """A tab; `errors` collects what its scripts complain of."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse[Any]) -> None:
        self._socket = socket
        self._ids = count(1)
        self.errors: list[str] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer."""
        number = next(self._ids)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = json.loads((await self._socket.receive()).data)
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])
            if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.errors.append(json.dumps(message["params"]))

    async def eval(self, expression: str) -> Any:
        """Return the value of a JavaScript expression."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def until(self, expression: str, timeout: float = 20.0) -> None:
        """Wait until the expression is true."""
        async with asyncio.timeout(timeout) if hasattr(asyncio, "timeout") else _forever():
            while not await self.eval(expression):
                await asyncio.sleep(0.05)

    async def show(self, url: str, width: int, height: int, *, dark: bool = False, scale: float = 1) -> None:
        """Open an address in a viewport of the given size."""
        await self.call("Runtime.enable")
        await self.call("Log.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        await self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=False,
        )  # fmt: skip
        await self.call("Page.navigate", url=url)

    async def screenshot(self, path: Path) -> None:
        """Save what is seen as PNG."""
        answer = await self.call("Page.captureScreenshot")
        path.write_bytes(base64.b64decode(answer["data"]))


@asynccontextmanager
async def open_page(binary: str, folder: Path) -> AsyncIterator[Page]:
    """Start a browser whose profile is in `folder` and hand out its tab."""
    process = await asyncio.create_subprocess_exec(
        binary, *FLAGS, f"--user-data-dir={folder}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        announced = folder / "DevToolsActivePort"
        for _ in range(400):
            if announced.exists() and len(announced.read_text().splitlines()) == 2:
                break
            await asyncio.sleep(0.05)
        port = announced.read_text().splitlines()[0]
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tab = next(tab for tab in await answer.json() if tab["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _forever() -> AsyncIterator[None]:
    yield  # Python 3.10 has no asyncio.timeout; the test's own limit holds there
