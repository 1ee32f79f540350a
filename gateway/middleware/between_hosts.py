"""What pages on one host of a session may ask of another one (Fetch, 3.3: CORS).

A preflight carries no cookie, so nobody can say which session it is of, and it cannot be governed.
It is answered here, from its text alone: between two hosts of one session everything may be asked
for, for what is asked is then a request of its own, with its session, its decision and its record,
and the app's own CORS fields decide who reads the answer. The reply is the same whether or not
there is such a session, and it is kept by no cache.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.middleware.draft import Draft
from gateway.model import Headers
from gateway.site import Place, session_host
from gateway.wire.grammar import TOKEN

_METHOD: Final = re.compile(TOKEN)
_NAMES: Final = re.compile(rb"%b(?:[ \t]*,[ \t]*%b)*+" % (TOKEN, TOKEN))


def is_further_host(origin: bytes, place: Place, scheme: str, host: str) -> bool:
    """Say whether an Origin is that of another host of the session that a Host is of.

    Args:
        origin: as the browser sent it.
        place: what the Host names.
        scheme: by which browsers reach us.
        host: the Host's value, whose port the other hosts share.
    """
    if place.kind != "session" or place.site is None:
        return False
    _, colon, port = host.partition(":")
    return any(
        origin == f"{scheme}://{session_host(place.main, number)}{colon}{port}".encode()
        for number in range(1 + len(place.site.more_hosts))
        if number != place.number
    )


def preflight(draft: Draft) -> Headers | None:
    """Give the fields that answer a preflight from another host of the session; None for others."""
    wire = draft.wire
    if wire.method != "OPTIONS" or draft.session_token is not None:
        return None
    origin = draft.fields.get(b"origin", b"")
    if not is_further_host(origin, draft.place, wire.scheme, wire.host):
        return None
    asked = [
        (name.lower(), value)
        for name, value in draft.headers
        if name.lower().startswith(b"access-control-request-")
    ]
    methods = [value for name, value in asked if name.endswith(b"-method")]
    names = [value for name, value in asked if name.endswith(b"-headers")]
    if len(methods) != 1 or not _METHOD.fullmatch(methods[0]):
        return None
    if len(names) > 1 or not all(map(_NAMES.fullmatch, names)):
        return None
    return (
        *readable_by(origin),
        (b"Access-Control-Allow-Methods", methods[0]),
        *((b"Access-Control-Allow-Headers", each) for each in names),
        (b"Access-Control-Max-Age", b"0"),
        (b"Cache-Control", b"no-store"),
    )


def readable_by(origin: bytes) -> Headers:
    """Give the fields that let scripts of an origin read what answers their cookies."""
    return (
        (b"Access-Control-Allow-Origin", origin),
        (b"Access-Control-Allow-Credentials", b"true"),
        (b"Vary", b"Origin"),
    )
