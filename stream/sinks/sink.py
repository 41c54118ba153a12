"""What every output of the program can do."""

from __future__ import annotations

import errno
import os
from abc import ABC, abstractmethod
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar

from ..errors import OutputError
from ..results import Result

if TYPE_CHECKING:
    from typing_extensions import Self


class SinkClosed(Exception):
    """Nobody looks at an output any more: its pipe or window was closed, so the program ends in peace."""


class Sink(ABC):
    """Takes results one after the other; `open` and `close` bracket its life, as does `with`."""

    name: str
    """Names the sink in messages and in its thread."""
    pictures: ClassVar[bool] = False
    """Whether it looks at the frame; results come without one otherwise."""
    newest_only: ClassVar[bool] = False
    """Whether skipping results is right even for files, as for a view that people look at."""

    def open(self) -> None:  # noqa: B027 - nothing to open is a fine default
        """Claim the output; raises OutputError when it cannot be written."""

    @abstractmethod
    def write(self, result: Result) -> None:
        """Take one result; may hold it back until `flush`."""

    def flush(self) -> None:  # noqa: B027 - holding nothing back is a fine default
        """Write what is held back."""

    def close(self) -> None:  # noqa: B027
        """Write what is held back and let go of the output."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


_ADVICE = {
    errno.ENOENT: "make its folder first or choose another path",
    errno.ENOTDIR: "make its folder first or choose another path",
    errno.EACCES: "choose a path that you may write to",
    errno.EPERM: "choose a path that you may write to",
    errno.EROFS: "choose a path on a disk that can be written",
    errno.EISDIR: "give a file name, not a folder",
    errno.ENOSPC: "free some space or choose another disk",
    errno.EDQUOT: "free some space or choose another disk",
}


def output_error(path: str | os.PathLike[str], error: OSError) -> OutputError:
    """Say in one line what cannot be written, why, and what to do.

    >>> str(output_error("log/a.csv", FileNotFoundError(2, "No such file or directory")))
    "cannot write 'log/a.csv': No such file or directory; make its folder first or choose another path"
    """
    if isinstance(error, OutputError):
        return error
    reason = error.strerror or str(error) or type(error).__name__
    advice = _ADVICE.get(error.errno or 0)
    wrapped = OutputError(f"cannot write '{os.fspath(path)}': {reason}" + (f"; {advice}" if advice else ""))
    wrapped.errno = error.errno
    return wrapped
