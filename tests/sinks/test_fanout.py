from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import pytest

from digitstream.errors import OutputError
from digitstream.results import Result
from digitstream.sinks import Sink, open_sinks
from digitstream.sinks.window import WindowSink, has_window
from results_of import grey, result_of


def frames_of(path: Path) -> list[int]:
    return [json.loads(line)["frame"] for line in path.read_bytes().splitlines()]


def test_all_sinks_get_every_result_of_a_file(tmp_path: Path) -> None:
    with open_sinks(
        live=False,
        console="off",
        jsonl=tmp_path / "log.jsonl",
        csv=tmp_path / "log.csv",
        video=tmp_path / "out.mp4",
        snapshot=tmp_path / "frame.png",
    ) as sinks:
        for i in range(60):
            sinks.write(result_of(i, picture=grey(160, 120)))
    assert frames_of(tmp_path / "log.jsonl") == list(range(60))
    assert len((tmp_path / "log.csv").read_text("utf-8").splitlines()) == 61
    assert cv2.VideoCapture(str(tmp_path / "out.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 60
    assert (tmp_path / "frame.png").stat().st_size > 100
    assert {stats.name: stats.dropped for stats in sinks.stats if stats.name != "frame.png"} == {
        "log.jsonl": 0,
        "log.csv": 0,
        "out.mp4": 0,
    }


class Stuck(Sink):
    """Never comes back from its first result, until it is let go."""

    name = "stuck"

    def __init__(self) -> None:
        self.gate = threading.Event()

    def write(self, result: Result) -> None:
        self.gate.wait(30)


def test_a_sink_that_hangs_does_not_hold_up_the_others_of_a_live_source(tmp_path: Path) -> None:
    stuck = Stuck()
    with open_sinks(live=True, console="off", jsonl=tmp_path / "log", others=[stuck]) as sinks:
        started = time.monotonic()
        for i in range(3000):
            sinks.write(result_of(i))
            if i % 100 == 99:
                time.sleep(0.01)
        assert time.monotonic() - started < 10
        stuck.gate.set()
    assert frames_of(tmp_path / "log") == list(range(3000))
    assert next(s.dropped for s in sinks.stats if s.name == "stuck") > 1000


def test_text_sinks_keep_no_frames_alive(tmp_path: Path) -> None:
    seen: list[Result] = []

    class Text(Stuck):
        def write(self, result: Result) -> None:
            seen.append(result)

    class Pictures(Text):
        pictures = True

    with open_sinks(live=False, console="off", others=[Text(), Pictures()]) as sinks:
        sinks.write(result_of(picture=grey()))
    assert sorted(result.frame is None for result in seen) == [False, True]


def test_each_camera_has_its_own_pictures(tmp_path: Path) -> None:
    with open_sinks(
        live=True, console="off", snapshot=tmp_path / "{camera}.png", cameras=["cellar", "Pump 1/2"]
    ) as sinks:
        sinks.write(result_of(0, picture=grey(320, 240), camera="cellar"))
        sinks.write(result_of(0, picture=grey(160, 120), camera="Pump 1/2"))
    sizes = {path.name: cv2.imread(str(path)).shape[1] for path in tmp_path.iterdir()}  # type: ignore[union-attr]
    assert sizes == {"cellar.png": 320, "Pump-1-2.png": 160}


def test_a_sink_that_cannot_be_opened_closes_those_before_it(tmp_path: Path) -> None:
    threads = threading.active_count()
    with pytest.raises(OutputError, match="make its folder first"):
        open_sinks(
            live=True, console="off", jsonl=tmp_path / "log", csv=tmp_path / "no" / "log.csv"
        ).__enter__()
    assert threading.active_count() == threads


def test_a_full_disk_ends_a_file_but_not_a_live_source() -> None:
    def run(live: bool) -> int:
        with open_sinks(live=live, console="off", jsonl=Path("/dev/full")) as sinks:
            for i in range(50):
                sinks.write(result_of(i))
                time.sleep(0)
        return sinks.stats[0].failed

    with pytest.raises(OutputError, match="No space left on device"):
        run(live=False)
    assert run(live=True) >= 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
def test_a_live_log_goes_on_after_a_full_disk_has_room_again(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk here")
    try:
        (disk / "ballast").write_bytes(bytes(40_000))
        with open_sinks(live=True, console="off", jsonl=disk / "log") as sinks:
            for i in range(200):
                sinks.write(result_of(i))
            deadline = time.monotonic() + 5
            while not sinks.stats[0].failed and time.monotonic() < deadline:
                time.sleep(0.005)
            assert sinks.stats[0].failed
            whole = frames_of(disk / "log")
            assert whole == list(range(len(whole)))
            (disk / "ballast").unlink()
            sinks.write(result_of(200))
        assert frames_of(disk / "log") == list(range(201))
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_program_has_everything_in_its_log(tmp_path: Path, number: signal.Signals) -> None:
    program = """
import signal, sys
from pathlib import Path
from results_of import result_of
from digitstream.sinks import open_sinks
# A shell starts what it puts into the background with Ctrl-C ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
count = 0
try:
    with open_sinks(live=False, console="off", jsonl=Path(sys.argv[1])) as sinks:
        while True:
            sinks.write(result_of(count))
            count += 1
            if count == 100:
                print("ready", flush=True)
except BaseException:
    print(count, flush=True)
"""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", program, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        count = int(process.stdout.read())
    assert count >= 100
    frames = frames_of(tmp_path / "log")
    assert frames == list(range(len(frames)))
    assert len(frames) in (count, count + 1)  # the signal may come between handing over and counting


def test_a_killed_program_loses_a_fifth_of_a_second_at_most(tmp_path: Path) -> None:
    program = """
import os, sys, time
from pathlib import Path
from results_of import result_of
from digitstream.sinks import open_sinks
with open_sinks(live=True, console="off", jsonl=Path(sys.argv[1])) as sinks:
    for i in range(50):
        sinks.write(result_of(i))
    time.sleep(.2)
    os._exit(9)
"""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "log")], env=env, timeout=60)
    assert frames_of(tmp_path / "log") == list(range(50))


@pytest.mark.skipif(has_window(), reason="this OpenCV can open windows")
def test_without_windows_the_live_page_is_advised() -> None:
    with pytest.raises(OutputError, match="use the live page"):
        WindowSink().open()
