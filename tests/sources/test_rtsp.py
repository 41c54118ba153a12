from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import av
import pytest

from digitstream.config import CameraConfig
from digitstream.errors import SourceDenied, SourceError, SourceMissing, SourceTimeout
from digitstream.frames import Frame
from digitstream.sources import Source, open_source, probe
from digitstream.sources.live import LiveSource
from digitstream.sources.reconnect import Backoff
from digitstream.sources.rtsp import open_rtsp
from digitstream.sources.video import VideoFeed
from rtsp_server import RtspServer, missing
from sources.clips import BITS, number_of, write_clip
from tcp_faults import FaultProxy

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

AWKWARD = "p@s/s:w#1?"


def camera(url: str, **settings: object) -> CameraConfig:
    return CameraConfig(source=url, open_timeout=2, read_timeout=0.6, **settings)  # type: ignore[arg-type]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each packet that was decoded is a key frame."""
    keys: list[bool] = []
    real = VideoFeed._decode

    def noting(self: VideoFeed, packet: Any, alone: bool) -> list[av.VideoFrame]:
        keys.append(packet.is_keyframe)
        return real(self, packet, alone)

    monkeypatch.setattr(VideoFeed, "_decode", noting)
    return keys


def with_credentials(url: str, user: str, password: str) -> str:
    return url.replace("//", f"//{user}:{password}@")


def eager(camera: CameraConfig) -> LiveSource:
    """A source that tries again quickly."""
    return LiveSource(camera, lambda: open_rtsp(camera), backoff=Backoff((0.2,), seed=1))


def wait_for(source: Source, condition: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, source.status
        source.read(0.05)


def frames_come(source: Source, count: int = 5) -> None:
    start = source.status.frames
    wait_for(source, lambda: source.status.frames >= start + count)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rtsp") / "clip.mp4"
    return write_clip(path, frames=30, size=(320, 240), options={"g": "6", "bf": "2"})


@pytest.fixture(scope="module")
def server(clip: Path) -> Iterator[RtspServer]:
    with RtspServer(clip) as running:
        yield running


def test_frames_are_the_clips_in_order(server: RtspServer) -> None:
    with open_source(camera(server.url)) as source:
        frames_come(source, 1)
        frames = [source.read() for _ in range(20)]
        status = source.status
    read = [frame for frame in frames if frame is not None]
    assert len(read) == 20
    numbers = [number_of(frame.luma) for frame in read]
    steps = [(b - a) % 30 for a, b in itertools.pairwise(numbers)]
    assert max(numbers) < 30 <= 1 << BITS
    assert all(step in (1, 2, 3) for step in steps), numbers
    times = [frame.media_time for frame in read if frame.media_time is not None]
    assert all(a < b for a, b in itertools.pairwise(times))
    assert times[-1] - times[0] == pytest.approx(sum(steps) / 25, abs=0.3)
    assert (status.state, status.size, status.info.codec) == ("live", (320, 240), "h264")


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_probe_by_tcp_and_udp(server: RtspServer, transport: str) -> None:
    assert probe(camera(server.url, transport=transport)).size == (320, 240)


def test_a_server_that_knows_only_udp_is_read_although_tcp_is_tried_first(clip: Path) -> None:
    with RtspServer(clip, protocol="udp") as server:
        assert probe(camera(server.url)).size == (320, 240)


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_passwords(clip: Path, auth: str) -> None:
    with RtspServer(clip, auth=auth, password=AWKWARD) as server:
        assert probe(camera(with_credentials(server.url, "cam", AWKWARD))).codec == "h264"
        for url in (server.url, with_credentials(server.url, "cam", "wr0ng")):
            with pytest.raises(SourceDenied, match="user name or password") as error:
                probe(camera(url))
            assert "wr0ng" not in str(error.value)
        with open_source(camera(with_credentials(server.url, "cam", "wr0ng"))) as source:
            wait_for(source, lambda: source.status.state == "auth_failed")
            assert "wr0ng" not in str(source.status)


def test_a_path_that_is_not_there(server: RtspServer) -> None:
    with pytest.raises(SourceMissing, match="404"):
        probe(camera(server.url + "-other"))


def test_a_port_that_nobody_listens_on() -> None:
    with pytest.raises(SourceError, match="refused"):
        probe(camera("rtsp://cam:s3cret@127.0.0.1:9/live"))


def test_a_server_that_never_answers(server: RtspServer) -> None:
    with FaultProxy(server.port) as proxy:
        proxy.stall()
        started = time.monotonic()
        with pytest.raises(SourceTimeout, match="no answer"):
            probe(CameraConfig(source=f"rtsp://127.0.0.1:{proxy.port}/live", open_timeout=0.5))
        assert time.monotonic() - started < 1.5


def test_a_stalled_stream_is_given_up_and_reopened(server: RtspServer) -> None:
    with FaultProxy(server.port) as proxy, eager(camera(f"rtsp://127.0.0.1:{proxy.port}/live")) as source:
        frames_come(source)
        proxy.stall()
        wait_for(source, lambda: source.status.stalls == 1)
        assert "no answer" in (source.status.last_error or "")
        assert source.status.state == "failed"
        proxy.resume()
        frames_come(source)
        assert (source.status.state, source.status.reconnects) == ("live", 1)


def test_a_cut_connection_is_reopened(server: RtspServer) -> None:
    with FaultProxy(server.port) as proxy, eager(camera(f"rtsp://127.0.0.1:{proxy.port}/live")) as source:
        frames_come(source)
        for count in (1, 2):
            proxy.cut()
            wait_for(source, lambda count=count: source.status.reconnects == count)  # type: ignore[misc]
            frames_come(source)
        assert source.status.stalls == 0


def test_a_restarted_server_is_found_again_with_another_picture_size(clip: Path, tmp_path: Path) -> None:
    larger = write_clip(tmp_path / "larger.mp4", frames=30, size=(480, 320), options={"g": "6"})
    first, second = RtspServer(clip), RtspServer(larger)
    with first, eager(camera(first.url)) as source:
        frames_come(source)
        first.stop()
        wait_for(source, lambda: "refused" in (source.status.last_error or ""))
        assert source.read(0.01) is None
        second.port = first.port
        with second:
            wait_for(source, lambda: source.status.reconnects == 1)
            frame = source.read(5)
            assert frame is not None
            assert (frame.size, source.status.size) == ((480, 320), (480, 320))


def test_closing_takes_less_than_two_seconds_while_stalled(server: RtspServer) -> None:
    with FaultProxy(server.port) as proxy:
        settings = CameraConfig(source=f"rtsp://127.0.0.1:{proxy.port}/live", open_timeout=9, read_timeout=9)
        with open_source(settings) as source:
            frames_come(source)
            proxy.stall()
            source.read(0.1)
            started = time.monotonic()
        assert time.monotonic() - started < 2
        proxy.resume()


def test_a_slow_reader_gets_the_newest_frame(server: RtspServer) -> None:
    with open_source(camera(server.url)) as source:
        frames_come(source)
        time.sleep(0.8)
        frame = source.read()
        assert frame is not None
        assert time.monotonic() - frame.monotonic < 0.1
        assert source.status.drops >= 10


def test_after_damage_no_picture_comes_until_a_key_frame(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", frames=75, size=(320, 240), options={"g": "25", "bf": "0"})
    with av.open(str(clip)) as container:
        whole = {frame.to_ndarray(format="yuv420p")[:240].tobytes() for frame in container.decode(video=0)}
    with (
        RtspServer(clip) as server,
        FaultProxy(server.port) as proxy,
        eager(camera(f"rtsp://127.0.0.1:{proxy.port}/live")) as source,
    ):
        frames_come(source)
        seen, broken = 0, 0
        for fault in (partial(proxy.garble, 100), proxy.resume):
            fault()
            until = time.monotonic() + 3
            while time.monotonic() < until:
                frame = source.read(0.05)
                if frame is not None:
                    seen += 1
                    broken += frame.luma.tobytes() not in whole
        assert source.status.damaged > 0
        frames_come(source)
    # A change that is valid video cannot be told from the picture itself.
    assert broken <= 0.2 * seen


def test_a_low_rate_takes_key_frames_alone_and_is_no_stall(server: RtspServer, decoded: list[bool]) -> None:
    # Longer between two frames than the time-out for silence: what nobody wants is no silence.
    with open_source(camera(server.url, fps=1)) as source:
        frames_come(source, 1)
        began, before = time.monotonic(), len(decoded)
        states = set()
        frames: list[Frame] = []
        while time.monotonic() < began + 5:
            if frame := source.read(0.05):
                frames.append(frame)
            states.add(source.status.state)
        assert (states, source.status.reconnects) == ({"live"}, 0)
    assert 4 <= len(frames) <= 7
    late = decoded[before + 25 :]
    assert all(late), "something other than key frames was decoded"
    assert len(late) <= 6
    # The first ones come before it is known how often key frames do.
    assert all(frame.key and number_of(frame.luma) % 6 == 0 for frame in frames[2:])
