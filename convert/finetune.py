"""Fine-tuning: teach a network the digits of new displays, without its forgetting those it knows.

Most of what it is trained with are rendered crops, for which it has to answer as it did before.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from ..errors import ConfigError, ModelError
from .augment import augment
from .corpus import Corpus, from_folders, from_samples, join
from .dataset import Image
from .errors import QualityLoss
from .export import Export, export
from .holdout import held_out
from .labels import NONE
from .synthesize import digit_crops
from .train import prepare

NETWORK = "digits.keras"
"""The float network that comes with the program."""
ALLOWED_LOSS = 0.75
"""Percentage points that the rendered crops of all kinds may lose."""
_ALLOWED_LOSS_OF_A_KIND = 2.5
_FEWEST = 20
"""Crops without which there is nothing to learn."""
_LEAST_STEPS = 150
_JUDGED = 4000
"""Rendered crops, in fonts that no training sees, by which forgetting is noticed."""
_SEED = 8_000_001
_MIXTURES = (1.0, 0.85, 0.7, 0.5, 0.3)
"""How far to go from the old weights to the new ones, the most that does no harm."""

_Heads = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class FinetuneConfig:
    """Everything that decides what comes out of fine-tuning."""

    data: tuple[Path, ...]
    """The new crops."""
    out: Path
    """The int8 model; its contract and its float network are written beside it."""
    base: Path | None = None
    """Network to start from, instead of the one that comes with the program."""
    epochs: int = 20
    """How often each new crop is seen."""
    replay: int = 20_000
    """Rendered crops to remember by."""
    share: float = 0.4
    """Part of each batch that is new."""
    batch: int = 128
    rate: float = 7e-4
    """Highest learning rate."""
    workers: int = 1
    """Processes that render."""
    force: bool = False
    """Write the model even where it reads worse than before."""
    seed: int = 1


@dataclass(frozen=True)
class Change:
    """Shares of crops that are right, before and after."""

    crops: int
    before: float
    after: float

    @property
    def lost(self) -> float:
        """Percentage points."""
        return 100 * (self.before - self.after)


@dataclass(frozen=True)
class Finetuned:
    """A model, and what it has gained and lost."""

    export: Export
    changes: Mapping[str, Change]
    """By kind of crops, none of which it was tuned with: `own`, and each kind of rendered display."""
    harm: str | None
    """What it reads worse than is allowed; None as a rule."""


def finetune(config: FinetuneConfig) -> Finetuned:
    """Tune a network to new crops; raises `QualityLoss` and writes nothing where that does harm."""
    base = config.base or Path(str(files(__package__) / NETWORK))
    if not base.is_file():
        raise ModelError(f"{base}: no such network")
    own = from_folders(config.data, config.seed)
    if len(own) < _FEWEST:
        raise ConfigError(f"{len(own)} labelled crops are too few to learn from: label {_FEWEST} or more")
    kept = held_out(own)
    prepare(config.seed)
    rendered = from_samples(digit_crops(config.replay, _SEED, workers=config.workers))
    judged = from_samples(digit_crops(_JUDGED, _SEED + 1, fonts="held-out", workers=config.workers))
    model, teacher = _network(base), _network(base)
    _tune(model, teacher, own[~kept], rendered, config)
    own_judged = own[kept & ~own.between]
    kinds = {str(kind): judged[judged.domain == kind] for kind in np.unique(judged.domain)}
    parts = {"own": own_judged, **kinds}
    changes, harm = _settle(model, teacher, {k: part[~part.between] for k, part in parts.items()})
    if harm and not config.force:
        raise QualityLoss(f"{config.out}: not written, since {harm}; add more crops, or write it by --force")
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder) / "network.keras"
        model.save(network)
        made = export(
            network,
            config.out,
            join([own[~kept], rendered]),
            join([own[kept], judged]),
            name=config.out.stem,
            training=_notes(config, base, own[~kept]),
        )
        shutil.move(network, config.out.with_suffix(".keras"))
    return Finetuned(made, changes, harm)


def _network(path: Path) -> keras.Model:
    try:
        return keras.saving.load_model(path, compile=False)
    except (ValueError, OSError) as error:
        raise ModelError(f"{path}: not a Keras model: {str(error).splitlines()[0]}") from None


def _tune(
    model: keras.Model, teacher: keras.Model, own: Corpus, rendered: Corpus, config: FinetuneConfig
) -> None:
    # What the normalisation has learnt of all displays stays as it is.
    frozen = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in frozen:
        layer.trainable = False
    a_pass = math.ceil(len(own) / (config.batch * config.share))
    steps = max(a_pass * config.epochs, _LEAST_STEPS)
    warm_up = steps // 10
    rate = keras.optimizers.schedules.CosineDecay(
        config.rate / 20, steps - warm_up, alpha=0.02, warmup_target=config.rate, warmup_steps=warm_up
    )
    model.compile(
        keras.optimizers.Adam(rate, clipnorm=2.0),
        loss={head: keras.losses.CategoricalCrossentropy(from_logits=True) for head in ("digit", "wheel")},
        loss_weights={"digit": 1.0, "wheel": 0.4},
    )
    batch = _batches(teacher, own, rendered, config)
    with Progress() as progress:
        for step in progress.track(range(steps), description="tuning"):
            model.train_on_batch(*batch(step))
    for layer in frozen:
        layer.trainable = True


def _batches(
    teacher: keras.Model, own: Corpus, rendered: Corpus, config: FinetuneConfig
) -> Callable[[int], tuple[Image, _Heads, _Heads]]:
    """A function that makes the batch of a step: new crops with labels, rendered ones as the teacher says."""
    new = round(config.batch * config.share)
    _, index, counts = np.unique(own.digit, return_inverse=True, return_counts=True)
    chances = (1 / np.sqrt(counts))[index].cumsum()
    digit, wheel = own.digit_targets(0.02), own.wheel_targets()

    def batch(step: int) -> tuple[Image, _Heads, _Heads]:
        rng = np.random.default_rng((config.seed, step))
        mine = chances.searchsorted(rng.random(new) * chances[-1])
        old = rng.integers(len(rendered), size=config.batch - new)
        # Each kind apart, since one of the changes pastes neighbours from the same batch.
        parts = [_changed(c[rows], rng) for c, rows in ((own, mine), (rendered, old))]
        crops = np.concatenate(parts)[..., None]
        said = teacher.predict_on_batch(crops)
        targets = {head: _softmax(np.asarray(said[head], np.float32)) for head in ("digit", "wheel")}
        targets["digit"][:new] = digit[mine]
        drum = own.drum[mine]
        targets["wheel"][:new][drum] = wheel[mine][drum]
        turns = np.concatenate([np.where(drum, 1, 0.05), np.where(rendered.drum[old], 1, 0.05)])
        none = np.concatenate([own.digit[mine], rendered.digit[old]]) == NONE
        weights = {"digit": np.ones(len(crops), np.float32), "wheel": (turns * ~none).astype(np.float32)}
        return crops, targets, weights

    return batch


def _changed(corpus: Corpus, rng: np.random.Generator) -> Image:
    return augment(corpus.crops, rng, corpus.drum, corpus.rendered)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _settle(
    model: keras.Model, old: keras.Model, parts: Mapping[str, Corpus]
) -> tuple[dict[str, Change], str | None]:
    """Go back towards the old weights as far as it takes to do no harm; say what harm remains."""
    before = _right(old, parts)
    changes: dict[str, Change] = {}
    for _ in _mixed(model, old):
        after = _right(model, parts)
        changes = {name: Change(len(part), before[name], after[name]) for name, part in parts.items()}
        if _harm(changes) is None:
            break
    return changes, _harm(changes)


def _mixed(model: keras.Model, old: keras.Model) -> Iterator[float]:
    """Give the model ever more of its old weights."""
    start, end = old.get_weights(), model.get_weights()
    for amount in _MIXTURES:
        model.set_weights([a + np.float32(amount) * (b - a) for a, b in zip(start, end, strict=True)])
        yield amount


def _harm(changes: Mapping[str, Change]) -> str | None:
    own = changes["own"]
    if own.after < own.before:
        return f"of your held-out crops {100 * own.after:.1f} % are right, {100 * own.before:.1f} % before"
    rendered = {name: change for name, change in changes.items() if name != "own"}
    total = sum(change.crops for change in rendered.values())
    lost = sum(change.lost * change.crops for change in rendered.values()) / total
    if lost > ALLOWED_LOSS:
        return f"it has forgotten {lost:.1f} points of what it knew about other displays"
    worst, change = max(rendered.items(), key=lambda item: item[1].lost)
    # A few crops of a rare kind say nothing.
    if change.lost > _ALLOWED_LOSS_OF_A_KIND and change.lost * change.crops > 300:
        return f"it has forgotten {change.lost:.1f} points of what it knew about {worst} digits"
    return None


def _right(model: keras.Model, parts: Mapping[str, Corpus]) -> dict[str, float]:
    """Share of each part that is right; all are looked at together, since every new count takes compiling."""
    crops = np.concatenate([part.crops for part in parts.values()])[..., None]
    said = np.asarray(model.predict(crops, batch_size=512, verbose=0)["digit"]).argmax(axis=1)
    ends = np.cumsum([len(part) for part in parts.values()])[:-1]
    return {
        name: float((classes == part.nearest).mean()) if len(part) else 0.0
        for (name, part), classes in zip(parts.items(), np.split(said, ends), strict=True)
    }


def _notes(config: FinetuneConfig, base: Path, own: Corpus) -> dict[str, Any]:
    """What the contract says about the training."""
    return {
        "tuned from": {"file": base.name, "sha256": hashlib.sha256(base.read_bytes()).hexdigest()},
        "data": [folder.resolve().name for folder in config.data],
        "crops": len(own),
        "epochs": config.epochs,
        "rendered": config.replay,
        "seed": config.seed,
    }
