"""The opening of a session's WebSocket (RFC 6455, 4): one with the client, another with the app.

Nothing of one handshake is copied into the other but the subprotocols: the gateway has a key of its
own for the app, and extensions, which change what frames hold, are offered to nobody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Collection, Iterable
from typing import Final

from msgspec.structs import replace

from gateway.errors import Refused, UpstreamError
from gateway.listener.request_body import malformed
from gateway.listener.request_reader import ClientRequest
from gateway.middleware.between_hosts import is_further_host
from gateway.middleware.draft import Draft
from gateway.middleware.origins import Origins
from gateway.middleware.response_to_client import lines
from gateway.model import RequestHead, ResponseHead
from gateway.wire.grammar import TOKEN

_FAMILY: Final = b"sec-websocket-"
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_PROTOCOL: Final = re.compile(TOKEN)


class Handshake:
    """A client's request for a WebSocket, read without doubt.

    Args:
        request: what the client sent.
        draft: the same, stripped.
        origins: the session's; a page of none of its hosts opens nothing in it (threat row 44).
        nonce: 16 random bytes, for the key that the app gets.
        spoken: subprotocols, one of which must be agreed on; empty: any, or none.

    Raises:
        ClientError: 400 `malformed_request`, it is not a WebSocket's opening.
        Refused: 403 `websocket_origin`, or `websocket_subprotocol`: it offers none of `spoken`.
    """

    __slots__ = ("_client_key", "_key", "_protocols", "_spoken")

    def __init__(
        self,
        request: ClientRequest,
        draft: Draft,
        origins: Origins,
        nonce: bytes,
        spoken: Collection[str],
    ) -> None:
        origin = draft.fields.get(b"origin", b"")
        if origin != origins.session.encode() and not is_further_host(
            origin, draft.place, request.scheme, request.host
        ):
            raise Refused(
                "websocket_origin",
                "A WebSocket of a session is opened by the session's own pages only.",
                "Nothing was sent to the app. A program sends the session's origin as Origin.",
            )
        said = draft.headers
        version, key = _values(said, b"version"), _values(said, b"key")
        if request.method != "GET" or request.http10 or version != [b"13"]:
            raise malformed("a WebSocket is opened by GET, HTTP/1.1 and version 13")
        if len(key) != 1 or not _is_key(key[0]):
            raise malformed("Sec-WebSocket-Key is not 16 bytes in base64")
        offered = b",".join(_values(said, b"protocol"))
        protocols = [each.strip(b" \t") for each in offered.split(b",")] if offered else []
        if len(set(protocols)) < len(protocols) or not all(map(_PROTOCOL.fullmatch, protocols)):
            raise malformed("Sec-WebSocket-Protocol is not a list of different names")
        self._spoken = frozenset(each.encode() for each in spoken)
        if spoken and self._spoken.isdisjoint(protocols):
            raise Refused(
                "websocket_subprotocol",
                f"This WebSocket speaks {' or '.join(spoken)}, and the opening offers neither.",
                "Nothing was sent to the app. The program names one as Sec-WebSocket-Protocol.",
            )
        self._client_key = key[0]
        self._key = base64.b64encode(nonce)
        self._protocols = protocols

    def to_app(self, head: RequestHead) -> RequestHead:
        """Give the head by which the app is asked for the same."""
        fields = [field for field in head.headers if not field[0].lower().startswith(_FAMILY)]
        fields += [(b"Sec-WebSocket-Version", b"13"), (b"Sec-WebSocket-Key", self._key)]
        if self._protocols:
            fields.append((b"Sec-WebSocket-Protocol", b", ".join(self._protocols)))
        return replace(head, headers=tuple(fields))

    def agreed(self, head: ResponseHead) -> bytes:
        """Read the app's 101; give the subprotocol, b"" where there is none.

        Raises:
            UpstreamError: `upstream_malformed`, it agrees to something that was not asked for.
        """
        if _values(head.headers, b"accept") != [_accept(self._key)]:
            raise _no_agreement("its Sec-WebSocket-Accept does not fit")
        if _values(head.headers, b"extensions"):
            raise _no_agreement("it uses an extension that nobody offered")
        protocols = _values(head.headers, b"protocol")
        if len(protocols) > 1 or not set(protocols) <= set(self._protocols):
            raise _no_agreement("it speaks a subprotocol that nobody offered")
        if self._spoken and self._spoken.isdisjoint(protocols):
            raise _no_agreement("it speaks none of the subprotocols by which messages are judged")
        return b"".join(protocols)

    def to_client(self, agreed: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Write the client's 101 with these fields. No page can read others of the app's."""
        start = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        own = [(b"Sec-WebSocket-Accept", _accept(self._client_key))]
        if agreed:
            own.append((b"Sec-WebSocket-Protocol", agreed))
        return start + lines([*own, *fields]) + b"\r\n"


def _values(fields: Iterable[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for each, value in fields if each.lower() == _FAMILY + name]


def _is_key(value: bytes) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 16
    except binascii.Error:
        return False


def _accept(key: bytes) -> bytes:
    return base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())


def _no_agreement(why: str) -> UpstreamError:
    return UpstreamError(
        "upstream_malformed",
        f"The app's answer to the opening of a WebSocket was not passed on: {why}.",
        "The app's owner can mend the answer; the gateway never guesses what was meant.",
    )
