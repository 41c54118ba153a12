"""What int8 saves: the shipped network in both forms, by turns in one run, on one thread."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from digitstream import runtime
from digitstream.contract import DIGITS, load_model

ROOT = Path(__file__).parents[2]
ROUNDS = 200
COUNTS = (1, 8, 64)


def test_int8_against_float(tmp_path: Path) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    pytest.importorskip("tensorflow")
    from digitstream.convert.quantize import convert_float

    floating = convert_float(ROOT / "convert/digits.keras", tmp_path / "float.tflite")
    small, _ = load_model(ROOT / "stream/models/digits.tflite", DIGITS)
    forms = {"int8": runtime.interpreter(small, 1), "float": runtime.interpreter(floating.read_bytes(), 1)}
    print(f"\nfiles: {len(small):,} and {floating.stat().st_size:,} bytes")
    print("crops   int8 us a crop   float   ratio")
    for count in COUNTS:
        for run in forms.values():
            source = run.get_input_details()[0]
            run.resize_tensor_input(source["index"], [count, 32, 32, 1], strict=True)
            run.allocate_tensors()
            run.set_tensor(source["index"], np.ones((count, 32, 32, 1), source["dtype"]))
            run.invoke()
        best = dict.fromkeys(forms, float("inf"))
        for _ in range(ROUNDS):
            # By turns, so that a busy machine is as busy for both.
            for form, run in forms.items():
                start = time.perf_counter()
                run.invoke()
                best[form] = min(best[form], 1e6 * (time.perf_counter() - start) / count)
        ratio = best["int8"] / best["float"]
        print(f"{count:5}{best['int8']:17.1f}{best['float']:8.1f}{ratio:8.2f}")
        assert ratio < 1
