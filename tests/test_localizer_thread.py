from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from digitstream.localizer import Found
from digitstream.localizer_thread import _AT_ONCE, LocalizerThread

LUMA = np.zeros((4, 4), np.uint8)


class ScriptedLocalizer:
    """Waits for permission, then finds nothing, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.error = error
        self.thread = ""

    def __call__(self, luma: np.ndarray, index: int, thorough: bool, drift: object, parts: int) -> Found:
        self.thread = threading.current_thread().name
        assert self.go.wait(5)
        if self.error is not None:
            raise self.error
        return Found.of(index, [])


def started(localizer: ScriptedLocalizer) -> LocalizerThread:
    thread = LocalizerThread(localizer)  # type: ignore[arg-type]
    thread.submit(LUMA, 7)
    return thread


def test_nobody_waits_for_a_result_who_does_not_want_to() -> None:
    localizer = ScriptedLocalizer()
    thread = started(localizer)
    assert thread.take() is None
    assert not thread.idle
    localizer.go.set()
    found = thread.take(wait=True)
    assert found is not None
    assert (found.index, thread.idle, thread.submitted) == (7, True, 7)
    assert localizer.thread.startswith("localizer_")
    thread.close()


def test_one_frame_at_a_time() -> None:
    localizer = ScriptedLocalizer()
    thread = started(localizer)
    with pytest.raises(RuntimeError, match="take its result first"):
        thread.submit(LUMA, 8)
    localizer.go.set()
    thread.close()


def test_an_error_reaches_whoever_takes_the_result() -> None:
    localizer = ScriptedLocalizer(ValueError("bad frame"))
    thread = started(localizer)
    localizer.go.set()
    with pytest.raises(ValueError, match="bad frame"):
        thread.take(wait=True)
    assert thread.idle
    thread.close()


def test_closing_waits_for_the_frame_under_work() -> None:
    localizer = ScriptedLocalizer()
    thread = started(localizer)
    while not localizer.thread:
        time.sleep(0.001)
    threading.Timer(0.05, localizer.go.set).start()
    thread.close()
    assert localizer.go.is_set()


def test_the_last_one_leaves_no_thread() -> None:
    before = threading.active_count()
    threads = []
    for _ in range(2):
        localizer = ScriptedLocalizer()
        localizer.go.set()
        threads.append(started(localizer))
    for thread in threads:
        thread.close()
        thread.close()
    assert threading.active_count() == before
    thread = started(localizer)
    assert thread.take(wait=True) is not None
    thread.close()


def test_many_cameras_take_turns() -> None:
    localizers = [ScriptedLocalizer() for _ in range(_AT_ONCE + 2)]
    threads = [started(localizer) for localizer in localizers]
    *running, waiting, last = localizers
    while not all(one.thread for one in running):
        time.sleep(0.001)
    assert not waiting.thread
    assert not last.thread
    threads.pop().close()
    for localizer in (*running, waiting):
        localizer.go.set()
    assert all(thread.take(wait=True) for thread in threads)
    assert waiting.thread
    for thread in threads:
        thread.close()
    assert not last.thread, "nobody waits for a camera that has gone before its turn"
