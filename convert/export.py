"""From a trained network to a model to ship: int8, compared with float, calibrated, under contract."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..contract import ModelContract, contract_path
from ..errors import ModelError
from .calibrate import Calibration, calibrate
from .compare import load
from .corpus import HOLD_OUT, Corpus, from_folders, from_samples, join
from .fonts import Role
from .quantize import convert, convert_float, pick_representative
from .synthesize import digit_crops

ALLOWED_LOSS = 0.3
"""Percentage points that int8 may lose against float."""
_PER_GROUP = 12
_FONTS: tuple[Role, ...] = ("train", "held-out")
_RENDERED = 6000
_SEED = 7_000_001
"""Of the rendered crops here; training has others."""


@dataclass(frozen=True)
class Export:
    """A model file and what was measured while making it."""

    contract: ModelContract
    calibration: Calibration
    accuracy: float
    """Of int8 on the held-out crops."""
    float_accuracy: float


def material(
    folders: Iterable[Path], hold_out: Sequence[int] = HOLD_OUT, workers: int = 1
) -> tuple[Corpus, Corpus]:
    """Crops of the kinds that a network has learnt from, and others of devices and fonts that it has not."""
    real = from_folders(folders, _SEED)
    kept = np.isin(real.fold, hold_out)
    known, unknown = (
        from_samples(digit_crops(_RENDERED, _SEED + i, fonts=fonts, workers=workers))
        for i, fonts in enumerate(_FONTS)
    )
    return join([real[~kept], known]), join([real[kept], unknown])


def export(
    network: Path,
    out: Path,
    learnt: Corpus,
    held_out: Corpus,
    *,
    name: str = "digits",
    version: int = 1,
    allowed_loss: float = ALLOWED_LOSS,
    training: Mapping[str, Any] | None = None,
    accuracy: Mapping[str, Any] | None = None,
) -> Export:
    """Write `out` and its contract; raises `ModelError` and writes nothing when int8 loses too much.

    `learnt` gives the ranges of the integers, `held_out` the calibration: devices and fonts that the network
    has not learnt from.
    """
    groups = np.char.add(learnt.domain, learnt.digit.astype("U2"))
    judged = held_out[~held_out.between]
    with tempfile.TemporaryDirectory() as folder:
        small = convert(
            network, Path(folder) / "int8.tflite", pick_representative(learnt.crops, groups, _PER_GROUP, 1)
        )
        exact = convert_float(network, Path(folder) / "float.tflite")
        logits = load(small)(judged.crops)
        right = _accuracy(logits, judged)
        right_float = _accuracy(load(exact)(judged.crops), judged)
        if 100 * (right_float - right) > allowed_loss:
            raise ModelError(
                f"{network}: int8 is right on {right:.2%} of the held-out crops, float on {right_float:.2%}: "
                f"more than {allowed_loss} points are lost; train longer, or allow more"
            )
        data = small.read_bytes()
    calibration = calibrate(logits, judged.nearest, judged.rendered)
    contract = ModelContract(
        name=name,
        version=version,
        sha256=hashlib.sha256(data).hexdigest(),
        accept=calibration.accept,
        temperature=calibration.temperature,
        training=dict(training or {}),
        accuracy={"held out": {"crops": len(judged), "int8": round(right, 4), "float": round(right_float, 4)}}
        | dict(accuracy or {}),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    contract_path(out).write_text(contract.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return Export(contract, calibration, right, right_float)


def _accuracy(logits: np.ndarray[Any, np.dtype[np.float32]], corpus: Corpus) -> float:
    return float((logits.argmax(axis=1) == corpus.nearest).mean())
