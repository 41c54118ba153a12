"""Which live pictures are no readings: frozen, covered and test cards, and what must pass."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitstream.liveness import FROZEN_AFTER, Fault, Liveness, has_detail, is_test_card
from digitstream.reduction import reduce
from end_to_end.program import CLIP
from moving import digit_on

Picture = NDArray[np.uint8]

SIZES = [(640, 480), (1280, 720), (1920, 1080)]
BARS = {"smpte": (180, 162, 131, 112, 84, 65, 35), "ebu": (235, 210, 170, 145, 106, 81, 41, 16)}


def small(picture: Picture) -> Picture:
    return reduce(picture)[0]


def noisy(picture: Picture, seed: int, sigma: float = 2.0) -> Picture:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def scene(size: tuple[int, int] = (640, 480), ground: int = 150, ink: int = 40) -> Picture:
    """A display on a plain wall, the least that a picture of interest can hold."""
    picture = np.full(size[::-1], ground, np.uint8)
    height = size[1] // 20
    for place, digit in enumerate("8305"):
        digit_on(picture, digit, size[0] // 2 + place * height, size[1] // 2, height, ink)
    return picture


NOISY = [noisy(scene((160, 120)), seed) for seed in range(4)]


def bars(kind: str, size: tuple[int, int] = (640, 480), top: float = 1.0) -> Picture:
    """Colour bars in the upper part of a picture, something else below."""
    levels = np.array(BARS[kind], np.uint8)
    row = levels[np.arange(size[0]) * len(levels) // size[0]]
    picture = np.tile(row, (size[1], 1))
    picture[round(size[1] * top) :] = noisy(
        np.full((size[1] - round(size[1] * top), size[0]), 90, np.uint8), 1
    )
    return picture


def run(pictures: list[Picture], *, every: float, group: int) -> list[Fault | None]:
    """Judge pictures that come every so many seconds, the first of each group being a key frame."""
    watch = Liveness()
    return [watch.look(p, small(p), i % group == 0, 100 + i * every) for i, p in enumerate(pictures)]


def test_a_picture_that_never_changes_is_frozen_after_ten_seconds() -> None:
    picture = scene()
    faults = run([picture.copy() for _ in range(16)], every=1.0, group=2)
    assert faults == [None] * 10 + [Fault.FROZEN] * 6


def test_a_still_scene_is_not_frozen_within_a_group_of_pictures() -> None:
    first, second = noisy(scene(), 1), noisy(scene(), 2)
    faults = run([first] * 30 + [second] * 30, every=1.0, group=30)
    assert faults == [None] * 60


def test_a_source_without_key_frames_is_never_frozen() -> None:
    watch, picture = Liveness(), scene()
    assert {watch.look(picture, small(picture), False, float(i)) for i in range(100)} == {None}


def test_it_thaws_with_the_first_new_picture_wherever_that_differs() -> None:
    picture = scene()
    for row in (0, 7, 240, 479):
        changed = picture.copy()
        changed[row, 3] += 1
        faults = run([picture] * 12 + [changed] * 12, every=1.0, group=1)
        # Every eighth row is compared, others each time.
        assert Fault.FROZEN in faults[:12]
        assert None in faults[12:20]


def test_another_size_is_another_picture() -> None:
    faults = run([scene()] * 11 + [scene((1280, 720))], every=1.0, group=1)
    assert faults[-2:] == [Fault.FROZEN, None]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=60),
    st.integers(1, 12),
    st.floats(0.1, 4.0, allow_nan=False),
)
def test_frozen_means_ten_seconds_and_two_key_frames_of_one_picture(
    shown: list[int], group: int, every: float
) -> None:
    faults = run([NOISY[kind] for kind in shown], every=every, group=group)
    for index, fault in enumerate(faults):
        first = index
        while first and shown[first - 1] == shown[index]:
            first -= 1
        lasted = (100 + index * every) - (100 + first * every)
        keys = sum(i % group == 0 for i in range(first, index + 1))
        assert (fault is Fault.FROZEN) == (lasted >= FROZEN_AFTER and keys >= 2)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("grey", [0, 16, 40, 255])
def test_a_covered_lens_shows_nothing_but_noise_and_a_gradient(size: tuple[int, int], grey: int) -> None:
    gradient = np.linspace(0, 60, size[0])[None] + np.linspace(0, 30, size[1])[:, None]
    for picture in (np.full(size[::-1], grey, np.uint8), np.clip(grey + gradient, 0, 255).astype(np.uint8)):
        for sigma in (0.0, 4.0):
            assert not has_detail(small(noisy(picture, 3, sigma)))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("ground", "ink"), [(16, 200), (120, 95), (200, 160), (8, 60)])
def test_a_display_is_seen_in_the_dark_and_without_contrast(
    size: tuple[int, int], ground: int, ink: int
) -> None:
    picture = noisy(scene(size, ground, ink), 4)
    assert has_detail(small(picture))
    assert Liveness().look(picture, small(picture), True, 0.0) is None


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("kind", "top"), [("smpte", 0.66), ("smpte", 1.0), ("ebu", 1.0)])
def test_colour_bars_are_a_test_card(size: tuple[int, int], kind: str, top: float) -> None:
    card = bars(kind, size, top)
    for picture in (card, cv2.GaussianBlur(card, (5, 5), 0), noisy(card, 5, 1.0)):
        assert is_test_card(small(np.asarray(picture, np.uint8)))


def test_a_picture_with_upright_lines_is_no_test_card() -> None:
    radiator = np.tile(np.where(np.arange(640) // 40 % 2, 90, 160).astype(np.uint8), (480, 1))
    falling = np.tile(np.linspace(200, 20, 640).astype(np.uint8), (480, 1))
    tilted = np.asarray(
        cv2.warpAffine(
            bars("ebu"),
            cv2.getRotationMatrix2D((320, 240), 15, 1),
            (640, 480),
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )
    for picture in (radiator, falling, tilted, np.ascontiguousarray(bars("ebu")[:, ::-1])):
        assert not is_test_card(small(picture))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**32 - 1), st.booleans())
def test_any_picture_is_judged(width: int, height: int, seed: int, key: bool) -> None:
    picture = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    assert Liveness().look(picture, small(picture), key, 0.0) in (None, *Fault)


def test_the_demo_is_alive_throughout() -> None:
    watch = Liveness()
    with av.open(str(CLIP)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            luma = frame.to_ndarray(format="gray")
            assert watch.look(luma, small(luma), frame.key_frame, index / 25) is None
