"""What every source of frames is to the rest of the program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol

from ..frames import Frame
from .picture import Picture

if TYPE_CHECKING:
    from typing_extensions import Self

State = Literal["connecting", "live", "stalled", "failed", "auth_failed", "ended"]


class EndOfSource(Exception):
    """The source has handed out its last frame."""


@dataclass(frozen=True)
class SourceInfo:
    """What a source says about itself when it is opened."""

    size: tuple[int, int] | None = None
    """Width and height before `rotate`."""
    fps: float | None = None
    """Announced; cameras lie about it."""
    codec: str | None = None
    pixel_format: str | None = None
    frames: int | None = None
    """How many frames a file announces."""
    seconds: float | None = None
    """How long a file announces to be."""


@dataclass(frozen=True)
class SourceStatus:
    """How a source is doing: a snapshot."""

    state: State = "connecting"
    """`failed` lasts until the next frame arrives, attempts to reopen included."""
    frames: int = 0
    """Handed out."""
    drops: int = 0
    """Good frames of a live source that a newer one replaced before they were read."""
    damaged: int = 0
    """Pictures that could not be decoded, or not without errors: they are never handed out."""
    reconnects: int = 0
    """Times that a live source came back."""
    stalls: int = 0
    """Times that a live source was given up because nothing came."""
    restarts: int = 0
    """Times that the camera's loop was begun anew after a fault of the program."""
    last_error: str | None = None
    """One line without credentials; stays after the source has come back."""
    info: SourceInfo = SourceInfo()
    """What the source said about itself when it was last opened."""

    @property
    def fps(self) -> float | None:
        """Frames a second that the source announces."""
        return self.info.fps

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height that the source announces."""
        return self.info.size


class Feed(Protocol):
    """An open connection or file; made, read and closed by one thread."""

    info: SourceInfo
    damaged: int
    skipped: int
    """Pictures that nobody wants, decoded or not."""

    def __iter__(self) -> Iterator[Picture | None]:
        """Yield pictures, and None where there is none just now; the end is the end of the data."""

    def close(self) -> None:
        """Let go of it."""


class Source(ABC):
    """Frames of one camera, stream or file, as a context manager."""

    live: bool
    """True: only the newest frame is kept, and a lost source is reopened. False: every frame, in order."""
    interval: float = 0.0
    """Seconds that may lie between two frames while all is well, by the settings."""

    @abstractmethod
    def open(self) -> None:
        """Start reading; a file that cannot be read raises here, a live source that is down is a state."""

    @abstractmethod
    def read(self, timeout: float = 1.0) -> Frame | None:
        """Return the next frame, None after `timeout` seconds without one; raise EndOfSource at the end."""

    @abstractmethod
    def close(self) -> None:
        """Stop reading, within two seconds."""

    @property
    @abstractmethod
    def status(self) -> SourceStatus:
        """How it is doing now."""

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames until the source ends; a live one never does."""
        while True:
            try:
                frame = self.read()
            except EndOfSource:
                return
            if frame is not None:
                yield frame
