"""Take apart URLs as people write them: with credentials that are not percent-encoded."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_HOST = re.compile(r"(?:\[[0-9a-fA-F:.%\w]+\]|[^\s:/?#@\[\]]+)(?::\d+)?")


def split_credentials(url: str) -> tuple[str, str | None, str | None]:
    """Return the URL without its credentials, the user name and the password.

    >>> split_credentials("rtsp://admin:p%40ss@cam/1")
    ('rtsp://cam/1', 'admin', 'p@ss')
    >>> split_credentials("rtsp://admin:p@ss/word@cam:554/1")
    ('rtsp://cam:554/1', 'admin', 'p@ss/word')
    """
    scheme, separator, rest = url.partition("://")
    if not separator or "@" not in rest:
        return url, None, None
    end = re.search(r"[/?#]", rest)
    authority = rest[: end.start()] if end else rest
    userinfo, at, host = authority.rpartition("@")
    if at or _HOST.fullmatch(authority):
        # As the standard says: credentials end before the first slash.
        tail = rest[len(authority) :]
        if at and not _plausible(host, tail):
            userinfo, host, tail = _lenient(rest)
        if not at:
            return url, None, None
    else:
        userinfo, host, tail = _lenient(rest)
    user, colon, password = userinfo.partition(":")
    return f"{scheme}://{host}{tail}", unquote(user), unquote(password) if colon else ""


def quoted(url: str) -> str:
    """Return the URL with its credentials percent-encoded, as FFmpeg wants them."""
    bare, user, password = split_credentials(url)
    if user is None:
        return url
    scheme, _, rest = bare.partition("://")
    return f"{scheme}://{quote(user, safe='')}:{quote(password or '', safe='')}@{rest}"


def _lenient(rest: str) -> tuple[str, str, str]:
    """Let the credentials reach to the last @: the password holds a slash."""
    userinfo, _, after = rest.rpartition("@")
    end = re.search(r"[/?#]", after)
    host = after[: end.start()] if end else after
    return userinfo, host, after[len(host) :]


def _plausible(host: str, tail: str) -> bool:
    """Tell whether the standard way of splitting gives a host."""
    if not _HOST.fullmatch(host):
        return False
    after = tail.rpartition("@")[2] if "@" in tail else None
    # With another @ later on, `ss` of `user:p@ss/word@cam` is rather part of a password than a host.
    return after is None or "." in host or ":" in host or host == "localhost"
