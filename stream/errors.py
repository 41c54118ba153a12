"""What can go wrong, as types: each also is the builtin that a caller would catch."""

from __future__ import annotations


class DigitstreamError(Exception):
    """Base of every error that digitstream raises on purpose; its message is one line without credentials."""

    exit_code = 1
    """Exit status of the command line when this error ends the program."""


class ConfigError(DigitstreamError, ValueError):
    """A setting that cannot work: unknown key, wrong type, impossible value."""

    exit_code = 2


class SourceError(DigitstreamError, ConnectionError):
    """A source that cannot be opened or read."""

    exit_code = 3


class SourceTimeout(SourceError, TimeoutError):
    """A source that did not answer in time."""


class SourceDenied(SourceError, PermissionError):
    """A source that refuses the credentials."""


class SourceMissing(SourceError, FileNotFoundError):
    """A source that is not there: no such file, device, host or path."""


class FormatError(SourceError, ValueError):
    """Data that is no picture or video, or is damaged beyond reading."""


class NothingFound(DigitstreamError, LookupError):
    """A source in which there is no display."""

    exit_code = 7


class ModelError(DigitstreamError, ValueError):
    """A model that is missing, damaged, or does not keep its contract."""

    exit_code = 4


class OutputError(DigitstreamError, OSError):
    """A log, video or picture that cannot be written."""

    exit_code = 5


class InstallationError(DigitstreamError, ImportError):
    """A library that is missing, broken, or in the way of another one."""

    exit_code = 6
