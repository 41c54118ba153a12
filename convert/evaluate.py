"""Measure a model on data sets: its answers on crops, and the program's readings of pictures and videos."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import cv2

from ..config import DisplayConfig
from ..crops import letterbox
from ..ranking import rank
from ..readings import Reading
from .crop_scores import CropScores, pooled, score_crops
from .dataset import Dataset, Image, Kind, Sample, stack
from .errors import DatasetError
from .labels import ReadingLabel
from .matching import Verdict, judge, match_digits
from .regions import regions, turn, turned
from .sheet import tile

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
    look_at: LookAt | None = None
    """Of a foreign model: classifies pictures that nobody has prepared; it reads no displays."""


def program(model: Path | None = None) -> Engine:
    """Return the program as it runs, with this model instead of its own."""
    from ..classifier import Classifier

    def read_image(picture: Image, /, *, displays: Sequence[DisplayConfig]) -> Sequence[Reading]:
        from .. import read_image

        return read_image(picture, displays=displays, model=model)

    def read(path: str, /, *, displays: Sequence[DisplayConfig], rotate: int) -> Iterable[Reading]:
        from .. import read

        return read(path, displays=displays, model=model, rotate=rotate)

    classifier = Classifier.load(model)
    return Engine(classifier, read_image, read, classifier.contract.accept)


def foreign(look_at: LookAt, accept: float | None = None) -> Engine:
    """Return an engine that only classifies crops, each as it is."""

    def nothing(*args: Any, **settings: Any) -> Sequence[Reading]:
        return ()

    return Engine(look_at, nothing, nothing, accept, look_at)


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
                _video(result, sample, engine.read, with_regions, rotate)
            else:
                _picture(result, sample, engine.read_image, with_regions, rotate)
        results.append(result)
    return results


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


def _picture(
    result: SetResult, sample: Sample, read_image: ReadImage, with_regions: bool, rotate: int
) -> None:
    picture = sample.picture()
    boxes = [turned(box, picture, rotate) for box in sample.boxes]
    picture = turn(picture, rotate)
    displays = regions(sample, boxes, (picture.shape[1], picture.shape[0])) if with_regions else ()
    if with_regions and not displays:
        return
    start = time.perf_counter()
    readings = read_image(picture, displays=displays)
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
        if verdict.exact < verdict.n:
            result.misses.append(_miss(picture, sample.readings, readings))


def _video(result: SetResult, sample: Sample, read: ReadVideo, with_regions: bool, rotate: int) -> None:
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
    for reading in read(str(sample.path), displays=displays, rotate=rotate):
        frames[reading.frame].append(reading)
    result.seconds += time.perf_counter() - start
    # A frame without any display yields no reading, and still was processed.
    result.processed += max([*frames, *(span.last for span in sample.spans)], default=-1) + 1
    for span in sample.spans:
        for index in range(span.first, span.last + 1):
            verdict = judge(span.readings, rank(tuple(frames[index])))
            result.images += 1
            result.readings += verdict
            if verdict.exact < verdict.n:
                missed[index] = span.readings
    for index, picture in enumerate(_frames(sample.path) if missed else ()):
        if index in missed:
            result.misses.append(_miss(turn(picture, rotate), missed[index], frames[index]))


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


def _miss(picture: Image, labels: Sequence[ReadingLabel], readings: Sequence[Reading]) -> Image:
    marked = picture.copy()
    thickness = max(1, max(picture.shape[:2]) // 150)
    for reading in readings:
        for digit in reading.digits:
            x, y, width, height = digit.box
            cv2.rectangle(marked, (x, y), (x + width, y + height), (0, 255, 255), thickness)
    shown = [f"{r.text}{'' if r.status.value == 'ok' else '?'}" for r in readings if r.text]
    return tile(marked, f"{' '.join(x.text for x in labels)} > {' '.join(shown[:3]) or 'nothing'}")


def _known(**values: Any) -> Mapping[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
