"""The command line."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from .config import CameraConfig, SiteConfig
from .configfile import load_site
from .errors import DigitstreamError
from .folding import Folding
from .opencv import check_opencv
from .options import SHORT_HELP, parser, site_of
from .redact import Redactor, redact
from .title import hide_arguments


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return _main(arguments)
    except DigitstreamError as error:
        return _report(str(error), error.exit_code)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:
        # The interpreter flushes standard output once more when it leaves.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        what = " ".join(str(error).split())
        return _report(f"unexpected {type(error).__name__}: {what} (DIGITSTREAM_DEBUG=1 shows where)", 1)


def _main(arguments: Sequence[str]) -> int:
    if not arguments:
        print(SHORT_HELP, end="", flush=True)
        return 0
    options = parser().parse_args(arguments)
    hide_arguments()
    if options.command == "schema":
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SiteConfig.model_json_schema()}
        print(json.dumps(schema, indent=2, ensure_ascii=False), flush=True)
        return 0
    if options.command == "check":
        site = load_site(options.config)
        _start_logging(options.verbose, site)
        check_opencv()
        from .check import check

        return check(site, str(options.config))
    if options.command == "bench":
        options.source = options.bench_source
        site = site_of(options)
        _start_logging(options.verbose, site)
        check_opencv()
        from .bench import bench

        return bench(site, options.json)
    site = site_of(options)
    if options.command == "find":
        _start_logging(options.verbose, site)
        check_opencv()
        from .find import Targets, find

        _must_answer(site.cameras[0])
        return find(site, Targets.beside(options.yaml, options.preview), options.seconds, force=options.force)
    redactor = _start_logging(options.verbose, site)
    check_opencv()
    return _run(site, options, redactor)


def _run(site: SiteConfig, options: argparse.Namespace, redactor: Redactor) -> int:
    from . import supervisor
    from .sinks import SinkClosed

    if not options.config:
        _must_answer(site.cameras[0])

    def load() -> SiteConfig:
        fresh = site_of(options)
        redactor.learn(camera.source for camera in fresh.cameras)
        return fresh

    # Whoever closes the window or the pipe wants the program to end, not to complain.
    with Signals(reloads=bool(options.config)) as signals, suppress(SinkClosed):
        reload = supervisor.Reload(signals.reload, load)
        supervisor.run(site, signals.stop, show_progress=not options.quiet, reload=reload)
    if signals.exit_code and threading.active_count() > 1:
        _leave(signals.exit_code)
    return signals.exit_code


def _leave(code: int) -> NoReturn:
    """End without waiting for threads that are left behind in a library, as the interpreter would."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def _must_answer(camera: CameraConfig) -> None:
    """Raise what is wrong with a camera now: whoever types its name is there to put it right."""
    from .sources import open_source, probe

    if open_source(camera).live:
        probe(camera)


class Signals:
    """Turns the first signal to stop into an event; the second one ends the program at once.

    SIGHUP is the wish for a new configuration where there is one, unless the terminal has gone.
    """

    def __init__(self, *, reloads: bool = False) -> None:
        self.stop = threading.Event()
        self.reload = threading.Event()
        self.exit_code = 0
        self._reloads = reloads
        self._on_terminal = _has_terminal()
        self._before: dict[int, signal.Handlers | object] = {}

    def __enter__(self) -> Signals:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # What runs under nohup goes on when the terminal closes.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _handle(self, number: int, _: FrameType | None) -> None:
        gone = self._on_terminal and not _has_terminal()
        if number == getattr(signal, "SIGHUP", None) and self._reloads and not gone:
            self.reload.set()
            return
        self.exit_code = 128 + number
        self.stop.set()
        for other in self._before:
            signal.signal(other, signal.SIG_DFL)


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _start_logging(verbose: int, site: SiteConfig) -> Redactor:
    redactor = Redactor(camera.source for camera in site.cameras)
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("digitstream: %(levelname)s: %(message)s"))
    handler.addFilter(redactor)
    if verbose < 2:
        handler.addFilter(Folding())
    levels = (logging.WARNING, logging.INFO, logging.DEBUG)
    logging.basicConfig(level=levels[min(verbose, 2)], handlers=[handler], force=True)
    return redactor


def _report(message: str, exit_code: int) -> int:
    if os.environ.get("DIGITSTREAM_DEBUG") == "1":
        print(redact(traceback.format_exc()), end="", file=sys.stderr)
    print(redact(f"digitstream: error: {message}"), file=sys.stderr, flush=True)
    return exit_code
