"""Training of the network of marks: from gaps of displays to an int8 model with its contract."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from rich.progress import track

from ..contract import MARK_LABELS, MARKS, ModelContract, contract_path
from ..crops import SIZE, normalise
from ..punctuation import NONE, POINT
from .calibrate import fit_temperature, probabilities
from .compare import load
from .marks import Gaps, domains, empty, join, of_counters, rendered
from .quantize import convert, convert_float, pick_representative
from .train import prepare

TRUNK = ((24, 5, 2), (48, 3, 2), (64, 3, 1), (96, 3, 2))
"""Channels, kernel and stride of each convolution."""
_PER_GROUP = 24
_EMPTY = 1000
"""Places without anything to learn from."""
_HELD_OUT = 7_000_003
"""Seed of the displays that calibrate; training has other seeds, and other fonts."""


@dataclass(frozen=True)
class MarksConfig:
    """Everything that decides what comes out of a training run."""

    data: tuple[Path, ...]
    """Manifest folders with strips of counters, which have no marks."""
    out: Path
    """The model, a .tflite."""
    pictures: int = 150_000
    """Rendered displays to learn from."""
    held_out: int = 2_500
    """Rendered displays to calibrate with."""
    epochs: int = 15
    batch: int = 256
    rate: float = 3e-3
    """Highest learning rate."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """Of the arithmetic while training."""
    accept: float = 0.8
    """Probability of a line's marks from which they count as sure."""
    workers: int = 1
    """Processes that render."""
    seed: int = 1


def build() -> keras.Model:
    """Network with one head of logits, `mark`."""
    crop = keras.Input((SIZE, SIZE, 1), name="crop")
    x: Any = layers.Rescaling(1 / 255, name="unit")(crop)
    # Names end up in the model's file: without any, Keras numbers the layers of a process.
    for block, (channels, kernel, stride) in enumerate(TRUNK):
        x = layers.Conv2D(
            channels,
            kernel,
            stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=f"conv_{block}",
        )(x)
        x = layers.BatchNormalization(momentum=0.98, name=f"norm_{block}")(x)
        x = layers.ReLU(name=f"relu_{block}")(x)
    x = layers.Dropout(0.15, name="dropout")(x)
    # Where a dot is decides what it is: no pooling, but a weight for every place.
    x = layers.Conv2D(len(MARK_LABELS), x.shape[1], name="place")(x)
    return keras.Model(crop, {"mark": layers.GlobalAveragePooling2D(name="mark")(x)}, name="marks")


def train_marks(config: MarksConfig) -> ModelContract:
    """Train, convert and calibrate; the same configuration gives the same model."""
    learn = join(
        [
            rendered(config.pictures, config.seed, workers=config.workers),
            *(of_counters(folder, config.seed) for folder in config.data),
            empty(_EMPTY, config.seed),
        ]
    )
    judge = join(
        [
            rendered(config.held_out, _HELD_OUT, "held-out", config.workers),
            *(of_counters(folder, _HELD_OUT, validation=True) for folder in config.data),
        ]
    )
    prepare(config.seed, config.precision)
    model = build()
    steps = max(len(learn) // config.batch, 1) * config.epochs
    rate = keras.optimizers.schedules.CosineDecay(config.rate, steps, alpha=0.01)
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=0.01, clipnorm=2.0),
        loss={"mark": keras.losses.SparseCategoricalCrossentropy(from_logits=True)},
    )
    for crops, marks in track(_batches(learn, config, steps), "training", total=steps, transient=True):
        model.train_on_batch(crops, {"mark": marks})
    # Built afresh: in full precision.
    keras.config.set_dtype_policy("float32")
    bare = build()
    bare.set_weights(model.get_weights())
    return _export(bare, learn, judge, config)


def figures(logits: NDArray[np.float32], gaps: Gaps) -> dict[str, float]:
    """Shares of gaps that are right, of marks missed, and of empty gaps where a point is seen."""
    said = logits.argmax(axis=1)
    empty = gaps.mark == NONE
    return {
        "right": round(float((said == gaps.mark).mean()), 4),
        "missed": round(float((said == NONE)[~empty].mean()), 4) if (~empty).any() else 0.0,
        "false points": round(float((said == POINT)[empty].mean()), 5),
    }


def fingerprint(gaps: Gaps) -> str:
    """SHA-256 of the gaps: the same where the renderer, its fonts and its libraries are the same."""
    digest = hashlib.sha256(gaps.crops.tobytes())
    digest.update(gaps.mark.astype("<i8").tobytes())
    return digest.hexdigest()


def _batches(
    gaps: Gaps, config: MarksConfig, steps: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    rng = np.random.default_rng(config.seed)
    order = rng.permutation(len(gaps))
    for step in range(steps):
        rows = order[np.arange(step * config.batch, (step + 1) * config.batch) % len(gaps)]
        yield _otherwise(gaps.crops[rows], rng)[..., None], gaps.mark[rows]


def _otherwise(crops: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The crops moved by a pixel, half of them as negatives, some with noise."""
    moves = rng.integers(-1, 2, (len(crops), 2))
    padded = np.pad(crops, ((0, 0), (1, 1), (1, 1)), mode="edge")
    moved = np.stack(
        [padded[i, 1 + y : 1 + y + SIZE, 1 + x : 1 + x + SIZE] for i, (y, x) in enumerate(moves)]
    )
    negative = rng.random(len(crops)) < 0.5
    moved = np.where(negative[:, None, None], 255 - moved, moved)
    grain = (
        rng.normal(0, 1, crops.shape)
        * np.where(rng.random(len(crops)) < 0.3, rng.uniform(2, 14), 0)[:, None, None]
    )
    return normalise(np.clip(moved + grain, 0, 255).astype(np.uint8), edge=0)


def _export(model: keras.Model, learn: Gaps, judge: Gaps, config: MarksConfig) -> ModelContract:
    groups = np.char.add(learn.domain, learn.mark.astype("U2"))
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder) / "marks.keras"
        model.save(network)
        small = convert(
            network,
            Path(folder) / "int8.tflite",
            pick_representative(learn.crops, groups, _PER_GROUP, config.seed),
        )
        exact = convert_float(network, Path(folder) / "float.tflite")
        logits = load(small, len(MARK_LABELS))(judge.crops)
        floats = load(exact, len(MARK_LABELS))(judge.crops)
        data = small.read_bytes()
    temperature = round(fit_temperature(logits, judge.mark), 3)
    sure = probabilities(logits, temperature).max(axis=1) >= config.accept
    rows = {name: np.flatnonzero(judge.domain == name) for name, _ in domains(judge)}
    contract = ModelContract(
        name=config.out.stem,
        version=2,
        sha256=hashlib.sha256(data).hexdigest(),
        input=MARKS.input,
        outputs=MARKS.outputs,
        labels=MARK_LABELS,
        accept=config.accept,
        temperature=temperature,
        training={
            "data": [folder.resolve().name for folder in config.data],
            "rendered displays": config.pictures,
            "gaps": len(learn),
            "gaps sha256": fingerprint(learn),
            "trunk": [list(layer) for layer in TRUNK],
            "epochs": config.epochs,
            "batch": config.batch,
            "rate": config.rate,
            "seed": config.seed,
            "precision": config.precision,
            "libraries": {"keras": keras.__version__, "opencv": cv2.__version__},
        },
        accuracy={
            "held out": {"gaps": len(judge), "int8": figures(logits, judge), "float": figures(floats, judge)},
            "sure": {"share": round(float(sure.mean()), 4), **figures(logits[sure], judge[sure])},
            "kinds": {name: figures(logits[part], judge[part]) for name, part in rows.items()},
        },
    )
    config.out.parent.mkdir(parents=True, exist_ok=True)
    config.out.write_bytes(data)
    contract_path(config.out).write_text(contract.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return contract
