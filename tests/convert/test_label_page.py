"""The labelling page in a real browser, by keyboard alone."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession

from browser import Page, find_browser, open_page
from digitstream.convert.label_manifest import Manifest
from labelling import visit
from manifests import write

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_browser() is None, reason="Chromium is not installed"),
    pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11"),
]

TROUBLE = '<img src=x onerror="window.hacked = 1">'
SPECIAL = {"Enter": "\r", "ArrowLeft": "", "Backspace": "", "Tab": ""}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "set",
        ["a.png", "", "cropped-digit", "", "3", "0.512", TROUBLE],
        ["b.png", "", "cropped-digit", "", "6.8", "0.7", "gas"],
        ["c.png", "", "cropped-digit", "", "1", "", ""],
        ["d.png", "", "strip", "", "", "", ""],
        header=["file", "label", "kind", "boxes", "guess", "confidence", "display"],
    )


def labels(folder: Path) -> list[str]:
    return [row["label"] for row in Manifest(folder).rows()]


def browse(folder: Path, steps: Callable[[Page], Awaitable[None]], *, dark: bool = False) -> None:
    async def client(session: ClientSession, url: str) -> None:
        binary = find_browser()
        assert binary is not None
        async with open_page(binary, folder.parent / "profile") as page:
            await page.show(url, 1000, 760, dark=dark)
            await page.until("document.getElementById('picture').naturalWidth > 0")
            await steps(page)
            assert page.errors == []
            assert await page.eval("window.hacked") is None

    visit(folder, client)


async def press(page: Page, *keys: str, held: bool = False) -> None:
    for key in keys:
        await page.call(
            "Input.dispatchKeyEvent",
            type="keyDown", key=key, text=SPECIAL.get(key, key), autoRepeat=held,
        )  # fmt: skip
        await page.call("Input.dispatchKeyEvent", type="keyUp", key=key)


async def text(page: Page, name: str) -> str:
    return str(await page.eval(f"document.getElementById('{name}').textContent"))


async def shows(page: Page, file: str) -> None:
    await page.until(f"document.getElementById('picture').dataset.file === '{file}'")


async def counts(page: Page, words: str) -> None:
    await page.until(f"document.getElementById('count').textContent === '{words}'")


async def saved(page: Page) -> None:
    """Wait for what was typed to be on the disk."""
    await page.call("Runtime.evaluate", expression="saving", awaitPromise=True)


def test_every_key_does_what_it_says(folder: Path) -> None:
    async def steps(page: Page) -> None:
        await counts(page, "0 of 4 labelled")
        assert await text(page, "answer") == "3"
        assert TROUBLE in await text(page, "about")
        await press(page, "Enter")  # as read
        await shows(page, "b.png")
        await press(page, "Enter")
        await saved(page)
        assert labels(folder) == ["3", "6.8", "", ""]
        await counts(page, "2 of 4 labelled")

        await press(page, "u", "ArrowLeft")
        await shows(page, "a.png")
        await saved(page)
        assert labels(folder) == ["", "", "", ""]

        await press(page, "7", "n", "5", ".")  # the 5 was the beginning of a position
        await shows(page, "c.png")
        assert await text(page, "answer") == "5._"
        await press(page, "2")
        await saved(page)
        assert labels(folder) == ["7", "blank", "5.2", ""]

        await shows(page, "d.png")  # a strip: its number is typed
        await press(page, *"12.57", "Backspace", *" 8")
        assert await text(page, "answer") == "12.5 8_"
        await press(page, "Enter")
        await saved(page)
        assert labels(folder) == ["7", "blank", "5.2", "12.5 8"]
        await page.until("!document.getElementById('done').hidden")
        assert "finetune" in await text(page, "next")

    browse(folder, steps)


def test_skipped_and_deleted_pictures_come_back(folder: Path) -> None:
    async def steps(page: Page) -> None:
        await press(page, "s", "x")
        await shows(page, "c.png")
        await saved(page)
        assert not (folder / "b.png").exists()
        await counts(page, "0 of 3 labelled")
        await press(page, "u")
        await shows(page, "b.png")
        await saved(page)
        assert (folder / "b.png").exists()
        await press(page, "u")
        await shows(page, "a.png")
        await counts(page, "0 of 4 labelled")

    browse(folder, steps, dark=True)


def test_the_last_picture_may_show_a_position_too(tmp_path: Path) -> None:
    async def steps(page: Page) -> None:
        await press(page, "3")
        await page.until("!document.getElementById('done').hidden")
        await press(page, ".", "4")
        await page.until("!document.getElementById('done').hidden")
        await saved(page)
        assert labels(folder) == ["3.4"]

    folder = write(tmp_path / "one", ["a.png", "", "cropped-digit", "", ""])
    browse(folder, steps)


def test_a_key_that_is_held_down_or_part_of_a_shortcut_labels_nothing(folder: Path) -> None:
    async def steps(page: Page) -> None:
        await press(page, "3", "3", held=True)
        await page.call("Input.dispatchKeyEvent", type="keyDown", key="3", modifiers=2)
        await press(page, "q", ".", "Backspace")
        await saved(page)
        assert labels(folder) == [""] * 4
        await shows(page, "a.png")

    browse(folder, steps)


def test_buttons_work_by_keyboard_and_by_mouse(folder: Path) -> None:
    async def steps(page: Page) -> None:
        await page.eval("document.querySelector('[data-key=n]').focus()")
        await press(page, "Enter")
        await shows(page, "b.png")
        await page.eval("document.querySelector('[data-key=s]').click()")
        await shows(page, "c.png")
        await press(page, "Enter")
        await saved(page)
        assert labels(folder) == ["blank", "", "1", ""]

    browse(folder, steps)


def test_a_label_that_cannot_be_saved_is_said_and_asked_for_again(folder: Path) -> None:
    async def steps(page: Page) -> None:
        blocked = folder / ".manifest.csv.part"
        blocked.mkdir()
        await press(page, "3")
        await page.until("!document.getElementById('error').hidden")
        assert "cannot write" in await text(page, "error")
        await shows(page, "a.png")
        await counts(page, "0 of 4 labelled")
        page.errors.clear()  # the browser logs the answer, too
        blocked.rmdir()
        await press(page, "4")
        await saved(page)
        assert labels(folder)[0] == "4"

    browse(folder, steps)


def test_new_pictures_and_unreadable_ones(folder: Path) -> None:
    (folder / "b.png").write_bytes(b"no picture")

    async def steps(page: Page) -> None:
        await press(page, "1")
        await shows(page, "c.png")
        await press(page, "2", "3", "Enter")
        await page.until("!document.getElementById('done').hidden")
        assert "1 cannot be shown" in await text(page, "rest")
        page.errors.clear()  # the browser logs the missing picture
        (folder / "e.png").write_bytes((folder / "a.png").read_bytes())
        with (folder / "manifest.csv").open("a") as file:
            file.write("e.png,,cropped-digit,,9,,\n")
        await shows(page, "e.png")
        await press(page, "Enter")
        await saved(page)
        assert labels(folder) == ["1", "", "2", "3", "9"]
        page.errors.clear()

    browse(folder, steps)
