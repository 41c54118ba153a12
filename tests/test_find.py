"""`digitstream find`: from a source to a deployment that reads it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from numpy.typing import NDArray

import digitstream
from digitstream import CameraConfig, Status
from digitstream.cli import main
from digitstream.configfile import load_site, read_site
from digitstream.frames import Frame
from digitstream.overlay import GREEN
from digitstream.quality import Quality
from digitstream.region import region_corners
from digitstream.sitetext import site_text, without_secrets
from digitstream.sources import open_source
from digitstream.survey import Sighting, Survey, region_around
from moving import box_quads, pose
from results_of import digits_at, reading_of

Picture = NDArray[np.uint8]


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first picture of the demo."""
    path = tmp_path_factory.mktemp("photo") / "panel.png"
    with open_source(CameraConfig(source="demo")) as source:
        cv2.imwrite(str(path), next(iter(source)).bgr())
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is found in two seconds of the demo."""
    path = tmp_path_factory.mktemp("found") / "site.yaml"
    assert main(["find", "--source", "demo", "--seconds", "2", "--output", str(path), "--name", "panel"]) == 0
    return path


def test_the_demo_becomes_a_deployment(found: Path) -> None:
    site = load_site(found)
    (camera,) = site.cameras
    assert (camera.name, camera.source) == ("panel", "demo")
    assert {(display.digits, display.decimals) for display in camera.displays} >= {
        (4, 2),
        (6, None),
        (5, None),
    }
    text = found.read_text()
    assert "quality 100 of 100" in text
    assert "A mechanical counter" in text
    assert all(display.region is not None for display in camera.displays)


def test_the_deployment_reads_what_was_found(found: Path) -> None:
    (camera,) = load_site(found).cameras
    seen: dict[str, set[str | None]] = {}
    for reading in digitstream.read("demo", displays=camera.displays, reference=camera.reference):
        if reading.status is Status.OK:
            seen.setdefault(reading.display, set()).add(reading.text)
        if reading.frame > 40:
            break
    read = [
        line.split('read "')[1].split('"')[0] for line in found.read_text().splitlines() if 'read "' in line
    ]
    assert len(seen) == len(camera.displays) >= 3
    assert all(text in set().union(*seen.values()) for text in read)


def test_the_preview_shows_where(found: Path) -> None:
    drawn = cv2.imread(str(found.with_name("site-preview.png")))
    assert drawn.shape == (480, 640, 3)
    red, green, blue = GREEN
    outlined = np.abs(drawn.astype(int) - (blue, green, red)).max(axis=2) < 40
    for display in load_site(found).cameras[0].displays:
        assert display.region is not None
        outline = np.zeros(outlined.shape, np.uint8)
        cv2.polylines(outline, [np.rint(region_corners(display.region)).astype(np.int32)], True, 1, 1)
        assert outlined[outline > 0].mean() > 0.7


def test_one_picture_is_enough(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "panel.yaml"
    assert main(["find", "--source", str(photo), "--output", str(target)]) == 0
    out = capsys.readouterr().out
    assert "12.06" in out
    assert "003956" in out
    (camera,) = load_site(target).cameras
    assert camera.reference is None, "pictures on disk need not be of one camera"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["panel-preview.png", "panel.yaml"]


def test_settings_of_the_camera_are_kept(photo: Path, tmp_path: Path) -> None:
    turned = tmp_path / "turned.png"
    cv2.imwrite(str(turned), cv2.rotate(cv2.imread(str(photo)), cv2.ROTATE_180))
    target = tmp_path / "a.yaml"
    options = ["--rotate", "180", "--fps", "2", "--start-time", "2026-01-31T12:00:00Z"]
    assert main(["find", "--source", str(turned), "--output", str(target), *options]) == 0
    (camera,) = load_site(target).cameras
    assert (camera.rotate, camera.fps) == (180, 2)
    assert camera.start_time is not None


def test_nothing_is_replaced_without_force(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "site.yaml"
    target.write_text("mine")
    options = ["find", "--source", str(photo), "--output", str(target)]
    assert main(options) == 2
    assert "site.yaml: is there already; give another --output, or --force" in capsys.readouterr().err
    assert target.read_text() == "mine"
    assert main([*options, "--force"]) == 0
    assert "cameras:" in target.read_text()


def test_nothing_found_is_an_error_with_advice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((240, 320), 130, np.uint8))
    target = tmp_path / "site.yaml"
    assert main(["find", "--source", str(tmp_path / "wall.png"), "--output", str(target)]) == 7
    err = capsys.readouterr().err
    assert "no display found in 1 pictures; go nearer" in err
    assert err.count("\n") == 1
    assert not target.exists()


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["--source", "demo", "--output", "no/such/folder/x.yaml"], 5, "there is no folder no/such/folder"),
        (["--source", "demo", "--seconds", "0"], 2, "--seconds: '0' is not a number of seconds"),
        (["--output", "x.yaml"], 2, "--source"),
        (["--source", "nothing.mp4"], 3, "nothing.mp4"),
    ],
)
def test_errors_are_one_line(
    arguments: list[str],
    code: int,
    problem: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["find", *arguments]) == code
    err = capsys.readouterr().err
    assert problem in err
    assert err.count("\n") == 1


SIGHTING = Sighting(
    '1"2',
    np.array([[1, 2], [30, 2], [30, 20], [1, 20]], np.float32),
    3,
    (3,),
    None,
    False,
    1.0,
    Quality(90, ()),
    9,
)


@pytest.mark.parametrize(
    "source",
    [
        "rtsp://reader:p@ss/w${x}rd@192.168.1.20:554/stream1",
        "rtsp://reader:secret-word@cam/live?fps=5",
        "http://cam/snapshot.jpg?user=me&token=secret-word",
        "rtsp://cam/stream${1}",
        'clips/a "b".mp4',
        "0",
    ],
)
def test_credentials_stay_out_of_the_file(source: str) -> None:
    camera = CameraConfig(name="cellar 1", source=source)
    text, secrets = site_text(camera, [SIGHTING])
    (again,) = read_site(text, environ=secrets).cameras
    assert all(secret not in text for name, secret in secrets.items() if not name.endswith("_USER"))
    assert "secret-word" not in text
    assert all(name.startswith("CELLAR_1_") for name in secrets)
    assert again.name == "cellar 1"
    bare, _ = without_secrets(again)
    assert bare == without_secrets(camera)[0]
    if "p@ss" not in source:
        assert again.source == source


def test_a_display_that_was_never_sure_is_only_proposed() -> None:
    doubtful = Sighting("47.6", SIGHTING.region, 3, (3,), 1, False, 0.0, Quality(20, ("never sure",)), 5)
    text, _ = site_text(CameraConfig(source="0"), [SIGHTING, doubtful])
    assert len(read_site(text).cameras[0].displays) == 1
    offered = text.replace("      # - name: display-2", "      - name: display-2")
    for key in ("region", "decimals"):
        offered = offered.replace(f"      #   {key}", f"        {key}")
    displays = yaml.safe_load(offered)["cameras"][0]["displays"]
    assert [display.get("digits") for display in displays] == [3, None], "a number may have been cut short"


def test_regions_lie_along_the_line_with_room_inside_the_picture() -> None:
    quads = box_quads([(200 + 30 * i, 100, 220 + 30 * i, 140) for i in range(5)])
    matrix = pose(degrees=20)
    turned = cv2.perspectiveTransform(quads.reshape(1, -1, 2), matrix).reshape(-1, 4, 2)
    region = region_around(turned, (640, 480))
    for corner in turned.reshape(-1, 2):
        assert cv2.pointPolygonTest(region, corner.tolist(), True) > 8
    along = region[1] - region[0]
    assert np.degrees(np.arctan2(along[1], along[0])) == pytest.approx(20, abs=0.5)
    at_edge = region_around(quads - np.array([198, 98], np.float32), (640, 480))
    assert at_edge.min() >= 0


def test_blank_leading_digits_leave_their_number_open() -> None:
    survey = Survey()
    picture = np.random.default_rng(1).integers(0, 255, (240, 320), np.uint8)
    for index in range(30):
        text = "1234" if index % 3 else "234"
        digits = digits_at(text, 40 + 30 * (4 - len(text)), 60, 20, 40)
        survey.add(Frame(index, picture, still=True), (reading_of(text, index, digits),))
    _, (sighting,) = survey.result()
    assert (sighting.digits, sighting.counts) == (None, (3, 4))
    assert sighting.region[:, 0].min() < 40


def test_a_point_that_flickers_is_not_written_down() -> None:
    survey = Survey()
    picture = np.full((240, 320), 90, np.uint8)
    for index in range(30):
        digits = digits_at("1234", 40, 60, 20, 40)
        survey.add(
            Frame(index, picture, still=True), (reading_of("123.4" if index % 2 else "1234", index, digits),)
        )
    assert survey.result()[1][0].decimals is None


def test_a_pump_in_a_photo_of_a_stranger(data: Path, tmp_path: Path) -> None:
    pictures = data / "eval" / "fuel-pump-displays" / "images"
    target = tmp_path / "pump.yaml"
    source = pictures / "single_line_not_cropped__49A95.jpg"
    assert main(["find", "--source", str(source), "--output", str(target)]) == 0
    (camera,) = load_site(target).cameras
    assert (camera.displays[0].digits, camera.displays[0].decimals) == (4, 2)
    readings = digitstream.read_image(cv2.imread(str(source)), displays=camera.displays)
    assert "49.95" in {reading.text for reading in readings}
