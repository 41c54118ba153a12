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
from ..reader import rank
from ..readings import Reading
from .crop_scores import CropScores, score_crops
from .dataset import Box, Dataset, Image, Kind, Sample, stack
from .errors import DatasetError
from .labels import ReadingLabel
from .matching import Verdict, judge, match_digits
from .sheet import tile

if TYPE_CHECKING:
    from ..classifier import Scores

Classify = Callable[[Image], "Scores"]

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


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


@dataclass
class SetResult:
    """Figures of one data set; parts that it has no labels for stay None or empty."""

    name: str
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
            parts["crops"] = _known(
                n=self.crops.n, accuracy=self.crops.accuracy, none_recall=self.crops.none_recall
            )
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
        result = SetResult(dataset.name)
        crops = dataset.of_kind(Kind.CROP)
        if crops:
            _crops(result, crops, engine.classify, rotate)
        for sample in progress(dataset.of_kind(Kind.PHOTO, Kind.STRIP, Kind.VIDEO), dataset.name):
            if sample.kind is Kind.VIDEO:
                _video(result, sample, engine.read, with_regions, rotate)
            else:
                _picture(result, sample, engine.read_image, with_regions, rotate)
        results.append(result)
    return results


def as_json(results: Sequence[SetResult]) -> dict[str, Any]:
    """Return the document that `--json` writes."""
    return {"sets": {result.name: result.as_dict() for result in results}}


def regions(sample: Sample, boxes: Sequence[Box], size: tuple[int, int]) -> tuple[DisplayConfig, ...]:
    """Return a display for each labelled reading, as far as the boxes tell them apart; none without any."""
    if sample.kind is Kind.STRIP:
        return (DisplayConfig(name="display-1", region=(0, 0, *size)),)
    groups = _by_reading(sample, boxes) if boxes else []
    return tuple(
        DisplayConfig(name=f"display-{i}", region=_hull(group)) for i, group in enumerate(groups, start=1)
    )


def _crops(result: SetResult, samples: Sequence[Sample], classify: Classify, rotate: int) -> None:
    batch = stack(letterbox(_turn(sample.grey(), rotate)) for sample in samples)
    labels = [sample.crop for sample in samples if sample.crop is not None]
    result.crops = scores = score_crops(labels, classify(batch))
    for i in scores.wrong:
        says = "-" if scores.classes[i] > 9 else scores.classes[i]
        caption = f"{samples[i].columns['label']} > {says} {scores.confidences[i]:.2f}"
        result.misses.append(tile(batch[i], caption))


def _picture(
    result: SetResult, sample: Sample, read_image: ReadImage, with_regions: bool, rotate: int
) -> None:
    picture = sample.picture()
    boxes = [_turned(box, picture, rotate) for box in sample.boxes]
    picture = _turn(picture, rotate)
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
        boxes = [_turned(box, first, rotate) for box in sample.boxes]
        first = _turn(first, rotate)
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
            result.misses.append(_miss(_turn(picture, rotate), missed[index], frames[index]))


def _by_reading(sample: Sample, boxes: Sequence[Box]) -> list[Sequence[Box]]:
    """Split the boxes by labelled reading where their digits, in order, are those of the readings."""
    texts = [reading.digits for reading in sample.readings]
    if "".join(texts) != "".join(box.digit for box in boxes):
        return [boxes]
    groups, start = [], 0
    for text in texts:
        groups.append(boxes[start : start + len(text)])
        start += len(text)
    return groups


def _hull(boxes: Sequence[Box]) -> tuple[float, float, float, float]:
    x, y = min(b.x for b in boxes), min(b.y for b in boxes)
    return x, y, max(b.x + b.width for b in boxes) - x, max(b.y + b.height for b in boxes) - y


def _turn(picture: Image, rotate: int) -> Image:
    return cast(Image, cv2.rotate(picture, _TURNS[rotate])) if rotate else picture


def _turned(box: Box, picture: Image, rotate: int) -> Box:
    """Move a box along with the picture, which is still as it was, when it is turned clockwise."""
    height, width = picture.shape[:2]
    if rotate == 90:
        return Box(box.digit, height - box.y - box.height, box.x, box.height, box.width)
    if rotate == 180:
        return Box(box.digit, width - box.x - box.width, height - box.y - box.height, box.width, box.height)
    if rotate == 270:
        return Box(box.digit, box.y, width - box.x - box.width, box.height, box.width)
    return box


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
