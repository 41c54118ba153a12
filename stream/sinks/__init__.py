"""Where readings go: console, logs, video, snapshot, window; each behind a queue of its own."""

from .fanout import Fanout, open_sinks
from .queue import SinkQueue, SinkStats
from .sink import Sink, SinkClosed

__all__ = ["Fanout", "Sink", "SinkClosed", "SinkQueue", "SinkStats", "open_sinks"]
