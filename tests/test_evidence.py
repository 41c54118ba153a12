"""Evidence is fed by a classifier with a script, so that each look at a digit is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from digitstream.evidence import Evidence


@dataclass
class Scores:
    digits: np.ndarray
    wheel: np.ndarray
    wheel_sharpness: np.ndarray


class ScriptedClassifier:
    """Answers with the given log-probabilities, one row of the script a call, and counts its crops."""

    def __init__(self, *script: tuple[int, float]) -> None:
        self.script = list(script)
        self.crops = 0

    def __call__(self, crops: np.ndarray) -> Scores:
        digit, chance = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        self.crops += len(crops)
        logs = np.full((len(crops), 11), np.log((1 - chance) / 10), np.float32)
        logs[:, digit] = np.log(chance)
        zeros = np.zeros(len(crops), np.float32)
        return Scores(logs, zeros, zeros)


def digits(*ids: int) -> tuple[np.ndarray, np.ndarray]:
    quads = [[[20 + 40 * k, 10], [40 + 40 * k, 10], [40 + 40 * k, 50], [20 + 40 * k, 50]] for k in ids]
    return np.array(ids, np.int64), np.array(quads, np.float32).reshape(-1, 4, 2)


def picture(seed: int = 0, brightness: float = 0.0) -> np.ndarray:
    """Blocky texture: other seeds are other displays."""
    blocks = np.random.default_rng(seed).integers(40, 200, (8, 40))
    return np.clip(np.kron(blocks, np.ones((8, 8))) + brightness, 0, 255).astype(np.uint8)


def noisy(image: np.ndarray, seed: int) -> np.ndarray:
    return np.clip(image + np.random.default_rng(seed).normal(0, 4, image.shape), 0, 255).astype(np.uint8)


def test_an_unchanged_picture_is_classified_once_and_never_grows_surer() -> None:
    classifier = ScriptedClassifier((3, 0.7))
    evidence = Evidence(classifier)
    first = evidence.look([picture()], *digits(1)).chances[0, 3]
    for seed in range(50):
        last = evidence.look([noisy(picture(), seed)], *digits(1)).chances[0, 3]
    assert classifier.crops == 1
    assert first == last == pytest.approx(0.7, abs=1e-3)


def test_distinct_looks_add_up_but_only_so_far() -> None:
    classifier = ScriptedClassifier((3, 0.7))
    evidence = Evidence(classifier)
    base, other = picture(1).astype(float), picture(2).astype(float)
    looks = [(base + share * (other - base)).astype(np.uint8) for share in (0.1, 0.4)]
    chances = [float(evidence.look([looks[k % 2]], *digits(1)).chances[0, 3]) for k in range(30)]
    assert classifier.crops == 30
    assert chances[0] < chances[1] < chances[2] < chances[3] < 0.999
    assert chances[4:] == pytest.approx([chances[3]] * 26, abs=1e-5)


def test_another_digit_is_known_from_its_first_look() -> None:
    classifier = ScriptedClassifier((3, 0.9), (8, 0.8))
    evidence = Evidence(classifier)
    evidence.look([picture(1)], *digits(1))
    verdicts = evidence.look([picture(2)], *digits(1))
    assert verdicts.chances[0, 8] == pytest.approx(0.8, abs=1e-3)


def test_what_is_known_follows_the_track_not_its_row() -> None:
    evidence = Evidence(ScriptedClassifier((3, 0.9), (5, 0.9)))
    evidence.look([picture()], *digits(2))
    verdicts = evidence.look([picture()], *digits(1, 2))
    assert verdicts.chances.argmax(axis=1).tolist() == [5, 3]
    assert evidence.look([picture()], *digits(2)).chances.argmax(axis=1).tolist() == [3]


def test_no_tracks_no_verdicts() -> None:
    verdicts = Evidence(ScriptedClassifier((0, 0.5))).look([picture()], *digits())
    assert verdicts.chances.shape == (0, 11)


def test_what_fades_is_looked_at_until_it_stands() -> None:
    """A segment that goes out slowly is first seen when it is half gone; the rest of the way is no news."""
    classifier = ScriptedClassifier((3, 0.9), (3, 0.6), (7, 0.9))
    evidence = Evidence(classifier)
    base, other = picture(1).astype(float), picture(2).astype(float)

    def look(share: float) -> int:
        image = (base + share * (other - base)).astype(np.uint8)
        return int(evidence.look([image], *digits(1)).chances[0].argmax())

    for _ in range(30):
        look(0.1)
    assert [look(0.25), look(0.34)] == [3, 7]
    crops = classifier.crops
    for _ in range(100):
        assert look(0.34) == 7
    assert classifier.crops == crops


def test_a_picture_that_is_hardly_another_makes_nothing_surer() -> None:
    evidence = Evidence(ScriptedClassifier((3, 0.7)))
    base, other = picture(1).astype(float), picture(2).astype(float)
    looks = [(base + share * (other - base)).astype(np.uint8) for share in (0.1, 0.15)]
    chances = [float(evidence.look([looks[k % 2]], *digits(1)).chances[0, 3]) for k in range(30)]
    assert chances == pytest.approx([0.7] * 30, abs=1e-3)
