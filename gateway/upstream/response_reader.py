"""One response as it comes off a connection: bytes in, head and body bytes out, no I/O."""

from __future__ import annotations

from gateway.model import ResponseHead
from gateway.upstream.body import Body, Chunked, Sized, UntilClose
from gateway.upstream.faults import cut_short, malformed
from gateway.upstream.response_head import Framing, parse_head
from gateway.wire.grammar import BARE_LF

_END = b"\r\n\r\n"
_UNKNOWN = Framing(length=None, chunked=False, persistent=False, keep_alive=None, silent=False)


class ResponseReader:
    """Reads the one response to a request by `method`.

    `wants_upgrade`: the request asked for a WebSocket, so that 101 is an answer and what follows
    it is the tunnel's; to any other request 101 is a lie.
    `head` is None, and `framing` says nothing, until the final response's head is there.
    `done`: the response ended, cleanly.
    """

    head: ResponseHead | None = None
    framing = _UNKNOWN
    done = False
    _held = b""  # the beginning of a head
    _spent = 0  # bytes of interim heads
    _body: Body | None = None

    def __init__(self, method: str, max_head: int, *, wants_upgrade: bool = False) -> None:
        self._method = method
        self._max_head = max_head
        self._wants_upgrade = wants_upgrade

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request."""
        return self.done and self.framing.persistent and not self._wants_upgrade

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes of the connection; give the body's bytes among them.

        Raises:
            UpstreamError: `upstream_malformed`; the connection must be closed.
        """
        body = self._body
        if body is None:
            data = self._feed_head(data)
            body = self._body
            if body is None:
                return data
        if data:
            data = body.feed(data)
        self.done = body.done
        return data

    def eof(self) -> None:
        """The app closed its side of the connection.

        Raises:
            UpstreamError: `upstream_cut_short`, unless this is the clean end of the response.
        """
        if self._body is None:
            raise cut_short("before the end of its response's head")
        self._body.eof()
        self.done = True

    def _feed_head(self, data: bytes) -> bytes:
        """Read heads up to the final one; give what follows it."""
        if self._held:
            data, self._held = self._held + data, b""
        while (end := data.find(_END)) >= 0:
            end += len(_END)
            if self._spent + end > self._max_head:
                raise malformed(f"its head is larger than {self._max_head} bytes")
            head, framing = parse_head(data[:end], self._method)
            data = data[end:]
            if head.status >= 200 or head.status == 101:
                self.head, self.framing = head, framing
                self._body = self._tunnel(head) if head.status == 101 else _body(framing)
                return data
            self._spent += end  # any other 1xx is dropped (threat 21), and paid for
        if self._spent + len(data) > self._max_head:
            raise malformed(f"its head is larger than {self._max_head} bytes")
        if BARE_LF.search(data):
            raise malformed("a line of its head ends without a carriage return")
        self._held = data
        return b""

    def _tunnel(self, head: ResponseHead) -> Body:
        upgrade = [value.lower() for name, value in head.headers if name.lower() == b"upgrade"]
        if not self._wants_upgrade or upgrade != [b"websocket"]:
            raise malformed("it switches to a protocol that was not asked for")
        return UntilClose()


def _body(framing: Framing) -> Body:
    if framing.chunked:
        return Chunked()
    return UntilClose() if framing.length is None else Sized(framing.length)
