"""Whatever comes from outside ends in a result or in an error of the program, never in anything else.

`FUZZ=20 pytest tests/test_fuzz.py tests/convert/test_fuzz.py -n 0` tries twenty times as many inputs; both
print how many there were of each kind, and how many of them were refused.
"""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitstream import CameraConfig
from digitstream.classifier import Classifier
from digitstream.configfile import examples, read_site
from digitstream.credentials import Secrets
from digitstream.errors import ConfigError, ModelError, SourceError
from digitstream.options import parser, site_of
from digitstream.redact import redact, secrets_of
from digitstream.sources import open_source, probe
from digitstream.sources.images import decode_picture
from digitstream.sources.pipe import format_of
from digitstream.sources.urls import quoted, split_credentials
from end_to_end.conftest import SHORT, write_short
from fuzzing import SEEDS, attempt, report, spoilt, tries
from sources.clips import encoded, write_clip

MODELS = Path(str(files("digitstream") / "models"))
EXAMPLES = [path.read_text("utf-8") for path in examples().values()]


@pytest.fixture(scope="module", autouse=True)
def counts(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    report(request.config)


@tries(300)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_any_configuration(content: bytes | str) -> None:
    said = attempt("configuration", lambda: read_site(content, environ={}), ConfigError)
    assert said is not None
    assert said.startswith("site.yaml")


@tries(300)
@given(st.sampled_from(EXAMPLES), SEEDS, st.integers(1, 12))
def test_any_spoilt_configuration(text: str, seed: int, holes: int) -> None:
    content, environ = spoilt(text.encode(), seed, holes), {"CAMERA_PASSWORD": "s3cret-s3cret"}
    said = attempt("spoilt configuration", lambda: read_site(content, environ=environ), ConfigError)
    assert "s3cret-s3cret" not in (said or "")


@tries(300)
@given(st.lists(st.text(alphabet=st.characters(codec="utf-8"), max_size=20), max_size=4))
def test_any_command_line(words: list[str]) -> None:
    # `--help` and `--version` leave by themselves.
    options = [word for word in words if not word.startswith(("-h", "--h", "--v"))]
    attempt("command line", lambda: site_of(parser().parse_args(["--source", "demo", *options]), environ={}))


@tries(300)
@given(st.text(max_size=80))
def test_any_url(rest: str) -> None:
    url = f"rtsp://{rest}"
    attempt("URL", lambda: site_of(parser().parse_args([f"--source={url}"]), environ={}))
    bare, user, password = split_credentials(url)
    assert bare.startswith("rtsp://")
    quoted(url)
    if password and len(password) > 2 and user is not None:
        assert password not in redact(url, secrets_of(url)).partition("://")[2].partition("@")[0]


@tries(300)
@given(st.binary(max_size=400))
def test_any_beginning_of_a_pipe(head: bytes) -> None:
    attempt("beginning of a pipe", lambda: format_of(head))
    assert format_of(head) in (None, "h264", "hevc", "mjpeg", "mpegts")


@tries(100)
@given(SEEDS, st.integers(1, 50))
def test_any_spoilt_model(tmp_path: Path, seed: int, holes: int) -> None:
    model = tmp_path / "digits.tflite"
    original = (MODELS / "digits.tflite").read_bytes()
    shutil.copy(MODELS / "digits.json", tmp_path / "digits.json")
    model.write_bytes(data := spoilt(original, seed, holes))
    said = attempt("spoilt model", lambda: Classifier.load(model), ModelError)
    assert data == original or "digits.tflite" in (said or "")


@tries(200)
@given(SEEDS, st.integers(1, 6))
def test_any_spoilt_contract(tmp_path: Path, seed: int, holes: int) -> None:
    shutil.copy(MODELS / "digits.tflite", tmp_path / "digits.tflite")
    contract = tmp_path / "digits.json"
    contract.write_bytes(spoilt((MODELS / "digits.json").read_bytes(), seed, holes))
    said = attempt("spoilt contract", lambda: Classifier.load(tmp_path / "digits.tflite"), ModelError)
    assert said is None or "digits" in said


@tries(100)
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
    said = attempt("foreign contract", lambda: Classifier.load(tmp_path / "digits.tflite"), ModelError)
    assert "\n" not in (said or "")


KINDS = ("mp4", "mkv", "avi", "ts", "h264", "mjpeg", "mov")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One short video in each wrapping; the demo is the one with B-frames."""
    folder = tmp_path_factory.mktemp("fuzz")
    kinds = {
        "mkv": {}, "avi": {"codec": "mpeg4"}, "ts": {}, "h264": {"format": "h264"},
        "mjpeg": {"codec": "mjpeg", "pixel_format": "yuvj420p", "format": "mjpeg"},
        "mov": {"codec": "libx265"},
    }  # fmt: skip
    made = {kind: write_clip(folder / f"clip.{kind}", **how).read_bytes() for kind, how in kinds.items()}  # type: ignore[arg-type]
    return {"mp4": write_short(folder / "clip.mp4").read_bytes(), **made}


@tries(200)
@given(
    SEEDS, st.sampled_from([3, 30, 300]), st.sampled_from(["mp4", "mkv", "avi", "ts", "h264", "mjpeg", "mov"])
)
def test_any_damaged_video(tmp_path: Path, clips: dict[str, bytes], seed: int, holes: int, kind: str) -> None:
    path = tmp_path / f"clip.{kind}"
    path.write_bytes(spoilt(clips[kind], seed, holes))
    sizes = []

    def read() -> None:
        with open_source(CameraConfig(source=str(path))) as source:
            sizes.extend(frame.size for frame in source)

    said = attempt(f"damaged video ({kind})", read, SourceError)
    assert said is None or path.name in said
    assert len(sizes) <= 2 * SHORT


GRAIN = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
PICTURES = {
    "jpeg": encoded(5),
    "png": encoded(5, "png"),
    **{kind: cv2.imencode(f".{kind}", GRAIN)[1].tobytes() for kind in ("bmp", "tiff", "webp")},
}


@tries(300)
@given(SEEDS, st.sampled_from([1, 10, 100]), st.sampled_from([*PICTURES]))
def test_any_damaged_picture(seed: int, holes: int, kind: str) -> None:
    attempt(f"picture ({kind})", lambda: decode_picture(spoilt(PICTURES[kind], seed, holes)), SourceError)


@tries(300)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00"])
)
def test_any_bytes_for_a_picture(body: bytes, head: bytes) -> None:
    attempt("picture (any bytes)", lambda: decode_picture(head + body), SourceError)


@tries(200)
@given(SEEDS, st.integers(0, 5), st.one_of(st.just("camera"), st.text(max_size=10)))
def test_any_file_of_secrets(tmp_path: Path, seed: int, holes: int, name: str) -> None:
    content = spoilt(b"# of the house\ncamera: s3cret-s3cret\nbroker: 'it''s'\n", seed, holes)
    (tmp_path / "secrets.yaml").write_bytes(content)
    secrets = Secrets(tmp_path / "secrets.yaml", {})
    said = attempt("secrets", lambda: secrets[name], ConfigError)
    assert "s3cret-s3cret" not in (said or "")


class Babbler:
    """A server that answers each connection with the bytes it is told, and hangs up."""

    def __init__(self) -> None:
        self.answer = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while True:
            client, _ = self._listener.accept()
            with client:
                if not (asked := client.recv(4096)):
                    continue
                if asked == b"stop":
                    return
                client.sendall(self.answer)

    def __enter__(self) -> Babbler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            client.sendall(b"stop")
        self._thread.join()
        self._listener.close()


@pytest.fixture(scope="module")
def babbler() -> Iterator[Babbler]:
    with Babbler() as running:
        yield running


JPEG = encoded(5)
ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(JPEG) + JPEG,
    b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=f\r\n\r\n"
    b"--f\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(JPEG) + JPEG,
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
    b'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="a", nonce="b", qop="auth"\r\n\r\n',
    b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n",
    b'RTSP/1.0 401 No\r\nCSeq: 1\r\nWWW-Authenticate: Digest realm="a", nonce="b"\r\n\r\n',
)


@tries(100)
@given(st.sampled_from(ANSWERS), SEEDS, st.sampled_from([0, 1, 5, 20]), st.sampled_from(["http", "rtsp"]))
def test_any_answer_of_a_camera(babbler: Babbler, answer: bytes, seed: int, holes: int, scheme: str) -> None:
    babbler.answer = spoilt(answer, seed, holes)
    url = f"{scheme}://cam:s3cret-s3cret@127.0.0.1:{babbler.port}/live"
    camera = CameraConfig(source=url, open_timeout=1, read_timeout=1)
    said = attempt(f"answer of a camera ({scheme})", lambda: probe(camera), SourceError)
    assert "s3cret" not in (said or "")
