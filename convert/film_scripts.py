"""What films show: counters, displays and labels in every trouble that a camera meets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal

import cv2
import numpy as np

from .clips import Motion
from .displays import Segmented
from .disturbances import (
    Maker,
    Times,
    exposure,
    flicker,
    focus,
    glare,
    hand,
    multiplexed,
    passing_shadow,
)
from .drums import Drum
from .film import Film
from .glyphs import PointPlace
from .programs import Program, alternating, blinking, counted, counting, rolling, stepping
from .scenes import Scene
from .stage import Placed

Act = Literal["update", "blink", "alternate"]

SIZE = 640, 480
_LEAST_CONTRAST = 0.35
"""Of a digit's grey levels, as part of what is usual on its display."""
_ATTEMPTS = 50


@dataclass(frozen=True)
class Script:
    """One kind of film."""

    name: str
    styles: tuple[str, ...]
    act: Act = "update"
    """What displays with cells do."""
    counter: Literal["step", "roll", "carry"] = "step"
    """What counters do."""
    motion: Motion = "still"
    amount: float = 1.0
    troubles: tuple[Maker, ...] = ()
    multiplex: bool = False


_HAND = partial(hand, times=Times(3.0, 12.0, 2.4))
_SHADOW = partial(passing_shadow, times=Times(2.0, 9.0, 4.0))
_GLARE = partial(glare, strength=70.0, speed=6.0)
_STRONG_GLARE = partial(glare, strength=190.0, speed=3.0)
_FOCUS = partial(focus, times=Times(2.5, 10.0, 2.0), blur=4.5)
_EXPOSURE = partial(exposure, times=Times(2.0, 8.0, 1.5))
_FLICKER = partial(flicker, depth=0.12)

SCRIPTS = (
    Script("counter, steps", ("drum", "print")),
    Script("counter, rolls", ("drum-light",), counter="roll"),
    Script("counter, carries", ("drum", "drum-light"), counter="carry", motion="shake"),
    Script("LED, multiplexed", ("led", "led-gap"), multiplex=True),
    Script("LED, multiplexed, shake", ("led", "vfd"), multiplex=True, motion="shake"),
    Script("LCD, updates", ("lcd", "lcd-gap")),
    Script("LCD, faint, updates", ("lcd-low", "lcd"), motion="shake", amount=0.6),
    Script("blinking", ("lcd", "led"), act="blink"),
    Script("blinking, shake", ("led-gap", "dots"), act="blink", motion="shake"),
    Script("alternating LCD", ("lcd",), act="alternate"),
    Script("alternating LED", ("led", "vfd"), act="alternate", motion="shake"),
    Script("glare on LCD", ("lcd", "lcd-gap", "print"), troubles=(_GLARE,)),
    Script("strong glare", ("drum", "led", "lcd"), troubles=(_STRONG_GLARE,)),
    Script("hand", ("lcd", "drum", "led"), troubles=(_HAND,)),
    Script("hand, shake", ("drum-light", "lcd-gap", "vfd"), motion="shake", troubles=(_HAND, _SHADOW)),
    Script("focus", ("lcd", "led", "print"), troubles=(_FOCUS,)),
    Script("focus, counter", ("drum", "drum-light"), counter="carry", troubles=(_FOCUS,)),
    Script("shake", ("lcd", "led", "drum", "print"), motion="shake", amount=2.0),
    Script("pan", ("lcd", "led", "drum", "dots"), motion="pan"),
    Script(
        "pan, glare", ("lcd-gap", "led", "drum-light", "dots"), motion="pan", amount=1.6, troubles=(_GLARE,)
    ),
    Script("zoom", ("lcd", "drum", "vfd", "engraved"), motion="zoom"),
    Script("exposure", ("lcd", "led", "drum"), troubles=(_EXPOSURE,)),
    Script("lamp", ("lcd", "drum-light", "print"), troubles=(_FLICKER,), motion="shake", amount=0.5),
    Script("shadow", ("lcd", "drum", "house", "engraved"), troubles=(_SHADOW,)),
)
"""Every film is one of these, drawn with a seed of its own."""


def film(number: int, seed: int, frames: int, fps: int = 25) -> tuple[str, Film]:
    """The name and the frames of film `number`, from 0; after the last script they begin again."""
    script = SCRIPTS[number % len(SCRIPTS)]
    # Far from the seeds that training and tests draw from.
    own = 1_000_003 + 7919 * seed + number
    rng = np.random.default_rng((own, 8))
    drawn = (_scene(own + 1_000_000 * attempt, script) for attempt in range(_ATTEMPTS))
    scene = next((scene for scene in drawn if _is_grey_enough(scene)), None)
    if scene is None:
        raise LookupError(f"no film of {script.name!r} with digits that can be seen without colour")
    programs = {}
    for index, placed in enumerate(scene.placed):
        program = _program(placed, script, rng, fps)
        if program is not None:
            programs[index] = program
    made = Film(
        scene,
        programs,
        frames,
        fps=fps,
        motion=script.motion,
        amount=script.amount,
        disturbances=[trouble(rng, SIZE) for trouble in script.troubles],
        multiplex=multiplexed(rng, SIZE) if script.multiplex else None,
        blur=float(rng.uniform(0.3, 0.8)),
        grain=float(rng.uniform(1.0, 3.5)),
        quality=int(rng.integers(20, 30)),
    )
    return f"{number + 1} {script.name}", made


def _scene(seed: int, script: Script) -> Scene:
    return Scene(
        seed,
        SIZE,
        role="held-out",
        styles=script.styles,
        displays=len(script.styles),
        digits=(4, 6),
        heights=(0.06, 0.11),
        angle=1.5,
    )


def _is_grey_enough(scene: Scene) -> bool:
    """Whether nobody needs colour to see a digit: dark red wheels on black ones are lost in a grey film."""
    image, shown = scene.canvas()
    grey = cv2.cvtColor(np.clip(image, 0, 255), cv2.COLOR_BGR2GRAY)
    for item in shown:
        lows, highs = item.corners.min(axis=1).astype(int), item.corners.max(axis=1).astype(int) + 1
        boxes = np.concatenate([lows, highs], axis=1).tolist()
        contrasts = [float(grey[top:bottom, left:right].std()) for left, top, right, bottom in boxes]
        if min(contrasts) < _LEAST_CONTRAST * float(np.median(contrasts)):
            return False
    return True


def _program(placed: Placed, script: Script, rng: np.random.Generator, fps: int) -> Program | None:
    display, content = placed.display, placed.content
    if isinstance(display, Drum):
        return _counter(len(content), script, rng, fps)
    if not isinstance(display, Segmented) or not isinstance(content, str):
        return None
    # A point must move neither the cells after it nor the bezel when the text changes.
    display.dots = PointPlace(advance=0.0, drop=-0.03, colon=0.0)
    lead = float(rng.uniform(0, 2))
    if script.act == "blink":
        return blinking(content, float(rng.uniform(1.0, 4.0)), float(rng.uniform(0.3, 1.0)))
    if script.act == "alternate":
        return alternating(_values(content, rng), float(rng.uniform(3.0, 5.0)))
    return counting(content, float(rng.uniform(2.0, 6.0)), int(rng.integers(1, 40)), lead)


def _counter(digits: int, script: Script, rng: np.random.Generator, fps: int) -> Program:
    start = int(rng.integers(10 ** (digits - 2), 10 ** (digits - 1) - 20)) * 10
    if script.counter == "roll":
        return rolling(start, digits, float(rng.uniform(0.1, 0.6)))
    if script.counter == "carry":
        start = int(rng.integers(1, 10)) * 10 ** (digits - 1) - int(rng.integers(2, 6))
    turn = round(float(rng.uniform(0.3, 0.9)) * fps) / fps
    period = turn + round(float(rng.uniform(1.5, 5.0)) * fps) / fps
    # Frames show whole tenths: what lies between two tenths is not to be seen.
    return _in_tenths(stepping(start, digits, period, turn, 1.0))


def _in_tenths(program: Program) -> Program:
    def positions(time: float) -> tuple[float, ...]:
        return tuple(round(float(wheel) * 10) / 10 % 10 for wheel in program(time))

    return positions


def _values(text: str, rng: np.random.Generator) -> tuple[str, ...]:
    """Two or three values of an instrument: as many cells, other digits, the point elsewhere."""
    digits = sum(char.isdigit() for char in text)
    values = [text]
    for _ in range(int(rng.integers(1, 3))):
        number = counted("0" * digits, int(rng.integers(10**digits)))
        place = int(rng.integers(1, digits))
        values.append(f"{number[:place]}.{number[place:]}" if rng.random() < 0.7 else number)
    return tuple(values)
