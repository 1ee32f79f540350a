"""The way in from the app's own pages: a script in what operators see of them, and of nobody else.

Whether a request is an operator's is asked of the request itself: the header or token by which
people sign in to the console proves them, or a cookie of this host says for whose sign-in it shows
buttons, and nothing else. Only a page whose path the config names is touched, and
only where its charset is known; whatever cannot be read passes as the app sent it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

from gateway.banner.csp import let_script_in
from gateway.banner.inject import Injector
from gateway.errors import GatewayError, Unreadable
from gateway.middleware.draft import Draft
from gateway.middleware.split_cookies import WAY_COOKIE
from gateway.model import Headers, RequestHead, ResponseHead
from gateway.relay import Answered
from gateway.site import Site

Prove = Callable[[Headers, str, str], Awaitable[object]]
"""Gives to whom a request is to show buttons, or None; raises where in doubt.

By its fields, its peer's address and the host, as `site.Place.host`.
"""

_WAY: Final = WAY_COOKIE.encode()
_NOT_ASKED: Final = frozenset(
    (
        b"accept-encoding",
        b"range",
        b"if-range",
        b"if-match",
        b"if-none-match",
        b"if-modified-since",
        b"if-unmodified-since",
    )
)
_NOT_TOLD: Final = frozenset(
    (
        b"accept-ranges",
        b"age",
        b"cache-control",
        b"content-digest",
        b"content-length",
        b"content-md5",
        b"digest",
        b"etag",
        b"expires",
        b"last-modified",
        b"pragma",
        b"repr-digest",
    )
)
_PAGE: Final = re.compile(
    rb"""text/html\s*;\s*charset\s*=\s*"?(?:utf-?8|us-ascii|iso-8859-\d+|windows-125\d)"?\s*""",
    re.IGNORECASE,
)


def may_hold_proof(headers: Headers, site: Site) -> bool:
    """Whether a request to a site with buttons has a field that could prove an operator."""
    return bool(site.act_places) and any(
        site.proofs.hold(name.lower(), value) or _WAY in value for name, value in headers
    )


async def is_for_button(draft: Draft, prove: Prove) -> bool:
    """Whether the answer to an ordinary request is a page that gets the button.

    A proof that is in doubt is none: the request goes on as anybody's.
    """
    wire = draft.wire
    if (
        wire.method != "GET"
        or draft.upgrade
        or not draft.document
        or not may_hold_proof(wire.headers, draft.site)
        or not draft.site.act_places.are_told(wire.target.partition("?")[0])
    ):
        return False
    return await is_operator(wire.headers, wire.peer, draft.place.host, prove)


async def is_operator(headers: Headers, peer: str, host: str, prove: Prove) -> bool:
    """Whether a request is of somebody who is to see buttons; a doubt is a no."""
    try:
        return await prove(headers, peer, host) is not None
    except GatewayError:
        return False


def asked_head(head: RequestHead) -> RequestHead:
    """Ask the app for the whole page, in a form that can be read."""
    fields = [field for field in head.headers if field[0].lower() not in _NOT_ASKED]
    return RequestHead(
        method=head.method,
        target=head.target,
        headers=(*fields, (b"Accept-Encoding", b"identity")),
        host=head.host,
        peer=head.peer,
    )


class WithButton:
    """An app's answer with the script's tag in it.

    Args:
        response: one that `can_hold`.
        url: the script's, absolute.
        nonce: base64, new for each response.
    """

    def __init__(self, response: Answered, *, url: str, nonce: str) -> None:
        said = response.head
        self._response = response
        tag = f"<script src='{url}' nonce='{nonce}' defer></script>"
        self._injector: Injector | None = Injector(tag.encode("ascii"))
        self._held = b""
        self._ended = False
        kept = tuple(field for field in said.headers if field[0].lower() not in _NOT_TOLD)
        self.length: int | None = None
        self.head = ResponseHead(
            status=said.status,
            reason=said.reason,
            headers=(
                *let_script_in(kept, url=url, nonce=nonce),
                (b"Cache-Control", b"private, no-store"),
            ),
            of_connection=said.of_connection,
        )

    def whole(self) -> bytes | None:
        """As `Answered.whole`: it always comes in pieces."""
        return None

    async def read(self) -> bytes:
        """As `Source.read`."""
        while not self._ended:
            data = await self._response.read()
            if not data:
                self._ended = True
                return self._held  # it never began: there is no page to put anything into
            if self._injector is None:
                return data
            if out := self._put_in(self._injector, data):
                return out
        return b""

    def _put_in(self, injector: Injector, data: bytes) -> bytes:
        """Give what is decided; `_held` is what the app sent and the client has not got."""
        self._held += data
        try:
            out = injector.feed(data)
        except Unreadable:
            out, self._held, self._injector = self._held, b"", None
            return out
        if len(out) > len(self._held):  # the tag is in
            self._held, self._injector = b"", None
        else:
            self._held = self._held[len(out) :]
        return out


def can_hold(head: ResponseHead) -> bool:
    """Whether an answer is a whole page that can be read, in a charset that is known."""
    kinds = [value for name, value in head.headers if name.lower() == b"content-type"]
    return (
        head.status not in (204, 206, 226, 304)
        and len(kinds) == 1
        and _PAGE.fullmatch(kinds[0]) is not None
        and not any(name.lower() == b"content-encoding" for name, _ in head.headers)
    )
