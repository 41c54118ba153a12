"""`digitstream check`: what will not work on site is found before leaving it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .config import CameraConfig, SiteConfig
from .errors import DigitstreamError, OutputError, SourceError
from .redact import redact
from .reference import load_reference
from .region import check_region
from .sink_settings import SinksConfig, WebConfig

MAX_PROBES = 8


@dataclass(frozen=True)
class Finding:
    """One thing that was tried."""

    part: str
    """`config`, `model`, `source` or `output`."""
    name: str
    detail: str
    error: DigitstreamError | None = None


def check(site: SiteConfig, name: str) -> int:
    """Try all that a deployment needs, print a table, and return the exit status of the first failure."""
    findings = [Finding("config", name, f"cameras: {len(site.cameras)}, displays: {_displays(site)}")]
    findings += [_model(site)]
    with ThreadPoolExecutor(MAX_PROBES) as pool:
        findings += pool.map(_source, site.cameras)
    findings += _outputs(site.sinks, site.cameras)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 1000, highlight=False)
    console.print(_table(findings))
    errors = [finding.error for finding in findings if finding.error is not None]
    return errors[0].exit_code if errors else 0


def _displays(site: SiteConfig) -> int:
    return sum(len(camera.displays) for camera in site.cameras)


def _model(site: SiteConfig) -> Finding:
    from .classifier import Classifier

    name = str(site.model) if site.model else "built-in"
    try:
        contract = Classifier.load(site.model, site.threads).contract
    except DigitstreamError as error:
        return Finding("model", name, str(error), error)
    return Finding("model", name, f"{contract.name} {contract.version}")


def _source(camera: CameraConfig) -> Finding:
    from .sources import probe

    if camera.source == "-":
        return Finding("source", camera.name, "standard input: not tried, as that would use it up")
    try:
        info = probe(camera)
        if info.size is not None:
            _check_regions(camera, info.size)
    except DigitstreamError as error:
        return Finding("source", camera.name, str(error), error)
    except Exception as error:
        # One camera that trips a library must not hide what the others have to say.
        return Finding("source", camera.name, f"{type(error).__name__}: {error}", SourceError(str(error)))
    parts = (
        f"{info.size[0]}x{info.size[1]}" if info.size else None,
        f"{info.fps:g} fps" if info.fps else None,
        info.codec,
        info.pixel_format,
    )
    return Finding("source", camera.name, " ".join(part for part in parts if part))


def _check_regions(camera: CameraConfig, size: tuple[int, int]) -> None:
    if camera.rotate in (90, 270):
        size = size[1], size[0]
    for display in camera.displays:
        if display.region is not None:
            check_region(display.region, size, f"{display.name}: region")
    if camera.reference is not None:
        load_reference(camera.reference)


def _outputs(sinks: SinksConfig, cameras: tuple[CameraConfig, ...]) -> Iterator[Finding]:
    for name in ("jsonl", "csv", "video", "snapshot"):
        path = getattr(sinks, name)
        if path is not None:
            yield _file(name, Path(str(path).replace("{camera}", cameras[0].name)))
    if sinks.web is not None:
        yield _page(sinks.web)


def _file(name: str, path: Path) -> Finding:
    folder = path.parent
    problem = None
    if not folder.is_dir():
        problem = f"{path}: there is no folder {folder}"
    elif path.is_dir():
        problem = f"{path}: is a folder"
    elif not os.access(path if path.exists() else folder, os.W_OK):
        problem = f"{path}: may not be written"
    return Finding("output", name, problem or str(path), OutputError(problem) if problem else None)


def _page(web: WebConfig) -> Finding:
    address = f"{web.host} port {web.port}"
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(web.host, web.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
    except OSError as error:
        return Finding("output", "web", f"{address}: {error.strerror}", OutputError(error.strerror))
    return Finding("output", "web", address)


def _table(findings: list[Finding]) -> Table:
    table = Table()
    table.add_column("")
    table.add_column("part")
    table.add_column("name", overflow="fold")
    table.add_column("result", overflow="fold")
    for finding in findings:
        state = Text("FAILED", "bold red") if finding.error else Text("ok", "green")
        table.add_row(state, finding.part, Text(redact(finding.name)), Text(redact(finding.detail)))
    return table
