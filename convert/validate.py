"""Check data sets before anything is learnt from them or measured on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import Dataset, Kind, Sample, find
from .duplicates import Fingerprint, alike, fingerprint, same
from .errors import DatasetError
from .labels import NONE, CropLabel
from .problems import Check, Problem

CLASSES = (*map(str, range(NONE)), "none", "between")
"""What is counted; `between` is a drum that shows two digits."""
TOLERANCE = 2
"""Tenths by which two people may read the same drum differently."""
_WORST = 100
"""Gap of labels that have nothing in common."""
_COLUMNS = {"split": Check.IN_SPLITS, "fold": Check.IN_FOLDS, "device": Check.IN_DEVICES}

Progress = Callable[[Sequence[Sample], str], Iterable[Sample]]


@dataclass(frozen=True)
class Twins:
    """Two pictures that are the same, or look so, and should not both be there as they are."""

    check: Check
    first: Sample
    second: Sample


@dataclass
class Summary:
    """What a data set holds."""

    name: str
    samples: tuple[Sample, ...]
    unlabelled: int
    sizes: list[tuple[int, int]] = field(default_factory=list)
    """Width and height of each picture that can be read."""
    alike: int = 0
    """Pictures that look like an earlier one of the same set, label, split, fold and device."""

    @property
    def kinds(self) -> Counter[str]:
        """How many samples there are of each kind."""
        return Counter(sample.kind.value for sample in self.samples)

    @property
    def classes(self) -> dict[str, Counter[str]]:
        """How often each class is shown, by device; the device is empty where none is named."""
        counts: dict[str, Counter[str]] = {}
        for sample in self.samples:
            counts.setdefault(sample.columns.get("device") or "", Counter()).update(_classes(sample))
        return counts

    def size(self, share: float) -> tuple[int, int]:
        """Return width and height that this share of the pictures stays below."""
        width, height = np.quantile(np.array(self.sizes), share, axis=0)
        return round(width), round(height)

    def as_dict(self) -> dict[str, Any]:
        """Return the part of the JSON document."""
        sizes = {"min": 0.0, "median": 0.5, "max": 1.0}
        return {
            "n": len(self.samples),
            "unlabelled": self.unlabelled,
            "alike": self.alike,
            "kinds": dict(self.kinds),
            "sizes": {name: self.size(share) for name, share in sizes.items()} if self.sizes else {},
            "classes": {device: dict(counts) for device, counts in self.classes.items()},
        }


@dataclass
class Validation:
    """What has been found."""

    sets: list[Summary] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    twins: list[Twins] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the document that `--json` writes."""
        return {
            "sets": {summary.name: summary.as_dict() for summary in self.sets},
            "problems": [{"check": p.check.value, "where": p.where, "text": p.text} for p in self.problems],
        }


@dataclass(frozen=True, eq=False)
class _Entry:
    """A picture that could be read."""

    sample: Sample
    summary: Summary
    side: Path | None
    """The path that its data set was found by: all that one path finds may overlap."""
    print: Fingerprint

    @property
    def group(self) -> tuple[object, ...]:
        """Pictures of one group may look alike."""
        columns = (self.sample.columns.get(name) or "" for name in ("label", *_COLUMNS))
        return (self.summary.name, *columns)


def _silent(samples: Sequence[Sample], name: str) -> Iterable[Sample]:
    return samples


def validate(paths: Sequence[Path], progress: Progress = _silent) -> Validation:
    """Check the data sets of these paths, those of each path also against those of the others."""
    result = Validation()
    entries: list[_Entry] = []
    for dataset in find(paths, result.problems.append):
        summary = Summary(dataset.name, dataset.samples, len(dataset.unlabelled))
        result.sets.append(summary)
        entries += _open(dataset, summary, result.problems, progress)
    result.problems.sort(key=lambda problem: list(Check).index(problem.check))
    _find_twins(entries, result)
    return result


def _open(
    dataset: Dataset, summary: Summary, problems: list[Problem], progress: Progress
) -> Iterator[_Entry]:
    for sample in progress((*dataset.samples, *dataset.unlabelled), dataset.name):
        try:
            picture = sample.picture()
        except DatasetError as error:
            problems.append(Problem(Check.UNREADABLE, sample.where, str(error)))
            continue
        summary.sizes.append((picture.shape[1], picture.shape[0]))
        yield _Entry(sample, summary, dataset.given, fingerprint(picture, sample.kind is Kind.CROP))


def _find_twins(entries: Sequence[_Entry], result: Validation) -> None:
    prints = [entry.print for entry in entries]
    found: dict[tuple[int, Check], list[tuple[float, int]]] = {}
    similar: set[int] = set()
    for first, second in same(prints).tolist():
        for check in _checks(entries[first], entries[second], 0) or [Check.DUPLICATE]:
            found.setdefault((second, check), []).append((-1.0, first))
    codes: dict[tuple[object, ...], int] = {}
    groups = np.array([codes.setdefault(entry.group, len(codes)) for entry in entries], np.intp)
    for pairs, differences in alike(prints):
        one = groups[pairs[:, 0]] == groups[pairs[:, 1]]
        similar.update(pairs[one, 1].tolist())
        for (first, second), difference in zip(pairs[~one].tolist(), differences[~one].tolist(), strict=True):
            for check in _checks(entries[first], entries[second], TOLERANCE):
                found.setdefault((second, check), []).append((difference, first))
    for index in similar:
        entries[index].summary.alike += 1
    order = list(Check)

    def worst_first(item: tuple[tuple[int, Check], list[tuple[float, int]]]) -> tuple[int, int, int]:
        (index, check), others = item
        return order.index(check), -_gap(entries[min(others)[1]].sample, entries[index].sample), index

    for (index, check), others in sorted(found.items(), key=worst_first):
        difference, nearest = min(others)
        second, first = entries[index], entries[nearest]
        text = _say(check, second, first, "is" if difference < 0 else "looks")
        more = f" (and {len(others) - 1} more)" if len(others) > 1 else ""
        result.problems.append(Problem(check, second.sample.where, text + more))
        result.twins.append(Twins(check, first.sample, second.sample))


def _checks(first: _Entry, second: _Entry, tolerance: int) -> list[Check]:
    """Return what is wrong with two pictures that show the same."""
    checks = [Check.CONFLICT] if _gap(first.sample, second.sample) > tolerance else []
    if first.side != second.side:
        return [*checks, Check.IN_SETS]
    if first.summary is second.summary:
        pairs = ((first.sample.columns.get(name), second.sample.columns.get(name)) for name in _COLUMNS)
        leaks = (check for check, (a, b) in zip(_COLUMNS.values(), pairs, strict=True) if a and b and a != b)
        checks += list(leaks)[:1]
    return checks


def _say(check: Check, one: _Entry, other: _Entry, verb: str) -> str:
    there = f"{verb} the same as {other.sample.where}"
    if check is Check.CONFLICT:
        return f"{one.sample.columns['label']}, but {there}, {other.sample.columns['label']}"
    if check is Check.IN_SETS:
        return f"{there} of {other.side}"
    for column, leak in _COLUMNS.items():
        if check is leak:
            return f"{column} {one.sample.columns[column]}, but {there}, {other.sample.columns[column]}"
    return there


def _gap(first: Sample, second: Sample) -> int:
    """Return how far the labels of two samples are from both being right for one picture, in tenths."""
    if first.crop and second.crop:
        return _tenths(first.crop, second.crop)
    if first.readings and second.readings:
        texts = [[reading.text for reading in sample.readings] for sample in (first, second)]
        # A reading that is known in part contradicts nothing.
        partly = any(mark in str(texts) for mark in "?~")
        return 0 if partly or texts[0] == texts[1] else _WORST
    return 0


def _tenths(first: CropLabel, second: CropLabel) -> int:
    if first.position is not None and second.position is not None:
        distance = abs(first.position - second.position)
        return min(distance, 100 - distance)
    targets = {first.target, second.target}
    return _WORST if len(targets - {None}) > 1 or targets == {NONE, None} else 0


def _classes(sample: Sample) -> Mapping[str, int]:
    """Return how often a sample shows each class; a picture without boxes by what its readings say."""
    if sample.crop:
        target = sample.crop.target
        return {"between" if target is None else CLASSES[target]: 1}
    digits = "".join(box.digit for box in sample.boxes) or "".join(r.digits for r in sample.readings)
    return Counter(digit for digit in digits if digit != "?")
