"""Zip files of data sets."""

from __future__ import annotations

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from .errors import DatasetError

# What the library raises where a byte is not as it should be.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError)

_unpacked: dict[tuple[Path, int, int], TemporaryDirectory[str]] = {}


def is_zip(path: Path) -> bool:
    """True for a file that is named as a zip file."""
    return path.suffix.lower() == ".zip" and path.is_file()


def unpack(path: Path) -> Path:
    """Unpack into a folder that goes when the program ends, and return it; a second time costs nothing.

    A file that could be written elsewhere, or is a link, is an error, and so is a damaged archive.
    """
    try:
        state = path.stat()
        key = (path.resolve(), state.st_mtime_ns, state.st_size)
        if key not in _unpacked:
            _unpacked[key] = _extract(path)
        # Named like the archive, so that messages tell where a file comes from.
        return Path(_unpacked[key].name) / path.name
    except _DAMAGED as error:
        raise DatasetError(f"{path}: not a zip file that can be read: {error}") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be unpacked: {error.strerror or error}") from None


def _extract(path: Path) -> TemporaryDirectory[str]:
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.filename.startswith("__MACOSX/")]
        for entry in entries:
            _check(path, entry)
        folder = TemporaryDirectory(prefix="digitstream-")
        try:
            if sum(entry.file_size for entry in entries) > shutil.disk_usage(folder.name).free:
                raise DatasetError(f"{path}: no room to unpack it in {Path(folder.name).parent}: set TMPDIR")
            (root := Path(folder.name) / path.name).mkdir()
            for entry in entries:
                archive.extract(entry, root)
        except BaseException:
            folder.cleanup()
            raise
    return folder


def _check(path: Path, entry: zipfile.ZipInfo) -> None:
    name = PurePosixPath(entry.filename.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in "".join(name.parts[:1]):
        raise DatasetError(f"{path}: unsafe path in the zip file: {entry.filename!r}")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise DatasetError(f"{path}: a link in the zip file: {entry.filename!r}")
