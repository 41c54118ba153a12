"""The logs as the programs that read them see them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from digitstream.errors import OutputError
from digitstream.readings import Status
from digitstream.results import Result
from digitstream.sinks.csv import CsvSink
from digitstream.sinks.jsonl import JsonlSink
from results_of import digits_at, reading_of, result_of

RESULTS = [
    Result(
        "cellar",
        None,
        (
            reading_of("01345.3", i, digits_at("013453", 10, 10, 18, 30)),
            reading_of(None, i, display='a "b", c', unit=None, status=Status.BLANK),
        ),
        25.0,
    )
    for i in range(3)
]


def test_jsonl_is_one_reading_a_line(tmp_path: Path) -> None:
    with JsonlSink(tmp_path / "log.jsonl") as sink:
        for result in RESULTS:
            sink.write(result)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert lines == [reading.as_dict() for result in RESULTS for reading in result.readings]
    assert lines[0]["unit"] == "m³"


def test_jsonl_of_the_same_results_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with JsonlSink(tmp_path / name) as sink:
            for result in RESULTS:
                sink.write(result)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_csv_has_the_columns_of_the_json(tmp_path: Path) -> None:
    with CsvSink(tmp_path / "log.csv") as sink:
        for result in RESULTS:
            sink.write(result)
    with (tmp_path / "log.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    readings = [reading.as_dict() for result in RESULTS for reading in result.readings]
    assert len(rows) == len(readings)
    for row, reading in zip(rows, readings, strict=True):
        assert list(row) == list(reading)
        assert json.loads(row.pop("digits")) == reading.pop("digits")
        assert row == {key: "" if value is None else str(value) for key, value in reading.items()}


def test_a_csv_that_goes_on_keeps_its_one_header(tmp_path: Path) -> None:
    for result in RESULTS:
        with CsvSink(tmp_path / "log.csv") as sink:
            sink.write(result)
    text = (tmp_path / "log.csv").read_text("utf-8")
    assert text.count("camera,display") == 1
    assert len(text.splitlines()) == 7


def test_a_table_with_other_columns_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("time,litres\n1,2\n")
    with pytest.raises(OutputError, match="has other columns; move it away first"):
        CsvSink(path).open()
    assert path.read_text() == "time,litres\n1,2\n"


def test_a_csv_saved_by_a_spreadsheet_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    with CsvSink(path) as sink:
        sink.write(result_of())
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with CsvSink(path) as sink:
        sink.write(result_of(1))
    with path.open(newline="") as file:
        assert [row["frame"] for row in csv.DictReader(file)] == ["0", "1"]
