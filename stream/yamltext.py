"""YAML as plain data that remembers its lines; only what JSON can say, and every key once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

from .errors import ConfigError

Path = tuple[str | int, ...]

MAX_NODES = 100_000
"""A few lines of aliases can stand for billions of values."""
MAX_DEPTH = 40


class _Broken:
    """Stands for a value that could not be made out and has its problem noted."""


BROKEN = _Broken()


@dataclass
class Document:
    """What a YAML text says, and where."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    written: dict[Path, str] = field(default_factory=dict)
    """Texts as they stand in the file, where that is not their value."""
    problems: dict[Path, str] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """Return the line, from 1, of the setting or of the nearest one that holds it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(
    content: bytes | str,
    name: str,
    *,
    value_of: Callable[[str, str], str] = lambda tag, text: text,
    texts_only: bool = False,
) -> Document:
    """Read one YAML document, or raise ConfigError where it is no YAML at all.

    `value_of(tag, text)` gives the value of a text; tag is `!secret` or empty, and its ConfigError is noted
    as a problem. With `texts_only` a number stays the text that it is.
    """
    text = _decoded(content, name)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}" if mark else name
        raise ConfigError(f"{where}: is not valid YAML: {_without_values(error.problem or '')}") from None
    except yaml.reader.ReaderError as error:
        raise ConfigError(f"{name}: is not valid YAML: holds the character {error.character!r}") from None
    except RecursionError:
        raise ConfigError(f"{name}: is nested too deeply") from None
    except (ValueError, OverflowError):
        raise ConfigError(f"{name}: is not valid YAML: has an escape that stands for no character") from None
    reader = _Reader(name, value_of, texts_only)
    if node is not None:
        reader.document.data = reader.read(node, ())
    return reader.document


class _Loader(yaml.SafeLoader):
    """Knows the scalars of YAML 1.2: `off` and `12:30` are texts, `010` is ten."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_TAG = "tag:yaml.org,2002:"
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(?i:true|false)$"), list("tTfF"))
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(r"^[-+]?[0-9]{1,400}$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    f"{_TAG}float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver(f"{_TAG}merge", re.compile(r"^<<$"), ["<"])


class _Reader:
    def __init__(self, name: str, value_of: Callable[[str, str], str], texts_only: bool) -> None:
        self.document = Document()
        self._name = name
        self._value_of = value_of
        self._texts_only = texts_only
        self._nodes = 0

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.document.lines.setdefault(path, node.start_mark.line + 1)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ConfigError(f"{self._name}: holds too much: more than {MAX_NODES} values")
        if len(path) > MAX_DEPTH:
            raise ConfigError(f"{self._name}:{node.start_mark.line + 1}: is nested too deeply")
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        return self._broken(path, "has a tag that is not known here: quote a text that begins with `!`")

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            place = (*path, key_node.value) if isinstance(key_node, yaml.ScalarNode) else (*path, "?")
            if not isinstance(key_node, yaml.ScalarNode):
                self.document.lines.setdefault(place, line)
                self._broken(place, "is not a text, as keys must be")
            elif key_node.tag == f"{_TAG}merge":
                for key, value in self._merged(value_node, path).items():
                    merged.setdefault(key, value)
            elif key_node.value in data:
                first = self.document.lines[place]
                self.document.lines[place] = line
                self._broken(place, f"is given twice, in line {first} and in line {line}")
            else:
                self.document.lines[place] = line
                data[key_node.value] = self.read(value_node, place)
        return {**merged, **data}

    def _merged(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, Any] = {}
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                self._broken((*path, "<<"), "merges what is not a mapping")
                continue
            for key, value in self._mapping(source, path).items():
                merged.setdefault(key, value)
        return merged

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        kind = node.tag.removeprefix(_TAG)
        if kind in ("str", "!secret", "merge") or (self._texts_only and kind in ("int", "float", "bool")):
            return self._text(node, path)
        try:
            if kind == "null":
                return None
            if kind == "bool":
                return {"true": True, "false": False}[node.value.lower()]
            if kind == "int":
                return int(node.value)
            if kind == "float":
                return float(node.value)
        except (KeyError, ValueError):
            return self._broken(path, f"is not what its tag !!{kind} says")
        return self._broken(path, "has a tag that is not known here: quote a text that begins with `!`")

    def _text(self, node: yaml.ScalarNode, path: Path) -> Any:
        tag = "!secret" if node.tag == "!secret" else ""
        written = f"!secret {node.value}" if tag else node.value
        try:
            value = self._value_of(tag, node.value)
        except ConfigError as error:
            self.document.written[path] = written
            return self._broken(path, str(error))
        if tag or value != node.value:
            self.document.written[path] = written
        return value

    def _broken(self, path: Path, problem: str) -> _Broken:
        self.document.problems.setdefault(path, problem)
        return BROKEN


def _decoded(content: bytes | str, name: str) -> str:
    if isinstance(content, str):
        return content
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}:{line}: is not UTF-8 text") from None


def _without_values(problem: str) -> str:
    """Take out what PyYAML quotes from the text: it may be a password that was not put in quotes."""
    return re.sub(r"'[^']*'", lambda quoted: quoted[0] if _is_sign(quoted[0][1:-1]) else "...", problem)


def _is_sign(text: str) -> bool:
    return len(text) <= 1 or (text.startswith("<") and text.endswith(">"))
