"""Standard output as a terminal and as a pipe, of a real process."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from digitstream.readings import Status
from digitstream.results import Result
from digitstream.sinks.console import TableSink, shown
from digitstream.sinks.progress import FileProgress, ProgressSink
from digitstream.sources.source import SourceInfo, SourceStatus
from results_of import reading_of, result_of

PROGRAM = """
import sys
from results_of import result_of
from digitstream.sinks import SinkClosed, open_sinks
try:
    with open_sinks(live={live}, progress=True) as sinks:
        for i in range({count}):
            sinks.write(result_of(i, camera="[red]cellar"))
except SinkClosed:
    sys.exit(7)
"""


def program(count: int, live: bool = False) -> list[str]:
    return [sys.executable, "-c", PROGRAM.format(count=count, live=live)]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **more}


def on_terminal(command: list[str], **settings: str) -> str:
    """Run a program on a terminal of 100 columns and return what it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    env = environment(TERM="xterm-256color", **settings)
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        output = b""
        while True:
            try:
                chunk = os.read(ours, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not chunk:
                break
            output += chunk
        os.close(ours)
    assert process.returncode == 0, output.decode()
    return output.decode("utf-8", "replace")


def test_a_pipe_gets_json_lines() -> None:
    done = subprocess.run(program(50), capture_output=True, env=environment(), timeout=60, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["frame"] for line in lines] == list(range(50))
    assert lines[0]["unit"] == "m³"
    assert done.stderr == b""


def test_a_pipe_is_utf8_whatever_the_locale() -> None:
    env = environment(PYTHONIOENCODING="ascii")
    done = subprocess.run(program(1), capture_output=True, env=env, timeout=60, check=True)
    assert json.loads(done.stdout.decode("utf-8"))["unit"] == "m³"


@pytest.mark.parametrize("live", [True, False])
def test_a_reader_that_leaves_ends_the_program_in_peace(live: bool) -> None:
    with subprocess.Popen(
        program(200_000, live), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b'{"v":1')
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 7


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_standard_output_on_a_full_disk_is_an_error() -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(program(3), stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        b"cannot write 'standard output': No space left on device; free some space or choose another disk"
    )


def test_a_terminal_gets_a_table_of_the_newest_readings() -> None:
    text = on_terminal(program(30))
    last = text[text.rindex("Reading") :]
    assert "01345.3 m³" in last
    assert "98%" in last
    assert "[red]cellar" in last  # a name is not markup
    assert "29" in last
    assert '{"v"' not in text


def test_a_terminal_that_is_not_utf8() -> None:
    assert "01345.3 m?" in on_terminal(program(3), PYTHONIOENCODING="ascii")


def table(*results: Result, now: float = 0.0) -> str:
    clock = [0.0]
    stream = io.StringIO()
    with TableSink(stream, clock=lambda: clock[0]) as sink:
        for result in results:
            sink.write(result)
        clock[0] = now
    return stream.getvalue()


def test_the_table_has_a_row_for_each_display_of_each_camera() -> None:
    two = (reading_of("12", 5), reading_of(None, 5, display="heat", status=Status.BLANK))
    text = table(Result("cellar", None, two, 24.6), result_of(3), now=4.0)
    assert text.count("gas") == 1
    assert text.count("heat") == 1
    assert "blank" in text
    assert "4 s" in text


def test_text_is_shown_with_its_unit() -> None:
    assert shown(reading_of("01345.3")) == "01345.3 m³"
    assert shown(reading_of("7", unit=None)) == "7"
    assert shown(reading_of(None)) == "-"


def test_progress_runs_along_the_announced_length() -> None:
    status = SourceStatus("live", info=SourceInfo(seconds=8.0))
    progress = FileProgress(io.StringIO())
    progress.advance(Result("cellar", None, (reading_of("1", 100),), 250.0, source=status))
    (task,) = progress.renderable.tasks
    assert task.percentage == 50
    assert task.fields["frame"] == 100


def test_progress_of_unknown_length_does_not_fail() -> None:
    stream = io.StringIO()
    with ProgressSink(stream) as sink:
        sink.write(result_of(7))
        sink.write(Result("cellar", None, (), 0.0))
    assert "frame 7" in stream.getvalue()
