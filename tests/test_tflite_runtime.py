"""The fallback for old systems, in an environment of its own: Python 3.11, NumPy 1, tflite-runtime."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digitstream.classifier import Classifier
from digitstream.crops import letterbox

PACKAGES = ("numpy==1.26.4", "opencv-python-headless==4.11.0.86", "tflite-runtime==2.14.0", "pydantic>=2.7")
PROGRAM = """
import json, sys
import cv2, numpy as np
from digitstream.classifier import Classifier
from digitstream.crops import letterbox
from digitstream.runtime import _interpreter_class

images = np.load(sys.argv[1])
crops = np.stack([letterbox(image) for image in images])
scores = Classifier.load()(crops)
json.dump(
    {
        "runtime": _interpreter_class().__module__,
        "versions": [np.__version__, cv2.__version__],
        "crops": crops.tolist(),
        "digits": scores.digits.tolist(),
    },
    sys.stdout,
)
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def python_3_11() -> str:
    if sys.version_info[:2] == (3, 11):
        return sys.executable
    found = shutil.which("python3.11")
    if not found:
        pytest.skip("tflite-runtime needs Python 3.11, which is not installed")
    return found


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with tflite-runtime and without LiteRT."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([python_3_11(), "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip cannot install {PACKAGES}: {done.stderr.strip().splitlines()[-1:]}")
    return python


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    """Blurred noise and bars, in grey."""
    rng = np.random.default_rng(4)
    made = rng.integers(0, 256, (40, 48, 30), dtype=np.uint8)
    for i in range(20):
        made[i] = 40 + made[i] // 8
        made[i, 8:40, 6 + i // 2 : 12 + i // 2] = 220
    return made


def test_the_fallback_reads_like_the_runtime(python: Path, images: np.ndarray, tmp_path: Path) -> None:
    package = tmp_path / "site"
    package.mkdir()
    (package / "digitstream").symlink_to(Path(__file__).parents[1] / "stream")
    np.save(tmp_path / "images.npy", images)
    done = subprocess.run(
        [python, "-c", PROGRAM, tmp_path / "images.npy"],
        env={"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    assert got["runtime"].startswith("tflite_runtime")
    assert got["versions"] == ["1.26.4", "4.11.0"]
    crops = np.stack([letterbox(image) for image in images])
    assert np.abs(crops.astype(int) - np.array(got["crops"])).max() <= 2
    here = np.exp(Classifier.load()(crops).digits)
    # Its kernels round otherwise than XNNPACK's.
    assert np.abs(here - np.exp(np.array(got["digits"]))).max() < 0.25
    assert (here.argmax(axis=1) == np.array(got["digits"]).argmax(axis=1)).mean() >= 0.9
