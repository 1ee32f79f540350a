"""What the requests of one session have in common whose heads differ in their targets alone."""

from __future__ import annotations

from gateway.listener.request_reader import ClientRequest
from gateway.middleware.check_graphql import rules_of
from gateway.middleware.draft import Draft
from gateway.middleware.origins import origins_of
from gateway.middleware.request_to_app import governed_head
from gateway.model import Headers, Permit
from gateway.policy.decision import decide
from gateway.sessions.live import Live
from gateway.upstream.client import Upstream
from gateway.upstream.request_head import NO_BODY, request_bytes


class Course:
    """What was found for one head in one session; good as long as that has the same tokens.

    Args:
        draft: as the stages left it.
        live: the session that the head's cookie is of.
        upstream: the client of the app's host that it is for.
    """

    __slots__ = ("_draft", "_from", "_tail", "live", "origins", "tokens", "upstream")

    def __init__(self, draft: Draft, live: Live, upstream: Upstream) -> None:
        self._draft = draft
        self.origins = origins_of(draft)
        self.upstream = upstream
        self.live = live
        self.tokens = live.tokens
        self._from: tuple[Headers, bytes] | None = None
        self._tail = b""

    def request(self, target: str) -> ClientRequest:
        """Give the request for a target."""
        wire = self._draft.wire
        return ClientRequest(
            method="GET",
            target=target,
            headers=wire.headers,
            host=wire.host,
            peer=wire.peer,
            scheme=wire.scheme,
            length=0,
            upgrade=False,
            http10=False,
            keep_alive=True,
        )

    def tail(self, identity: Headers, cookie: bytes) -> bytes:
        """Give what follows the request line on its way to the app.

        Args:
            identity: the fields that name the subject.
            cookie: the Cookie field from the session's jar.

        Raises:
            GatewayError: `unsafe_request`.
        """
        if self._from != (identity, cookie):
            draft = self._draft
            head = governed_head(draft, self.origins, identity, cookie)
            wire = request_bytes(head, NO_BODY)
            self._tail = wire[wire.index(b"\r\n") :]
            self._from = identity, cookie
        return self._tail

    def decide(self, target: str) -> Permit | None:
        """Give the permit for a target, as long as the session lasts; None is for the long way."""
        draft, live = self._draft, self.live
        request = self.request(target)
        if rules_of(draft.of(request)) is not None:
            return None
        site = draft.site
        if site.levels.at("GET", request.path).response:
            return None
        verdict = decide(
            request,
            live.session,
            site.rules,
            workflows=site.workflows,
            now_ms=live.session.started_at,
            idle_at_ms=live.session.expires_at,
            upgrade=b"",
            sockets=site.sockets,
            service_worker=draft.service_worker,
            overrides_method=draft.overrides_method,
        )
        return verdict if isinstance(verdict, Permit) else None
