"""Localizers in threads of their own: one frame of a camera at a time, and nobody has to wait for it."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import ClassVar
from weakref import WeakSet

from .frames import Luma
from .localizer import Found, Localizer
from .similarity import UNMOVED, Similarity

_AT_ONCE = max((os.cpu_count() or 1) - 1, 1)
"""Localizers that may look at the same time: the frame loops need a processor, too."""


class LocalizerThread:
    """Runs a localizer beside the frame loop; an error in it is raised by `take`.

    Those of all cameras take turns in a few threads: what many cameras have to look for at once must not
    keep them from reading what they have found. The threads end with the last of them.
    """

    _open: ClassVar[WeakSet[LocalizerThread]] = WeakSet()
    _lock: ClassVar[threading.Lock] = threading.Lock()
    _pool: ThreadPoolExecutor

    def __init__(self, localizer: Localizer) -> None:
        self._localizer = localizer
        self._job: Future[Found] | None = None
        self.submitted = -1
        """Index of the frame that was submitted last."""
        with self._lock:
            shared = next((other._pool for other in self._open), None)
            self._pool = shared or ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="localizer")
            self._open.add(self)

    @property
    def idle(self) -> bool:
        """Whether a frame can be submitted: the last result was taken."""
        return self._job is None

    def submit(
        self, luma: Luma, index: int, thorough: bool = False, drift: Similarity = UNMOVED, parts: int = 0
    ) -> None:
        """Start on frame `index`; its luma must stay as it is until the result is taken."""
        if self._job is not None:
            raise RuntimeError("the localizer has a frame already: take its result first")
        self._job = self._pool.submit(self._localizer, luma, index, thorough, drift, parts)
        self.submitted = index

    def take(self, wait: bool = False) -> Found | None:
        """Return the result when it is there, or wait for it; None while there is none."""
        if self._job is None or not (wait or self._job.done()):
            return None
        job, self._job = self._job, None
        return job.result()

    def close(self) -> None:
        """Let the frame under work end, and forget one that still waits for its turn."""
        if self._job is not None and not self._job.cancel():
            wait_for([self._job])
        self._job = None
        with self._lock:
            self._open.discard(self)
            if not self._open:
                self._pool.shutdown(wait=True)
