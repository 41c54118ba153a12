"""Measure a model on data sets: its answers on crops, and the program's readings of pictures and videos."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

import cv2

from ..config import DisplayConfig
from ..crops import letterbox
from ..ranking import rank
from ..readings import Reading
from .crop_scores import CropScores, pooled, score_crops
from .dataset import Box, Dataset, Image, Kind, Sample, stack
from .engine import Engine
from .errors import DatasetError
from .labels import ReadingLabel
from .loss_tiles import lost_tile
from .losses import NO_CLUES, Clues, Search, Stage, losses
from .matching import Verdict, judge, match_digits
from .regions import by_reading, regions, turn, turned
from .sheet import tile


@dataclass
class SetResult:
    """Figures of one data set; parts that it has no labels for stay None or empty."""

    name: str
    accept: float | None = None
    """Probability from which a crop is taken for a digit."""
    crops: CropScores | None = None
    boxes: int = 0
    """Labelled boxes of digits."""
    hits: int = 0
    """Boxes found with the right label."""
    detections: int = 0
    """Digits returned in the pictures that have boxes."""
    readings: Verdict = field(default_factory=Verdict)
    lost: Counter[Stage] = field(default_factory=Counter)
    """Readings that were missed, or whose point was, by the stage that lost them."""
    images: int = 0
    """Pictures and labelled frames read."""
    processed: int = 0
    """Pictures and frames that the time was spent on."""
    seconds: float = 0.0
    misses: list[Image] = field(default_factory=list)
    """A tile for each error."""

    def as_dict(self) -> dict[str, Any]:
        """Return the set's figures as the JSON has them."""
        parts: dict[str, Any] = {}
        if self.crops is not None and (self.crops.n or self.crops.none_recall is not None):
            parts["crops"] = self.crops.as_dict(self.accept)
        if self.boxes:
            recall, precision = self.hits / self.boxes, self.hits / max(self.detections, 1)
            f1 = 2 * self.hits / (self.boxes + self.detections)
            parts["digits"] = {"n": self.boxes, "recall": recall, "precision": precision, "f1": f1}
        if self.readings.n:
            v = self.readings
            parts["readings"] = _known(
                n=v.n,
                exact=v.exact / v.n,
                found=v.found / v.n,
                with_point=v.point_right / v.with_point if v.with_point else None,
                lost={stage.value: self.lost[stage] / v.n for stage in Stage if self.lost[stage]} or None,
                ok={"n": v.ok, "wrong": v.ok_wrong},
                strings_per_image=v.strings / self.images,
                seconds_per_image=self.seconds / self.processed if self.processed else 0.0,
            )
        return parts


def _silent(samples: Sequence[Sample], name: str) -> Iterable[Sample]:
    return samples


def evaluate(
    datasets: Iterable[Dataset],
    engine: Engine,
    *,
    with_regions: bool = False,
    rotate: int = 0,
    progress: Callable[[Sequence[Sample], str], Iterable[Sample]] = _silent,
) -> list[SetResult]:
    """Measure each data set.

    `with_regions` gives the reader the hull of the labelled boxes, or the whole picture for strips; pictures
    and videos that have neither are left out. `rotate` turns everything clockwise first.
    """
    results = []
    for dataset in datasets:
        result = SetResult(dataset.name, engine.accept)
        crops = dataset.of_kind(Kind.CROP)
        if crops:
            _crops(result, crops, engine, rotate)
        others = () if engine.look_at else dataset.of_kind(Kind.PHOTO, Kind.STRIP, Kind.VIDEO)
        for sample in progress(others, dataset.name):
            if sample.kind is Kind.VIDEO:
                _video(result, sample, engine, with_regions, rotate)
            else:
                _picture(result, sample, engine, with_regions, rotate)
        results.append(result)
    return results


def evaluate_pictures(
    pictures: Iterable[tuple[str, Sample]], engine: Engine, *, with_regions: bool = False
) -> dict[str, SetResult]:
    """Measure pictures that come one by one, each with the name of its set."""
    results: dict[str, SetResult] = {}
    for name, sample in pictures:
        _picture(results.setdefault(name, SetResult(name, engine.accept)), sample, engine, with_regions, 0)
    return results


def sum_of(name: str, parts: Sequence[SetResult]) -> SetResult:
    """Several sets of pictures as one, without its tiles."""
    total = SetResult(name, parts[0].accept)
    for part in parts:
        for key in ("boxes", "hits", "detections", "readings", "lost", "images", "processed", "seconds"):
            setattr(total, key, getattr(total, key) + getattr(part, key))
    return total


def as_json(results: Sequence[SetResult]) -> dict[str, Any]:
    """Return the document that `--json` writes."""
    document: dict[str, Any] = {"sets": {result.name: result.as_dict() for result in results}}
    if total := all_crops(results):
        document["all crops"] = total.crops.as_dict(total.accept) if total.crops else {}
    return document


def all_crops(results: Sequence[SetResult]) -> SetResult | None:
    """Return the crops of all sets as one, None where only one set has any."""
    parts = [result.crops for result in results if result.crops is not None]
    return SetResult("all crops", results[0].accept, pooled(parts)) if len(parts) > 1 else None


def _crops(result: SetResult, samples: Sequence[Sample], engine: Engine, rotate: int) -> None:
    batch = stack(letterbox(turn(sample.grey(), rotate)) for sample in samples)
    labels = [sample.crop for sample in samples if sample.crop is not None]
    if engine.look_at:
        scores = engine.look_at([turn(sample.picture(), rotate) for sample in samples])
    else:
        scores = engine.classify(batch)
    result.crops = judged = score_crops(labels, scores)
    for i in judged.wrong:
        says = "-" if judged.classes[i] > 9 else judged.classes[i]
        caption = f"{samples[i].columns['label']} > {says} {judged.confidences[i]:.2f}"
        result.misses.append(tile(batch[i], caption))


def _picture(result: SetResult, sample: Sample, engine: Engine, with_regions: bool, rotate: int) -> None:
    picture = sample.picture()
    boxes = [turned(box, picture, rotate) for box in sample.boxes]
    picture = turn(picture, rotate)
    displays = regions(sample, boxes, (picture.shape[1], picture.shape[0])) if with_regions else ()
    if with_regions and not displays:
        return
    start = time.perf_counter()
    readings = engine.read_image(picture, displays=displays)
    result.seconds += time.perf_counter() - start
    result.processed += 1
    if boxes:
        hits, detections = match_digits(boxes, readings)
        result.boxes += len(boxes)
        result.hits += hits
        result.detections += detections
    if sample.readings:
        verdict = judge(sample.readings, readings)
        result.images += 1
        result.readings += verdict
        _lose(result, picture, sample.readings, boxes, readings, displays, engine.search)


def _video(result: SetResult, sample: Sample, engine: Engine, with_regions: bool, rotate: int) -> None:
    displays: tuple[DisplayConfig, ...] = ()
    if with_regions:
        first = next(_frames(sample.path), None)
        if first is None:
            raise DatasetError(f"{sample.path}: not a video that can be read")
        boxes = [turned(box, first, rotate) for box in sample.boxes]
        first = turn(first, rotate)
        displays = regions(sample, boxes, (first.shape[1], first.shape[0]))
        if not displays:
            return
    frames: defaultdict[int, list[Reading]] = defaultdict(list)
    missed: dict[int, tuple[ReadingLabel, ...]] = {}
    start = time.perf_counter()
    for reading in engine.read(str(sample.path), displays=displays, rotate=rotate):
        frames[reading.frame].append(reading)
    result.seconds += time.perf_counter() - start
    # A frame without any display yields no reading, and still was processed.
    result.processed += max([*frames, *(span.last for span in sample.spans)], default=-1) + 1
    for span in sample.spans:
        for index in range(span.first, span.last + 1):
            verdict = judge(span.readings, rank(tuple(frames[index])))
            result.images += 1
            result.readings += verdict
            if verdict.exact < verdict.n or verdict.point_right < verdict.with_point:
                missed[index] = span.readings
    for index, picture in enumerate(_frames(sample.path) if missed else ()):
        if index in missed:
            # Boxes are those of the first frame, and readings no longer ranked.
            readings = rank(tuple(frames[index]))
            _lose(result, turn(picture, rotate), missed[index], (), readings, displays, engine.search)


def _frames(path: Path) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(path))
    try:
        while True:
            read, frame = capture.read()
            if not read:
                return
            yield cast(Image, frame)
    finally:
        capture.release()


def _lose(
    result: SetResult,
    picture: Image,
    labels: Sequence[ReadingLabel],
    boxes: Sequence[Box],
    readings: Sequence[Reading],
    displays: Sequence[DisplayConfig],
    search: Search | None,
) -> None:
    """Count the readings that were missed by the stage that lost them, and keep a tile of each."""

    @cache
    def look() -> Clues:
        return search(picture, displays) if search else NO_CLUES

    own = by_reading(labels, boxes) or [boxes if len(labels) == 1 else ()] * len(labels)
    for loss in losses(labels, own, readings, look):
        result.lost[loss.stage] += 1
        result.misses.append(lost_tile(picture, loss, readings))


def _known(**values: Any) -> Mapping[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
