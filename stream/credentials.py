"""`${VAR}` and `!secret`: values that stay out of the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from .errors import ConfigError
from .problems import closest
from .yamltext import parse

_PLACEHOLDER = re.compile(r"\$\$\{|\$\{(?P<body>[^}]*)(?P<end>\}?)")
_BODY = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Replace `${VAR}` and `${VAR:-default}`; `$${` stands for `${`. Raise ConfigError for any other `${`.

    >>> expand("rtsp://${HOST:-localhost}/$${raw}", {})
    'rtsp://localhost/${raw}'
    """

    def value(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        body = _BODY.fullmatch(match["body"])
        if not match["end"] or body is None:
            raise ConfigError(
                "has a malformed placeholder: write ${NAME}, ${NAME:-default}, or $${ for a plain ${"
            )
        found = environ.get(body["name"])
        if body["default"] is not None:
            return found or body["default"]
        if found is None:
            raise ConfigError(f"needs the environment variable {body['name']}, which is not set")
        return found

    return _PLACEHOLDER.sub(value, text)


class Secrets:
    """Looks `!secret name` up: first the credentials that systemd hands over, then `secrets.yaml`."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self._path = path
        self._folder = environ.get("CREDENTIALS_DIRECTORY")
        self._listed: dict[str, str] | None = None
        self.used: set[str] = set()
        """The values that were handed out."""

    def __getitem__(self, name: str) -> str:
        """Return a secret, or raise ConfigError that says where it was looked for."""
        if not _NAME.fullmatch(name):
            raise ConfigError("is not `!secret` and a name of letters, digits, `_`, `-` and `.`")
        value = self._from_systemd(name)
        if value is None:
            value = self._from_file(name)
        self.used.add(value)
        return value

    def _from_systemd(self, name: str) -> str | None:
        if not self._folder:
            return None
        try:
            return (Path(self._folder) / name).read_text("utf-8").rstrip("\r\n")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not UTF-8 text"
            raise ConfigError(f"cannot be read from the systemd credentials: {reason}") from None

    def _from_file(self, name: str) -> str:
        if self._listed is None:
            self._listed = self._read()
        if name in self._listed:
            return self._listed[name]
        if meant := closest(name, self._listed):
            raise ConfigError(f"is not in {self._path}, did you mean {meant!r}?")
        raise ConfigError(
            f"is not in {self._path}" + ("" if self._path.exists() else ", which does not exist")
        )

    def _read(self) -> dict[str, str]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise ConfigError(f"cannot be read from {self._path}: {error.strerror}") from None
        document = parse(content, str(self._path), texts_only=True)
        if document.problems:
            path, text = next(iter(document.problems.items()))
            raise ConfigError(f"cannot be read: {self._path}:{document.line(path)}: {text}")
        data = {} if document.data is None else document.data
        if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
            raise ConfigError(f"cannot be read: {self._path} is not a mapping from names to texts")
        return data
