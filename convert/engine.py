"""What is measured: the program with a model of ours, or a model of somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..config import DisplayConfig
from ..readings import Reading
from .dataset import Image
from .losses import Search

if TYPE_CHECKING:
    from ..classifier import Scores

Classify = Callable[[Image], "Scores"]
LookAt = Callable[["Sequence[Image] | Image"], "Scores"]


class ReadImage(Protocol):
    """Reads one picture; returns its readings ranked best first."""

    def __call__(self, picture: Image, /, *, displays: Sequence[DisplayConfig]) -> Sequence[Reading]: ...


class ReadVideo(Protocol):
    """Reads every frame of a file, in order."""

    def __call__(
        self, path: str, /, *, displays: Sequence[DisplayConfig], rotate: int
    ) -> Iterable[Reading]: ...


@dataclass(frozen=True)
class Engine:
    """What is measured."""

    classify: Classify
    read_image: ReadImage
    read: ReadVideo
    accept: float | None = None
    """Probability from which the program takes a crop for a digit, where the model says."""
    search: Search | None = None
    """Tells where a reading was lost for which the readings are no clue."""
    look_at: LookAt | None = None
    """Of a foreign model: classifies pictures that nobody has prepared; it reads no displays."""


def program(model: Path | None = None) -> Engine:
    """Return the program as it runs, with this model instead of its own."""
    from ..classifier import Classifier
    from .search import searching

    def read_image(picture: Image, /, *, displays: Sequence[DisplayConfig]) -> Sequence[Reading]:
        from .. import read_image

        return read_image(picture, displays=displays, model=model)

    def read(path: str, /, *, displays: Sequence[DisplayConfig], rotate: int) -> Iterable[Reading]:
        from .. import read

        return read(path, displays=displays, model=model, rotate=rotate)

    classifier = Classifier.load(model)
    return Engine(classifier, read_image, read, classifier.contract.accept, searching(classifier))


def foreign(look_at: LookAt, accept: float | None = None) -> Engine:
    """Return an engine that only classifies crops, each as it is."""

    def nothing(*args: Any, **settings: Any) -> Sequence[Reading]:
        return ()

    return Engine(look_at, nothing, nothing, accept, look_at=look_at)
