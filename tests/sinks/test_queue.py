from __future__ import annotations

import logging
import threading
import time

import pytest

from digitstream.errors import OutputError
from digitstream.results import Result
from digitstream.sinks import Sink, SinkClosed, SinkQueue
from results_of import result_of


class Recorder(Sink):
    """Keeps what it gets, waits at a gate, and fails when told to."""

    name = "recorder"

    def __init__(self, error: Exception | None = None) -> None:
        self.frames: list[int] = []
        self.flushed = self.closed = 0
        self.error = error
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self.threads: set[str] = set()

    def write(self, result: Result) -> None:
        self.threads.add(threading.current_thread().name)
        self.reached.set()
        self.gate.wait()
        if self.error is not None:
            raise self.error
        self.frames.append(result.readings[0].frame)

    def flush(self) -> None:
        self.flushed += 1

    def close(self) -> None:
        self.closed += 1


class OnlyNewest(Recorder):
    newest_only = True


def feed(queue: SinkQueue, count: int) -> None:
    for i in range(count):
        queue.put(result_of(i))
        time.sleep(0)


FULL = OutputError("cannot write 'x': No space left on device")


@pytest.mark.parametrize("lossless", [True, False])
def test_everything_arrives_in_order_in_a_thread_of_its_own(lossless: bool) -> None:
    sink = Recorder()
    with SinkQueue(sink, lossless=lossless) as queue:
        for i in range(500):
            queue.put(result_of(i))
    assert sink.frames == list(range(500))
    assert sink.threads == {"sink-recorder"}
    assert sink.closed == 1
    assert queue.stats.written == 500
    assert queue.stats.dropped == 0


def test_a_sink_that_blocks_costs_a_live_source_its_oldest_results_and_no_time() -> None:
    sink = Recorder()
    sink.gate.clear()
    with SinkQueue(sink, lossless=False, size=4) as queue:
        queue.put(result_of(0))
        assert sink.reached.wait(1)
        started = time.monotonic()
        for i in range(1, 1001):
            queue.put(result_of(i))
        assert time.monotonic() - started < 1
        sink.gate.set()
    assert sink.frames == [0, 997, 998, 999, 1000]
    assert queue.stats.dropped == 996


def test_a_file_waits_for_a_slow_sink() -> None:
    sink = Recorder()
    sink.gate.clear()
    with SinkQueue(sink, lossless=True, size=2) as queue:
        feeder = threading.Thread(target=feed, args=(queue, 20), daemon=True)
        feeder.start()
        feeder.join(0.1)
        assert feeder.is_alive()
        sink.gate.set()
        feeder.join(5)
    assert sink.frames == list(range(20))


def test_a_view_skips_results_of_a_file_too() -> None:
    sink = OnlyNewest()
    sink.gate.clear()
    with SinkQueue(sink, lossless=True, size=2) as queue:
        queue.put(result_of(0))
        assert sink.reached.wait(1)
        for i in range(1, 100):
            queue.put(result_of(i))
        sink.gate.set()
    assert sink.frames == [0, 98, 99]


def test_a_failing_sink_ends_a_file_with_its_error() -> None:
    sink = Recorder(FULL)
    with SinkQueue(sink, lossless=True, size=2) as queue, pytest.raises(OutputError, match="No space left"):
        feed(queue, 100)
    assert sink.closed == 1


def test_a_failure_of_the_last_result_shows_at_the_exit() -> None:
    queue = SinkQueue(Recorder(FULL), lossless=True)
    with pytest.raises(OutputError, match="No space left"), queue:
        queue.put(result_of(0))


def test_a_fault_of_a_sink_is_an_output_error_too() -> None:
    queue = SinkQueue(Recorder(ZeroDivisionError("division by zero")), lossless=True)
    with pytest.raises(OutputError, match="recorder: division by zero"), queue:
        queue.put(result_of(0))


def test_the_error_of_the_program_is_not_hidden_by_that_of_a_sink() -> None:
    def run() -> None:
        with SinkQueue(Recorder(FULL), lossless=True) as queue:
            queue.put(result_of(0))
            raise KeyError

    with pytest.raises(KeyError):
        run()


def test_a_failing_sink_of_a_live_source_is_retried_and_reported_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    sink = Recorder(FULL)
    with caplog.at_level(logging.WARNING), SinkQueue(sink, lossless=False, clock=lambda: now) as queue:

        def put_ten() -> None:
            before = queue.stats.failed
            for i in range(10):
                queue.put(result_of(i))
            deadline = time.monotonic() + 5
            while queue.stats.failed < before + 10 and time.monotonic() < deadline:
                time.sleep(0.001)

        put_ten()
        now = 59.0
        put_ten()
        assert [r.getMessage() for r in caplog.records] == [str(FULL)]
        now = 61.0
        put_ten()
        assert [r.getMessage() for r in caplog.records][1:] == [f"{FULL} (20 times)"]
        sink.error = None
        queue.put(result_of(7))
    assert sink.frames == [7]
    assert queue.stats.failed == 30
    assert queue.stats.last_error == str(FULL)
    assert [r.getMessage() for r in caplog.records][2:] == [f"{FULL} (9 times)"]


@pytest.mark.parametrize("lossless", [True, False])
def test_a_closed_pipe_is_told_to_the_source_of_results(lossless: bool) -> None:
    sink = Recorder(SinkClosed("standard output was closed"))
    with SinkQueue(sink, lossless=lossless, size=2) as queue, pytest.raises(SinkClosed):
        feed(queue, 10_000)


def test_an_idle_sink_holds_nothing_back() -> None:
    sink = Recorder()
    with SinkQueue(sink, lossless=False) as queue:
        queue.put(result_of(0))
        deadline = time.monotonic() + 5
        while not sink.flushed and time.monotonic() < deadline:
            time.sleep(0.001)
        assert sink.flushed == 1


def test_a_sink_that_hangs_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    sink = Recorder()
    sink.gate.clear()
    started = time.monotonic()
    with SinkQueue(sink, lossless=False, close_timeout=0.05) as queue:
        queue.put(result_of(0))
        queue.put(result_of(1))
    assert time.monotonic() - started < 2
    assert "recorder: no progress for 0.05 s, given up with 1 results unwritten" in caplog.messages
    sink.gate.set()


def test_a_sink_that_is_only_slow_is_waited_for() -> None:
    class Slow(Recorder):
        def write(self, result: Result) -> None:
            time.sleep(0.02)
            super().write(result)

    sink = Slow()
    with SinkQueue(sink, lossless=True, close_timeout=0.1) as queue:
        for i in range(15):
            queue.put(result_of(i))
    assert len(sink.frames) == 15
