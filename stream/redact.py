"""Keep credentials out of everything that is printed, logged or published."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

MASK = "***"

# A password may hold any character, so everything up to the last @ of the word goes.
# Rather too much is masked than too little.
_USERINFO = re.compile(r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.-]*://)\S*@")
_SECRET_NAMES = (
    r"[\w.-]*(?:pass|pwd|token|secret|auth|cred|api_?key|signature|session|jwt)[\w.-]*"
    r"|(?:user|usr|username|user_name|login|loginuse|loginpas|account|pw|key|sig|sid|code|hash)"
)
# A value ends where the next parameter begins, not at a bare `&`, which an unquoted password may hold.
_QUERY = re.compile(rf"(?P<name>[?&;](?:{_SECRET_NAMES})=)(?:(?![&;][\w.-]+=)\S)*", re.IGNORECASE)
_USER_NAME = re.compile(r"[?&;](?:user|usr|username|user_name|login|loginuse|account)=", re.IGNORECASE)
_HANDED = re.compile(r"(?P<name>\b(?:Basic|Bearer)\s+)[\w+/.~-]{8,}=*")
_HEADER = re.compile(r"(?P<name>\b(?:proxy-)?authorization\b['\"]?\s*[:=]\s*)[^\r\n]+", re.IGNORECASE)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Mask the credentials of every URL in `text`, and `secrets` wherever they stand.

    >>> redact("could not open rtsp://a.b:p@ss/w:rd@host/live?token=x1&fps=5")
    'could not open rtsp://***@host/live?token=***&fps=5'
    """
    for secret in sorted({s for s in secrets if s}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _USERINFO.sub(rf"\g<scheme>{MASK}@", text)
    text = _QUERY.sub(rf"\g<name>{MASK}", text)
    text = _HANDED.sub(rf"\g<name>{MASK}", text)
    return _HEADER.sub(rf"\g<name>{MASK}", text)


def secrets_of(url: str) -> frozenset[str]:
    """Return the credentials in a URL in every spelling a library may print them in."""
    found: set[str] = set()
    _, separator, rest = url.partition("://")
    if not separator:
        return frozenset()
    userinfo, at, _ = rest.rpartition("@")
    if at:
        user, _, password = userinfo.partition(":")
        # A user name like `admin` is a word of the log as well: only the password is hunted for on its own.
        found |= {userinfo, f"{user}:{password}", password}
    for match in _QUERY.finditer(url):
        name = match["name"]
        if not _USER_NAME.fullmatch(name):
            found.add(match[0][len(name) :])
    spellings = {form(s) for s in found for form in (str, unquote, quote, quote_plus, _quote_all)}
    return frozenset(s for s in spellings if len(s) > 2)


def _quote_all(text: str) -> str:
    return quote(text, safe="")


class Redactor(logging.Filter):
    """Masks credentials in log records; add it to handlers, so that it sees the records of every logger."""

    def __init__(self, urls: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets: frozenset[str] = frozenset()
        self.learn(urls)

    def learn(self, urls: Iterable[str]) -> None:
        """Mask the credentials of more URLs."""
        self._secrets = self._secrets.union(*(secrets_of(url) for url in urls))

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):
            message = f"{record.msg} {record.args}"
        record.msg, record.args = redact(message, self._secrets), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = redact(record.exc_text, self._secrets)
        if record.stack_info:
            record.stack_info = redact(record.stack_info, self._secrets)
        return True
