"""A camera's loop that fails: begun anew, given up for a while, or ended."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitstream import CameraConfig, ConfigError, Status, restarts
from digitstream.frames import Frame
from digitstream.pipeline import Pipeline
from digitstream.results import Result
from digitstream.sinks import SinkClosed
from digitstream.sources import Source, SourceStatus
from digitstream.worker import Worker
from end_to_end.program import CLIP
from snapshots import SnapshotCamera

DISPLAYS = [{"name": "serial", "region": [468, 325, 125, 60], "digits": 5, "decimals": 0}]


@pytest.fixture(scope="module")
def picture() -> NDArray[np.uint8]:
    with av.open(str(CLIP)) as container:
        return next(container.decode(video=0)).to_ndarray(format="bgr24")


@pytest.fixture
def camera(picture: NDArray[np.uint8]) -> Iterator[SnapshotCamera]:
    with SnapshotCamera(picture) as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "BREATH", 0.02)
    monkeypatch.setattr(restarts, "SLOW", 3600.0)


class Faulty:
    """Makes pipelines that stumble over a frame so many times."""

    def __init__(self, faults: int, error: Exception | None = None) -> None:
        self.left, self.made = faults, 0
        self.error = error or RuntimeError("no camera rtsp://cam:s3cret@host/")

    def __call__(self, *arguments: Any, **settings: Any) -> Pipeline:
        faulty, self.made = self, self.made + 1

        class Stumbling(Pipeline):
            def process(self, frame: Frame, *rest: Any) -> Result:
                result = super().process(frame, *rest)
                if faulty.left:
                    faulty.left -= 1
                    raise faulty.error
                return result

        return Stumbling(*arguments, **settings)


class Run:
    """A worker and what it hands over."""

    def __init__(
        self, camera: SnapshotCamera, make: Callable[..., Pipeline] = Pipeline, fps: float = 50
    ) -> None:
        self.results: list[Result] = []
        settings = CameraConfig.model_validate(
            {"name": "cellar", "source": camera.url, "fps": fps, "displays": DISPLAYS}
        )
        self.worker = Worker(settings, self.results.append, make_pipeline=make)

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, self.worker.status
            time.sleep(0.01)

    def ok(self) -> int:
        return sum(r.status is Status.OK for result in self.results for r in result.readings)

    def __enter__(self) -> Run:
        self.worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.worker.stop()
        self.worker.join()


def test_a_fault_begins_the_loop_anew(camera: SnapshotCamera, caplog: pytest.LogCaptureFixture) -> None:
    make = Faulty(3)
    with Run(camera, make) as run:
        run.until(lambda: run.ok() >= 3)
    assert make.made == 4
    assert run.worker.error is None
    assert run.worker.status.restarts == 3
    assert [record.levelname for record in caplog.records].count("ERROR") == 3
    assert "cellar: unexpected RuntimeError: no camera rtsp://***@host/; begun anew in 0.02 s" in caplog.text
    last = run.results[-1].source
    assert last is not None
    assert (last.state, last.restarts) == ("live", 3)


def test_nothing_of_the_old_loop_stays(camera: SnapshotCamera) -> None:
    with Run(camera, Faulty(4)) as run:
        run.until(lambda: run.ok() >= 1)
        names = [thread.name for thread in threading.enumerate() if "cellar" in thread.name]
        assert sorted(set(names)) == ["camera-cellar", "source-cellar"]
        run.until(lambda: sum("cellar" in thread.name for thread in threading.enumerate()) == 2)
    run.until(lambda: not any("cellar" in thread.name for thread in threading.enumerate()))


def test_a_fault_that_stays_makes_the_camera_failed_and_stale(
    camera: SnapshotCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitstream.worker.TICK", 0.02)
    make = Faulty(10**6)
    with Run(camera, make) as run:
        run.until(lambda: run.worker.status.restarts == 6 and len(run.results) > 20)
        turned = run.worker.turned
        run.until(lambda: run.worker.turned > turned)
        started = time.monotonic()
    assert time.monotonic() - started < 2
    assert make.made == 6
    last = run.results[-1]
    assert last.frame is None
    assert [(r.display, r.status, r.text) for r in last.readings] == [("serial", Status.STALE, None)]
    assert last.source is not None
    assert (last.source.state, last.source.restarts) == ("failed", 6)
    assert last.source.last_error == "unexpected RuntimeError: no camera rtsp://***@host/"


def test_between_two_frames_of_a_low_rate_nothing_is_stale(
    camera: SnapshotCamera, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitstream.worker.TICK", 0.05)
    with Run(camera, fps=2) as run:
        run.until(lambda: sum(result.frame is not None for result in run.results) == 5)
        assert all(result.frame is not None for result in run.results[1:])
        camera.__exit__()
        run.until(lambda: run.results[-1].frame is None)


def test_what_the_user_has_to_put_right_ends_the_loop(camera: SnapshotCamera) -> None:
    camera.show(np.full((120, 160, 3), 90, np.uint8))
    with Run(camera) as run:
        run.until(lambda: not run.worker.alive)
    assert isinstance(run.worker.error, ConfigError)
    assert run.worker.status.restarts == 0


def test_a_camera_that_changes_its_size_for_a_while_comes_back(
    camera: SnapshotCamera, picture: NDArray[np.uint8], caplog: pytest.LogCaptureFixture
) -> None:
    with Run(camera) as run:
        run.until(lambda: run.ok() > 0)
        camera.show(np.asarray(cv2.resize(picture, (160, 120)), np.uint8))
        run.until(lambda: run.worker.status.restarts >= 1)
        camera.show(picture)
        before = run.ok()
        run.until(lambda: run.ok() > before)
    assert "outside the frame of 160x120 pixels" in caplog.text


@pytest.mark.parametrize("error", [SinkClosed("window"), OSError(28, "No space left")])
def test_a_closed_window_ends_the_loop_and_a_lost_result_does_not(
    camera: SnapshotCamera, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    failing = threading.Event()
    run = Run(camera)

    def emit(result: Result) -> None:
        if failing.is_set():
            failing.clear()
            raise error
        run.results.append(result)

    run.worker._emit_to = emit
    with run:
        run.until(lambda: run.ok() > 0)
        failing.set()
        run.until(lambda: not run.worker.alive or run.worker.status.restarts == 1)
        assert run.worker.alive is not isinstance(error, SinkClosed)
    assert (run.worker.error is error) == isinstance(error, SinkClosed)


class Endless(Source):
    """A camera, or a file, that has a frame whenever one is wanted."""

    def __init__(self, live: bool, still: bool) -> None:
        self.live, self._still = live, still
        self._index = 0

    def open(self) -> None: ...

    def close(self) -> None: ...

    def read(self, timeout: float = 1.0) -> Frame | None:
        self._index += 1
        blank = np.full((48, 64), 90, np.uint8)
        return Frame(index=self._index, luma=blank, still=self._still, monotonic=time.monotonic())

    @property
    def status(self) -> SourceStatus:
        return SourceStatus(state="live")


@pytest.mark.parametrize(
    ("live", "still", "most"),
    [
        pytest.param(True, False, os.cpu_count() or 1, id="cameras take turns"),
        pytest.param(True, True, 64, id="stills wait for their look, not for others"),
        pytest.param(False, False, 64, id="files do too"),
    ],
)
def test_no_more_frames_at_a_time_than_processors(
    live: bool, still: bool, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digitstream.worker.open_source", lambda _: Endless(live, still))
    under_work: list[int] = []
    at_once: list[int] = []

    class Counting(Pipeline):
        def process(self, frame: Frame, *rest: Any) -> Result:
            under_work.append(1)
            at_once.append(len(under_work))
            time.sleep(0.005)
            under_work.pop()
            return Result("cellar", frame, (), 0.0)

    count = 2 * (os.cpu_count() or 1) + 1
    workers = [Worker(CameraConfig(source="0"), lambda _: None, make_pipeline=Counting) for _ in range(count)]
    for worker in workers:
        worker.start()
    deadline = time.monotonic() + 30
    while len(at_once) < 20 * count:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for worker in workers:
        worker.stop()
    for worker in workers:
        worker.join()
    assert max(at_once) == min(most, count)
