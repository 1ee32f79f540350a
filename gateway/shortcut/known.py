"""What a head says whose bytes were read before: the reader's and the stages' own findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from gateway.act_button import may_hold_proof
from gateway.errors import ClientError, GatewayError
from gateway.listener.request_reader import ClientRequest, RequestReader
from gateway.middleware.draft import Draft
from gateway.middleware.request_to_app import pass_through_head
from gateway.policy.decision import permit_pass_through
from gateway.shortcut.course import Course
from gateway.site import upstream_key
from gateway.upstream.client import Upstream
from gateway.upstream.request_head import NO_BODY, request_bytes
from gateway.wire.memory import Memory

LARGEST: Final = 4096
"""Bytes of a head, or of its fields, that are remembered."""
_MOST_FIELDS: Final = 48
"""Of a head that is remembered: browsers send two dozen, and each takes far more than its bytes."""
_LINE: Final = b"GET / HTTP/1.1"

Read = Callable[[ClientRequest], Draft | None]
"""Finds a request's place and has the stages read it; None for one to the gateway itself."""


class Known:
    """What the fields of a plain request say: one without a body, on a connection that stays.

    `draft`: as the stages left it, for `GET /`. `faults`: of targets at its site. `governed`: it is
    of a session. `course`: in the session that it was last of. `permit`, `tail`: outside of
    sessions, what allows it, and what follows its request line on its way to the app.
    """

    __slots__ = ("course", "draft", "faults", "governed", "permit", "tail", "upstream")

    def __init__(self, draft: Draft, upstream: Upstream) -> None:
        self.draft = draft
        self.upstream = upstream
        self.faults = draft.site.target.faults
        self.governed = draft.session_token is not None
        self.course: Course | None = None
        self.permit = permit_pass_through(draft.site.name)
        self.tail = b""
        if not self.governed:
            self.tail = request_bytes(pass_through_head(draft), NO_BODY)[len(_LINE) :]


class KnownHeads:
    """Heads by their fields, as the reader and the stages find them.

    Args:
        read: see `Read`.
        upstreams: the client of each site's app, by `upstream_key`.
        scheme: as browsers reach us.
        max_head: bytes of a head; more is for the reader to refuse.
    """

    def __init__(
        self, read: Read, upstreams: Mapping[str, Upstream], *, scheme: str, max_head: int
    ) -> None:
        self._read = read
        self._upstreams = upstreams
        self._scheme = scheme
        self._max_head = max_head
        self.by_fields = Memory(self._know, lambda key: len(key[1]), widest=LARGEST)
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
            if len(request.headers) > _MOST_FIELDS:
                return None
            draft = self._read(request)
            if draft is None or draft.expects_continue:
                return None
            if draft.session_token is None and draft.place.kind != "site":
                return None
            if draft.session_token is None and may_hold_proof(request.headers, draft.site):
                return None  # what it gets depends on who it is
            return Known(draft, self._upstreams[upstream_key(draft.site.name, draft.place.number)])
        except GatewayError:  # the long way meets it again, and tells it
            return None
