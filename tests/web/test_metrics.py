"""The counters that Prometheus collects."""

from __future__ import annotations

import re

from digitstream.liveness import Fault
from digitstream.readings import Status
from digitstream.sinks import SinkStats
from digitstream.sources.source import SourceStatus
from digitstream.web.board import Board
from digitstream.web.metrics import exposition
from serving import asked, reading, result, serving

SAMPLE = re.compile(r'digitstream_\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)+\})? [-+0-9.e]+')


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in lines)
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_counts_by_camera_display_and_status() -> None:
    now = 100.0
    board = Board(lambda: now)
    board.put(result(latency_ms=4.0))
    board.put(result(reading(value="1345.4"), latency_ms=30.0))
    now = 102.5
    board.put(result(reading(text=None, value=None, status=Status.BLANK), latency_ms=4000.0))
    found = samples(exposition(board))
    of = 'camera="cellar",display="gas"'
    assert found[f'digitstream_readings_total{{{of},status="ok"}}'] == 2
    assert found[f'digitstream_readings_total{{{of},status="blank"}}'] == 1
    assert found[f'digitstream_value{{{of},unit="m³"}}'] == 1345.4
    assert found[f"digitstream_value_age_seconds{{{of}}}"] == 2.5
    assert found['digitstream_frames_total{camera="cellar"}'] == 120
    assert found['digitstream_drops_total{camera="cellar"}'] == 3
    assert found['digitstream_reconnects_total{camera="cellar"}'] == 1
    buckets = [found[f'digitstream_latency_seconds_bucket{{camera="cellar",le="{le}"}}']
               for le in ("0.005", "0.025", "0.05", "2.5", "+Inf")]  # fmt: skip
    assert buckets == [1, 1, 2, 2, 3]
    assert found['digitstream_latency_seconds_count{camera="cellar"}'] == 3
    assert found['digitstream_latency_seconds_sum{camera="cellar"}'] == 4.034


def test_a_camera_is_up_while_frames_come_or_it_has_ended() -> None:
    board = Board()
    for state in ("live", "ended", "stalled", "auth_failed", "connecting"):
        board.put(result(camera=state, source=SourceStatus(state)))
    found = samples(exposition(board))
    up = [found[f'digitstream_up{{camera="{name}"}}'] for name in ("live", "ended", "stalled", "auth_failed")]
    assert up == [1, 1, 0, 0]


def test_any_name_is_a_valid_label() -> None:
    board = Board()
    board.put(result(camera='a "b" \\ c\nd'))
    found = samples(exposition(board))
    assert 'digitstream_up{camera="a \\"b\\" \\\\ c\\nd"}' in found


def test_served_in_the_text_format() -> None:
    with serving() as served:
        answer = asked(served, "metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert samples(answer.text)['digitstream_up{camera="cellar"}'] == 1


def test_a_live_camera_that_falls_silent_is_not_healthy() -> None:
    now = 0.0
    board = Board(lambda: now)
    assert not board.healthy()
    board.put(result())
    assert board.healthy()
    now = 31.0
    assert not board.healthy()
    board.put(result(source=SourceStatus("ended")))
    now = 3600.0
    assert board.healthy()


def test_the_state_of_a_camera_and_of_its_picture() -> None:
    now = 100.0
    board = Board(lambda: now)
    board.put(result(camera="hall", source=SourceStatus("live", restarts=2)))
    board.put(result(reading(text=None, confidence=0.0, status=Status.STALE), fault=Fault.FROZEN))
    now = 104.0
    board.put(result(grey=None, camera="hall", source=SourceStatus("stalled", restarts=2)))
    found = samples(exposition(board))
    assert found['digitstream_state{camera="hall",state="stalled"}'] == 1
    assert found['digitstream_state{camera="cellar",state="live"}'] == 1
    assert found['digitstream_restarts_total{camera="hall"}'] == 2
    assert found['digitstream_picture_age_seconds{camera="hall"}'] == 4
    assert [name for name in found if "picture_fault" in name] == [
        'digitstream_picture_fault{camera="cellar",reason="frozen"}'
    ]
    assert found['digitstream_confidence{camera="cellar",display="gas"}'] == 0
    assert found['digitstream_confidence{camera="hall",display="gas"}'] == 0.998


def test_a_picture_that_is_not_to_be_believed_is_not_healthy() -> None:
    board = Board()
    board.put(result())
    assert board.healthy()
    board.put(result(fault=Fault.COVERED))
    assert not board.healthy()


def test_outputs_and_the_program_itself() -> None:
    board = Board()
    board.sinks = lambda: [SinkStats("log.jsonl", 9, 1, 2, None), SinkStats("log.jsonl", 1, 0, 0, None)]
    found = samples(exposition(board))
    for family, count in (("written", 10), ("dropped", 1), ("failed", 2)):
        assert found[f'digitstream_sink_{family}_total{{sink="log.jsonl"}}'] == count
    assert found["digitstream_process_resident_memory_bytes"] > 1e7
    assert found["digitstream_process_open_fds"] >= 3
    assert found["digitstream_process_threads"] >= 1
    assert found["digitstream_process_cpu_seconds_total"] > 0


def test_every_family_is_explained_once() -> None:
    board = Board()
    board.put(result(fault=Fault.FROZEN))
    text = exposition(board)
    types = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))
    for name in samples(text):
        family = re.sub(r"_(bucket|sum|count)$", "", name.partition("{")[0])
        assert family in types
