"""What is wrong with settings, in words: the key, the value and what would be right."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from .errors import ConfigError
from .redact import redact
from .settings import Settings

Path = tuple[str | int, ...]
T = TypeVar("T", bound=Settings)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong."""

    path: Path
    """Keys and list indexes from the top to the setting."""
    text: str
    """The value and what is wrong with it."""

    def __str__(self) -> str:
        return f"{key_path(self.path)}: {self.text}" if self.path else self.text


def checked(model: type[T], data: Mapping[str, Any]) -> T:
    """Make settings of `data`, or raise ConfigError with one line for each problem."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError("\n".join(map(str, problems(error, model)))) from None


def problems(
    error: ValidationError,
    model: type[Settings],
    show: Callable[[Path, Any], str] | None = None,
) -> list[Problem]:
    """Put every complaint of pydantic in words; `show` writes the value at a path."""
    found = []
    for detail in error.errors(include_url=False):
        kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
        path: Path = tuple(detail["loc"])
        if kind == "extra_forbidden":
            found.append(Problem(path, _unknown(str(path[-1]), known_keys(model, path[:-1]))))
        elif kind == "missing" and path and isinstance(path[-1], str):
            found.append(Problem(path, "is required"))
        elif kind == "missing":
            found.append(Problem(path[:-1], f"{written(value)} has too few items"))
        else:
            subject = _hidden(path) or (show(path, value) if show else written(value))
            text = _complaint(kind, value, context) or detail["msg"]
            # A sentence about a whole list or mapping, or about nothing, has the key as its subject.
            about_key = kind == "value_error" and (value is None or subject.startswith("a "))
            found.append(Problem(path, text if about_key else f"{subject} {text}"))
    return found


def key_path(path: Iterable[str | int]) -> str:
    """Write a path the way programmers do.

    >>> key_path(("cameras", 0, "displays", 1, "digits"))
    'cameras[0].displays[1].digits'
    """
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            key = part if part.isprintable() else repr(part)[1:-1]
            key = redact(key)
            text += ("." if text else "") + (key if len(key) <= 60 else key[:57] + "...")
    return text


def written(value: Any) -> str:
    """Write a value on one short line, as YAML has it and without credentials.

    >>> [written(v) for v in (True, None, [1, 2], {"a": 1}, "rtsp://a:b@host/")]
    ['true', 'null', '[1, 2]', 'a mapping', "'rtsp://***@host/'"]
    """
    if isinstance(value, str | os.PathLike):
        text = repr(redact(str(value)))
    elif isinstance(value, Mapping):
        return "a mapping"
    elif isinstance(value, list | tuple) and not _only_numbers(value):
        return "a list"
    elif value is None or isinstance(value, bool | int | float | list | tuple):
        text = _brief_number(value) if isinstance(value, int) else json.dumps(value)
    else:
        return f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:77]}..."


def known_keys(model: type[Settings], path: Path) -> list[str]:
    """Return the keys that the settings at `path` take."""
    for part in path:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        if field is not None:
            model = next(_models(field.annotation), model)
    return list(model.model_fields)


def closest(word: str, words: Iterable[str]) -> str | None:
    """Return the word that was probably meant."""
    return next(iter(difflib.get_close_matches(word.lower().replace("-", "_"), words, 1)), None)


def _unknown(key: str, known: list[str]) -> str:
    meant = closest(key, known)
    return (
        f"unknown key, did you mean {meant!r}?" if meant else f"unknown key, known here: {', '.join(known)}"
    )


def _models(annotation: Any) -> Iterator[type[Settings]]:
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _hidden(path: Path) -> str | None:
    return "the secret" if path and path[-1] in ("token", "password") else None


def _only_numbers(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_only_numbers, value))
    return isinstance(value, float) or _is_short_int(value)


def _is_short_int(value: Any) -> bool:
    return isinstance(value, int) and abs(value) < 10**30


def _brief_number(value: int) -> str:
    return json.dumps(value) if _is_short_int(value) else "the huge number"


def _complaint(kind: str, value: Any, context: Mapping[str, Any]) -> str | None:
    if kind == "value_error":
        return str(context["error"])
    if kind == "greater_than":
        noun = "number" if isinstance(context["gt"], float) else "integer"
        return f"is not a positive {noun}" if context["gt"] == 0 else f"is not more than {context['gt']}"
    if kind == "string_type":
        return "is not a text" + (": put it in quotes" if isinstance(value, int | float) else "")
    if kind == "too_long":
        return f"has {context['actual_length']} items instead of {context['max_length']}"
    for start, text in _COMPLAINTS:
        if kind.startswith(start):
            return text.format(**context)
    return None


_COMPLAINTS = (
    ("greater_than_equal", "is less than {ge}"),
    ("less_than_equal", "is more than {le:g}"),
    ("literal_error", "is not {expected}"),
    ("int_", "is not an integer"),
    ("float_", "is not a number"),
    ("finite_number", "is not a finite number"),
    ("bool_", "is neither true nor false"),
    ("string_too_short", "is empty"),
    ("string_too_long", "is longer than {max_length} characters"),
    ("string_pattern_mismatch", "holds a character that cannot be used here"),
    ("string_", "is not a text"),
    ("path_", "is not the name of a file"),
    ("datetime_", "is not a date and time like 2026-01-31T12:00:00Z"),
    ("tuple_type", "is not a list"),
    ("list_type", "is not a list"),
    ("too_short", "needs at least {min_length}"),
    ("model_", "is not a mapping of settings"),
    ("dict_", "is not a mapping of settings"),
)
