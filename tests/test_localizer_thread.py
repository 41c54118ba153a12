from __future__ import annotations

import threading

import numpy as np
import pytest

from digitstream.localizer import Found
from digitstream.localizer_thread import LocalizerThread

LUMA = np.zeros((4, 4), np.uint8)


class ScriptedLocalizer:
    """Waits for permission, then finds nothing, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.error = error
        self.thread = ""

    def __call__(self, luma: np.ndarray, index: int, thorough: bool, drift: object) -> Found:
        self.thread = threading.current_thread().name
        assert self.go.wait(5)
        if self.error is not None:
            raise self.error
        return Found(index, np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))


def started(localizer: ScriptedLocalizer) -> LocalizerThread:
    thread = LocalizerThread(localizer, "gas")  # type: ignore[arg-type]
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
    assert localizer.thread.startswith("localizer-gas")
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


def test_closing_leaves_no_thread() -> None:
    localizer = ScriptedLocalizer()
    thread = started(localizer)
    localizer.go.set()
    thread.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("localizer-gas")]
