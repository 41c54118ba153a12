"""Whatever characters a user name or a password has, neither shows up in anything that the program says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitstream import CameraConfig, DigitstreamError
from digitstream.cli import main
from digitstream.configfile import read_site
from digitstream.errors import ConfigError
from digitstream.results import Result
from digitstream.sitetext import site_text
from digitstream.sources import open_source
from digitstream.web.board import Board
from digitstream.web.metrics import exposition
from fuzzing import tries

MARKS = ("Uq", "qU", "Zq", "qZ")
"""Beginnings and ends of all user names and passwords: what is left of one of them shows."""
letters = st.text(st.characters(codec="utf-8", min_codepoint=33, exclude_categories=("C", "Z")), max_size=8)
users = letters.map(lambda text: f"Uq{text.replace(':', '')}qU")
passwords = letters.map(lambda text: f"Zq{text}qZ")
schemes = st.sampled_from(["rtsp", "rtsps", "http", "https"])
awkward = example(user="Uqa.bqU", password="Zqp@ss/w:rdqZ", scheme="rtsp")


def left(text: str) -> list[str]:
    """Return the marks that a text still holds."""
    return [mark for mark in MARKS if mark in text]


@pytest.fixture(scope="module")
def closed() -> Iterator[int]:
    """A port at which every request is refused as unknown."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(401)

        do_DESCRIBE = do_OPTIONS = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@tries(60)
@given(user=users, password=passwords, scheme=schemes, answers=st.booleans())
@example(user="Uqa.bqU", password="Zqp@ss/w:rdqZ", scheme="rtsp", answers=True)
@example(user="Uqa.bqU", password="Zqp@ss/w:rdqZ", scheme="http", answers=True)
def test_in_what_is_printed_even_with_a_traceback(
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    closed: int,
    user: str,
    password: str,
    scheme: str,
    answers: bool,
) -> None:
    monkeypatch.setenv("DIGITSTREAM_DEBUG", "1")
    url = f"{scheme}://{user}:{password}@127.0.0.1:{closed if answers else 9}/live"
    assert main(["--source", url, "-vv"]) != 0
    printed = capfd.readouterr()
    assert "error: " in printed.err
    assert left(printed.out + printed.err) == [], printed.err


@tries(100)
@given(user=users, password=passwords, scheme=schemes)
@awkward
def test_in_errors_of_a_configuration(user: str, password: str, scheme: str) -> None:
    source = json.dumps(f"{scheme}://{user}:{password}@cam/live", ensure_ascii=False)
    for text in (
        f"cameras: {{a: {{source: {source}, rotate: 7}}}}",
        f"cameras: {{a: {{source: [{source}]}}}}",
        f"cameras: {{a: {{source: 0, displays: {source}}}}}",
        f"cameras: {{a: {{source: {source}, {source}: 1}}}}",
        f"cameras: {{a: {{source: {source}}}, b: {{source: {source}, fps: {source}}}}}",
    ):
        with pytest.raises(ConfigError) as error:
            read_site(text, environ={})
        assert left(str(error.value)) == []


@tries(40)
@given(user=users, password=passwords, scheme=schemes)
@awkward
def test_in_metrics_and_on_the_page(user: str, password: str, scheme: str) -> None:
    camera = CameraConfig(name="cellar", source=f"{scheme}://{user}:{password}@127.0.0.1:9/live")
    assert left(repr(camera)) == []
    with open_source(camera) as source:
        for _ in range(200):
            source.read(0.01)
            if source.status.last_error:
                break
        status = source.status
    assert status.last_error
    board = Board()
    board.put(Result("cellar", None, (), 0.0, None, status))
    assert left(repr(status) + exposition(board) + json.dumps(board.state())) == []


@tries(100)
@given(user=users, password=passwords, scheme=schemes)
@awkward
def test_in_a_deployment_that_is_written(user: str, password: str, scheme: str) -> None:
    camera = CameraConfig(source=f"{scheme}://{user}:{password}@cam/live")
    try:
        text, _ = site_text(camera, [])
    except DigitstreamError as error:
        text = str(error)
    assert left(text) == []
