"""The demo clip, cut short and in other wrappings."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from end_to_end.program import CLIP

SHORT = 50
"""Frames up to the clip's second key frame."""


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first two seconds of the demo, its packets untouched and its index in front."""
    return write_short(tmp_path_factory.mktemp("clip") / "clip.mp4", movflags="faststart")


def write_short(path: Path, **options: str) -> Path:
    """Write the first two seconds of the demo, with options of the MP4 muxer."""
    with av.open(str(CLIP)) as source, av.open(str(path), "w", options=options) as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is None or (packet.is_keyframe and packet.pts):
                break
            packet.stream = copy
            target.mux(packet)
    return path
