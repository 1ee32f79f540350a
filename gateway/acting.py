"""One permitted request of a session: what is known of it, and what it holds open."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.audit.bodies.copies import Copies
from gateway.errors import Refused
from gateway.listener.connection import Connection
from gateway.listener.request_reader import ClientRequest
from gateway.middleware.draft import Draft
from gateway.middleware.origins import Origins, origins_of
from gateway.model import Permit
from gateway.policy.graphql import Asked
from gateway.recorder import Outcome
from gateway.relay import ClientGone
from gateway.sessions.live import Live
from gateway.site import app_host
from gateway.uplink import Uplink
from gateway.upstream.response import UpstreamResponse
from gateway.upstream.tunnel import Tunnel

_Answer = TypeVar("_Answer", bound=UpstreamResponse | Tunnel)


class Acting:
    """Made when a request is permitted; `release` it at the end, whatever happened.

    Until then the session's end, and the client's going away, let go of both sides at once.
    """

    __slots__ = (
        "_drop",
        "_sending",
        "_was_cut",
        "asked",
        "body",
        "connection",
        "copies",
        "draft",
        "left",
        "live",
        "origins",
        "outcome",
        "part",
        "permit",
        "request",
        "sent_at",
        "session",
        "site",
        "started",
        "uplink",
    )

    def __init__(
        self,
        connection: Connection,
        request: ClientRequest,
        draft: Draft,
        live: Live,
        permit: Permit,
        started: int,
        origins: Origins | None = None,
    ) -> None:
        self.connection = connection
        self.request = request
        self.draft = draft
        self.live = live
        self.permit = permit
        self.started = self.sent_at = started
        self.session = live.session
        self.site = draft.site
        self.origins = origins or origins_of(draft)
        self.outcome = Outcome(complete=False)
        self.asked: Asked | None = None
        """What a GraphQL request runs."""
        self.body: bytes | None = None
        """Its body, where it was read before anything was decided."""
        self.uplink: Uplink | None = None
        """What reads its body, where some of it was read before."""
        self.copies: Copies | None = None
        """Its bodies that go on record."""
        self.part: Callable[[], object] = connection.cut
        """Leaves the client when the session ends."""
        self.left: Callable[[], object] | None = None
        """Is told when the client has gone, or the session ended."""
        self._drop: Callable[[], object] | None = None
        self._was_cut = False
        self._sending: asyncio.Task[object] | None = None
        live.open.add(self.cut)
        connection.carried = live.session.id
        connection.lost = self._client_left

    @property
    def path(self) -> str:
        """The request's path, as on the wire."""
        return self.request.path

    @property
    def app_host(self) -> str:
        """The app's own name of the host of this request, without a port."""
        return app_host(self.site, self.draft.place.number)

    def check(self) -> None:
        """See that the request may still be sent: time has passed while it was put on record.

        Raises:
            Refused: the session has ended (threat row 43).
            ClientGone: nobody waits for an answer.
        """
        if self.live.ended:
            raise Refused("session_ended", "The session ended before this request was sent.")
        if self.connection.gone:
            raise ClientGone

    async def sent(self, sending: Awaitable[_Answer]) -> _Answer:
        """Wait for the app's answer; `cut` ends that, also while a connection is waited for.

        Raises:
            ClientGone: it was cut. What was not yet sent to the app never is (law 9).
        """
        self._sending = task = asyncio.current_task()
        try:
            answer = await sending
            self._drop = answer.abort if isinstance(answer, Tunnel) else answer.close
        except asyncio.CancelledError:
            if not self._was_cut or task is None or task.uncancel():
                raise
            raise ClientGone from None
        finally:
            self._sending = None
        if self.live.ended:
            raise ClientGone
        return answer

    def app_answered(self, now: int) -> None:
        """Note how long the app took to answer, and what its answer may show."""
        self.outcome.app_ms = max(now - self.sent_at, 0)
        if self.session.reveal or self.site.report_only:
            self.outcome.shown = self.site.shown(self.path, self.session)

    def holds(self, drop: Callable[[], object] | None) -> None:
        """From now on this is what lets go of the app's connection."""
        self._drop = drop

    def let_go(self) -> None:
        """Let go of the app's connection."""
        if self._drop is not None:
            self._drop()

    def release(self) -> None:
        """Let go of everything: this request is over."""
        self.live.open.discard(self.cut)
        self.connection.lost = None
        self.let_go()

    def cut(self) -> None:
        """Stop at once, on both sides (law 9)."""
        try:
            self.part()
        finally:
            self._client_left()

    def _client_left(self) -> None:
        self._was_cut = True
        self.let_go()
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
        if self.left is not None:
            self.left()
