"""The gateway's own cookies: read from raw bytes with no benefit of the doubt, set hardened.

`__Host-` cookies are bound to one host by the browser (RFC 6265bis, 4.1.3.2). Two cookies of one
name, or a value that we never made, count as no cookie at all (threat 8): whoever sent it is then
nobody.
"""

from __future__ import annotations

import re

from aiohttp import web

from gateway.model import Headers
from gateway.wire.script_cookies import PREFIX

OPERATOR_COOKIE = "__Host-gateway_operator"
SESSION_COOKIE = "__Host-gateway_session"
FORM_COOKIE = "__Host-gateway_form"
WAY_COOKIE = "__Host-gateway_way"
JAR_COOKIE = "__Host-gateway_jar"

_TOKEN = re.compile(rb"[A-Za-z0-9_-]{16,256}")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2: others cannot be set


def read_cookie(headers: Headers, name: str) -> str | None:
    """Give the token in the one cookie of this name; None when missing, doubled or malformed."""
    wanted = name.encode("ascii")
    values = [
        value
        for field, line in headers
        if field.lower() == b"cookie"
        for key, _, value in (pair.strip(b" \t").partition(b"=") for pair in line.split(b";"))
        if key == wanted
    ]
    if len(values) != 1 or not _TOKEN.fullmatch(values[0]):
        return None
    return values[0].decode("ascii")


def set_cookie(
    response: web.Response,
    name: str,
    token: str,
    *,
    max_age: int | None = None,
    strict: bool = False,
) -> None:
    """Set a host-bound cookie that scripts cannot read; `max_age` in seconds."""
    response.set_cookie(
        name,
        token,
        path="/",
        secure=True,
        httponly=True,
        samesite="Strict" if strict else "Lax",
        max_age=max_age,
    )


def drop_cookie(response: web.Response, name: str) -> None:
    """Make the browser forget a cookie; `__Host-` demands the same attributes as setting."""
    response.del_cookie(name, path="/", secure=True, httponly=True, samesite="Lax")


def drop_script_cookies(response: web.Response, headers: Headers, *, but: str = "") -> None:
    """Make the browser forget what scripts could read of sessions: all but the one with this id."""
    kept = f"{PREFIX}{but}|" if but else None
    for field, line in headers:
        if field.lower() != b"cookie":
            continue
        for pair in line.decode("latin-1").split(";"):
            name = pair.partition("=")[0].strip(" \t")
            ours = name.startswith(PREFIX) and _NAME.fullmatch(name)
            if ours and not (kept and name.startswith(kept)):
                response.del_cookie(name, path="/", secure=True, samesite="Lax")
