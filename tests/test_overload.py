from __future__ import annotations

from digitstream.overload import Overload
from digitstream.sources import SourceStatus


def reports(drops_a_second: float, seconds: int = 200) -> list[str]:
    overload, found = Overload(), []
    for second in range(seconds):
        status = SourceStatus("live", frames=25 * second, drops=int(drops_a_second * second))
        if report := overload.look(status, float(second)):
            found.append(report)
    return found


def test_frames_that_are_dropped_are_reported_once_a_minute() -> None:
    found = reports(5)
    assert len(found) == 3
    assert found[0].startswith("too slow: 300 of 1800 frames were dropped in a minute; ")


def test_a_hiccup_is_no_overload() -> None:
    assert reports(0.2) == []
    assert reports(0) == []


def test_counters_that_begin_anew_are_no_overload() -> None:
    overload = Overload()
    assert overload.look(SourceStatus("live", frames=9000, drops=8000), 0) is None
    assert overload.look(SourceStatus("live", frames=10, drops=0), 30) is None
    assert overload.look(SourceStatus("live", frames=2000, drops=0), 91) is None
