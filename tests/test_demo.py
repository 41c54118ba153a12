"""The main job on rendered clips: right readings in nearly every frame, and no wrong one that looks right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import pytest

import digitstream
import truths
from digitstream import Reading, Status


@pytest.fixture(scope="module")
def demo() -> list[Reading]:
    return list(digitstream.read("demo"))


class Score(Protocol):
    """How the readings of a display fared."""

    frames: int
    right: int
    ok: int

    @property
    def misses(self) -> Sequence[object]: ...
    @property
    def wrong_ok(self) -> Sequence[object]: ...


def hold(scores: Mapping[str, Score]) -> None:
    for name, score in scores.items():
        assert score.wrong_ok == [], name
        assert score.right >= 0.98 * score.frames, (name, score.misses)
        assert score.ok >= 0.5 * score.frames, name


def test_the_demo_is_read_right(demo: list[Reading]) -> None:
    truth = truths.load(Path(str(files("digitstream") / "demo" / "truth.csv")))
    hold(truths.compare(demo, truth, skip=25))


def test_labels_and_signs_are_no_readings(demo: list[Reading]) -> None:
    shown = {"display-1", "display-2", "display-3", "display-4"}
    others = [reading for reading in demo if reading.display not in shown]
    assert [(r.frame, r.text) for r in others if r.status is Status.OK] == []


@pytest.fixture
def same_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only fonts and photos that come with the packages of the tests: one clip a seed, on all machines."""
    fonts = pytest.importorskip("digitstream.convert.fonts")
    textures = pytest.importorskip("digitstream.convert.textures")
    known = [*vars(fonts).values(), *vars(textures).values()]
    caches = [value for value in known if hasattr(value, "cache_clear")]
    monkeypatch.setattr(fonts, "_FOLDERS", ())
    monkeypatch.setattr(textures, "_PHOTOS", {"matplotlib": textures._PHOTOS["matplotlib"]})
    for cache in caches:
        cache.cache_clear()
    yield
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


def unseen(seed: int, path: Path) -> Mapping[str, Score]:
    """Scores of a clip in fonts, values, layout and shake that training never saw."""
    clips = pytest.importorskip("digitstream.convert.clips")
    scores = pytest.importorskip("digitstream.convert.film_scores")
    film = pytest.importorskip("digitstream.convert.film")
    shown = clips.write_clip(path, clips.unseen_clip(seed), preset="veryfast")
    frames: list[list[Reading]] = [[] for _ in shown]
    for reading in digitstream.read(path):
        frames[reading.frame].append(reading)
    scorer = scores.Scorer(skip=25)
    for displays, readings in zip(shown, frames, strict=True):
        # Wheels of another colour stand for decimals, but there is no point to be seen.
        texts = [one.text if len(one.points) else one.text.replace(".", "") for one in displays]
        named = zip(displays, texts, strict=True)
        scorer.add([film.Sight(one.name, (text,), one.corners) for one, text in named], readings)
    result: Mapping[str, Score] = scorer.scores
    return result


@pytest.mark.slow
@pytest.mark.usefixtures("same_everywhere")
@pytest.mark.xfail(reason="one LCD is right in every frame, but sure of it in a third of them", strict=False)
@pytest.mark.parametrize("seed", [4])
def test_another_clip_is_read_right_too(seed: int, tmp_path: Path) -> None:
    hold(unseen(seed, tmp_path / "unseen.mp4"))


@pytest.mark.slow
@pytest.mark.usefixtures("same_everywhere")
@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(1, marks=pytest.mark.xfail(reason="a wrinkle continues a counter", strict=False)),
        pytest.param(2, marks=pytest.mark.xfail(reason="red wheels come and go", strict=False)),
        3,
        5,
        7,
        9,
        10,
    ],
)
def test_hard_displays_give_no_wrong_reading(seed: int, tmp_path: Path) -> None:
    """Bright unlit segments, wheels out of place, digits in texture: most displays are read, none wrongly."""
    scores = unseen(seed, tmp_path / "unseen.mp4")
    assert {name: score.wrong_ok for name, score in scores.items() if score.wrong_ok} == {}
    assert sum(score.right >= 0.95 * score.frames for score in scores.values()) >= 3
