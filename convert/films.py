"""Measure the program on rendered films, each in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import reduce
from multiprocessing import get_context
from operator import add
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..config import CameraConfig
from ..frames import Frame, Luma
from ..pipeline import Pipeline
from ..readings import Reading
from .film import Film, Sight
from .film_scores import Miss, Score, Scorer, runs
from .film_scripts import film
from .loss_tiles import window
from .sheet import LARGE, Image, tile

MOST_TILES = 8
"""Pictures of wrong readings that were `ok`, and of misses, that a film keeps."""
MOST_RUNS = 10
"""Runs of wrong readings that were `ok` that the JSON tells of a display."""
_NOWHERE = np.zeros((0, 4, 2), np.float32)


@dataclass(frozen=True, eq=False)
class FilmResult:
    """How one film was read."""

    number: int
    name: str
    frames: int
    scores: dict[str, Score]
    """By display; what was read elsewhere has no frames."""
    seconds: float
    tiles: list[Image] = field(default_factory=list)
    """Frames with errors, wrong readings that were `ok` first."""

    @property
    def total(self) -> Score:
        """All displays as one."""
        return reduce(add, self.scores.values(), Score())

    def as_dict(self) -> dict[str, Any]:
        """The film's figures for JSON, with those of each display and its first wrong readings."""
        displays = {}
        for name, part in self.scores.items():
            wrong = [{"frame": m.frame, "shown": m.shown, "read": m.read} for m in runs(part.wrong_ok)]
            displays[name] = part.as_dict() | ({"wrong": wrong[:MOST_RUNS]} if wrong else {})
        rate = round(self.frames / self.seconds, 1)
        return {"film": self.name, "frames_per_second": rate, **self.total.as_dict(), "displays": displays}


def measure_films(
    numbers: Sequence[int],
    frames: int,
    *,
    seed: int = 0,
    model: Path | None = None,
    workers: int = 2,
    done: Callable[[FilmResult], None] = lambda result: None,
) -> list[FilmResult]:
    """Read the films of these numbers, so many frames of each; `done` hears of each as it ends."""
    jobs = [(number, seed, frames, model) for number in numbers]
    results = []
    if workers == 1:
        for job in jobs:
            results.append(measure_film(*job))
            done(results[-1])
        return results
    # A fork would copy the locks of OpenCV's and LiteRT's threads as they happen to be.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for future in as_completed([pool.submit(measure_film, *job) for job in jobs]):
            results.append(future.result())
            done(results[-1])
    return sorted(results, key=lambda result: result.number)


def measure_film(number: int, seed: int, frames: int, model: Path | None = None) -> FilmResult:
    """Read one film as a file would be, and judge every frame."""
    cv2.setNumThreads(1)
    start = time.perf_counter()
    name, shot = film(number, seed, frames)
    scorer = Scorer(skip=shot.fps)
    wrong: list[Image] = []
    missed: list[Image] = []
    for picture, sights, readings in read_film(shot, model):
        for miss in scorer.add(sights, readings):
            tiles = wrong if miss.ok else missed
            if len(tiles) < MOST_TILES:
                tiles.append(_marked(picture, sights, readings, miss))
    return FilmResult(number, name, frames, scorer.scores, time.perf_counter() - start, wrong + missed)


def read_film(
    shot: Film, model: Path | None = None
) -> Iterator[tuple[Luma, tuple[Sight, ...], tuple[Reading, ...]]]:
    """Yield each frame with what it shows and what the program reads, without a file in between."""
    with Pipeline(CameraConfig(source="-", name="film"), live=False, model=model) as pipeline:
        for index, (picture, sights) in enumerate(shot):
            frame = Frame(index, picture, media_time=index / shot.fps, monotonic=time.monotonic())
            yield picture, sights, pipeline.process(frame).readings


def as_json(results: Sequence[FilmResult]) -> dict[str, Any]:
    """Return the document of all films."""
    total = reduce(add, (result.total for result in results), Score())
    frames = sum(result.frames for result in results)
    return {
        "films": [result.as_dict() for result in results],
        "total": {"films": len(results), "pictures": frames, **total.as_dict()},
    }


def _marked(picture: Luma, sights: Sequence[Sight], readings: Sequence[Reading], miss: Miss) -> Image:
    """A tile of a display in a frame, with what was read in it and what went wrong."""
    quads = [sight.quads for sight in sights if sight.name == miss.display and len(sight.quads)]
    left, top, right, bottom = window(picture, np.concatenate([*quads, _NOWHERE]).reshape(-1, 2))
    view = cv2.cvtColor(np.ascontiguousarray(picture[top:bottom, left:right]), cv2.COLOR_GRAY2BGR)
    view = cv2.resize(view, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    for reading in readings:
        for digit in reading.digits:
            outline = np.rint((digit.corners - [left, top]) * 2).astype(np.int32)
            cv2.polylines(view, [outline], True, (0, 255, 255), 1)
    caption = f"{miss.frame} {miss.display}: {miss.shown or 'dark'} > {miss.read or 'nothing'}"
    return tile(np.asarray(view, np.uint8), f"{'ok! ' if miss.ok else ''}{caption}", LARGE)
