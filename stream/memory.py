"""Keep the memory of a program that runs for months where it is, with the GNU C library's help."""

from __future__ import annotations

import ctypes

INTERVAL = 30.0
"""Seconds between two times that free memory is given back."""
_ARENA_MAX = -8
"""`M_ARENA_MAX` of malloc.h."""
_ARENAS = 2


def share_arenas() -> None:
    """Let all threads take memory from the same few places.

    Else each thread has its own, and what one frees (a camera's pictures) is of no use to another.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, _ARENAS)


def give_back() -> None:
    """Return what is free to the system: by itself the library returns only what lies on top."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
