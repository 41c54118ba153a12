from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from digitstream.config import CameraConfig
from digitstream.errors import SourceDenied, SourceError, SourceTimeout
from digitstream.sources import EndOfSource, Source, SourceInfo
from digitstream.sources.live import LiveSource
from digitstream.sources.picture import Orientation, Picture, from_bgr
from digitstream.sources.reconnect import Backoff

Step = int | float | Exception | threading.Event
"""What a scripted feed does next: a picture that bright, a pause, hanging until the event, a fault."""


class ScriptedFeed:
    def __init__(self, steps: list[Step]) -> None:
        if steps and isinstance(steps[0], Exception):
            raise steps[0]
        self.info, self.damaged, self.skipped = SourceInfo(fps=25), 0, 0
        self._steps, self.closed = steps, threading.Event()

    def __iter__(self) -> Iterator[Picture | None]:
        for step in self._steps:
            if isinstance(step, threading.Event):
                step.wait()
            elif isinstance(step, Exception):
                raise step
            elif isinstance(step, float):
                until = time.monotonic() + step
                while time.monotonic() < until:
                    time.sleep(0.005)
                    yield None
            else:
                yield from_bgr(np.full((8, 8, 3), step, np.uint8), Orientation())

    def close(self) -> None:
        self.closed.set()


class Script:
    """Hands out one scripted feed for each time the source is opened; the last one repeats."""

    def __init__(self, *feeds: list[Step]) -> None:
        self._feeds, self.opened = feeds, 0

    def __call__(self) -> ScriptedFeed:
        steps = self._feeds[min(self.opened, len(self._feeds) - 1)]
        self.opened += 1
        return ScriptedFeed(steps)


def live(
    script: Callable[[], ScriptedFeed], steps: tuple[float, ...] = (0.02,), **settings: float
) -> LiveSource:
    camera = CameraConfig(source="rtsp://cam:s3cret@host/1", **settings)  # type: ignore[arg-type]
    return LiveSource(camera, script, backoff=Backoff(steps, seed=1))


def brightness(source: Source, timeout: float = 1.0) -> int | None:
    frame = source.read(timeout)
    return None if frame is None else int(frame.luma[0, 0])


def wait_for(condition: Callable[[], bool], seconds: float = 2.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.005)


def test_only_the_newest_frame_is_kept_and_drops_are_counted() -> None:
    hold = threading.Event()
    with live(Script([1, 2, 3, hold])) as source:
        wait_for(lambda: source.status.drops == 2)
        frame = source.read()
        assert frame is not None
        assert (int(frame.luma[0, 0]), frame.index) == (3, 2)
        assert frame.captured is not None
        assert source.read(0.02) is None
        assert (source.status.state, source.status.frames, source.status.drops) == ("live", 1, 2)
        hold.set()


def test_a_lost_source_comes_back_and_media_time_goes_on() -> None:
    with live(Script([10, 0.05], [20, 0.05], [30, 60.0])) as source:
        frames = [source.read(), source.read(), source.read()]
    assert [frame and int(frame.luma[0, 0]) for frame in frames] == [10, 20, 30]
    times = [frame.media_time for frame in frames if frame is not None and frame.media_time is not None]
    assert times[0] == 0
    assert times[0] < times[1] < times[2] < 10
    status = source.status
    assert status.reconnects == 2
    assert status.last_error == "rtsp://***@host/1: connection lost"


def test_a_source_that_is_down_is_a_state_not_an_error() -> None:
    down: list[Step] = [ConnectionRefusedError(111, "Connection refused", "rtsp://cam:s3cret@host/1")]
    script = Script(down, down, [7, 60.0])
    with live(script) as source:
        assert brightness(source) == 7
        assert source.status.reconnects == 0
        assert "refused" in (source.status.last_error or "")
        assert "s3cret" not in (source.status.last_error or "")
    assert script.opened == 3


def test_a_refused_password_waits_for_the_longest_step() -> None:
    script = Script([SourceDenied("wrong password")])
    with live(script, steps=(0.001, 30.0)) as source:
        assert source.read(0.1) is None
        assert source.status.state == "auth_failed"
        assert script.opened == 1


def test_stalls_are_counted() -> None:
    with live(Script([1, SourceTimeout("nothing came")], [2, 60.0])) as source:
        assert brightness(source) == 1
        assert brightness(source) == 2
        assert (source.status.stalls, source.status.reconnects) == (1, 1)


def test_a_source_that_falls_silent_shows_as_stalled() -> None:
    hold = threading.Event()
    with live(Script([1, hold]), read_timeout=0.05) as source:
        assert brightness(source) == 1
        wait_for(lambda: source.status.state == "stalled")
        hold.set()


def test_a_hanging_reader_is_abandoned_and_its_late_frame_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    hang = threading.Event()
    script = Script([1, hang, 99, 99], [2, 60.0])
    source = live(script, read_timeout=0.01)
    monkeypatch.setattr(source, "_allow", lambda generation, _: LiveSource._allow(source, generation, 0.05))
    with source:
        assert brightness(source) == 1
        monkeypatch.undo()
        assert brightness(source, 3) == 2
        assert "hangs" in (source.status.last_error or "")
        hang.set()
        wait_for(lambda: sum(t.name == "source-camera" for t in threading.enumerate()) == 1)
        assert source.read(0.05) is None
        assert source.status.drops == 0


def test_closing_a_hanging_source_takes_less_than_two_seconds() -> None:
    hang = threading.Event()
    source = live(Script([1, hang]))
    with source:
        assert brightness(source) == 1
        started = time.monotonic()
    assert time.monotonic() - started < 2
    with pytest.raises(EndOfSource):
        source.read()
    assert source.status.state == "ended"
    hang.set()


def test_the_reader_thread_ends_with_the_source() -> None:
    # Those that other tests let hang may be on their way out still.
    before = threading.enumerate()
    with live(Script([1, *[0.01] * 500])) as source:
        assert brightness(source) == 1
    own = [thread for thread in threading.enumerate() if thread not in before]
    assert not [thread for thread in own if thread.name == "source-camera"]


def test_waiting_to_reconnect_ends_with_the_source() -> None:
    with live(Script([SourceError("gone")]), steps=(60.0,)) as source:
        wait_for(lambda: source.status.state == "failed")
        started = time.monotonic()
    assert time.monotonic() - started < 0.5
