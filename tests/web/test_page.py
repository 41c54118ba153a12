"""The live page in a real browser."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import cv2
import pytest

from browser import Page, find_browser, open_page
from digitstream.readings import Status
from digitstream.sources.source import SourceStatus
from serving import Served, reading, result, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="Chromium is not installed"),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11"),
]

TROUBLE = '<img src=x onerror="window.hacked = 1">'


def browse(folder: Path, visit: object, *results: object) -> None:
    async def main(served: Served) -> None:
        binary = find_browser()
        assert binary is not None
        async with open_page(binary, folder) as page:
            await visit(page, served)  # type: ignore[operator]
            assert page.errors == []

    with serving(*results) as served:  # type: ignore[arg-type]
        asyncio.run(main(served))


def test_shows_pictures_and_readings_as_they_change(tmp_path: Path) -> None:
    async def visit(page: Page, served: Served) -> None:
        await page.show(served.url, 900, 900)
        await page.until("document.querySelector('.camera img')?.naturalWidth === 160")
        assert await page.eval("document.querySelector('.value span').textContent") == "01345.3"
        assert await page.eval("document.querySelector('.status').dataset.kind") == "ok"
        shot = tmp_path / "page.png"
        await page.screenshot(shot)
        picture = cv2.imread(str(shot))
        assert picture is not None
        assert 80 < int(picture[300, 450].mean()) < 100  # the grey picture is really painted

        served.sink.write(result(reading(text=None, value=None, status=Status.UNSTABLE), size=(320, 192)))
        await page.until("document.querySelector('.camera img').naturalWidth === 320")
        await page.until("document.querySelector('.status').dataset.kind === 'unstable'")
        assert await page.eval("document.querySelector('.value span').textContent") == "–"
        assert "01345.3" in await page.eval("document.querySelector('.age').textContent")

    browse(tmp_path / "profile", visit)


def test_a_camera_that_is_down_says_so_and_names_are_text(tmp_path: Path) -> None:
    down = SourceStatus("auth_failed", last_error=f"refused {TROUBLE}")
    stale = reading(display=TROUBLE, text=None, value=None, status=Status.STALE)

    async def visit(page: Page, served: Served) -> None:
        await page.show(served.url, 400, 900, dark=True)
        await page.until("document.querySelectorAll('.camera').length === 2")
        assert (
            await page.eval("document.querySelector('.down figcaption').textContent") == f"refused {TROUBLE}"
        )
        assert await page.eval("document.querySelector('.down h2').textContent") == TROUBLE
        assert await page.eval("window.hacked") is None
        assert await page.eval("document.documentElement.scrollWidth <= innerWidth")

    browse(tmp_path / "profile", visit, result(), result(stale, camera=TROUBLE, grey=None, source=down))
