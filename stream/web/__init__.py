"""The live page: what every camera sees and reads, over HTTP."""

from .server import WebSink

__all__ = ["WebSink"]
