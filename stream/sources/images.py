"""Pictures on disk: one, or a folder of them."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .faults import shown, source_error
from .picture import Orientation, Picture, from_bgr
from .source import SourceInfo

log = logging.getLogger(__name__)

_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*")
"""How the kinds of picture begin that `imutils.paths` lists: JPEG, PNG, BMP and TIFF."""


def is_picture(head: bytes) -> bool:
    """Tell whether data that begins like this is a picture, whatever its name says.

    >>> is_picture(b"BM6..."), is_picture(b"RIFF....AVI ")
    (True, False)
    """
    return head.startswith(_MAGIC) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")


def is_cut_off(data: bytes) -> bool:
    """Tell whether the end of a JPEG is missing: decoders fill the rest with grey and say nothing."""
    # An end mark in the first half is that of the thumbnail.
    return data.startswith(b"\xff\xd8") and data.rfind(b"\xff\xd9") < len(data) // 2


def decode_picture(data: bytes) -> NDArray[np.uint8]:
    """Return a BGR picture, turned as its EXIF data says; raise FormatError when part of it is missing."""
    if is_cut_off(data):
        raise FormatError("truncated picture")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error as error:
        raise FormatError(f"not a picture that can be decoded ({error.err})") from error
    if image is None:
        raise FormatError("not a picture that can be decoded" if data else "empty file")
    return np.asarray(image, np.uint8)


class ImagesFeed:
    """Pictures in the order a person would number them; damaged ones are counted and left out."""

    def __init__(self, path: Path, orientation: Orientation, every: int = 1) -> None:
        self._orientation = orientation
        self._single = not path.is_dir()
        listed = [path] if self._single else _pictures_in(path)
        self._paths = sorted(listed, key=_natural)
        self.damaged = self.skipped = 0
        self._every = every
        if not self._paths:
            raise FormatError(
                f"{shown(str(path))}: no picture in this folder; JPEG, PNG, BMP and TIFF are read"
            )
        # A single picture that cannot be read is an error at once.
        self._first = self._read_only(path) if self._single else None
        self.info = SourceInfo(codec="image", frames=len(self._paths))

    def __iter__(self) -> Iterator[Picture | None]:
        if self._first is not None:
            yield self._first
            return
        for number, path in enumerate(self._paths):
            if number % self._every:
                self.skipped += 1
            else:
                yield self._read_or_skip(path)

    def close(self) -> None:
        self._paths = []

    def _read_only(self, path: Path) -> Picture:
        try:
            return self._read(path)
        except FormatError as error:
            raise FormatError(f"{error}; take or copy it again") from error

    def _read_or_skip(self, path: Path) -> Picture | None:
        try:
            return self._read(path)
        except (FormatError, OSError) as error:
            self.damaged += 1
            log.warning("%s; left out", source_error(error, str(path)))
            return None

    def _read(self, path: Path) -> Picture:
        try:
            return from_bgr(decode_picture(path.read_bytes()), self._orientation)
        except FormatError as error:
            raise FormatError(f"{shown(str(path))}: {error}") from error


def _pictures_in(folder: Path) -> list[Path]:
    # The library brings along what speaks HTTP: only folders pay for it.
    from imutils import paths

    return [Path(name) for name in paths.list_images(str(folder))]


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort `2.png` before `10.png`."""
    parts = re.split(r"(\d+)", str(path))
    return [(int(part), part) if part.isdigit() else (-1, part) for part in parts]
