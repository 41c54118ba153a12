"""From a trained network to a model to ship: int8, compared with float, calibrated, under contract."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..contract import ModelContract, contract_path
from ..errors import ConfigError
from .calibrate import Calibration, accept_threshold, calibrate, probabilities
from .compare import load
from .corpus import HOLD_OUT, Corpus, from_folders, from_samples, join
from .errors import QualityLoss
from .fonts import Role
from .holdout import held_out as held_out_rows
from .quantize import convert, convert_float, pick_representative
from .synthesize import digit_crops

ALLOWED_LOSS = 0.2
"""Percentage points that int8 may lose against float; a few crops prove nothing."""
RENDERED = 6000
"""Rendered crops for ranges, and as many for calibration."""
TRAINING = "training.json"
"""What `train` writes beside a network about its making."""
_FEW = 3
_REPRESENTATIVE = 4000
"""Crops that the ranges come from, at most."""
_PER_GROUP = 12
_FONTS: tuple[Role, ...] = ("train", "held-out")
_SEED = 7_000_001
"""Of the rendered crops here; training has others."""


@dataclass(frozen=True)
class Parity:
    """How one network reads the same crops in its three forms."""

    crops: int
    right: Mapping[str, int]
    """Crops that each form has right: `keras`, `float` and `int8`."""
    same: int
    """Crops that int8 takes for the same class as float."""

    @property
    def lost(self) -> float:
        """Percentage points of accuracy that int8 costs."""
        return 100 * (self.right["float"] - self.right["int8"]) / max(self.crops, 1)

    def as_dict(self) -> dict[str, Any]:
        """The figures as the contract has them."""
        shares = {form: round(right / max(self.crops, 1), 5) for form, right in self.right.items()}
        return {"crops": self.crops, **shares, "same class": round(self.same / max(self.crops, 1), 5)}


@dataclass(frozen=True)
class Export:
    """A model file and what was measured while making it."""

    contract: ModelContract
    calibration: Calibration
    parity: Parity
    """On the held-out crops."""


def material(
    folders: Iterable[Path],
    hold_out: Sequence[int] = HOLD_OUT,
    workers: int = 1,
    rendered: int = RENDERED,
) -> tuple[Corpus, Corpus]:
    """Crops of the kinds that a network has learnt from, and others of devices and fonts that it has not."""
    real = from_folders(folders, _SEED)
    kept = held_out_rows(real, hold_out)
    known, unknown = rendered_crops(rendered, workers)
    return join([real[~kept], known]), join([real[kept], unknown])


def rendered_crops(count: int, workers: int = 1) -> tuple[Corpus, Corpus]:
    """Rendered crops in the fonts that training has, and as many in fonts that it never sees."""
    known, unknown = (
        from_samples(digit_crops(count, _SEED + i, fonts=fonts, workers=workers))
        for i, fonts in enumerate(_FONTS)
    )
    return known, unknown


def export(
    network: Path,
    out: Path,
    learnt: Corpus,
    held_out: Corpus,
    *,
    sister: Path | None = None,
    floating: Path | None = None,
    name: str = "digits",
    version: int = 1,
    allowed_loss: float = ALLOWED_LOSS,
    training: Mapping[str, Any] | None = None,
) -> Export:
    """Write `out` and its contract; raises `QualityLoss` and writes nothing when int8 loses too much.

    `learnt` gives the ranges of the integers, `held_out` the calibration: devices and fonts that the network
    has not learnt from. When it has learnt from them after all, `sister` is a network of the same making that
    has not, and is calibrated in its place. `floating` is where the float form goes, if anywhere.
    """
    judged = held_out[~held_out.between]
    if not len(judged):
        raise ConfigError("nothing to calibrate with: name data that was held out, or allow rendered crops")
    ranges = representative(learnt)
    with tempfile.TemporaryDirectory() as folder:
        small = convert(network, Path(folder) / "int8.tflite", ranges)
        exact = convert_float(network, Path(folder) / "float.tflite")
        logits = load(small)(judged.crops)
        parity = _parity(judged, load(network)(judged.crops), load(exact)(judged.crops), logits)
        if parity.lost > allowed_loss and parity.right["float"] - parity.right["int8"] > _FEW:
            raise QualityLoss(
                f"{network}: int8 loses {parity.lost:.2f} points against float on {parity.crops} held-out "
                f"crops, {allowed_loss} are allowed: train longer, or see --allowed-loss"
            )
        data = small.read_bytes()
        unseen = logits
        if sister:
            unseen = load(convert(sister, Path(folder) / "sister.tflite", ranges))(judged.crops)
        if floating:
            floating.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(exact, floating)
    calibration = calibrate(unseen, judged.nearest, judged.rendered)
    # Fonts are unseen for both networks, so the threshold must suit both.
    accept = calibration.accept
    if judged.rendered.any():
        own = probabilities(logits[judged.rendered], calibration.temperature)
        accept = max(accept, accept_threshold(own, judged.nearest[judged.rendered]))
    accuracy = {
        kind: {"crops": int(rows.sum()), "right": round(_right(unseen[rows], judged[rows]).mean(), 4)}
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
        accuracy={
            "unseen devices and fonts": accuracy,
            "calibration error": {
                "before": round(calibration.error_before, 4),
                "after": round(calibration.error, 4),
            },
            "parity": parity.as_dict(),
        },
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    contract_path(out).write_text(contract.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return Export(contract, calibration, parity)


def representative(learnt: Corpus) -> NDArray[np.uint8]:
    """Crops of every class and domain, the same on every run."""
    groups = np.char.add(learnt.domain.astype(np.str_), learnt.digit.astype("U2"))
    fitting = _REPRESENTATIVE // len(np.unique(groups))
    return pick_representative(learnt.crops, groups, min(max(fitting, 1), _PER_GROUP), 1)


def held_out_folds(training: Mapping[str, Any]) -> Sequence[int]:
    """The folds that a network has not learnt from, by what is known about its training."""
    folds: Sequence[int] = training.get("held out folds", HOLD_OUT)
    return folds


def described(network: Path, folders: Iterable[Path]) -> dict[str, Any]:
    """What is known about a network's training: its own notes, or just the data."""
    notes = network.with_name(TRAINING)
    if notes.is_file():
        return dict(json.loads(notes.read_text(encoding="utf-8")))
    return {"data": [folder.resolve().name for folder in folders]}


def _parity(
    judged: Corpus, keras: NDArray[np.float32], exact: NDArray[np.float32], small: NDArray[np.float32]
) -> Parity:
    forms = {"keras": keras, "float": exact, "int8": small}
    right = {form: int(_right(logits, judged).sum()) for form, logits in forms.items()}
    same = int((exact.argmax(axis=1) == small.argmax(axis=1)).sum())
    return Parity(len(judged), right, same)


def _right(logits: NDArray[np.float32], corpus: Corpus) -> NDArray[np.bool_]:
    return np.asarray(logits.argmax(axis=1) == corpus.nearest)
