"""Turn what FFmpeg and the system say into errors that tell what to do, without credentials."""

from __future__ import annotations

import errno
import math
import socket

import av.error as ff

from ..errors import FormatError, SourceDenied, SourceError, SourceMissing, SourceTimeout
from ..redact import redact, secrets_of

_UNREADABLE = (ff.InvalidDataError, ff.EOFError, ff.DecoderNotFoundError, ff.DemuxerNotFoundError)
_DENIED = (ff.HTTPUnauthorizedError, ff.HTTPForbiddenError)
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}


def source_error(
    error: BaseException, target: str, *, waited: float = 0.0, timeout: float = math.inf
) -> SourceError:
    """Return the typed error for `error`, which came `waited` seconds into a wait of at most `timeout`."""
    if isinstance(error, SourceError):
        return error
    kind, words = _classify(error, waited, timeout, remote="://" in target)
    return kind(f"{shown(target)}: {redact(words, secrets_of(target))}")


def shown(target: str) -> str:
    """Return a source as it may be printed."""
    return redact(target, secrets_of(target))


def _classify(
    error: BaseException, waited: float, timeout: float, remote: bool
) -> tuple[type[SourceError], str]:
    number = getattr(error, "errno", None)
    # FFmpeg reports its own interruption as damaged data or a plain error: the clock knows better.
    late = waited >= 0.9 * timeout and isinstance(error, (ff.FFmpegError, OSError))
    if isinstance(error, _DENIED):
        return SourceDenied, "refuses the user name or password; check both"
    if isinstance(error, ff.HTTPNotFoundError):
        return SourceMissing, "the server has nothing under this path (404); check the path"
    if late or isinstance(error, (TimeoutError, ff.ExitError)):
        return SourceTimeout, f"no answer for {waited:.1f} s; check address and network"
    if isinstance(error, ConnectionRefusedError):
        return SourceError, "connection refused; check that it is switched on and that the port is right"
    # FFmpeg has no other word for a name without an address.
    if isinstance(error, socket.gaierror) or (remote and number == errno.EIO):
        return SourceMissing, "no such host, or the connection broke; check address and network"
    if number in _UNREACHABLE:
        return SourceError, "host unreachable; check address and network"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return SourceError, "connection lost"
    if isinstance(error, FileNotFoundError):
        return SourceMissing, "not found; check the name"
    if isinstance(error, IsADirectoryError):
        return FormatError, "is a folder; give a file in it"
    if isinstance(error, PermissionError):
        return SourceError, "no permission to read it; for a camera, add the user to the group `video`"
    if number == errno.EBUSY:
        return SourceError, "in use by another program; close that first"
    if number in (errno.ENODEV, errno.ENXIO):
        return SourceMissing, "no such device, or it was unplugged"
    if isinstance(error, ff.ProtocolNotFoundError):
        return SourceMissing, "unknown kind of URL; known are rtsp, http and others that FFmpeg reads"
    if isinstance(error, _UNREADABLE):
        return (
            FormatError,
            f"not a video or picture, or damaged beyond reading; record or copy it again{_log(error)}",
        )
    if isinstance(error, ff.HTTPError):
        return SourceError, f"the server answers with an error: {error.strerror}"
    if isinstance(error, OSError):
        return SourceError, f"cannot be read: {error.strerror or error}{_log(error)}"
    return SourceError, f"cannot be read: {type(error).__name__}: {' '.join(str(error).split())}"


def _log(error: BaseException) -> str:
    log = getattr(error, "log", None)
    return f" ({log[2].strip()})" if log and log[2].strip() else ""
