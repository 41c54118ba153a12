"""A native window, where the installed OpenCV can open one."""

from __future__ import annotations

import os
import re
import sys

import cv2

from ..errors import OutputError
from ..results import Result
from .sink import Sink, SinkClosed

KEYS = (27, ord("q"))
"""Escape and q close the window."""


def has_window() -> bool:
    """Tell whether a native window can be opened: OpenCV is built with one and a desktop is there.

    Not on macOS, where only the main thread may.
    """
    gui = re.search(r"^\s*GUI:\s*(\S+)", cv2.getBuildInformation(), re.MULTILINE)
    if gui is None or gui.group(1) == "NONE" or sys.platform == "darwin":
        return False
    return sys.platform == "win32" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class WindowSink(Sink):
    """Show the annotated frames, one window a camera; closing one ends the program."""

    name = "window"
    pictures = True
    newest_only = True

    def __init__(self) -> None:
        self._cameras: set[str] = set()

    def open(self) -> None:
        if not has_window():
            raise OutputError("cannot open a window: no desktop, or OpenCV without one; use the live page")

    def write(self, result: Result) -> None:
        picture = result.picture()
        if picture is None:
            return
        if result.camera not in self._cameras:
            cv2.namedWindow(result.camera, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
            cv2.resizeWindow(result.camera, *_fitting(picture.shape[1], picture.shape[0]))
            self._cameras.add(result.camera)
        elif cv2.getWindowProperty(result.camera, cv2.WND_PROP_VISIBLE) < 1:
            raise SinkClosed("the window was closed")
        cv2.imshow(result.camera, picture)
        if cv2.waitKey(1) & 0xFF in KEYS:
            raise SinkClosed("the window was closed")

    def close(self) -> None:
        if self._cameras:
            cv2.destroyAllWindows()


def _fitting(width: int, height: int) -> tuple[int, int]:
    """Return a size that fits a screen of 1280 by 720.

    >>> _fitting(3840, 2160)
    (1280, 720)
    """
    scale = min(1.0, 1280 / width, 720 / height)
    return round(width * scale), round(height * scale)
