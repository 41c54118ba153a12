from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from digitstream.convert import cli
from digitstream.convert.sheet import TILE
from textured import make


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return make(tmp_path / "clean", (1, "1", "gas/0/train"), (2, "7", "lcd/1/val"))


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    folder = make(tmp_path / "spoilt", (3, "1", ""), (3, "7", ""), (4, "x", ""), (-2, "7", ""))
    return folder


def test_a_clean_set_is_status_0(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", str(clean)]) == 0
    shown = capsys.readouterr()
    assert "clean/gas" in shown.out
    assert "40x60" in shown.out
    assert shown.err == ""


def test_problems_are_told_and_status_8(
    clean: Path, spoilt: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["validate", str(clean), str(spoilt)]) == 8
    shown = capsys.readouterr()
    assert f"{spoilt}/manifest.csv:4: bad crop label 'x'" in shown.out
    assert f"  {spoilt}/manifest.csv:3: 7, but is the same as {spoilt}/manifest.csv:2, 1\n" in shown.out
    assert f"{spoilt}/manifest.csv:5: looks the same as {clean}/manifest.csv:3 of {clean}" in shown.out
    (line,) = shown.err.splitlines()
    assert line == ("digitstream-convert: 3 problems: bad line: 1, different labels: 1, in two data sets: 1")


def test_json_has_everything(clean: Path, spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", str(clean), str(spoilt), "--json", "-"]) == 8
    document = json.loads(capsys.readouterr().out)
    assert list(document["sets"]) == ["clean", "spoilt"]
    assert document["sets"]["clean"]["classes"] == {"gas": {"1": 1}, "lcd": {"7": 1}}
    assert [p["check"] for p in document["problems"]] == [
        "bad line",
        "different labels",
        "in two data sets",
    ]


def test_a_long_list_is_cut_on_the_terminal_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(tmp_path / "set", *[(1, "1", "")] * 20)
    target = tmp_path / "all.json"
    assert cli.main(["validate", str(folder), "--json", str(target)]) == 8
    shown = capsys.readouterr().out
    assert "duplicate: 19" in shown
    assert "... and 11 more; --json FILE has them all" in shown
    assert len(json.loads(target.read_text(encoding="utf-8"))["problems"]) == 19


def test_sheets_show_samples_and_suspicious_pairs(clean: Path, spoilt: Path, tmp_path: Path) -> None:
    (spoilt / "3.png").write_bytes(b"")
    sheets = tmp_path / "sheets"
    assert cli.main(["validate", str(clean), str(spoilt), "--sheet", str(sheets)]) == 8
    assert {path.name for path in sheets.iterdir()} == {"clean.png", "spoilt.png", "suspicious.png"}
    samples, pairs = (cv2.imread(str(sheets / name)) for name in ("clean.png", "suspicious.png"))
    assert samples is not None
    assert samples.shape == (TILE[1], 2 * TILE[0], 3)
    assert pairs is not None
    assert pairs.shape == (TILE[1], TILE[0], 3)
    assert samples[: TILE[1] - 30].std() > 20


def test_a_large_set_is_shown_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digitstream.convert.validate_report.MAX_TILES", 20)
    folder = make(tmp_path / "set", *[(i, "1" if i < 45 else "2", "") for i in range(50)])
    assert cli.main(["validate", str(folder), "--sheet", str(tmp_path)]) == 0
    sheet = cv2.imread(str(tmp_path / "set.png"))
    assert sheet is not None
    assert sheet.shape == (2 * TILE[1], 10 * TILE[0], 3)
    assert sheet[-TILE[1] :, -TILE[0] :].std() > 20  # the last tile is taken too


def test_a_folder_that_cannot_be_written_is_status_5(clean: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", str(clean), "--sheet", str(clean / "0.png/sheets")]) == 5
    assert "Not a directory" in capsys.readouterr().err


def test_a_set_that_is_not_there_is_a_problem_like_any_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["validate", str(tmp_path / "gone")]) == 8
    assert "gone/manifest.csv: No such file" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        cli.main(["validate"])
    assert caught.value.code == 2
