from __future__ import annotations

import csv
from pathlib import Path

import av
import numpy as np
import pytest

import digitstream
from digitstream.convert.demo import demo_clip, write_truth

FOLDER = Path(digitstream.__file__).parent / "demo"


@pytest.fixture(scope="module")
def truth() -> list[dict[str, str]]:
    with (FOLDER / "truth.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_shipped_clip_is_small_h264() -> None:
    assert (FOLDER / "clip.mp4").stat().st_size < 1_000_000
    with av.open(str(FOLDER / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert (stream.width, stream.height) == (640, 480)
        assert stream.average_rate == 25


def test_every_frame_has_its_truth(truth: list[dict[str, str]]) -> None:
    with av.open(str(FOLDER / "clip.mp4")) as container:
        frames = sum(1 for _ in container.decode(video=0))
    names = [f"display-{number}" for number in range(1, 5)]
    assert [(int(row["frame"]), row["display"]) for row in truth] == [
        (frame, name) for frame in range(frames) for name in names
    ]


def test_the_truth_tells_a_counter_a_voltage_a_temperature_and_a_serial(truth: list[dict[str, str]]) -> None:
    texts: dict[str, list[str]] = {}
    for row in truth:
        texts.setdefault(row["display"], []).append(row["text"])
    counted = [int(text) for text in texts["display-1"]]
    assert set(np.diff(counted).tolist()) == {0, 1}
    # at least one carry into the tens
    assert len({count // 10 for count in counted}) > 1
    assert all(
        len(set(texts[name])) >= 3 and all("." in text for text in texts[name])
        for name in ("display-2", "display-3")
    )
    assert set(texts["display-4"]) == {"40718"}


def test_digits_are_comfortably_large() -> None:
    for _, shown in demo_clip(seconds=0.04):
        assert [item.style for item in shown] == ["drum", "led", "lcd", "print"]
        for item in shown:
            heights = item.corners[:, 3, 1] - item.corners[:, 0, 1]
            assert (heights > 25).all()
            assert (heights < 55).all()


@pytest.mark.slow
def test_the_shipped_truth_is_what_the_renderer_draws(tmp_path: Path) -> None:
    write_truth(tmp_path / "truth.csv", [shown for _, shown in demo_clip()])
    assert (tmp_path / "truth.csv").read_bytes() == (FOLDER / "truth.csv").read_bytes()


def test_the_shipped_picture_is_what_the_renderer_draws() -> None:
    drawn, _ = next(iter(demo_clip(seconds=0.04)))
    with av.open(str(FOLDER / "clip.mp4")) as container:
        shipped = next(container.decode(video=0)).to_ndarray(format="bgr24")
    # Fonts differ between machines; layout and light do not.
    assert np.abs(shipped.astype(int) - drawn).mean() < 8
