from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from decimal import Decimal
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

import digitstream
from digitstream import DisplayConfig, Reading, Status
from end_to_end.program import CLIP, assert_right, run
from rtsp_server import RtspServer, missing

SERIAL = DisplayConfig(name="serial", region=(468, 325, 125, 60), digits=5, decimals=0)
VOLTAGE = DisplayConfig(name="voltage", region=(390, 80, 205, 85), digits=4, decimals=2, unit="V")

SNIPPET = """
from decimal import Decimal
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import digitstream


def total(path: Path) -> Decimal:
    meter = digitstream.DisplayConfig(name="meter", region=(10, 20, 300, 80), digits=5, decimals=1)
    last = Decimal(0)
    try:
        for reading in digitstream.read(path, displays=[meter], rotate=90):
            if reading.status is digitstream.Status.OK and reading.value is not None:
                last = Decimal(reading.value)
    except digitstream.SourceError as error:
        reveal_type(error.exit_code)
    return last


def best(picture: NDArray[np.uint8]) -> str | None:
    readings = digitstream.read_image(picture)
    reveal_type(readings[0].text)
    return readings[0].text if readings else None


def wrong(reading: digitstream.Reading) -> float:
    return reading.value
"""


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    with av.open(str(CLIP)) as container:
        return np.asarray(next(container.decode(video=0)).to_ndarray(format="bgr24"), np.uint8)


def threads_left(before: set[threading.Thread]) -> set[threading.Thread]:
    """Return the threads that are there now and were not, once they had a moment to end."""
    until = time.monotonic() + 5
    while (left := set(threading.enumerate()) - before) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def test_the_library_reads_what_the_command_line_does(clip: Path) -> None:
    lines = [reading.to_json() for reading in digitstream.read(clip)]
    assert lines == run("--source", clip).out.splitlines()


def test_configured_displays(clip: Path) -> None:
    readings = list(digitstream.read(str(clip), displays=[VOLTAGE, SERIAL], name="panel"))
    assert {(r.camera, r.display, r.unit) for r in readings} == {
        ("panel", "voltage", "V"),
        ("panel", "serial", None),
    }
    good = [reading for reading in readings if reading.status is Status.OK]
    assert {reading.text for reading in good if reading.display == "serial"} == {"40718"}
    volts = {Decimal(reading.value or "") for reading in good if reading.display == "voltage"}
    assert volts == {Decimal("12.06")}


@pytest.mark.parametrize("kind", ["bgr", "grey", "sideways"])
def test_a_picture_is_read_at_once(picture: NDArray[np.uint8], kind: str) -> None:
    if kind == "bgr":
        readings = digitstream.read_image(picture)
    elif kind == "grey":
        readings = digitstream.read_image(picture.mean(axis=2).astype(np.uint8), displays=[SERIAL])
    else:
        readings = digitstream.read_image(np.ascontiguousarray(np.rot90(picture)), rotate=90)
    assert all(isinstance(reading, Reading) for reading in readings)
    if kind == "grey":
        assert [(reading.text, reading.status) for reading in readings] == [("40718", Status.OK)]
    else:
        assert_right([reading.as_dict() for reading in readings], ["voltmeter"])


def test_stopping_early_ends_every_thread(clip: Path) -> None:
    before = set(threading.enumerate())
    readings = digitstream.read(clip)
    first = list(islice(readings, 3))
    assert [reading.frame for reading in first] == [0, 0, 0]
    assert threads_left(set(threading.enumerate())) == set()
    assert set(threading.enumerate()) - before, "it reads ahead in a thread"
    readings.close()  # type: ignore[attr-defined]
    assert threads_left(before) == set()


@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_stopping_a_live_stream_early_ends_every_thread() -> None:
    before = set(threading.enumerate())
    with RtspServer(CLIP) as server:
        for reading in digitstream.read(server.url):
            assert reading.latency_ms is not None
            break
        assert threads_left(before) == set()


def test_errors_are_typed_and_leave_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(FileNotFoundError, match="check the name"):
        next(digitstream.read(tmp_path / "none.mp4"))
    with pytest.raises(digitstream.FormatError, match="empty file"):
        next(digitstream.read(tmp_path / "empty.mp4"))
    with pytest.raises(digitstream.ConfigError, match="unknown key, did you mean 'rotate'"):
        next(digitstream.read("demo", rotat=90))
    with pytest.raises(digitstream.ConfigError, match="outside the frame"):
        next(digitstream.read("demo", displays=[DisplayConfig(name="x", region=(700, 0, 9, 9))]))
    with pytest.raises(digitstream.ModelError, match="none"):
        next(digitstream.read("demo", model=tmp_path / "none.tflite"))
    assert threads_left(before) == set()


@pytest.mark.slow
def test_a_users_types_are_checked(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    package, snippet = tmp_path / "site" / "digitstream", tmp_path / "snippet.py"
    package.mkdir(parents=True)
    # Type checkers do not follow an editable install that renames folders, but they do follow links.
    for part in Path(digitstream.__file__).parent.iterdir():
        if part.name != "__pycache__":
            (package / part.name).symlink_to(part)
    snippet.write_text(SNIPPET)
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-color-output"]
    environ = os.environ | {"MYPYPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [*command, "snippet.py"], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    problems = [line.partition(": ")[2] for line in done.stdout.splitlines() if line.startswith("snippet.py")]
    assert problems == [
        'note: Revealed type is "int"',
        'note: Revealed type is "str | None"',
        'error: Incompatible return value type (got "str | None", expected "float")  [return-value]',
    ], done.stdout
    assert (package / "py.typed").exists()
