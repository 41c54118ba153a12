"""Who may look at the live page."""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from digitstream.errors import ConfigError
from digitstream.web.access import is_loopback
from digitstream.web.server import WebSink
from serving import asked, serving

TOKEN = "correct horse / battery?&=ü"


def test_addresses_that_only_this_machine_reaches() -> None:
    inside = ["127.0.0.1", "127.8.9.1", "localhost", "::1", "[::1]"]
    outside = ["", "0.0.0.0", "::", "192.168.1.4", "cellar.local", "localhost.example.org"]
    assert [is_loopback(host) for host in inside] == [True] * len(inside)
    assert [is_loopback(host) for host in outside] == [False] * len(outside)


@pytest.mark.parametrize("host", ["0.0.0.0", "", "192.168.1.4"])
def test_an_exposed_page_without_a_token_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match="set a token"):
        WebSink(host, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8765"}, 200),
        ({"Host": "[::1]:9000"}, 200),
        ({"Host": "evil.example.org"}, 403),
        ({"Host": "127.0.0.1.evil.example.org"}, 403),
        ({"Origin": "http://evil.example.org"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_other_sites_do_not_get_in_by_the_browser(headers: dict[str, str], status: int) -> None:
    with serving() as sink:
        assert asked(sink, "readings.json", headers=headers).status == status


def test_another_site_gets_no_live_socket() -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    with serving() as sink:
        headers = {**upgrade, "Origin": "https://evil.example.org"}
        assert asked(sink, "live", headers=headers).status == 403


@pytest.mark.parametrize(
    "path", ["", "app.js", "readings.json", "readings", "live", "metrics", "snapshot.jpg"]
)
def test_nothing_is_shown_without_the_token(path: str) -> None:
    with serving(token=TOKEN) as sink:
        for query in ({}, {"token": ""}, {"token": TOKEN + "x"}):
            answer = asked(sink, path, params=query)
            assert answer.status == 401
            assert "cellar" not in answer.text


def test_the_token_opens_by_header_and_by_address() -> None:
    with serving(token=TOKEN) as sink:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert asked(sink, "readings.json", headers={k: v for k, v in bearer.items()}).status == 200
        assert asked(sink, "readings.json", params={"token": TOKEN}).status == 200


def test_the_page_moves_the_token_from_the_address_to_a_cookie() -> None:
    async def look(session: ClientSession, url: str) -> tuple[int, str, str]:
        async with session.get(url, params={"token": TOKEN}) as answer:
            page = answer.status, str(answer.url)
        async with session.get(url + "readings.json") as answer:
            return page[0], page[1].removeprefix(url), await answer.text()

    with serving(token=TOKEN) as sink:
        status, rest, text = sink.run(look)
    assert (status, rest) == (200, "")
    assert "cellar" in text


def test_health_needs_no_token_and_tells_nothing() -> None:
    with serving(token=TOKEN) as sink:
        answer = asked(sink, "healthz")
    assert (answer.status, answer.text) == (200, '{"status": "ok"}')


def test_the_token_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(token=TOKEN):
        pass
    printed = capsys.readouterr()
    assert "http://127.0.0.1:" in printed.err
    assert "horse" not in printed.out + printed.err
