"""From what the program could not read to a data set: collect, label, load."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import cv2
from aiohttp import ClientSession

from digitstream.convert.dataset import load
from digitstream.crops import SIZE
from end_to_end.program import only_error, run
from labelling import visit

HARD = ("--digits", 9, "--quiet")
"""No display of the demo has so many digits: every reading is incomplete."""


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_what_was_collected_is_labelled_and_loaded(clip: Path, tmp_path: Path) -> None:
    folder, picture = tmp_path / "hard", tmp_path / "frame.png"
    with av.open(str(clip)) as source:
        cv2.imwrite(str(picture), next(source.decode(video=0)).to_ndarray(format="bgr24"))
    for _ in range(2):  # the second time there is nothing new
        done = run("--source", picture, "--collect", folder, *HARD)
        assert done.code == 0, done.err
        made = rows(folder)
        names = sorted(path.name for path in folder.iterdir())
        assert names == sorted(["manifest.csv", *(row["file"] for row in made)])
        assert 3 <= len(made) <= 9
    assert {row["reason"] for row in made} <= {"incomplete", "unsure"}
    assert {(row["label"], row["kind"], row["display"]) for row in made} == {
        ("", "cropped-digit", "display-1")
    }
    assert load(folder).samples == ()

    async def label(session: ClientSession, url: str) -> None:
        for number, row in enumerate(made):
            text = "blank" if number == 0 else row["file"][0]
            async with session.post(url + "label", json={"file": row["file"], "label": text}) as answer:
                assert answer.status == 200

    visit(folder, label)
    crops = list(load(folder).crops())
    assert [sample.columns["label"] for _, sample in crops] == ["blank", *(r["file"][0] for r in made[1:])]
    assert {crop.shape for crop, _ in crops} == {(SIZE, SIZE)}


def test_a_video_goes_on_where_another_run_stopped(clip: Path, tmp_path: Path) -> None:
    for _ in range(2):
        done = run("--source", clip, "--collect", tmp_path, *HARD)
        assert (done.code, done.out, done.err) == (0, "", "")
        made = rows(tmp_path)
        assert len({row["file"] for row in made}) == len(made) > 3


def test_a_folder_that_cannot_be_written_ends_the_program_at_the_start(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("name\nx\n")
    message = only_error(run("--source", clip, "--collect", tmp_path), 5)
    assert message.endswith("no column file, kind, label; choose another folder")


def test_a_deployment_collects_where_it_says_and_no_more_than_it_says(clip: Path, tmp_path: Path) -> None:
    folder, config = tmp_path / "hard", tmp_path / "site.yaml"
    camera = f"cameras: {{cellar: {{source: {clip}, displays: [{{name: gas, digits: 9}}]}}}}\n"
    config.write_text(camera)
    assert run("--config", config, "--quiet").code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["site.yaml"]
    config.write_text(f"{camera}sinks: {{collect: {{folder: {folder}, max_files: 2}}}}\n")
    done = run("--config", config, "--quiet")
    assert (done.code, done.err.count("is full: no more digits are saved")) == (0, 1)
    assert [(row["camera"], row["display"]) for row in rows(folder)] == [("cellar", "gas")] * 2
