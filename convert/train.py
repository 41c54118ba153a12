"""Training: rendered and real crops, augmented on the fly; the same seed gives the same network."""

from __future__ import annotations

import json
import logging
import shutil
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from . import network
from .batches import Mixture, batches
from .corpus import HOLD_OUT, Corpus, from_folders, from_samples, join
from .curves import CURVES, draw
from .export import TRAINING
from .fonts import faces
from .holdout import held_out
from .labels import NONE
from .progress_log import ProgressLog
from .synthesize import Samples, digit_crops

CHECKPOINT = "checkpoint.keras"
BEST = "best.keras"
NETWORK = "network.keras"
LOG = "training.csv"

FACES = 150
"""Typefaces that it takes to learn how print varies."""
_CHUNK = 100_000
"""Rendered crops in a file."""
_SEEDS = 20
"""Seeds of the renderer that a training seed stands for: a chunk each."""


_Heads = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides what comes out of a training run."""

    data: tuple[Path, ...]
    """Manifest folders."""
    out: Path
    """Folder for checkpoint, log and network."""
    apart_from: tuple[Path, ...] = ()
    """Data sets to judge the network by: what is in them too is not learnt."""
    epochs: int = 28
    crops_per_epoch: int = 100_000
    synthetic: int = 400_000
    """Rendered crops to draw from."""
    synthetic_share: float = 0.6
    """Part of each batch that is rendered."""
    none_share: float = 0.24
    """Part of each batch that is no digit."""
    batch: int = 256
    rate: float = 2e-3
    """Highest learning rate."""
    decay: float = 0.02
    """Weight decay."""
    smoothing: float = 0.02
    """Label smoothing of the digit head."""
    wheel_weight: float = 0.4
    """Weight of the wheel head's loss."""
    start: tuple[Path, ...] = ()
    """Networks whose mean to start from, instead of random weights; each was made from another of them."""
    width: float = 1.0
    normalised: bool = True
    hold_out: tuple[int, ...] = HOLD_OUT
    """Folds that are kept for validation and calibration."""
    leave_out: tuple[int, ...] = ()
    """Folds that are not used at all."""
    patience: int = 8
    """Epochs without a better result on the held-out crops after which training ends, and the best is kept.

    0: it never ends early, and the last is kept: when the rate has come down, that is the best one but for
    the luck of few held-out crops.
    """
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """`mixed_bfloat16` is faster on processors that have such units; the network is float32 all the same."""
    workers: int = 1
    """Processes that render crops and make batches."""
    seed: int = 1
    emphasis: dict[str, float] = field(default_factory=lambda: {"house": 2.0, "print": 1.5})
    """Domains that come more often than the square root of their size, since they vary most."""

    @property
    def mixture(self) -> Mixture:
        """What each batch is made of."""
        return Mixture(self.batch, self.synthetic_share, self.none_share, self.emphasis, self.seed)

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return max(self.crops_per_epoch // self.batch, 1)


def train(config: TrainConfig) -> Path:
    """Train a network, or go on from the checkpoint in `config.out`; return the path of the best one.

    The best one is that of the epoch which reads the held-out crops best; the last where there are none, or
    without patience.
    """
    config.out.mkdir(parents=True, exist_ok=True)
    if config.synthetic and len(faces()) < FACES:
        logging.getLogger(__name__).warning(
            "only %d typefaces for rendered digits: print and house numbers will be read worse than by the"
            " shipped network; install the FONT_PACKAGES of convert/fonts.py", len(faces()),
        )  # fmt: skip
    learn, kept = corpora(config)
    prepare(config.seed, config.precision)
    checkpoint, best = config.out / CHECKPOINT, config.out / BEST
    model = keras.saving.load_model(checkpoint) if checkpoint.exists() else _new(config)
    targets, weights = _targets(learn, config)
    first, last = int(model.optimizer.iterations), config.steps * config.epochs
    log = ProgressLog(config.out / LOG, first // config.steps)
    made = batches(learn, config.mixture, range(first, last), config.out, config.workers)
    with closing(made), Progress() as progress:
        task = progress.add_task("training", total=last, completed=first)
        running = 0.0
        for step, (rows, crops) in zip(range(first, last), made, strict=True):
            if step % config.steps == 0 and log.exhausted(config.patience):
                break
            wanted = [{head: column[rows] for head, column in heads.items()} for heads in (targets, weights)]
            loss = float(model.train_on_batch(crops[..., None], *wanted, return_dict=True)["loss"])
            running += loss / config.steps
            progress.update(task, advance=1, description=f"loss {loss:.3f}")
            if (step + 1) % config.steps == 0:
                # The checkpoint comes last: a run that is stopped before trains this epoch again.
                upto = _saved(model, checkpoint)
                network_now = averaged(upto, config)
                is_best = log.add({"loss": running, **validate(network_now, kept)})
                if is_best or not config.patience:
                    _saved(network_now, best).replace(best)
                draw(config.out / LOG, config.out / CURVES)
                upto.replace(checkpoint)
                running = 0.0
    finished = config.out / NETWORK
    shutil.copyfile(best, finished)
    (config.out / TRAINING).write_text(json.dumps(_notes(config, log), indent=2) + "\n", encoding="utf-8")
    return finished


def corpora(config: TrainConfig) -> tuple[Corpus, Corpus]:
    """Crops to learn from, and those held out; without data the rendered ones alone."""
    if not config.data:
        rendered = _rendered(config)
        return rendered, rendered[np.zeros(len(rendered), bool)]
    real = from_folders(config.data, config.seed, config.apart_from)
    real = real[~np.isin(real.fold, config.leave_out)]
    kept = held_out(real, config.hold_out)
    parts = [real[~kept]]
    if config.synthetic:
        parts.append(_rendered(config))
    return join(parts), real[kept]


def averaged(checkpoint: Path, config: TrainConfig) -> keras.Model:
    """The network of a checkpoint with the moving average of its weights, which beats the last ones."""
    model = keras.saving.load_model(checkpoint)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    # Built afresh: in full precision, and without the optimizer, which would be three quarters of the file.
    keras.config.set_dtype_policy("float32")
    bare = network.build(config.width, config.normalised)
    bare.set_weights(model.get_weights())
    return bare


def prepare(seed: int, precision: str = "float32") -> None:
    """Make the same seed give the same network."""
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    keras.config.set_dtype_policy(precision)


def validate(model: keras.Model, corpus: Corpus) -> dict[str, float]:
    """Shares of digits that are right, of non-digits rejected, and of wheels right within a tenth."""
    if not len(corpus):
        return {}
    scores = model.predict(corpus.crops[..., None], batch_size=512, verbose=0)
    right = scores["digit"].argmax(axis=1) == corpus.nearest
    off = np.abs(scores["wheel"].argmax(axis=1) - corpus.tenth)
    near = np.minimum(off, 10 - off) <= 1
    parts = {
        "digits": right[(corpus.digit != NONE) & ~corpus.between],
        "none": right[corpus.digit == NONE],
        "wheel": near[corpus.drum],
    }
    return {name: float(part.mean()) for name, part in parts.items() if len(part)}


def _new(config: TrainConfig) -> keras.Model:
    model = network.build(config.width, config.normalised)
    if config.start:
        started = [keras.saving.load_model(path, compile=False).get_weights() for path in config.start]
        model.set_weights([np.mean(weights, axis=0) for weights in zip(*started, strict=True)])
    total = config.steps * config.epochs
    warm_up = min(500, total // 10)
    rate = keras.optimizers.schedules.CosineDecay(
        config.rate / 50,
        max(total - warm_up, 1),
        alpha=0.02,
        warmup_target=config.rate,
        warmup_steps=warm_up,
    )
    model.compile(
        keras.optimizers.AdamW(
            rate,
            weight_decay=config.decay,
            clipnorm=2.0,
            use_ema=True,
            ema_momentum=0.999 if total > 5000 else 0.99,
        ),
        loss={head: keras.losses.CategoricalCrossentropy(from_logits=True) for head in ("digit", "wheel")},
        loss_weights={"digit": 1.0, "wheel": config.wheel_weight},
    )
    return model


def _targets(corpus: Corpus, config: TrainConfig) -> tuple[_Heads, _Heads]:
    """What each crop should be read as, and how much it counts, of each head."""
    targets = {"digit": corpus.digit_targets(config.smoothing), "wheel": corpus.wheel_targets()}
    # A wheel is known for drums; other digits are at rest, which is worth little, and non-digits have none.
    known = np.where(corpus.drum, 1, 0.05) * (corpus.digit != NONE)
    return targets, {"digit": np.ones(len(corpus), np.float32), "wheel": known.astype(np.float32)}


def _rendered(config: TrainConfig) -> Corpus:
    """Rendered crops, kept in files of the run so that they are made only once."""
    parts = []
    for chunk, start in enumerate(range(0, config.synthetic, _CHUNK)):
        count, seed = min(_CHUNK, config.synthetic - start), config.seed * _SEEDS + chunk + 1
        path = config.out / f"rendered-{seed}-{count}.npz"
        if not path.exists():
            made = digit_crops(count, seed, workers=config.workers)
            np.savez(path, images=made.images, digit=made.digit, wheel=made.wheel, domain=made.domain)
        with np.load(path) as file:
            parts.append(from_samples(Samples(file["images"], file["digit"], file["wheel"], file["domain"])))
    return join(parts)


def _saved(model: Any, path: Path) -> Path:
    """Write a file that is to replace the one at `path`."""
    partial = path.with_name(f"partial-{path.name}")
    model.save(partial)
    return partial


def _notes(config: TrainConfig, log: ProgressLog) -> dict[str, Any]:
    """What the contract of a model says about its training."""
    return {
        "data": [folder.resolve().name for folder in config.data],
        "rendered": config.synthetic,
        "epochs": len(log.rows),
        "best epoch": log.best if config.patience else len(log.rows),
        "crops": len(log.rows) * config.steps * config.batch,
        "seed": config.seed,
        "held out folds": list(config.hold_out),
        "precision": config.precision,
        "libraries": {"keras": keras.__version__, "backend": keras.backend.backend()},
    }
