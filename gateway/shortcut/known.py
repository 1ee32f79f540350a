"""What a head says whose bytes were read before: the reader's and the stages' own findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gateway.errors import ClientError
from gateway.listener.request_reader import ClientRequest, RequestReader
from gateway.middleware.draft import Draft
from gateway.middleware.request_to_app import pass_through_head
from gateway.shortcut.course import Course
from gateway.upstream.request_head import NO_BODY, request_bytes
from gateway.wire.memory import Memory

_LINE: Final = b"GET / HTTP/1.1"
_WIDEST: Final = 8192

Read = Callable[[ClientRequest], Draft | None]
"""Finds a request's place and has the stages read it; None for one to the gateway itself."""


class Known:
    """What the fields of a plain request say: one without a body, on a connection that stays.

    `draft`: as the stages left it, for `GET /`. `tail`: what follows the request line on its way
    to the app outside of sessions. `course`: in the session that it was last of.
    """

    __slots__ = ("course", "draft", "tail")

    def __init__(self, draft: Draft, tail: bytes) -> None:
        self.draft = draft
        self.tail = tail
        self.course: Course | None = None


class KnownHeads:
    """Heads by their fields, as the reader and the stages find them.

    Args:
        read: see `Read`.
        scheme: as browsers reach us.
        max_head: bytes of a head; more is for the reader to refuse.
    """

    def __init__(self, read: Read, *, scheme: str, max_head: int) -> None:
        self._read = read
        self._scheme = scheme
        self._max_head = max_head
        self.by_fields = Memory(self._know, lambda key: len(key[1]), widest=_WIDEST)
        """By the peer's address and what follows the request line; None is not plain."""

    def request(self, peer: str, head: bytes) -> ClientRequest:
        """Read a whole head.

        Raises:
            ClientError: as `RequestReader.head`, also for what is more or less than one head.
        """
        reader = RequestReader(self._max_head, peer=peer, scheme=self._scheme)
        reader.feed(head)
        request = reader.head()
        if request is None or reader.held:
            raise ClientError("malformed_request", "The request is not one head.")
        return request

    def _know(self, key: tuple[str, bytes]) -> Known | None:
        peer, fields = key
        try:
            request = self.request(peer, _LINE + fields)
            if request.length != 0 or request.upgrade or not request.keep_alive:
                return None
            draft = self._read(request)
        except ClientError:  # the long way meets it again, and tells it
            return None
        if draft is None or draft.expects_continue:
            return None
        tail = request_bytes(pass_through_head(draft), NO_BODY)[len(_LINE) :]
        return Known(draft, tail)
