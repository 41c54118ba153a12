"""Whatever comes from outside ends in a result or in an error of the program, never in anything else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitstream import CameraConfig, DigitstreamError
from digitstream.classifier import Classifier
from digitstream.configfile import examples, read_site
from digitstream.errors import ConfigError, ModelError, SourceError
from digitstream.options import parser, site_of
from digitstream.redact import redact, secrets_of
from digitstream.sources import open_source
from digitstream.sources.pipe import format_of
from digitstream.sources.urls import quoted, split_credentials
from end_to_end.conftest import SHORT, write_short

MANY = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(MANY, max_examples=100)
MODELS = Path(str(files("digitstream") / "models"))
EXAMPLES = [path.read_text("utf-8") for path in examples().values()]


def spoilt(data: bytes, seed: int, holes: int) -> bytes:
    """Return data with some bytes changed, or cut short."""
    rng = np.random.default_rng(seed)
    noisy = bytearray(data[: int(rng.integers(1, len(data)))] if seed % 4 == 0 else data)
    for at in rng.integers(0, len(noisy), holes):
        noisy[at] = int(rng.integers(0, 256))
    return bytes(noisy)


def complaint(call: Callable[[], object], kind: type[DigitstreamError] = DigitstreamError) -> str | None:
    """Return the message of the program's own error, None without one; any other error fails the test."""
    try:
        call()
    except kind as error:
        return str(error)
    return None


@MANY
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_any_configuration(content: bytes | str) -> None:
    with pytest.raises(ConfigError) as error:
        read_site(content, environ={})
    assert str(error.value).startswith("site.yaml")


@MANY
@given(st.sampled_from(EXAMPLES), st.integers(0, 2**32), st.integers(1, 12))
def test_any_spoilt_configuration(text: str, seed: int, holes: int) -> None:
    content, environ = spoilt(text.encode(), seed, holes), {"CAMERA_PASSWORD": "s3cret-s3cret"}
    said = complaint(lambda: read_site(content, environ=environ), ConfigError)
    assert "s3cret-s3cret" not in (said or "")


@MANY
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=20), max_size=4))
def test_any_command_line(words: list[str]) -> None:
    # `--help` and `--version` leave by themselves.
    options = [word for word in words if not word.startswith(("-h", "--h", "--v"))]
    said = complaint(lambda: site_of(parser().parse_args(["--source", "demo", *options]), environ={}))
    assert said != ""


@MANY
@given(st.text(max_size=80))
def test_any_url(rest: str) -> None:
    url = f"rtsp://{rest}"
    bare, user, password = split_credentials(url)
    assert bare.startswith("rtsp://")
    quoted(url)
    if password and len(password) > 2 and user is not None:
        assert password not in redact(url, secrets_of(url)).partition("://")[2].partition("@")[0]


@MANY
@given(st.binary(max_size=400))
def test_any_beginning_of_a_pipe(head: bytes) -> None:
    assert format_of(head) in (None, "h264", "hevc", "mjpeg", "mpegts")


@FEW
@given(st.integers(0, 2**32), st.integers(1, 50))
def test_any_spoilt_model(tmp_path: Path, seed: int, holes: int) -> None:
    model = tmp_path / "digits.tflite"
    original = (MODELS / "digits.tflite").read_bytes()
    shutil.copy(MODELS / "digits.json", tmp_path / "digits.json")
    model.write_bytes(data := spoilt(original, seed, holes))
    if data != original:
        with pytest.raises(ModelError, match=r"digits\.tflite"):
            Classifier.load(model)


@settings(MANY, max_examples=200)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_any_spoilt_contract(tmp_path: Path, seed: int, holes: int) -> None:
    shutil.copy(MODELS / "digits.tflite", tmp_path / "digits.tflite")
    contract = tmp_path / "digits.json"
    contract.write_bytes(spoilt((MODELS / "digits.json").read_bytes(), seed, holes))
    said = complaint(lambda: Classifier.load(tmp_path / "digits.tflite"), ModelError)
    assert said is None or "digits" in said


@FEW
@given(
    st.dictionaries(
        st.sampled_from([*json.loads((MODELS / "digits.json").read_text())]),
        st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.integers())),
        min_size=1,
        max_size=3,
    )
)
def test_any_foreign_contract(tmp_path: Path, changes: dict[str, object]) -> None:
    shutil.copy(MODELS / "digits.tflite", tmp_path / "digits.tflite")
    contract = {**json.loads((MODELS / "digits.json").read_text()), **changes}
    (tmp_path / "digits.json").write_text(json.dumps(contract))
    said = complaint(lambda: Classifier.load(tmp_path / "digits.tflite"), ModelError)
    assert "\n" not in (said or "")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_short(tmp_path_factory.mktemp("fuzz") / "clip.mp4").read_bytes()


@FEW
@given(st.integers(0, 2**32), st.sampled_from([3, 30, 300]), st.sampled_from(["mp4", "jpg", "ts"]))
def test_any_damaged_video(tmp_path: Path, clip: bytes, seed: int, holes: int, kind: str) -> None:
    path = tmp_path / f"clip.{kind}"
    path.write_bytes(spoilt(clip, seed, holes))
    sizes = []

    def read() -> None:
        with open_source(CameraConfig(source=str(path))) as source:
            sizes.extend(frame.size for frame in source)

    said = complaint(read, SourceError)
    assert said is None or path.name in said
    assert len(sizes) <= SHORT
