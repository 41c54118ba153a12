from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from digitstream.errors import InstallationError
from digitstream.opencv import check_opencv


def test_the_opencv_of_these_tests_is_whole() -> None:
    check_opencv()


def test_two_wheels_are_an_error_that_says_what_to_type() -> None:
    def version(name: str) -> str:
        if "contrib" in name:
            raise PackageNotFoundError(name)
        return "4.11.0"

    with pytest.raises(InstallationError) as raised:
        check_opencv(version)
    message = str(raised.value)
    assert message.startswith("opencv-python and opencv-python-headless are both installed")
    assert "pip uninstall -y opencv-python opencv-python-headless && python -m pip install" in message
    assert "\n" not in message


def test_an_opencv_that_does_not_load_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cv2_without_libgl.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object')"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InstallationError, match=r"OpenCV does not load \(libGL\.so\.1.*pip install"):
        check_opencv(module="cv2_without_libgl")
