from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from digitstream.convert import cli, engine, errors
from digitstream.convert.dataset import Image
from manifests import write


def said(crops: Image) -> Any:
    """A classifier that takes everything for a 1."""
    digits = np.full((len(crops), 11), -9, np.float32)
    digits[:, 1] = np.log(0.9)
    return SimpleNamespace(digits=digits, wheel=np.zeros(len(crops), np.float32))


@pytest.fixture
def ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program with a classifier that takes everything for a 1."""

    def nothing(*args: Any, **settings: Any) -> Sequence[Any]:
        return []

    monkeypatch.setattr(engine, "program", lambda model: engine.Engine(said, nothing, nothing, 0.5))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(
        tmp_path / "set",
        ["a.png", "1", "cropped-digit", "", ""],
        ["b.png", "7", "cropped-digit", "", ""],
        ["c.png", "12.5", "full-photo", "", ""],
    )


@pytest.mark.usefixtures("ones")
def test_evaluate_writes_a_table_and_the_figures(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    assert cli.main(["evaluate", str(folder), "--json", str(target), "--confusion"]) == 0
    (figures,) = json.loads(target.read_text(encoding="utf-8"))["sets"].values()
    assert (figures["crops"]["n"], figures["crops"]["accuracy"]) == (2, 0.5)
    assert list(figures["readings"]) == [
        "n",
        "exact",
        "found",
        "lost",
        "ok",
        "strings_per_image",
        "seconds_per_image",
    ]
    shown = capsys.readouterr().out
    assert "50.00" in shown
    assert "true class by class read" in shown
    assert figures["readings"]["lost"] == {"not proposed": 1.0}
    assert "Readings lost" in shown


@pytest.mark.usefixtures("ones")
def test_figures_go_to_standard_output_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["evaluate", str(folder), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["sets"]["set"]["crops"]["n"] == 2


@pytest.mark.usefixtures("ones")
def test_a_sheet_shows_the_errors_of_each_set(folder: Path, tmp_path: Path) -> None:
    assert cli.main(["evaluate", str(folder), "--sheet", str(tmp_path / "errors.png")]) == 0
    sheet = cv2.imread(str(tmp_path / "errors.png"))
    assert sheet is not None
    assert sheet.shape == (264, 2 * 320, 3)  # the 7 taken for a 1, and the photo
    second = write(tmp_path / "other", ["a.png", "3", "cropped-digit", "", ""])
    assert cli.main(["evaluate", str(folder), str(second), "--sheet", str(tmp_path / "errors.png")]) == 0
    assert cv2.imread(str(tmp_path / "errors-set.png")) is not None
    assert cv2.imread(str(tmp_path / "errors-other.png")) is not None


@pytest.mark.usefixtures("ones")
def test_one_split_can_be_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (["a.png", "1", "cropped-digit", "val"], ["b.png", "7", "cropped-digit", "train"])
    folder = str(write(tmp_path / "set", *rows, header=["file", "label", "kind", "split"]))
    target = tmp_path / "figures.json"
    assert cli.main(["evaluate", folder, "--split", "val", "--json", str(target)]) == 0
    assert json.loads(target.read_text())["sets"]["set"]["crops"]["n"] == 1
    assert cli.main(["evaluate", folder, "--split", "test"]) == errors.DatasetError.exit_code
    assert "nothing in it has the split 'test'" in capsys.readouterr().err


@pytest.mark.usefixtures("ones")
def test_rendered_scenes_need_no_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "figures.json"
    assert cli.main(["evaluate", "--scenes", "2", "--json", str(target)]) == 0
    sets = json.loads(target.read_text())["sets"]
    assert list(sets) == ["scenes, level", "scenes, turned", "all scenes"]
    assert sets["all scenes"]["digits"]["n"] == sum(
        sets[name]["digits"]["n"] for name in ("scenes, level", "scenes, turned")
    )
    assert "all scenes" in capsys.readouterr().out


@pytest.mark.usefixtures("ones")
def test_non_digits_are_counted_by_kind(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "figures.json"
    assert cli.main(["evaluate", str(folder), "--non-digits", "50", "--json", str(target)]) == 0
    counts = json.loads(target.read_text(encoding="utf-8"))["non_digits"]
    assert counts["all"]["n"] == counts["all"]["taken"] >= 50  # everything is a 1 to this model
    assert counts["pairs"]["share"] == 1
    assert "Non-digits" in capsys.readouterr().out


@pytest.mark.usefixtures("ones")
def test_confusions_are_drawn_for_each_set_and_for_all(folder: Path, tmp_path: Path) -> None:
    second = write(tmp_path / "other", ["a.png", "3", "cropped-digit", "", ""])
    target = tmp_path / "confusion.png"
    assert cli.main(["evaluate", str(folder), "--confusion-sheet", str(target)]) == 0
    assert cv2.imread(str(target)) is not None
    assert cli.main(["evaluate", str(folder), str(second), "--confusion-sheet", str(target)]) == 0
    names = ("set", "other", "all-crops")
    assert all(cv2.imread(str(tmp_path / f"confusion-{name}.png")) is not None for name in names)


@pytest.mark.usefixtures("ones")
@pytest.mark.parametrize("option", ["--json", "--sheet", "--confusion-sheet"])
def test_a_result_that_cannot_be_written_is_an_error(
    folder: Path, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", str(folder), option, str(tmp_path / "no/such/folder.png")]) == 5
    assert "folder.png: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["evaluate"], 2, "no data set named"),
        (["evaluate", "{tmp}/gone"], 2, "gone/manifest.csv: No such file"),
        (["evaluate", "{tmp}/set", "--model", "{tmp}/gone.tflite"], 4, "gone.tflite"),
        (["evaluate", "{tmp}/set", "--compare", "{tmp}/gone.keras"], 4, "gone.keras: no such model"),
        (["evaluate", "--compare", "{tmp}/gone.keras", "{tmp}/set"], 4, "gone.keras: no such model"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_errors_are_one_line_and_a_status(
    tmp_path: Path, arguments: list[str], code: int, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([word.format(tmp=tmp_path) for word in arguments]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("digitstream-convert: ")
    assert why in line


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["evaluate", "x", "--rotate", "45"], ["evaluate", "x", "--no-such"]]
)
def test_bad_arguments_are_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2
    assert "usage: digitstream-convert" in capsys.readouterr().err


@pytest.mark.slow
def test_without_data_rendered_crops_are_learnt(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    small = ["--epochs", "1", "--crops-per-epoch", "16", "--synthetic", "16", "--width", "0.3"]
    assert cli.main(["train", "--out", str(tmp_path), *small]) == 0
    assert (tmp_path / "network.keras").exists()


@pytest.mark.slow
def test_train_convert_and_evaluate_work_on_a_users_own_digits(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    labels = ["1", "7", "3.4", "blank"]
    rows = [[f"{i}.png", labels[i % 4], "cropped-digit", "", ""] for i in range(16)]
    digits = str(write(tmp_path / "digits", *rows))
    run, model, figures = tmp_path / "run", tmp_path / "own.tflite", tmp_path / "figures.json"
    fast = ["--rendered", "60", "--allowed-loss", "50"]
    small = ["--epochs", "1", "--crops-per-epoch", "16", "--batch", "8", "--synthetic", "0", "--width", "0.3"]
    assert cli.main(["train", digits, "--out", str(run), *small]) == 0
    network = run / "network.keras"
    floating = tmp_path / "float.tflite"
    assert (
        cli.main(["convert", str(network), str(model), "--data", digits, "--float", str(floating), *fast])
        == 0
    )
    assert cli.main(["evaluate", digits, "--model", str(model), "--json", str(figures)]) == 0
    assert json.loads(figures.read_text(encoding="utf-8"))["sets"]["digits"]["crops"]["n"] == 8
    compared = [str(path) for path in (network, floating, model)]
    assert cli.main(["evaluate", digits, "--compare", *compared, "--json", str(figures)]) == 0
    accuracy = json.loads(figures.read_text(encoding="utf-8"))["sets"]["digits"]["accuracy"]
    assert list(accuracy) == ["network.keras", "float.tflite", "own.tflite"]


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (
            ["convert", "{tmp}/gone.keras", "{tmp}/a.tflite", "--data", "{tmp}"],
            4,
            "gone.keras: no such model",
        ),
        (["convert", "{tmp}/gone.keras", "{tmp}/a.bin", "--data", "{tmp}"], 2, "must end in .tflite"),
        (
            ["convert", "{tmp}/a.keras", "{tmp}/a.tflite", "--data", "{tmp}", "--sister", "{tmp}/gone.keras"],
            4,
            "a.keras: no such model",
        ),
        (["finetune", "--data", "{tmp}", "--out", "{tmp}/a.bin"], 2, "must end in .tflite"),
        (["evaluate", "{tmp}/set", "--adapter", "{tmp}/a.yaml"], 2, "--adapter needs the --model"),
        (["demo", "/proc/none"], 5, "/proc/none: "),
    ],
)
def test_the_other_commands_explain_themselves_too(
    tmp_path: Path, arguments: list[str], code: int, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "set", ["a.png", "1", "cropped-digit", "", ""])
    assert cli.main([word.format(tmp=tmp_path) for word in arguments]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert why in line


def test_a_missing_library_is_named_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    monkeypatch.delitem(sys.modules, "digitstream.convert.train", raising=False)
    monkeypatch.delitem(sys.modules, "digitstream.convert.network", raising=False)
    assert cli.main(["train", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert "pip install 'digitstream[convert]'" in capsys.readouterr().err
    (tmp_path / "net.keras").touch()
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    folder = write(tmp_path / "set", ["a.png", "1", "cropped-digit", "", ""])
    assert cli.main(["evaluate", str(folder), "--compare", str(tmp_path / "net.keras")]) == 1
    assert "pip install 'digitstream[convert]'" in capsys.readouterr().err
