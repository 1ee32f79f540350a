"""What a request carries that says that somebody acts for its user. Pure.

The cookies of sessions; tokens that name an actor beside their subject (RFC 8693, 4.1); headers
by which another gateway in front tells who acts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

import jwt

from gateway.model import Headers

_OURS: Final = b"__host-gateway_"
_JWT: Final = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_LONGEST: Final = 16 << 10


def has_session_cookies(headers: Headers) -> bool:
    """Whether a request carries any cookie of the gateway, live or not."""
    return any(name.lower().startswith(_OURS) for name, _ in _cookies(headers))


def names_actor(headers: Headers, actor_headers: Collection[bytes]) -> bool:
    """Whether a request says that somebody acts.

    Args:
        headers: as on the wire.
        actor_headers: names, in lower case, by which the app is told who acts.
    """
    if any(name.lower() in actor_headers and value.strip() for name, value in headers):
        return True
    values = [value for _, value in _cookies(headers)]
    values += [word for _, value in headers for word in value.split()]
    return any(map(_has_actor, values))


def _cookies(headers: Headers) -> Iterator[tuple[bytes, bytes]]:
    for pair in _pairs(value for name, value in headers if name.lower() == b"cookie"):
        name, _, value = pair.partition(b"=")
        yield name.strip(b' \t"'), value.strip(b' \t"')


def _pairs(lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield from line.split(b";")


def _has_actor(value: bytes) -> bool:
    if len(value) > _LONGEST or _JWT.fullmatch(value) is None:
        return False
    try:
        claims: dict[str, Any] = jwt.decode(value, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return False  # what is no token to anybody names nobody
    return bool(claims.get("act"))
