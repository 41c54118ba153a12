"""The sinks that a deployment asks for, which can be exchanged while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from .config import SiteConfig
from .errors import OutputError
from .results import Result
from .sinks import Fanout, Sink, open_sinks
from .sinks.fanout import PLACEHOLDER

if TYPE_CHECKING:
    from typing_extensions import Self

    from .web import WebSink


class Outputs:
    """Hands results to the sinks of a deployment; entering opens them, leaving empties and closes them."""

    def __init__(self, site: SiteConfig, *, live: bool, show_progress: bool = False) -> None:
        self._site, self._live, self._show_progress = site, live, show_progress
        self._fanout = self._made(site)

    def write(self, result: Result) -> None:
        """Hand over a result, from any thread but not during `exchange`."""
        self._fanout.write(result)

    def serve(self, site: SiteConfig) -> bool:
        """Tell whether the sinks serve another deployment as they are."""
        old = self._site
        if old.sinks != site.sinks or (old.sinks.collect is not None and old.model != site.model):
            return False
        each = any(PLACEHOLDER in str(path) for path in (old.sinks.video, old.sinks.snapshot))
        return not each or [c.name for c in old.cameras] == [c.name for c in site.cameras]

    def exchange(self, site: SiteConfig) -> None:
        """Close all sinks and open those of another deployment, or the old ones again if that fails."""
        self._fanout.__exit__(None, None, None)
        try:
            fanout = self._made(site)
            fanout.__enter__()
        except OutputError:
            self._fanout = self._made(self._site)
            self._fanout.__enter__()
            raise
        self._site, self._fanout = site, fanout

    def __enter__(self) -> Self:
        self._fanout.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._fanout.__exit__(kind, error, traceback)

    def _made(self, site: SiteConfig) -> Fanout:
        sinks = site.sinks
        web = _web(site)
        fanout = open_sinks(
            live=self._live,
            console=sinks.console,
            progress=self._show_progress and not self._live,
            jsonl=sinks.jsonl,
            csv=sinks.csv,
            video=sinks.video,
            snapshot=sinks.snapshot,
            window=sinks.window,
            cameras=[camera.name for camera in site.cameras],
            max_bytes=sinks.max_bytes,
            keep=sinks.keep,
            others=[*web, *_collect(site)],
        )
        for page in web:
            page.watch(lambda: fanout.stats)
        return fanout


def _web(site: SiteConfig) -> Sequence[WebSink]:
    if site.sinks.web is None:
        return ()
    from .web import WebSink

    web = site.sinks.web
    token = web.token.get_secret_value() if web.token else None
    return (WebSink(web.host, web.port, token, open_browser=web.open_browser),)


def _collect(site: SiteConfig) -> Sequence[Sink]:
    if site.sinks.collect is None:
        return ()
    from .classifier import Classifier
    from .sinks.collect import CollectSink

    collect = site.sinks.collect
    accept = Classifier.load(site.model).contract.accept
    return (CollectSink(collect.folder, accept, max_files=collect.max_files, max_bytes=collect.max_bytes),)
