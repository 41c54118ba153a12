from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from end_to_end.program import CLIP, Done, Line, Program, assert_right, only_error, parsed, place, run
from rtsp_server import RtspServer, missing
from tcp_faults import FaultProxy

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

PASSWORD = "p@s/s:w#1?"


@pytest.fixture(scope="module", params=["digest"])
def guarded(request: pytest.FixtureRequest) -> Iterator[RtspServer]:
    """The demo as an IP camera sends it, behind a password."""
    with RtspServer(CLIP, auth=request.param, password=PASSWORD) as server:
        yield server


@pytest.fixture(scope="module")
def server() -> Iterator[RtspServer]:
    with RtspServer(CLIP) as running:
        yield running


def with_login(url: str, password: str) -> str:
    return url.replace("//", f"//cam:{password}@")


def deployment(folder: Path, url: str) -> list[object]:
    """Options for a camera that is given up soon, with the serial number and the voltage as its displays."""
    config = folder / "site.yaml"
    config.write_text(
        f"""
cameras:
  panel:
    source: "{url}"
    open_timeout: 2
    read_timeout: 1
    displays:
      - {{name: serial, region: [468, 325, 125, 60], digits: 5, decimals: 0}}
      - {{name: voltage, region: [390, 80, 205, 85], digits: 4, decimals: 2, unit: V}}
"""
    )
    return ["--config", config, "--log", folder / "log.jsonl", "-v"]


def is_ok(line: Line) -> bool:
    return bool(line["display"] == "serial" and line["status"] == "ok")


def is_stale(line: Line) -> bool:
    return bool(line["status"] == "stale")


def assert_whole(done: Done, folder: Path, *secrets: str) -> list[Line]:
    """The run was stopped in an orderly way, its log is complete and right, and nothing is leaked."""
    log = (folder / "log.jsonl").read_text()
    assert done.code == 143, done.err
    assert done.out == log
    assert "Traceback" not in done.err
    for secret in secrets:
        assert secret not in log + done.err
    lines = parsed(log)
    assert_right(lines)
    frames = [line["frame"] for line in lines if line["status"] != "stale"]
    assert frames == sorted(frames)
    return lines


def assert_outage(lines: list[Line]) -> None:
    """Both displays were `stale` in between, without a value, and no index or time came twice."""
    stale = [line for line in lines if is_stale(line)]
    assert {line["display"] for line in stale} == {"serial", "voltage"}
    assert {(line["text"], line["value"], line["confidence"]) for line in stale} == {(None, None, 0)}
    assert all(line["time"] and line["media_time"] is None for line in stale)
    times = [line["time"] for line in lines if line["display"] == "serial"]
    assert times == sorted(times)
    media = [line["media_time"] for line in lines if line["display"] == "serial" and not is_stale(line)]
    assert all(a < b for a, b in pairwise(media))


def test_right_readings_with_a_password(guarded: RtspServer, tmp_path: Path) -> None:
    url = with_login(guarded.url, PASSWORD)
    with Program("--source", url, "--log", tmp_path / "log.jsonl", "-vv") as program:
        program.until(lambda line: place(line) == "serial" and line["status"] == "ok")
        program.until(lambda line: place(line) == "voltmeter" and line["status"] == "ok")
        done = program.stop()
    lines = assert_whole(done, tmp_path, PASSWORD, "p%40s", "s:w#1")
    assert all(line["latency_ms"] is not None and line["time"] for line in lines)


@pytest.mark.parametrize("password", ["wr0ng", ""])
def test_a_wrong_password_ends_with_one_line(guarded: RtspServer, tmp_path: Path, password: str) -> None:
    url = with_login(guarded.url, password) if password else guarded.url
    done = run("--source", url, "--log", tmp_path / "log.jsonl")
    message = only_error(done, 3)
    assert message.endswith("/live: refuses the user name or password; check both")
    assert len(done.err.splitlines()) == 1
    assert "wr0ng" not in done.out + done.err


def test_a_path_that_is_not_there(server: RtspServer) -> None:
    message = only_error(run("--source", server.url + "-2"), 3)
    assert message.endswith("/live-2: the server has nothing under this path (404); check the path")


@pytest.mark.slow
@pytest.mark.parametrize("auth", ["none", "basic"])
def test_right_readings_for_longer_than_the_clip(tmp_path: Path, auth: str) -> None:
    with RtspServer(CLIP, auth=auth, password=PASSWORD) as server:
        url = server.url if auth == "none" else with_login(server.url, PASSWORD)
        with Program("--source", url, "--log", tmp_path / "log.jsonl", "-v") as program:
            program.until(lambda line: (line["media_time"] or 0) > 14)
            done = program.stop()
    lines = assert_whole(done, tmp_path, PASSWORD)
    assert not any(is_stale(line) for line in lines)
    assert len({line["frame"] for line in lines}) > 100
    again = [line for line in lines if line["media_time"] > 13]
    assert_right(again)


@pytest.mark.slow
def test_a_stalled_stream_is_stale_and_comes_back(server: RtspServer, tmp_path: Path) -> None:
    with FaultProxy(server.port) as proxy:
        url = f"rtsp://127.0.0.1:{proxy.port}/live"
        with Program(*deployment(tmp_path, url)) as program:
            before = program.until(is_ok)
            proxy.stall()
            stale = program.until(is_stale, before)
            program.until_message("no answer for")
            proxy.resume()
            program.until(is_ok, stale)
            done = program.stop()
    assert_outage(assert_whole(done, tmp_path))
    assert "digitstream: INFO: panel: back, 640x480" in done.err


@pytest.mark.slow
def test_a_cut_connection_comes_back(server: RtspServer, tmp_path: Path) -> None:
    with FaultProxy(server.port) as proxy:
        url = f"rtsp://127.0.0.1:{proxy.port}/live"
        with Program(*deployment(tmp_path, url)) as program:
            number = 0
            for _ in range(2):
                number = program.until(is_ok, number)
                seen = len(program.messages)
                proxy.cut()
                program.until_message("connection lost; next try in")
                program.until_message("panel: back", seen)
                number = len(program.lines)
            program.until(is_ok, number)
            done = program.stop()
    assert_whole(done, tmp_path)
    assert done.err.count("panel: back, 640x480") == 2


@pytest.mark.slow
def test_a_restarted_server_is_found_again(tmp_path: Path) -> None:
    server = RtspServer(CLIP, auth="basic", password=PASSWORD)
    with server:
        options = deployment(tmp_path, with_login(server.url, "${CAMERA_PASSWORD}"))
        with Program(*options, environ=os.environ | {"CAMERA_PASSWORD": PASSWORD}) as program:
            before = program.until(is_ok)
            server.stop()
            stale = program.until(is_stale, before)
            program.until_message("connection refused")
            server.start()
            program.until(is_ok, stale)
            done = program.stop()
    assert_outage(assert_whole(done, tmp_path, PASSWORD))
    # It is one outage, told once and not with every attempt.
    assert done.err.count("connection refused") == 1


@pytest.mark.slow
def test_a_deployment_starts_before_its_camera(tmp_path: Path) -> None:
    server = RtspServer(CLIP)
    with server:
        url = server.url
    with Program(*deployment(tmp_path, url)) as program, server:
        server.stop()
        stale = program.until(is_stale)
        server.start()
        program.until(is_ok, stale)
        done = program.stop()
    assert_outage(assert_whole(done, tmp_path))


@pytest.mark.slow
def test_a_deployment_with_a_wrong_password_goes_on_and_says_so_once(
    guarded: RtspServer, tmp_path: Path
) -> None:
    with Program(*deployment(tmp_path, with_login(guarded.url, "wr0ng"))) as program:
        number = program.until(is_stale)
        program.until(is_stale, number + 3)
        done = program.stop()
    assert done.code == 143
    assert done.err.count("refuses the user name or password; check both") == 1
    assert "wr0ng" not in done.out + done.err + (tmp_path / "log.jsonl").read_text()
    assert all(is_stale(line) for line in done.readings)


@pytest.mark.slow
def test_a_frozen_picture_is_stale_until_it_moves_again(tmp_path: Path) -> None:
    with RtspServer(CLIP) as server, Program(*deployment(tmp_path, server.url)) as program:
        before = program.until(is_ok)
        server.tell("freeze")
        frozen = program.until(lambda line: is_stale(line) and line["media_time"] is not None, before)
        program.until_message("panel: the picture is frozen: no readings until it changes")
        server.tell("thaw")
        program.until_message("panel: the picture is alive again")
        program.until(is_ok, frozen)
        done = program.stop()
    lines = assert_whole(done, tmp_path)
    stale = [line for line in lines if is_stale(line)]
    assert {(line["text"], line["value"], line["confidence"]) for line in stale} == {(None, None, 0)}
    assert len({line["frame"] for line in stale}) > 1
    assert "connection lost" not in done.err
