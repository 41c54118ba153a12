"""The TFLite runtime: LiteRT, or its predecessor where that is what is installed."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from .errors import ModelError

_silence = threading.Lock()


def interpreter(model: bytes, threads: int) -> Any:
    """Make an interpreter of a model; raises ValueError or RuntimeError when the runtime cannot load it."""
    made = _interpreter_class()(model_content=model, num_threads=threads)
    with _quiet():
        made.allocate_tensors()
    return made


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep native code off standard error: LiteRT announces its kernels there, and has no switch for it."""
    sys.stderr.flush()
    with ExitStack() as waiting:
        waiting.enter_context(_silence)
        # Messages of other threads come afterwards instead of being lost.
        for handler in logging.getLogger().handlers:
            handler.acquire()
            waiting.callback(handler.release)
        stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(nowhere)


def _interpreter_class() -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        return _fallback_class()
    return Interpreter


def _fallback_class() -> Any:
    try:
        import tflite_runtime  # noqa: F401
    except ImportError:
        raise ModelError("no TFLite runtime is installed: run `pip install ai-edge-litert`") from None
    if int(np.__version__.split(".")[0]) > 1:
        raise ModelError(
            "tflite-runtime needs NumPy 1: run `pip install ai-edge-litert`, or else `pip install 'numpy<2'`"
        )
    from tflite_runtime.interpreter import Interpreter

    return Interpreter
