"""What the requests of one session have in common whose heads differ in their targets alone."""

from __future__ import annotations

from collections.abc import Callable

from gateway.listener.request_reader import ClientRequest
from gateway.middleware.check_graphql import rules_of
from gateway.middleware.draft import Draft
from gateway.middleware.origins import origins_of
from gateway.middleware.request_to_app import governed_head
from gateway.model import Headers, Permit, Session
from gateway.policy.decision import decide
from gateway.recorder import Particulars
from gateway.sessions.live import Live
from gateway.upstream.client import Upstream
from gateway.upstream.request_head import NO_BODY, request_bytes

Tell = Callable[[Draft, Permit, Session], Particulars]
"""Says what is on record of a request."""


class Route:
    """What was found for one target in one course, as long as that holds.

    Args:
        draft: the request's, as the stages leave it.
        permit: what allows it.
        particulars: what is on record of it.
    """

    __slots__ = ("course", "draft", "particulars", "permit", "request")

    def __init__(
        self,
        course: Course,
        request: ClientRequest,
        draft: Draft,
        permit: Permit,
        particulars: Particulars,
    ) -> None:
        self.course = course
        self.request = request
        self.draft = draft
        self.permit = permit
        self.particulars = particulars


class Course:
    """What was found for one head in one session; good as long as `holds`.

    Args:
        draft: as the stages left it.
        live: the session that the head's cookie is of.
        upstream: the client of the app's host that it is for.
    """

    __slots__ = (
        "_draft",
        "_from",
        "_tail",
        "faults",
        "live",
        "origins",
        "session",
        "tokens",
        "upstream",
    )

    def __init__(self, draft: Draft, live: Live, upstream: Upstream) -> None:
        self._draft = draft
        self.faults = draft.site.target.faults
        self.origins = origins_of(draft)
        self.upstream = upstream
        self.live = live
        self.session = live.session
        self.tokens = live.tokens
        self._from: tuple[Headers, bytes] | None = None
        self._tail = b""

    def holds(self) -> bool:
        """Whether the session, and what lets one in, are still the same."""
        live = self.live
        return live.tokens is self.tokens and live.session is self.session

    def _request(self, target: str) -> ClientRequest:
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

    def route(self, target: str, particulars: Tell) -> Route | None:
        """Find what holds for a target; None is for the long way."""
        request, session = self._request(target), self.session
        draft = self._draft.of(request)
        if rules_of(draft) is not None:
            return None
        site = draft.site
        if site.levels.at("GET", request.path).response:
            return None
        verdict = decide(
            request,
            session,
            site.rules,
            workflows=site.workflows,
            now_ms=session.started_at,
            idle_at_ms=session.expires_at,
            upgrade=b"",
            sockets=site.sockets,
            service_worker=draft.service_worker,
            overrides_method=draft.overrides_method,
        )
        if not isinstance(verdict, Permit):
            return None
        said = particulars(draft, verdict, session)
        return Route(self, request, draft, verdict, said)
