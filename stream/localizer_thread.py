"""The localizer in a thread of its own: one frame at a time, and nobody waits who does not want to."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from .frames import Luma
from .localizer import Found, Localizer
from .similarity import UNMOVED, Similarity


class LocalizerThread:
    """Runs a localizer beside the frame loop; an error in it is raised by `take`."""

    def __init__(self, localizer: Localizer, name: str) -> None:
        self._localizer = localizer
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"localizer-{name}")
        self._job: Future[Found] | None = None
        self.submitted = -1
        """Index of the frame that was submitted last."""

    @property
    def idle(self) -> bool:
        """Whether a frame can be submitted: the last result was taken."""
        return self._job is None

    def submit(self, luma: Luma, index: int, thorough: bool = False, drift: Similarity = UNMOVED) -> None:
        """Start on frame `index`; its luma must stay as it is until the result is taken."""
        if self._job is not None:
            raise RuntimeError("the localizer has a frame already: take its result first")
        self._job = self._pool.submit(self._localizer, luma, index, thorough, drift)
        self.submitted = index

    def take(self, wait: bool = False) -> Found | None:
        """Return the result when it is there, or wait for it; None while there is none."""
        if self._job is None or not (wait or self._job.done()):
            return None
        job, self._job = self._job, None
        return job.result()

    def close(self) -> None:
        """Let the frame under work end, and the thread with it."""
        self._pool.shutdown(wait=True, cancel_futures=True)
