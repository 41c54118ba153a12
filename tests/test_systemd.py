"""What systemd is told, on a real socket."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digitstream.systemd import Watchdog, notify, reloading
from systemd_socket import SystemdSocket


@pytest.mark.parametrize("abstract", [False, True], ids=["file", "abstract"])
def test_messages_arrive(tmp_path: Path, abstract: bool) -> None:
    with SystemdSocket(tmp_path, abstract=abstract) as systemd:
        environ = {"NOTIFY_SOCKET": systemd.address}
        notify("READY=1", "STATUS=2 live", environ=environ)
        reloading(environ)
        assert systemd.heard() == ["READY=1", "STATUS=2 live"]
        first, second = systemd.heard()
    assert first == "RELOADING=1"
    assert second.startswith("MONOTONIC_USEC=")
    assert int(second.partition("=")[2]) > 0


def test_without_systemd_nothing_happens(tmp_path: Path) -> None:
    notify("READY=1", environ={})
    notify("READY=1", environ={"NOTIFY_SOCKET": str(tmp_path / "nobody")})


def test_a_full_socket_holds_nobody_up(tmp_path: Path) -> None:
    with SystemdSocket(tmp_path) as systemd:
        for _ in range(2000):
            notify("STATUS=" + "x" * 1000, environ={"NOTIFY_SOCKET": systemd.address})


def test_signs_of_life_while_the_loop_turns(tmp_path: Path) -> None:
    with SystemdSocket(tmp_path) as systemd:
        environ = {"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "8000000"}
        watchdog = Watchdog(environ)
        assert watchdog.patience == 4
        for tenth in range(100):
            now = tenth / 10
            watchdog.turned(min(now, 3.0), now)  # the loop hangs from second 3 on
        signs = systemd.all()
    # Every two seconds, and none later than the patience after the last turn.
    assert signs == ["WATCHDOG=1"] * 4


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "often"},
        {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"},
    ],
)
def test_nobody_watches(environ: dict[str, str], tmp_path: Path) -> None:
    assert os.getpid() != 1
    with SystemdSocket(tmp_path) as systemd:
        watchdog = Watchdog({**environ, "NOTIFY_SOCKET": systemd.address})
        assert watchdog.patience is None
        watchdog.turned(1.0, 1.0)
        with pytest.raises(TimeoutError):
            systemd.heard(0.05)
