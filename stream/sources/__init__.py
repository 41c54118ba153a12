"""Where frames come from: cameras, streams, files and pictures."""

from __future__ import annotations

from .opening import open_source, probe
from .source import EndOfSource, Source, SourceInfo, SourceStatus

__all__ = ["EndOfSource", "Source", "SourceInfo", "SourceStatus", "open_source", "probe"]
