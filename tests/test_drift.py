"""Configured regions in front of a camera that is knocked, turned away and covered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream import CameraConfig, ConfigError, DisplayConfig, Reading, Status
from digitstream.configfile import read_site
from digitstream.frames import Frame
from digitstream.liveness import Fault
from digitstream.pipeline import Pipeline
from digitstream.sources import open_source
from digitstream.web.board import Board
from digitstream.web.metrics import exposition

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def demo() -> list[Picture]:
    """The first second of the demo, as luma."""
    with open_source(CameraConfig(source="demo")) as source:
        return [frame.luma.copy() for frame, _ in zip(source, range(40), strict=False)]


@pytest.fixture(scope="module")
def drum(demo: list[Picture]) -> DisplayConfig:
    """The region of the first display of the demo, as it is found in the first frames."""
    with Pipeline(CameraConfig(source="demo"), live=False) as pipeline:
        results = [pipeline.process(Frame(index, luma)) for index, luma in enumerate(demo[:15])]
    found = next(r for r in results[0].readings if r.display == "display-1")
    corners = np.concatenate([digit.corners for digit in found.digits])
    low, high = corners.min(axis=0) - 12, corners.max(axis=0) + 12
    return DisplayConfig(
        name="drum", region=(*low.tolist(), *(high - low).tolist()), digits=len(found.digits)
    )


def knocked(luma: Picture, x: float, y: float, degrees: float, zoom: float) -> Picture:
    height, width = luma.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, zoom)
    matrix[:, 2] += x, y
    return np.asarray(cv2.warpAffine(luma, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def read(
    pictures: Iterator[Picture], display: DisplayConfig, still: bool = False, **camera: Path
) -> list[tuple[Reading, Fault | None]]:
    config = CameraConfig(name="cellar", source="-", displays=(display,), **camera)
    with Pipeline(config, live=still) as pipeline:
        results = [pipeline.process(Frame(i, luma, still=still)) for i, luma in enumerate(pictures)]
    return [(result.readings[0], result.fault) for result in results]


def test_a_region_follows_the_camera_and_the_reading_goes_on(
    demo: list[Picture], drum: DisplayConfig, caplog: pytest.LogCaptureFixture
) -> None:
    def knock(luma: Picture) -> Picture:
        return knocked(luma, 70, -40, 3, 1.04)

    with caplog.at_level(logging.INFO):
        still = [demo[0]] * 30
        seen = read(iter(still + [knock(demo[0])] * 50), drum)
    before, after = seen[29][0], seen[-1][0]
    assert before.status is after.status is Status.OK
    assert before.text == after.text
    assert np.linalg.norm(after.digits[0].corners[0] - before.digits[0].corners[0]) > 40
    assert "cellar: the camera has moved: " in caplog.text


def test_another_view_stops_the_readings_until_the_old_one_is_back(
    demo: list[Picture], drum: DisplayConfig, caplog: pytest.LogCaptureFixture
) -> None:
    other = np.ascontiguousarray(demo[0][::-1])
    seen = read(iter([demo[0]] * 20 + [other] * 45 + [demo[0]] * 30), drum)
    away, back = seen[55:65], seen[-1]
    assert {(r.status, r.text, r.digits, fault) for r, fault in away} == {
        (Status.STALE, None, (), Fault.ELSEWHERE)
    }
    assert not any(r.status is Status.OK for r, _ in seen[20:65])
    assert (back[0].status, back[0].text, back[1]) == (Status.OK, seen[19][0].text, None)
    assert "cellar: the picture is not the view that the regions were measured in" in caplog.text


def test_a_display_that_has_left_the_picture_is_stale(demo: list[Picture], drum: DisplayConfig) -> None:
    width = demo[0].shape[1]
    steps = [knocked(demo[0], -x, 0, 0, 1) for x in range(0, width, 20)]
    seen = read(iter([demo[0]] * 15 + [step[:, :] for step in steps]), drum)
    assert seen[-1][0].status is Status.STALE


def test_snapshots_are_held_against_the_stored_reference(
    demo: list[Picture], drum: DisplayConfig, tmp_path: Path
) -> None:
    cv2.imwrite(str(tmp_path / "view.png"), demo[0])
    pictures = [knocked(demo[0], 40, 25, 2, 1), np.ascontiguousarray(demo[0][::-1]), demo[0]]
    seen = read(iter(pictures), drum, still=True, reference=tmp_path / "view.png")
    assert [fault for _, fault in seen] == [None, Fault.ELSEWHERE, None]
    assert seen[0][0].text == seen[2][0].text
    assert seen[0][0].text is not None


def test_pictures_on_disk_need_not_be_of_one_camera(demo: list[Picture], drum: DisplayConfig) -> None:
    config = CameraConfig(source="-", displays=(drum,))
    with Pipeline(config, live=False) as pipeline:
        for index, picture in enumerate([demo[0], np.ascontiguousarray(demo[0][::-1]), demo[0]]):
            assert pipeline.process(Frame(index, picture, still=True)).fault is None


def test_the_drift_is_in_the_metrics(demo: list[Picture], drum: DisplayConfig) -> None:
    board = Board()
    config = CameraConfig(name="cellar", source="-", displays=(drum,))
    with Pipeline(config, live=False) as pipeline:
        for index in range(3):
            board.put(pipeline.process(Frame(index, knocked(demo[0], 3 * index, 4 * index, 0, 1))))
    lines = dict(line.rsplit(" ", 1) for line in exposition(board).splitlines() if "_view_" in line)
    assert float(lines['digitstream_view_shift_pixels{camera="cellar"}']) == pytest.approx(10, abs=0.5)
    assert float(lines['digitstream_view_zoom{camera="cellar"}']) == pytest.approx(1, abs=0.01)


def test_a_reference_lies_beside_its_yaml(demo: list[Picture], tmp_path: Path) -> None:
    site = read_site("cameras: {a: {source: 0, reference: view.png}}", folder=tmp_path)
    assert site.cameras[0].reference == tmp_path / "view.png"
    assert CameraConfig(source="0", reference=Path("view.png")).reference == Path("view.png")


def broken(path: Path) -> None:
    path.write_bytes(b"no picture")


def small(path: Path) -> None:
    cv2.imwrite(str(path), np.full((20, 30), 9, np.uint8))


@pytest.mark.parametrize(
    ("write", "problem"),
    [
        (lambda path: None, "cannot be read: No such file"),
        (broken, "not a picture that can be decoded"),
        (small, "has 30x20 pixels, but the frames have 640x480"),
    ],
)
def test_a_reference_that_cannot_be_used(
    write: Callable[[Path], None], problem: str, drum: DisplayConfig, tmp_path: Path
) -> None:
    write(tmp_path / "view.png")
    with pytest.raises(ConfigError, match=rf"view\.png:? .*{problem}.*digitstream find"):
        read(iter([np.zeros((480, 640), np.uint8)]), drum, reference=tmp_path / "view.png")
