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
from .calibrate import Calibration, accept_threshold, calibrate, probabilities
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
    lost: float
    """Percentage points of accuracy on the held-out crops that int8 costs."""


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
    sister: Path | None = None,
    name: str = "digits",
    version: int = 1,
    allowed_loss: float = ALLOWED_LOSS,
    training: Mapping[str, Any] | None = None,
) -> Export:
    """Write `out` and its contract; raises `ModelError` and writes nothing when int8 loses too much.

    `learnt` gives the ranges of the integers, `held_out` the calibration: devices and fonts that the network
    has not learnt from. When it has learnt from them after all, `sister` is a network of the same making that
    has not, and is calibrated in its place.
    """
    groups = np.char.add(learnt.domain, learnt.digit.astype("U2"))
    ranges = pick_representative(learnt.crops, groups, _PER_GROUP, 1)
    judged = held_out[~held_out.between]
    with tempfile.TemporaryDirectory() as folder:
        small = convert(network, Path(folder) / "int8.tflite", ranges)
        exact = convert_float(network, Path(folder) / "float.tflite")
        logits = load(small)(judged.crops)
        lost = 100 * (_accuracy(load(exact)(judged.crops), judged) - _accuracy(logits, judged))
        if lost > allowed_loss:
            raise ModelError(
                f"{network}: int8 loses {lost:.2f} points against float on the held-out crops, more than "
                f"{allowed_loss}: train longer, or allow more"
            )
        data = small.read_bytes()
        unseen = logits
        if sister:
            unseen = load(convert(sister, Path(folder) / "sister.tflite", ranges))(judged.crops)
    calibration = calibrate(unseen, judged.nearest, judged.rendered)
    # Fonts are unseen for both networks, so the threshold must suit both.
    own = probabilities(logits[judged.rendered], calibration.temperature)
    accept = max(calibration.accept, accept_threshold(own, judged.nearest[judged.rendered]))
    accuracy = {
        kind: {"crops": int(rows.sum()), "right": round(_accuracy(unseen[rows], judged[rows]), 4)}
        for kind, rows in (("real", ~judged.rendered), ("rendered", judged.rendered))
        if rows.any()
    }
    contract = ModelContract(
        name=name,
        version=version,
        sha256=hashlib.sha256(data).hexdigest(),
        accept=accept,
        temperature=calibration.temperature,
        training=dict(training or {}),
        accuracy={"unseen devices and fonts": accuracy, "points lost by int8": round(lost, 2)},
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    contract_path(out).write_text(contract.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return Export(contract, calibration, lost)


def _accuracy(logits: np.ndarray[Any, np.dtype[np.float32]], corpus: Corpus) -> float:
    return float((logits.argmax(axis=1) == corpus.nearest).mean())
