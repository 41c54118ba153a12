"""A labelling page that runs, and what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from aiohttp import ClientSession, ClientTimeout, web

from digitstream.convert.label import LabelPage

T = TypeVar("T")


def visit(folder: Path, client: Callable[[ClientSession, str], Awaitable[T]]) -> T:
    """Serve the page of a folder on a free port of loopback while a client runs to its end."""

    async def main() -> T:
        runner = web.AppRunner(LabelPage(folder).app())
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
            async with ClientSession(timeout=ClientTimeout(20)) as session:
                return await client(session, url)
        finally:
            await runner.cleanup()

    return asyncio.run(main())
