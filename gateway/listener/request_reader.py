"""A strict reader of HTTP/1.1 requests: bytes in, requests and their bodies out, no I/O.

It is the only reader of what clients send. What two programs could read differently is a fault,
never repaired (RFC 9112, 2.2, 5, 6, 7.1; threat rows 16 to 18 and 22):

- a head is lines that end in CR LF, without other controls, folding or bytes outside its lines;
- the request line is `METHOD target HTTP/1.1` or `HTTP/1.0`, with one space each;
- one Content-Length of digits, or one `Transfer-Encoding: chunked`, never both;
- CONNECT and TRACE are not spoken; a request to upgrade has no body.

After a request to upgrade no further request may come on the connection, so none is read.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from gateway.errors import ClientError, WrongMethod
from gateway.listener.request_body import Body, Chunked, Sized, malformed
from gateway.model import RequestHead
from gateway.wire.grammar import BARE_LF, TEXT, TOKEN, VISIBLE
from gateway.wire.memory import Memory

_END: Final = b"\r\n\r\n"
_LINE: Final = re.compile(rb"(%b) (%b) HTTP/1\.([01])" % (TOKEN, VISIBLE))
_FIELD: Final = re.compile(rb"(%b):[ \t]*+(%b)" % (TOKEN, TEXT))
_CHARACTERS: Final = re.compile(rb"[\t\r\n -~\x80-\xff]*+")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")
_SPOKEN: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_UNSPOKEN: Final = frozenset((b"CONNECT", b"TRACE"))

_Fact = Literal["", "host", "length", "chunked", "upgrade", "connection"]
_FACTS: Final[dict[bytes, _Fact]] = {
    b"host": "host",
    b"content-length": "length",
    b"transfer-encoding": "chunked",
    b"upgrade": "upgrade",
    b"connection": "connection",
}


class ClientRequest(RequestHead, frozen=True, kw_only=True):
    """A request as its client sent it.

    `length`: bytes of its body, 0 without one, None where only its last chunk will tell.
    `upgrade`: it asks for another protocol, so nothing that follows it is a request.
    `keep_alive`: its client wants the connection kept (RFC 9112, 9.3).
    """

    length: int | None
    upgrade: bool
    http10: bool
    keep_alive: bool


class RequestReader:
    """Reads the requests of one connection, one after the other.

    `head` gives the next request; its body is read by `body` until `complete`; only then there is
    another `head`.

    Args:
        max_head: the most bytes that a request line with its header fields may have; more is 431.
        peer, scheme: what each request's head says of the connection.
    """

    __slots__ = ("_body", "_data", "_max_head", "_over", "_peer", "_scheme", "_searched")

    def __init__(self, max_head: int, *, peer: str = "", scheme: str = "http") -> None:
        self._max_head = max_head
        self._peer = peer
        self._scheme = scheme
        self._data = b""
        self._searched = 0  # up to here there is no end of a head
        self._body: Body | None = None
        self._over = False

    def feed(self, data: bytes) -> None:
        """Take the connection's next bytes, in any chunking."""
        self._data = self._data + data if self._data else data

    @property
    def waits(self) -> bool:
        """Something was taken and not yet read."""
        return bool(self._data)

    @property
    def held(self) -> int:
        """Bytes that were taken and not yet read."""
        return len(self._data)

    @property
    def complete(self) -> bool:
        """The body of the last request has ended, or it had none."""
        return self._body is None

    def rest(self) -> bytes:
        """Give what came after a request to upgrade."""
        data, self._data = self._data, b""
        return data

    def head(self) -> ClientRequest | None:
        """Give the next request; None when it has not come yet, or none may come (yet).

        Raises:
            ClientError: 400, 405, 431; nothing that follows can be read.
        """
        data = self._data
        if not data or self._over or self._body is not None:
            return None
        if data.startswith(b"\r\n"):  # RFC 9112, 2.2 lets a server skip it: two readers differ
            raise malformed("an empty line stands before the request line")
        end = data.find(_END, self._searched)
        # Of a head whose end is still to come, the last three bytes may belong to that end.
        if (end if end >= 0 else len(data) - 3) > self._max_head:
            raise ClientError(
                "head_too_large",
                f"The request's header fields have more than {self._max_head} bytes.",
                "Delete this site's cookies, and try again.",
                status=431,
            )
        if end < 0:
            if BARE_LF.search(data, max(0, self._searched - 1)):
                raise malformed("a line ends without CR LF")
            self._searched = max(0, len(data) - 3)
            return None
        self._searched = 0
        self._data = data[end + 4 :]
        return self._request(data[:end])

    def body(self) -> bytes:
        """Give the bytes of the body that have come since, decoded.

        Raises:
            ClientError: 400; nothing that follows can be read.
        """
        if self._body is None or not self._data:
            return b""
        piece, self._data = self._body.take(self._data)
        if self._body.done:
            self._body = None
        return piece

    def _request(self, head: bytes) -> ClientRequest:
        first, *lines = head.split(b"\r\n")
        method, target, http10 = REQUEST_LINES[first]
        try:
            parsed = list(map(_FIELDS.__getitem__, lines))
        except ValueError:
            raise malformed(_fault_in(head)) from None
        host: str | None = None
        length: int | None = 0
        framed = upgrade = closes = keeps = False
        for _, fact, said in parsed:
            if not fact:
                continue
            if fact == "host":
                if host is not None:  # RFC 9112, 3.2
                    raise malformed("it names two hosts")
                host = said
            elif fact == "connection":
                closes = closes or "close" in said
                keeps = keeps or "keep-alive" in said
            elif fact == "upgrade":
                upgrade = True
            elif framed:
                raise malformed("the body's length is given more than once")
            else:
                framed = True
                length = int(said) if fact == "length" else None
        if framed:
            self._body = self._framed(length, http10=http10, upgrade=upgrade)
        self._over = upgrade
        return ClientRequest(
            method=method,
            target=target,
            headers=tuple([field for field, _, _ in parsed]),
            host=host or "",
            peer=self._peer,
            scheme=self._scheme,
            length=length,
            upgrade=upgrade,
            http10=http10,
            keep_alive=not closes and (keeps or not http10),
        )

    def _framed(self, length: int | None, *, http10: bool, upgrade: bool) -> Body | None:
        if length is None and http10:
            raise malformed("the only transfer coding spoken is chunked, with HTTP/1.1")
        if length == 0:
            return None
        if upgrade:
            raise malformed("a request to upgrade has a body")
        return Chunked() if length is None else Sized(length)


def _read_line(line: bytes) -> tuple[str, str, bool]:
    """A request line: method, target, and whether it is HTTP/1.0."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise malformed("the request line is not METHOD target HTTP/1.1")
    method, target, minor = match.groups()
    if method in _UNSPOKEN:
        raise WrongMethod(
            "method_not_spoken",
            f"{method.decode()} is not spoken here.",
            "Use another method.",
            allow=_SPOKEN,
        )
    return method.decode(), target.decode(), minor == b"0"


def _read_field(line: bytes) -> tuple[tuple[bytes, bytes], _Fact, str]:
    """A field line: name and value, and what it says of framing, connection or host.

    Raises:
        ValueError: it is not a field line.
        ClientError: it is one that frames the body, and could be read in two ways.
    """
    match = _FIELD.fullmatch(line)
    if match is None:
        raise ValueError
    name, value = match[1], match[2].rstrip(b" \t")
    fact = _FACTS.get(name.lower(), "")
    said = value.decode("latin-1") if fact else ""
    if fact == "connection":
        said = said.lower()
    elif fact == "length" and not _LENGTH.fullmatch(value):
        raise malformed("Content-Length is not a number")
    elif fact == "chunked" and value.lower() != b"chunked":
        raise malformed("the only transfer coding spoken is chunked, with HTTP/1.1")
    return (name, value), fact, said


REQUEST_LINES = Memory(_read_line, len)
"""A request line's method, target, and whether it is HTTP/1.0; or a ClientError, 400 or 405."""
_FIELDS = Memory(_read_field, len)


def _fault_in(head: bytes) -> str:
    """Say what is wrong with a head in which a line is not a field's."""
    if not _CHARACTERS.fullmatch(head):
        return "a header field holds a control character"
    lines = head.count(b"\r\n")
    if head.count(b"\n") != lines or head.count(b"\r") != lines:
        return "a line ends without CR LF"
    return "a header field is folded, or its name is not a token"
