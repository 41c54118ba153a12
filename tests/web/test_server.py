"""The live page over real HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import webbrowser
from typing import Any

import cv2
import numpy as np
import pytest
from aiohttp import ClientSession, WSMsgType

from digitstream.errors import OutputError
from digitstream.readings import Status
from digitstream.results import Result
from digitstream.sources.source import SourceStatus
from digitstream.web.jpeg import LIVE_WIDTH
from digitstream.web.server import WebSink
from serving import asked, reading, result, serving


def decoded(jpeg: bytes) -> np.ndarray[Any, Any]:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return picture


def pictured(message: bytes) -> tuple[str, np.ndarray[Any, Any]]:
    length = int.from_bytes(message[:2], "big")
    return message[2 : 2 + length].decode(), decoded(message[2 + length :])


def test_the_page_and_all_that_it_needs_come_from_the_server_itself() -> None:
    with serving() as served:
        page = asked(served, "")
        assert page.status == 200
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        for path in set(re.findall(r'(?:src|href)="([^"]+)"', page.text)):
            assert asked(served, path).status == 200
        for path in ("", "app.js", "style.css", "icon.svg"):
            outside = re.findall(r"https?://[^\s\"'`]+", asked(served, path).text)
            assert set(outside) <= {"http://www.w3.org/2000/svg"}
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_readings_are_those_of_the_newest_result() -> None:
    blank = reading(text=None, value=None, status=Status.BLANK, confidence=0.9)
    with serving(result(), result(blank)) as served:
        state = json.loads(asked(served, "readings.json").text)
    (camera,) = state["cameras"]
    assert (camera["camera"], camera["state"], camera["size"]) == ("cellar", "live", [160, 96])
    assert (camera["frames"], camera["drops"], camera["reconnects"]) == (120, 3, 1)
    (shown,) = camera["readings"]
    last = shown.pop("last_ok")
    assert shown == blank.as_dict()
    assert (last["text"], last["value"], last["unit"]) == ("01345.3", "1345.3", "m³")
    assert 0 <= last["age_s"] < 20


def test_a_camera_that_is_down_keeps_its_last_picture_and_says_why() -> None:
    down = SourceStatus("failed", frames=120, last_error="rtsp://cam/: refused")
    stale = reading(text=None, value=None, status=Status.STALE, confidence=0.0)
    with serving(result(), result(stale, grey=None, source=down)) as served:
        (camera,) = json.loads(asked(served, "readings.json").text)["cameras"]
        snapshot = asked(served, "snapshot.jpg?camera=cellar")
        health = asked(served, "healthz")
    assert (camera["state"], camera["error"]) == ("failed", "rtsp://cam/: refused")
    assert decoded(snapshot.body).shape == (96, 160, 3)
    assert (health.status, json.loads(health.text)) == (503, {"status": "failing"})


def test_a_snapshot_is_the_annotated_picture_in_full_size() -> None:
    wide = result(size=(LIVE_WIDTH + 320, 900))
    with serving(wide, result(camera="pump 4", grey=200)) as served:
        first = decoded(asked(served, "snapshot.jpg").body)
        named = decoded(asked(served, "snapshot.jpg", params={"camera": "pump 4"}).body)
        unknown = asked(served, "snapshot.jpg", params={"camera": "attic"})
    drawn = wide.picture()
    assert drawn is not None
    assert first.shape == drawn.shape
    assert float(np.abs(first.astype(int) - drawn).mean()) < 2
    assert named.shape == (96, 160, 3)
    assert unknown.status == 404


def test_pictures_are_drawn_only_for_who_asks_and_once_for_all() -> None:
    drawn: list[str] = []

    class Watched(Result):
        def picture(self) -> np.ndarray[Any, Any] | None:
            drawn.append(threading.current_thread().name)
            return super().picture()

    plain = result()
    watched = Watched("cellar", plain.frame, plain.readings, 25.0)
    with serving(watched) as served:
        asked(served, "readings.json")
        asked(served, "metrics")
        assert drawn == []
        for _ in range(3):
            asked(served, "snapshot.jpg")
    assert len(drawn) == 1
    assert drawn[0].startswith("web-jpeg")


def test_the_page_gets_the_state_and_the_pictures_that_it_asks_for() -> None:
    async def look(session: ClientSession, url: str) -> tuple[Any, list[tuple[str, Any]]]:
        pictures: list[tuple[str, Any]] = []
        state: Any = None
        async with session.ws_connect(url + "live") as live:
            await live.send_str("Zähler")
            await live.send_str("no such camera")
            async for message in live:
                if message.type is WSMsgType.TEXT:
                    state = json.loads(message.data)
                else:
                    pictures.append(pictured(message.data))
                    if len(pictures) == 2:
                        return state, pictures
                    served.sink.write(result(camera="Zähler", grey=220, size=(2560, 1440)))
                    await live.send_str("Zähler")
        raise AssertionError("closed by the server")

    with serving(result(camera="Zähler", grey=30), result()) as served:
        state, [(name, first), (_, second)] = served.run(look)
    assert {camera["camera"] for camera in state["cameras"]} == {"Zähler", "cellar"}
    assert name == "Zähler"
    assert (first.shape, second.shape) == ((96, 160, 3), (720, 1280, 3))
    assert np.median(first) < 60
    assert np.median(second) > 190


def test_a_picture_is_sent_once_for_each_request() -> None:
    async def look(session: ClientSession, url: str) -> int:
        count = 0
        async with session.ws_connect(url + "live") as live:
            await live.send_str("cellar")
            for grey in range(40):
                served.sink.write(result(grey=grey))
                try:
                    message = await live.receive(0.02)
                except asyncio.TimeoutError:
                    continue
                count += message.type is WSMsgType.BINARY
        return count

    with serving() as served:
        assert served.run(look) == 1


def test_each_reading_is_an_event() -> None:
    async def look(session: ClientSession, url: str) -> list[Any]:
        found = []
        async with session.get(url + "readings") as answer:
            assert answer.content_type == "text/event-stream"
            async for line in answer.content:
                if line.startswith(b"data: "):
                    found.append(json.loads(line[6:]))
                    if len(found) == 2:
                        break
                    served.sink.write(result(reading(text="01345.4", value="1345.4")))
        return found

    with serving() as served:
        first, second = served.run(look)
    assert first == reading().as_dict()
    assert second["text"] == "01345.4"


def test_the_video_is_a_row_of_pictures() -> None:
    async def look(session: ClientSession, url: str) -> list[int]:
        greys = []
        async with session.get(url + "video.mjpg", params={"camera": "cellar"}) as answer:
            for grey in (90, 160, 230):
                while (line := await answer.content.readline()) != b"\r\n":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                picture = decoded(await answer.content.readexactly(length))
                assert await answer.content.readline() == b"\r\n"
                greys.append(round(float(np.median(picture)) / 10) * 10)
                served.sink.write(result(grey=min(grey + 70, 255)))
        return greys

    with serving() as served:
        assert served.run(look) == [90, 160, 230]
        assert asked(served, "video.mjpg?camera=attic").status == 404


def test_a_port_in_use_is_one_line_that_says_what_to_do() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(OutputError) as raised, WebSink(port=port):
            pass
    assert re.fullmatch(
        rf"the live page cannot listen on 127\.0\.0\.1 port {port}: Address already in use; .*port",
        str(raised.value),
    )


def test_a_name_that_is_not_of_this_machine_is_an_error() -> None:
    with (
        pytest.raises(OutputError, match=r"cannot listen on 203\.0\.113\.9 port"),
        WebSink("203.0.113.9", 0, "t"),
    ):
        pass


def test_leaving_ends_the_thread_though_somebody_watches() -> None:
    async def watch(session: ClientSession, url: str) -> bool:
        async with session.ws_connect(url + "live") as live, session.get(url + "readings") as events:
            await live.receive()
            await events.content.readline()
            await asyncio.to_thread(served.sink.close)
            while (await live.receive()).type is WSMsgType.TEXT:
                pass
            return live.closed

    with serving() as served:
        assert served.run(watch)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("web")]


def test_the_browser_opens_only_where_there_is_a_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = threading.Event()
    urls: list[str] = []

    def browse(url: str) -> bool:
        urls.append(url)
        opened.set()
        return True

    monkeypatch.setattr(webbrowser, "open", browse)
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with WebSink(port=0, open_browser=True):
        pass
    assert urls == []
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with WebSink(port=0, open_browser=True) as sink:
        assert opened.wait(10)
    assert urls == [sink.url]
