from __future__ import annotations

import io
import logging

from hypothesis import given
from hypothesis import strategies as st

from digitstream.folding import BURST, WINDOW, Folding


class Log:
    """A logger of its own, with a clock that stands."""

    def __init__(self) -> None:
        self.now = 0.0
        self.out = io.StringIO()
        handler = logging.StreamHandler(self.out)
        handler.addFilter(Folding(lambda: self.now))
        self.logger = logging.Logger("digitstream.test")
        self.logger.addHandler(handler)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()


def test_a_message_that_comes_all_the_time_is_folded_and_counted() -> None:
    log = Log()
    for second in range(120):
        log.now = second
        log.logger.warning("%s: connection lost; next try in %.1f s", "hall", second / 7)
    assert len(log.lines) == 2 * BURST
    assert log.lines[BURST].endswith("(and 55 times more since the last)")


def test_other_cameras_and_levels_are_not_held_back() -> None:
    log = Log()
    for camera in range(100):
        log.logger.warning("camera-%d: connection lost", camera)
    log.logger.error("camera-1: connection lost")
    assert len(log.lines) == 101


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from("ab")), max_size=120))
def test_nothing_is_lost_from_the_count(steps: list[tuple[float, str]]) -> None:
    log = Log()
    for gap, word in steps:
        log.now += gap
        log.logger.info("%s", word)
    log.now += WINDOW
    for word in "ab":
        log.logger.info("%s", word)
        told = [line for line in log.lines if line.startswith(word)]
        folded = sum(int(line.split()[2]) for line in told if "more" in line)
        assert len(told) + folded == sum(w == word for _, w in steps) + 1


def test_memory_does_not_grow_with_new_messages() -> None:
    folding = Folding(lambda: 0.0)
    for number in range(5000):
        record = logging.LogRecord("x", logging.WARNING, "", 0, "message %d", (number,), None)
        assert folding.filter(record)
    assert len(folding._seen) <= 500
