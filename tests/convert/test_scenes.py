from __future__ import annotations

import numpy as np
import pytest

from digitstream.convert.clips import Clip, Motion, unseen_clip, write_clip
from digitstream.convert.optics import project
from digitstream.convert.scenes import STYLES, Scene, make
from digitstream.convert.stage import Shown, named


def test_a_scene_is_reproducible() -> None:
    (first, truth), (second, _), (other, _) = (
        Scene(seed, (320, 240), role="held-out").render() for seed in (1, 1, 2)
    )
    assert first.shape == (240, 320, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert [item.name for item in truth] == ["display-1", "display-2", "display-3", "display-4"]


@pytest.mark.parametrize("seed", range(4))
def test_truth_lies_in_the_picture(seed: int) -> None:
    _, truth = Scene(seed, (640, 480), role="held-out").render()
    for item in truth:
        assert item.corners.shape == (len(item.digits), 4, 2)
        assert item.corners.dtype == np.float32
        assert item.corners.min() > 0
        assert (item.corners < (640, 480)).all()
        down = item.corners[:, 3] - item.corners[:, 0]
        right = item.corners[:, 1] - item.corners[:, 0]
        assert (down[:, 1] > 0).all()
        assert (right[:, 0] > 0).all()
        assert (np.diff(item.corners[:, :, 0].mean(axis=1)) > 0).all()


@pytest.mark.parametrize("style", [style for style in STYLES if not style.startswith("drum")])
def test_text_and_digits_agree(style: str) -> None:
    _, (shown,) = Scene(3, (320, 240), styles=(style,), displays=1, role="held-out").render()
    assert shown.style == style
    assert tuple(int(char) for char in shown.text if char.isdigit()) == shown.digits
    assert len(shown.points) == shown.text.count(".")


def test_a_drum_reads_as_the_digits_that_it_has_reached() -> None:
    scene = Scene(3, (320, 240), styles=("drum",), displays=1, role="held-out")
    scene.placed[0].decimals = 1
    _, (shown,) = scene.canvas({0: (0.0, 8.5, 9.5, 9.5)})
    assert shown.text == "089.9"
    assert shown.digits == (0, 9, 0, 0)
    assert shown.wheels == (0, 5, 5, 5)


def test_a_display_without_wheels_says_so() -> None:
    scene = Scene(3, (320, 240), styles=("lcd",), displays=1, role="held-out")
    with pytest.raises(TypeError, match="no wheels"):
        scene.canvas({0: (1.0, 2.0)})


def test_unknown_styles_are_named() -> None:
    with pytest.raises(ValueError, match="'neon'"):
        make("neon", np.random.default_rng(0), 30, "train")


def test_quads_are_where_the_ink_is() -> None:
    scene = Scene(6, (640, 480), styles=("lcd",), displays=1, role="held-out", severity=0.0)
    before, (shown,) = scene.canvas()
    content = scene.placed[0].content
    assert isinstance(content, str)
    digit = int(content[0])
    after, _ = scene.canvas({0: str((digit + 1) % 10) + content[1:]})
    changed = np.argwhere(np.abs(after - before).max(axis=2) > 8)[:, ::-1]
    low, high = shown.corners[0].min(axis=0), shown.corners[0].max(axis=0)
    reach = 0.65 * (high[1] - low[1])
    assert len(changed)
    assert (changed > low - reach).all()
    assert (changed < high + reach).all()


def test_reading_order() -> None:
    def at(x: float, y: float) -> Shown:
        quad = np.array([[[x, y], [x + 10, y], [x + 10, y + 20], [x, y + 20]]], np.float32)
        return Shown("", "lcd", f"{x},{y}", (1,), (0,), quad, np.empty((0, 4, 2), np.float32))

    ordered = named([at(300, 205), at(10, 200), at(200, 12), at(20, 10)])
    assert [item.text for item in ordered] == ["20,10", "200,12", "10,200", "300,205"]


@pytest.mark.parametrize("motion", ["still", "shake", "pan", "zoom"])
def test_quads_follow_the_camera(motion: Motion) -> None:
    scene = Scene(8, (320, 240), displays=2, role="held-out")
    clip = Clip(scene, motion=motion, seconds=1.0)
    start, later = clip.camera(0.0), clip.camera(0.4)
    assert np.allclose(start, later) == (motion == "still")
    _, shown = scene.canvas()
    frames = list(clip)
    assert len(frames) == len(clip) == 25
    for item in shown:
        expected = project(later, item.corners)
        (same,) = (one for one in frames[10][1] if one.text == item.text)
        assert same.corners == pytest.approx(expected, abs=0.01)


def test_a_still_clip_changes_only_by_its_noise() -> None:
    scene = Scene(8, (320, 240), displays=2, role="held-out")
    clip = Clip(scene, motion="still", seconds=0.2, passing=None, grain=2.0)
    frames = [image.astype(np.float32) for image, _ in clip]
    difference = frames[1] - frames[0]
    assert 1.0 < float(difference.std()) < 4.0


def test_written_clips_decode_to_what_was_drawn(tmp_path) -> None:  # type: ignore[no-untyped-def]
    import av

    clip = unseen_clip(3, (320, 240), seconds=0.4)
    truth = write_clip(tmp_path / "clip.mp4", clip, preset="fast")
    assert len(truth) == 10
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.pix_fmt == "yuv420p"
        decoded = [frame.to_ndarray(format="bgr24") for frame in container.decode(stream)]
    assert len(decoded) == 10
    drawn = [image for image, _ in clip]
    assert np.abs(decoded[5].astype(int) - drawn[5]).mean() < 6


def test_unseen_clips_have_four_displays_that_change() -> None:
    clip = unseen_clip(5, (320, 240), seconds=4.0, fps=5)
    texts: dict[str, set[str]] = {f"display-{number}": set() for number in range(1, 5)}
    for _, shown in clip:
        for item in shown:
            texts[item.name].add(item.text)
    assert sorted(len(seen) > 1 for seen in texts.values()) == [False, True, True, True]
    assert all(placed.display.role == "held-out" for placed in clip.scene.placed)
