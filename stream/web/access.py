"""Who may look: on loopback everybody on this machine, elsewhere whoever has the token."""

from __future__ import annotations

import hashlib
import ipaddress
from hmac import compare_digest
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

COOKIE = "digitstream"

OPEN_PATHS = frozenset({"/healthz", "/style.css", "/icon.svg"})
"""What says nothing about cameras or readings."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'self'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

LOGIN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>digitstream</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="style.css">
<link rel="icon" href="icon.svg"><form class="login"><h1>digitstream</h1>
<label>Token<input name="token" type="password" autocomplete="current-password" autofocus></label>
<button>Show</button></form></html>
"""


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("")
    (True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def guard(token: str | None) -> Middleware:
    """Return the middleware that lets in who may look."""
    check = _anyone_here if token is None else _Token(token)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if (refused := check(request)) is not None and request.path not in OPEN_PATHS:
            refused.headers.update(HEADERS)
            return refused
        return await handler(request)

    return middleware


def _anyone_here(request: web.Request) -> web.Response | None:
    """Refuse other web sites: they reach a page on loopback through the browser of its user."""
    host = request.headers.get("Host", "")
    origin = request.headers.get("Origin")
    if not is_loopback(urlsplit(f"//{host}").hostname or ""):
        return web.Response(status=403, text="only by a loopback address; other names need a token\n")
    if origin is not None and urlsplit(origin).netloc != host:
        return web.Response(status=403, text="not from another site\n")
    return None


class _Token:
    """Takes the token from the header, a cookie, or once from the address, which it moves to a cookie."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._cookie = hashlib.sha256(b"digitstream " + self._token).hexdigest()

    def __call__(self, request: web.Request) -> web.Response | None:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and compare_digest(bearer.strip().encode(), self._token):
            return None
        given = request.query.get("token")
        if given is not None and compare_digest(given.encode(), self._token):
            return self._remember(request) if request.path == "/" else None
        if compare_digest(request.cookies.get(COOKIE, "").encode(), self._cookie.encode()):
            return None
        if request.path == "/":
            return web.Response(status=401, text=LOGIN, content_type="text/html")
        return web.Response(status=401, text="token needed\n", headers={"WWW-Authenticate": "Bearer"})

    def _remember(self, request: web.Request) -> web.Response:
        rest = urlencode([(key, value) for key, value in request.query.items() if key != "token"])
        answer = web.Response(status=303, headers={"Location": f"./?{rest}" if rest else "./"})
        answer.set_cookie(COOKIE, self._cookie, httponly=True, samesite="Strict", max_age=30 * 86400)
        return answer
