"""The head that the app gets: what the client sent, less what was stripped, plus what is ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateway.middleware.draft import Draft
from gateway.middleware.origins import Origins
from gateway.model import Headers, RequestHead
from gateway.wire.memory import Memory

_NOT_IN_SESSIONS: Final = frozenset(
    (
        b"accept-encoding",  # the app is asked for what we can read (threat row 32)
        b"range",  # a part could cut a secret in two (row 33)
        b"if-range",
        b"if-match",  # another identity's copy is never replayed (row 34)
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
        b"want-digest",
        b"want-content-digest",
        b"want-repr-digest",
        b"a-im",
    )
)
_OF_THE_BROWSER: Final = (b"basic ", b"digest ", b"negotiate ", b"ntlm ")
"""Credentials that a browser adds by itself: they are the operator's, never the subject's."""


_GZIP: Final = (b"Accept-Encoding", b"gzip")
_PLAIN: Final = (b"Accept-Encoding", b"identity")


def pass_through_head(draft: Draft) -> RequestHead:
    """Give the head of an ordinary user's request: its own, with what a trusted peer says of it."""
    headers = draft.headers + draft.identity
    if draft.cookie:
        headers.append((b"Cookie", draft.cookie))
    headers += _way(draft, draft.wire.host)
    return _head(draft, headers, draft.wire.host)


def governed_head(
    draft: Draft,
    origins: Origins,
    identity: Iterable[tuple[bytes, bytes]],
    cookie: bytes,
) -> RequestHead:
    """Give the head of a request in a session.

    Args:
        draft: the request; its own cookies and identity headers are left behind (laws 5, 6).
        origins: maps the session's origin to the app's.
        identity: the header fields that name the subject.
        cookie: the Cookie field from the session's jar.
    """
    headers: list[tuple[bytes, bytes]] = []
    for name, value in draft.headers:
        lower = name.lower()
        if lower in _NOT_IN_SESSIONS or draft.site.proofs.hold(lower, value):
            continue
        if lower == b"authorization" and value.lower().startswith(_OF_THE_BROWSER):
            continue
        if lower in (b"origin", b"referer"):
            value = origins.to_app(value)
        headers.append((name, value))
    headers.append(_GZIP if draft.takes_gzip else _PLAIN)
    if cookie:
        headers.append((b"Cookie", cookie))
    headers += _way(draft, origins.app_host)
    headers += identity
    return _head(draft, headers, origins.app_host)


def _way(draft: Draft, host: str) -> Headers:
    wire = draft.wire
    before = draft.forwarded_for if draft.trusted_peer else b""
    return _WAYS[before, wire.peer, host, wire.scheme]


def _say_way(way: tuple[bytes, str, str, str]) -> Headers:
    before, peer, host, scheme = way
    return (
        (b"X-Forwarded-For", before + b", " + peer.encode() if before else peer.encode()),
        (b"X-Forwarded-Host", host.encode()),
        (b"X-Forwarded-Proto", scheme.encode()),
    )


_WAYS: Final = Memory(_say_way, lambda way: sum(map(len, way)))


def _head(draft: Draft, headers: list[tuple[bytes, bytes]], host: str) -> RequestHead:
    wire = draft.wire
    return RequestHead(
        method=wire.method, target=wire.target, headers=tuple(headers), host=host, peer=wire.peer
    )
