"""The deployments that come with the program."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from digitstream.configfile import examples, load_site

ENVIRON = {"GAS_CAMERA_PASSWORD": "s3cret", "HEAT_CAMERA_PASSWORD": "s3cret"}
SECRETS = "boiler-camera: rtsp://cam:s3cret@192.168.1.31/stream1\npage-token: a long random text\n"


@pytest.mark.parametrize("name", sorted(examples()))
def test_every_example_loads(name: str, tmp_path: Path) -> None:
    shutil.copy(examples()[name], tmp_path / name)
    (tmp_path / "secrets.yaml").write_text(SECRETS)
    site = load_site(tmp_path / name, ENVIRON)
    assert all(camera.name != "camera" for camera in site.cameras), "every camera of an example has a name"


def test_the_examples_are_there() -> None:
    names = {"webcam.yaml", "gas-meter-rtsp.yaml", "fuel-pump.yaml", "heat-meter.yaml", "site.yaml"}
    assert examples().keys() == names


def test_an_example_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_site("webcam.yaml").cameras[0].name == "desk"
    (tmp_path / "webcam.yaml").write_text("cameras: {own: {source: 1}}")
    assert load_site("webcam.yaml").cameras[0].name == "own"


def test_the_site_overrides_its_defaults(tmp_path: Path) -> None:
    shutil.copy(examples()["site.yaml"], tmp_path)
    (tmp_path / "secrets.yaml").write_text(SECRETS)
    site = load_site(tmp_path / "site.yaml", {})
    assert {camera.name: camera.fps for camera in site.cameras} == {"boiler": 5, "water": 0.2, "power": 10}
    assert {camera.read_timeout for camera in site.cameras} == {10}
    assert site.cameras[0].source.startswith("rtsp://")
