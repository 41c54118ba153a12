"""Which digit a crop shows, if any, and how far a drum has turned: the int8 network on a TFLite runtime."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from . import runtime
from .contract import DIGITS, Kind, ModelContract, load_model
from .crops import SIZE, Image
from .errors import ModelError

if TYPE_CHECKING:
    from typing_extensions import Self

NONE = 10
"""Class of a crop that shows no digit."""
CHUNK = 64
"""Most crops in one call of the network: more gain nothing and cost memory."""

Floats = NDArray[np.float32]

_Head = tuple[int, np.float32, np.float32]
"""Index of an output, its scale and its zero point."""
_TURN = (2 * np.pi / 10 * np.arange(10)).astype(np.float32)
_COS, _SIN = np.cos(_TURN), np.sin(_TURN)


@dataclass(frozen=True)
class Scores:
    """What the network says of N crops."""

    digits: Floats
    """Calibrated log-probabilities `(N, 11)` of 0 to 9 and none."""
    wheel: Floats
    """How far a drum has turned past the digit that it last showed in full, `(N,)` in [0, 1)."""
    wheel_sharpness: Floats
    """How certain `wheel` is, `(N,)` from 0 (anything) to 1."""


class Model:
    """A network that looks at crops, with its contract; one object serves one thread."""

    kind: ClassVar[Kind]
    name: ClassVar[str]
    """File of the model that comes with the program."""

    def __init__(self, interpreter: Any, contract: ModelContract) -> None:
        self.contract = contract
        self._interpreter = interpreter
        self._count = 0
        try:
            self._input, self._heads = _check(interpreter, contract, self.kind.remedy)
        except (KeyError, IndexError, TypeError) as error:
            raise ModelError(f"model {contract.name}: not understood: {error}") from None

    @classmethod
    def load(cls, path: Path | None = None, threads: int = 1) -> Self:
        """Load a model with the contract that lies beside it, or the one that comes with the program."""
        path = path or Path(str(files(__package__) / "models" / cls.name))
        # An interpreter may crash the process on damaged data, hence the check sum comes first.
        data, contract = load_model(path, cls.kind)
        try:
            made = runtime.interpreter(data, threads)
        except (ValueError, RuntimeError, AttributeError) as error:
            reason = str(error).strip().split("\n")[0]
            raise ModelError(f"{path}: no model that this TFLite runtime can load: {reason}") from None
        return cls(made, contract)

    def logits(self, crops: Image) -> dict[str, Floats]:
        """Logits of each head for crops `(N, 32, 32)`."""
        chunks = [self._run(crops[i : i + CHUNK]) for i in range(0, len(crops), CHUNK)]
        return {
            head: np.concatenate([c[head] for c in chunks]) if chunks else np.zeros((0, size), np.float32)
            for head, size in self.contract.outputs
        }

    def _run(self, crops: Image) -> dict[str, Floats]:
        run = self._interpreter
        if self._count != len(crops):
            run.resize_tensor_input(self._input, [len(crops), SIZE, SIZE, 1], strict=True)
            run.allocate_tensors()
            self._count = len(crops)
        # The input's scale is 1 and its zero point -128: flipping the top bit is the whole conversion.
        run.set_tensor(self._input, (crops ^ 0x80).view(np.int8)[..., None])
        run.invoke()
        return {
            head: (run.get_tensor(index).astype(np.float32) - zero) * scale
            for head, (index, scale, zero) in self._heads.items()
        }


class Classifier(Model):
    """The network that reads digits."""

    kind = DIGITS
    name = "digits.tflite"

    def __call__(self, crops: Image) -> Scores:
        """Classify crops `(N, 32, 32)` as `crops.cut` and `crops.letterbox` make them."""
        logits = self.logits(crops)
        # Row by row, never a matrix product: a crop's scores don't depend on how many others there are.
        turn = np.exp(log_softmax(logits["wheel"]))
        x, y = (turn * _COS).sum(axis=1), (turn * _SIN).sum(axis=1)
        wheel = np.mod(np.arctan2(y, x) / np.float32(2 * np.pi), 1)
        return Scores(
            digits=log_softmax(logits["digit"] / np.float32(self.contract.temperature)),
            wheel=np.where(wheel < 1, wheel, 0).astype(np.float32),
            wheel_sharpness=np.hypot(x, y),
        )


def log_softmax(logits: Floats) -> Floats:
    """Log-probabilities of the rows."""
    shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
    return cast(Floats, shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _check(interpreter: Any, contract: ModelContract, remedy: str) -> tuple[int, dict[str, _Head]]:
    """Index of the input, and the heads; the model must keep its contract."""
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    expected = contract.input
    if (
        len(inputs) != 1
        or tuple(inputs[0]["shape_signature"]) != (-1, *expected.shape)
        or inputs[0]["dtype"] != np.dtype(expected.dtype)
        or inputs[0]["quantization"] != (expected.scale, expected.zero_point)
    ):
        raise ModelError(
            f"model {contract.name}: its input is not int8 {(None, *expected.shape)} of scale 1; "
            f"make it again with {remedy}"
        )
    by_length = {int(o["shape_signature"][-1]): o for o in outputs}
    lengths = sorted(length for _, length in contract.outputs)
    whole = len(outputs) == len(lengths) and all(o["dtype"] == np.int8 for o in outputs)
    if sorted(by_length) != lengths or not whole:
        raise ModelError(
            f"model {contract.name}: its outputs are not int8 logits of lengths {lengths}; "
            f"make it again with {remedy}"
        )
    heads = {}
    for head, length in contract.outputs:
        scale, zero = by_length[length]["quantization"]
        heads[head] = (int(by_length[length]["index"]), np.float32(scale), np.float32(zero))
    return int(inputs[0]["index"]), heads
