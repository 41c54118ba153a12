from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from digitstream.convert.cli import main
from digitstream.convert.film_scores import Score
from digitstream.convert.films import FilmResult, as_json


def test_figures_of_films_add_up() -> None:
    parts = Score(frames=4, right=3, shown=4, ok=2), Score(frames=6, right=6, shown=0)
    one = FilmResult(0, "1 a", 5, {"lcd-1": parts[0], "led-2": parts[1]}, 2.0)
    other = FilmResult(1, "2 b", 5, {"lcd-1": parts[0]}, 2.0)
    document = as_json([one, other])
    assert document["films"][0]["frames_per_second"] == 2.5
    assert document["films"][0]["displays"]["lcd-1"]["right"] == 3 / 4
    total = document["total"]
    assert (total["films"], total["pictures"], total["frames"]) == (2, 10, 14)
    assert (total["right"], total["ok"], total["wrong_ok"]) == (12 / 14, 4 / 8, 0)


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_films_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str], workers: int) -> None:
    sheet, figures = tmp_path / "errors.png", tmp_path / "figures.json"
    arguments = ["--clips", str(workers), "--frames", "27", "--first", "6", "--workers", str(workers)]
    assert main(["evaluate", *arguments, "--json", str(figures), "--sheet", str(sheet)]) == 0
    document = json.loads(figures.read_text())["films"]
    assert [film["film"] for film in document["films"]] == ["6 LCD, updates", "7 LCD, faint, updates"][
        :workers
    ]
    assert document["total"]["frames"] == 4 * workers
    told = capsys.readouterr()
    assert "6 LCD, updates" in told.out
    assert told.err.count("frames/s") == workers
    assert not sheet.exists() or cv2.imread(str(sheet)) is not None
