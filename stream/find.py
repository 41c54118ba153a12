"""`digitstream find`: watches a source and writes the deployment that reads what is there."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .config import CameraConfig, SiteConfig
from .configfile import read_site
from .errors import ConfigError, NothingFound, OutputError, SourceTimeout
from .frames import Frame
from .pipeline import Pipeline
from .preview import preview
from .reference import save_picture
from .sitetext import site_text
from .sources import EndOfSource, open_source
from .sources.faults import shown
from .survey import Sighting, Survey

SECONDS = 10.0
MOST_FRAMES = 900
MOST_STILLS = 30
_POLL = 0.25


@dataclass(frozen=True)
class Targets:
    """Files that are written."""

    yaml: Path
    preview: Path
    reference: Path

    @classmethod
    def beside(cls, yaml: Path, preview: Path | None = None) -> Targets:
        """Name what goes with a YAML file after it."""
        return cls(
            yaml,
            preview or yaml.with_name(f"{yaml.stem}-preview.png"),
            yaml.with_name(f"{yaml.stem}-reference.png"),
        )

    def check(self, force: bool) -> None:
        """Raise before the watching what would stand in the way of the writing."""
        for path in (self.yaml, self.preview, self.reference):
            if path.is_dir() or not path.parent.is_dir():
                what = "is a folder" if path.is_dir() else f"there is no folder {path.parent}"
                raise OutputError(f"{path}: {what}")
            if path.exists() and not force:
                raise ConfigError(
                    f"{path}: is there already; give another --output, or --force to replace it"
                )


def find(site: SiteConfig, targets: Targets, seconds: float = SECONDS, *, force: bool = False) -> int:
    """Watch the first camera of a site, write what was found, print a table, and return the exit status."""
    targets.check(force)
    (camera,) = site.cameras
    survey, lasting = _watch(camera, site, seconds)
    best, sightings = survey.result() if survey.frames else (None, [])
    if best is None or not sightings:
        raise NothingFound(
            f"{shown(camera.source)}: no display found in {survey.frames} pictures; go nearer until digits"
            " are 20 pixels high, see that they are sharp, lit and upright (--rotate), or watch longer"
        )
    text, secrets = site_text(
        camera, sightings, reference=targets.reference.name if lasting else None, model=site.model
    )
    # What is written must load: better a fault of the program here than a broken file on site.
    read_site(text, str(targets.yaml), targets.yaml.parent, secrets)
    save_picture(targets.preview, preview(best.bgr().copy(), sightings))
    if lasting:
        save_picture(targets.reference, best.luma)
    try:
        targets.yaml.write_text(text, "utf-8")
    except OSError as error:
        raise OutputError(f"{targets.yaml}: cannot be written: {error.strerror}") from None
    _tell(targets, sightings, sorted(secrets))
    return 0


def _watch(camera: CameraConfig, site: SiteConfig, seconds: float) -> tuple[Survey, bool]:
    """Survey a source; also return whether all its pictures are of one view that lasts."""
    source, survey = open_source(camera), Survey()
    lasting = True
    first: float | None = None
    patience = time.monotonic() + camera.open_timeout + seconds
    with Pipeline(camera, live=source.live, model=site.model, threads=site.threads) as pipeline, source:
        while True:
            try:
                frame = source.read(_POLL)
            except EndOfSource:
                break
            if frame is not None:
                survey.add(frame, pipeline.process(frame).readings)
                lasting = source.live or not frame.still
                now = _moment(frame, source.live)
                first = now if first is None else first
                if now - first >= seconds or survey.frames >= (MOST_STILLS if frame.still else MOST_FRAMES):
                    break
            elif source.live and time.monotonic() > patience:
                if not survey.frames:
                    error = source.status.last_error or f"{shown(camera.source)}: no picture came"
                    raise SourceTimeout(f"{error}; nothing could be watched")
                break
    return survey, lasting


def _moment(frame: Frame, live: bool) -> float:
    return frame.monotonic if live or frame.media_time is None else frame.media_time


def _tell(targets: Targets, sightings: list[Sighting], secrets: list[str]) -> None:
    table = Table()
    for name in ("", "reads", "digits", "quality", "what could be better"):
        table.add_column(name, overflow="fold")
    for number, sighting in enumerate(sightings, 1):
        digits = str(sighting.digits) if sighting.digits else "-".join(map(str, sighting.counts))
        score = sighting.quality.score
        style = "green" if score >= 70 else "yellow" if score >= 40 else "red"
        reasons = Text("; ".join(sighting.quality.reasons))
        table.add_row(str(number), Text(sighting.text), digits, Text(str(score), style), reasons)
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 1000, highlight=False)
    console.print(table)
    console.print(f"{targets.yaml} written; {targets.preview} shows what was found where", markup=False)
    if secrets:
        console.print(
            f"set {' and '.join(secrets)} in the environment first: the file holds no secrets", markup=False
        )
    console.print(
        f"next: digitstream check {targets.yaml}; digitstream --config {targets.yaml}", markup=False
    )
