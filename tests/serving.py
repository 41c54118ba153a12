"""A live page that runs, and what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from aiohttp import ClientSession, ClientTimeout, CookieJar

from digitstream.frames import Frame
from digitstream.readings import Reading, Status
from digitstream.results import Result
from digitstream.sources.source import SourceStatus
from digitstream.web.server import WebSink

T = TypeVar("T")

LIVE = SourceStatus("live", frames=120, drops=3, reconnects=1)


def reading(**changes: Any) -> Reading:
    """Return a good reading of the display `gas`."""
    good = Reading("cellar", "gas", 7, None, 0.28, "01345.3", "1345.3", "m³", 0.998, Status.OK)
    return replace(good, **changes)


def result(
    *readings: Reading, grey: int | None = 90, size: tuple[int, int] = (160, 96), **changes: Any
) -> Result:
    """Return a result of the camera `cellar` with a plain picture, or with none."""
    luma = None if grey is None else np.full((size[1], size[0]), grey, np.uint8)
    frame = None if luma is None else Frame(7, luma)
    known: dict[str, Any] = {"fps": 25.0, "latency_ms": 12.0, "source": LIVE, **changes}
    return Result(known.pop("camera", "cellar"), frame, readings or (reading(),), **known)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(frozen=True)
class Served:
    """A page that runs."""

    sink: WebSink

    @property
    def url(self) -> str:
        """Its address, with a slash at the end."""
        return self.sink.url

    def run(self, client: Callable[[ClientSession, str], Awaitable[T]]) -> T:
        """Run a client to its end."""

        async def main() -> T:
            jar = CookieJar(unsafe=True)  # keeps cookies of a bare address
            async with ClientSession(timeout=ClientTimeout(20), cookie_jar=jar) as session:
                return await client(session, self.url)

        return asyncio.run(main())


@contextmanager
def serving(*results: Result, token: str | None = None) -> Iterator[Served]:
    """Serve on a free port of loopback, with one good result unless others are given."""
    with WebSink(port=0, token=token) as sink:
        for each in results or (result(),):
            sink.write(each)
        yield Served(sink)


def asked(served: Served, path: str, **request: Any) -> Answer:
    """Return the answer to one GET request."""

    async def get(session: ClientSession, url: str) -> Answer:
        async with session.get(url + path, allow_redirects=False, **request) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())

    return served.run(get)
