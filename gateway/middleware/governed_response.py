"""The head of a response in a session: what the client gets of it, and what it says of its body.

Nothing in it could a cache keep or replay, no cookie stands beside the operator's own, and
addresses are in the session's origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, Literal

from gateway.errors import UpstreamError
from gateway.middleware.origins import Origins
from gateway.middleware.policy_sources import map_sources
from gateway.middleware.response_to_client import OF_THE_CONNECTION, ambiguous_answer
from gateway.model import Frozen, ResponseHead
from gateway.wire.memory import Memory

_Fate = Literal[
    "stays", "goes", "address", "refresh", "links", "quoted", "listed", "policy", "type", "coding",
    "cookie",
]  # fmt: skip
_NOT_IN_SESSIONS: Final = frozenset(
    (
        b"accept-ranges",
        b"age",
        b"alt-svc",
        b"cache-control",
        b"clear-site-data",
        b"content-digest",
        b"content-md5",
        b"digest",
        b"etag",
        b"expires",
        b"last-modified",
        b"pragma",
        b"repr-digest",
        b"service-worker-allowed",
        b"x-content-type-options",  # the first value counts (Fetch, 3.6), so ours is the only one
        b"x-gateway-redacted",
    )
)
_ADDRESSES: Final = frozenset(
    (
        b"location",
        b"content-location",
        b"access-control-allow-origin",
        b"sourcemap",
        b"x-sourcemap",
    )
)
_ADDED: Final = ((b"Cache-Control", b"no-store"), (b"X-Content-Type-Options", b"nosniff"))

_FATES_BY_NAME: Final[dict[bytes, _Fate]] = {
    **dict.fromkeys(OF_THE_CONNECTION | _NOT_IN_SESSIONS, "goes"),
    **dict.fromkeys(_ADDRESSES, "address"),
    b"refresh": "refresh",
    b"link": "links",
    b"permissions-policy": "quoted",
    b"reporting-endpoints": "quoted",
    b"timing-allow-origin": "listed",
    b"content-security-policy": "policy",
    b"content-security-policy-report-only": "policy",
    b"content-type": "type",
    b"content-encoding": "coding",
    b"set-cookie": "cookie",
}
_REFRESH: Final = re.compile(
    rb"""([^;,]*[;,\s]\s*(?:url\s*=\s*)?['"]?)([^'"]*)(['"]?.*)""", re.IGNORECASE | re.DOTALL
)
"""HTML, 3.2.6.3: a time, then an address with or without `url=` and quotes."""
_LINK: Final = re.compile(rb"(?<=<)[^<>]*(?=>)")
"""RFC 8288, 3: addresses stand in angle brackets."""
_QUOTED: Final = re.compile(rb'(?<=")[^"]*(?=")')
"""RFC 9651, 3.3.3: origins and addresses stand in strings."""
_LISTED: Final = re.compile(rb"[^\t ,]+")


class GovernedHead(Frozen, frozen=True, kw_only=True):
    """A response's head as it was read for a session.

    `fields`: what the client gets, without content type and coding, which depend on the body.
    `content_type`: empty without one. `coding`: the content codings in order, joined by commas.
    `cookies`: the values of all Set-Cookie fields.
    """

    status: int
    fields: list[tuple[bytes, bytes]]
    content_type: bytes
    coding: bytes
    cookies: list[bytes]

    @property
    def media(self) -> str:
        """The media type without its parameters, for the record."""
        return _media(self.content_type)


@lru_cache(maxsize=1024)
def _media(content_type: bytes) -> str:
    return content_type[:128].partition(b";")[0].strip().lower().decode("latin-1")


def governed_head_of(head: ResponseHead, origins: Origins) -> GovernedHead:
    """Read an app's head for a session.

    Raises:
        UpstreamError: 502 for a part of a resource or a claim that a cached copy is good, neither
            of which was asked for (threat rows 33 and 34), and for two content types.
    """
    if head.status in (206, 226, 304):
        raise UpstreamError(
            "not_asked_for",
            f"The app answered {head.status} to a request that asked for the whole.",
            "Tell the platform team; this answer cannot be checked, so it was not passed on.",
        )
    fields = []
    kind: bytes | None = None
    coding = b""
    cookies = []
    listed = head.of_connection
    for field in head.headers:
        name, value = field
        fate = _FATES[name]
        if fate == "goes" or (listed and name.lower() in listed):
            continue
        if fate == "stays":
            fields.append(field)
        elif fate == "type":
            if kind is not None:
                raise ambiguous_answer(b"content-type")
            kind = value
        elif fate == "coding":
            coding = coding + b"," + value if coding else value
        elif fate == "cookie":
            cookies.append(value)
        else:
            fields.append((name, _MAPS[fate](value, origins)))
    fields += _ADDED
    return GovernedHead(
        status=head.status, fields=fields, content_type=kind or b"", coding=coding, cookies=cookies
    )


def map_refresh(value: bytes, origins: Origins) -> bytes:
    """Map the value of a Refresh field, or of such a `<meta>`."""
    found = _REFRESH.fullmatch(value)
    return found[1] + origins.to_browser(found[2]) + found[3] if found else value


def _to_browser(value: bytes, origins: Origins) -> bytes:
    return origins.to_browser(value)


def _each(pattern: re.Pattern[bytes], value: bytes, origins: Origins) -> bytes:
    return pattern.sub(lambda found: origins.to_browser(found[0]), value)


def _fate(name: bytes) -> _Fate:
    return _FATES_BY_NAME.get(name.lower(), "stays")


_FATES: Final = Memory(_fate, len)
_MAPS: Final[dict[_Fate, Callable[[bytes, Origins], bytes]]] = {
    "address": _to_browser,
    "refresh": map_refresh,
    "links": partial(_each, _LINK),
    "quoted": partial(_each, _QUOTED),
    "listed": partial(_each, _LISTED),
    "policy": map_sources,
}
