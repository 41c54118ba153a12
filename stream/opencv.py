"""Is OpenCV whole? Its four wheels write over each other's files."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from .errors import InstallationError

WHEELS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
_INSTALL = "python -m pip install --force-reinstall --no-deps 'opencv-python-headless>=4.11,<5'"


def check_opencv(version_of: Callable[[str], str] = version, module: str = "cv2") -> None:
    """Raise InstallationError, with the command that helps, unless exactly one OpenCV is there and loads."""
    found = [wheel for wheel in WHEELS if _installed(wheel, version_of)]
    if len(found) > 1:
        raise InstallationError(
            f"{' and '.join(found)} are both installed and break each other:"
            f" python -m pip uninstall -y {' '.join(found)} && {_INSTALL}"
        )
    try:
        importlib.import_module(module)
    except (ImportError, AttributeError) as error:
        raise InstallationError(f"OpenCV does not load ({error}): {_INSTALL}") from error


def _installed(wheel: str, version_of: Callable[[str], str]) -> bool:
    try:
        version_of(wheel)
    except PackageNotFoundError:
        return False
    return True
