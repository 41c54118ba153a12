"""A deployment read from YAML, with errors that name file, line, key and value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from . import problems
from .config import CameraDefaults, SiteConfig
from .credentials import Secrets, expand
from .errors import ConfigError
from .redact import redact
from .yamltext import Document, parse


def load_site(path: str | os.PathLike[str], environ: Mapping[str, str] = os.environ) -> SiteConfig:
    """Read a deployment, or raise ConfigError with one line for each problem.

    The bare name of a deployment that comes with the program, like `webcam.yaml`, works from every folder.
    """
    path = _find(Path(path))
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        shipped = ", ".join(sorted(examples()))
        raise ConfigError(f"{path}: no such file; the program comes with {shipped}") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return read_site(content, str(path), path.parent, environ)


def read_site(
    content: bytes | str,
    name: str = "site.yaml",
    folder: Path = Path(),
    environ: Mapping[str, str] = os.environ,
) -> SiteConfig:
    """Read a deployment from a text; `folder` is where its `secrets.yaml` stands."""
    secrets = Secrets(folder / "secrets.yaml", environ)

    def value_of(tag: str, text: str) -> str:
        return secrets[text] if tag else expand(text, environ)

    document = parse(content, name, value_of=value_of)
    if document.data is None and not document.problems:
        raise ConfigError(f"{name}: is empty: it needs `cameras:`")
    report = _Report(document, name, secrets)
    site: SiteConfig | None = None
    try:
        site = SiteConfig.model_validate(document.data, context={"folder": folder})
    except ValidationError as error:
        for problem in problems.problems(error, SiteConfig, report.show):
            report.add(problem)
    if site is None or document.problems:
        raise ConfigError(str(report))
    return site


def examples() -> dict[str, Path]:
    """Return the deployments that come with the program, by file name."""
    folder = Path(str(files("digitstream.configs")))
    return {path.name: path for path in folder.glob("*.yaml")}


def _find(path: Path) -> Path:
    return path if path.name != str(path) or path.exists() else examples().get(path.name, path)


class _Report:
    """Problems by line, each once, although a default is checked with every camera."""

    def __init__(self, document: Document, name: str, secrets: Secrets) -> None:
        self._document = document
        self._name = name
        self._secrets = secrets
        self._lines: set[tuple[int, str]] = set()
        for path, text in document.problems.items():
            written = document.written.get(path)
            self._add(path, f"{problems.written(written)} {text}" if written is not None else text)

    def show(self, path: problems.Path, value: Any) -> str:
        """Write a value as it stands in the file: `${VAR}` and `!secret`, not what they stand for."""
        return problems.written(self._document.written.get(self._place(path), value))

    def add(self, problem: problems.Problem) -> None:
        """Take a complaint, unless it only follows from a problem that was noted already."""
        place = self._place(problem.path)
        if not any(place[: len(path)] == path for path in self._document.problems):
            self._add(place, problem.text)

    def _add(self, place: problems.Path, text: str) -> None:
        self._lines.add((self._document.line(place), str(problems.Problem(place, text))))

    def _place(self, path: problems.Path) -> problems.Path:
        """Undo what was merged: find the setting under the camera's name, or in the defaults."""
        if len(path) < 2 or path[0] != "cameras" or not isinstance(path[1], int):
            return path
        cameras = self._document.data["cameras"]
        camera = list(cameras)[path[1]] if isinstance(cameras, dict) else path[1]
        place = ("cameras", camera, *path[2:])
        default = ("defaults", *path[2:])
        lines = self._document.lines
        shared = place[2:3] and place[2] in CameraDefaults.model_fields and default[:2] in lines
        return default if shared and place[:3] not in lines else place

    def __str__(self) -> str:
        # A secret of a letter or two would mask half of the words.
        secrets = [secret for secret in self._secrets.used if len(secret) > 3]
        return "\n".join(
            redact(f"{self._name}:{line}: {text}", secrets) for line, text in sorted(self._lines)
        )
