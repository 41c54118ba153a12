"""The built wheel, installed away from the checkout, has all that it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[1]

LOOK = """
import json
from importlib.resources import files

import digitstream
import digitstream.convert
from digitstream.classifier import Classifier
from digitstream.config import CameraConfig
from digitstream.configfile import load_site
from digitstream.sources import open_source

configs = files("digitstream.configs")
with open_source(CameraConfig(source="demo")) as source:
    frame = source.read()
print(json.dumps({
    "package": digitstream.__file__,
    "convert": digitstream.convert.__file__,
    "model": Classifier.load().contract.name,
    "frame": frame.size,
    "truth": (files("digitstream") / "demo/truth.csv").read_text().split()[0],
    "camera": load_site("webcam.yaml").cameras[0].source,
    "typed": (files("digitstream") / "py.typed").is_file(),
    "configs": sorted(entry.name for entry in configs.iterdir() if entry.name.endswith(".yaml")),
    "page": sorted(entry.name for entry in files("digitstream.web").iterdir() if "py" not in entry.name),
}))
"""


def run(*command: object, **options: object) -> str:
    """Return what a command prints; its messages are shown when it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive so that this one is known to be whole as well."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    (built,) = folder.glob("digitstream-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment that has the wheel, and beneath it the libraries of this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "--disable-pip-version-check"]
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel)
    (libraries,) = folder.glob("lib/python*/site-packages")
    # A path in a .pth file is searched last and its own .pth files are not read: the checkout stays hidden.
    (libraries / "beneath.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def away(folder: Path) -> dict[str, object]:
    """Options of a command that runs in an empty folder and knows nothing of this checkout."""
    environ = {key: text for key, text in os.environ.items() if key != "PYTHONPATH"}
    return {"cwd": folder, "env": environ, "timeout": 120}


def test_loads_model_clip_configs_and_page(installed: Path, tmp_path: Path) -> None:
    found = json.loads(run(installed / "python", "-c", LOOK, **away(tmp_path)))
    for module in ("package", "convert"):
        assert Path(found[module]).is_relative_to(installed.parent)
    assert found["model"]
    assert min(found["frame"]) > 100
    assert found["truth"] == "frame,display,text"
    assert found["camera"] == "0"
    assert found["typed"]
    assert found["configs"] == sorted(path.name for path in (ROOT / "configs").glob("*.yaml"))
    assert found["page"] == ["app.js", "icon.svg", "page.html", "style.css"]


def test_commands_answer(wheel: Path, installed: Path, tmp_path: Path) -> None:
    version = wheel.name.split("-")[1]
    assert run(installed / "digitstream", "--version", **away(tmp_path)) == f"digitstream {version}\n"
    assert "evaluate" in run(installed / "digitstream-convert", "--help", **away(tmp_path))


def test_wheel_holds_every_module_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        about = Parser().parsestr(archive.read(metadata).decode())
    expected = set()
    for folder, package in (("stream", ""), ("convert", "convert/"), ("configs", "configs/")):
        for path in (ROOT / folder).rglob("*.py"):
            expected.add(f"digitstream/{package}{path.relative_to(ROOT / folder).as_posix()}")
    assert {name for name in names if name.endswith(".py")} == expected
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"digitstream"}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert about["License-Expression"] == "Apache-2.0"
    assert str(about.get_payload()).startswith("#"), "the README is the description"
