"""A request's life, from the client's bytes to the record of what became of it.

    strip -> find -> decide -> record -> identify -> send -> transform -> record

Pass-through is strip -> send. Whatever is in doubt on the way is refused with its reason, and the
refusal is on record (law 2). `handle` shows the whole order; the stages are in `middleware/`.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.act_button import Prove, WithButton, asked_head, can_hold, is_for_button
from gateway.acting import Acting
from gateway.audit.record import Shows
from gateway.counts import Counts
from gateway.errors import ClientError, GatewayError, StoreAway
from gateway.finding import Finding
from gateway.governed import Governed
from gateway.listener.connection import Connection
from gateway.listener.request_reader import ClientRequest
from gateway.middleware import READ_REQUEST
from gateway.middleware.between_hosts import preflight
from gateway.middleware.draft import Draft
from gateway.middleware.request_to_app import pass_through_head
from gateway.middleware.response_to_client import pass_through_lines, told_length
from gateway.model import Deny, Headers, Session
from gateway.policy.decision import decide, permit_pass_through
from gateway.recorder import Intent, Outcome, Recorder
from gateway.relay import Answered, Arrived, ClientGone, framing_of, head_bytes, relay_response
from gateway.site import Limits, Peers, Place, Site, upstream_key
from gateway.uplink import Uplink
from gateway.upstream.client import Upstream
from gateway.upstream.response import UpstreamResponse
from gateway.upstream.tunnel import Tunnel
from gateway.websocket import pump
from gateway.wire.target import TargetCheck

InBand = Callable[[web.BaseRequest, Place], Awaitable[web.StreamResponse]]
Refuse = Callable[[web.BaseRequest, "GatewayError | Deny", str, Session | None], web.StreamResponse]
"""Makes the reply to a refusal: its reason, the id of its record, the session it happened in."""
_IN_BAND: Final = Limits(max_body=1 << 16, body_timeout=15.0, max_readable=1 << 16)


@dataclass(frozen=True, slots=True)
class Door:
    """How browsers reach the gateway, and whose word counts about it."""

    prefix: str
    scheme: str
    peers: Peers
    """Holds addresses (`in`) whose X-Forwarded-* counts."""


class Proxy:
    """Serves every request of the public listener.

    Args:
        door: scheme, prefix and trusted peers.
        find: finds the place and the session of a request.
        upstreams: the client of each site's app, by `upstream_key`.
        recorder: puts requests on record.
        governed: carries an allowed request of a session to the app and back.
        in_band: serves what is under the prefix.
        refuse: makes the reply to a refusal.
        now: the wall clock in milliseconds.
        prove: tells operators by their requests.
    """

    def __init__(
        self,
        *,
        door: Door,
        find: Finding,
        upstreams: Mapping[str, Upstream],
        recorder: Recorder,
        governed: Governed,
        in_band: InBand,
        refuse: Refuse,
        now: Callable[[], int],
        prove: Prove,
    ) -> None:
        self._prove = prove
        self._door = door
        self._find = find
        self._upstreams = upstreams
        self._recorder = recorder
        self._governed = governed
        self._in_band = in_band
        self._refuse = refuse
        self._now = now
        self._any_target = TargetCheck()
        self.counts = Counts()

    async def handle(self, connection: Connection, request: ClientRequest) -> bool:
        """Serve one request, and say whether its connection may carry another."""
        session: Session | None = None
        site = ""
        try:
            place = self._find.place(request)
            if place.site is None or request.target.startswith(self._door.prefix):
                return await self._serve_in_band(connection, request, place)
            site = place.site.name
            draft = self._draft(request, place, place.site)
            if (allowed := preflight(draft)) is not None:
                return await self._allow(connection, request, allowed)
            live = await self._find.session(draft)
            if live is None:
                self.counts.pass_through += 1
                return await self._pass_through(connection, request, draft)
            session = live.session
            now = self._now()
            verdict = decide(
                request,
                session,
                draft.site.rules,
                workflows=draft.site.workflows,
                now_ms=now,
                idle_at_ms=live.idle_at,
                upgrade=draft.upgrade,
                sockets=draft.site.sockets,
                service_worker=draft.service_worker,
                overrides_method=draft.overrides_method,
            )
            if isinstance(verdict, Deny):
                return await self._say_no(connection, request, verdict, session, site)
            self.counts.governed += 1
            acting = Acting(connection, request, draft, live, verdict, now)
            return await self._governed.carry(acting)
        except ClientGone:
            return False
        except GatewayError as error:
            session = session or await self._find.who(request)
            return await self._say_no(connection, request, error, session, site)

    async def resume(
        self, response: UpstreamResponse, connection: Connection, request: ClientRequest
    ) -> bool:
        """Go on with an ordinary user's request that was sent to the app on the short way."""
        try:
            connection.cancel_when_lost()
            await response.answered()
            return await self._answer(connection, request, response)
        except ClientGone:
            return False
        except GatewayError as error:
            site = self._find.place(request).site
            return await self._say_no(connection, request, error, None, site.name if site else "")

    async def go_on(
        self,
        acting: Acting,
        intent: Intent,
        answer: UpstreamResponse | Arrived | None,
        connection: Connection,
        request: ClientRequest,
    ) -> bool:
        """Go on with a request of a session that began on the short way."""
        try:
            return await self._governed.go_on(acting, intent, answer)
        except ClientGone:
            return False

    async def say_away(
        self, acting: Acting, away: StoreAway, connection: Connection, request: ClientRequest
    ) -> bool:
        """Answer a request of a session whose intent could not be put on record."""
        return await self._say_no(connection, request, away, acting.session, acting.site.name)

    def read(self, request: ClientRequest) -> Draft | None:
        """Read a request as `handle` does; None for one to the gateway itself.

        Raises:
            ClientError: it is in doubt.
        """
        place = self._find.place(request)
        return self._draft(request, place, place.site) if place.site is not None else None

    def _draft(self, request: ClientRequest, place: Place, site: Site) -> Draft:
        draft = Draft(request, place, site, trusted_peer=request.peer in self._door.peers)
        for stage in READ_REQUEST:
            stage(draft)
        return draft

    async def _serve_in_band(
        self, connection: Connection, request: ClientRequest, place: Place
    ) -> bool:
        """A request to the gateway itself, served by aiohttp's handlers."""
        self._any_target.refuse(request.target)
        body = b""
        if request.length != 0:
            waits = any(name.lower() == b"expect" for name, _ in request.headers)
            uplink = Uplink(connection, request, _IN_BAND, expected=waits)
            body = await uplink.whole(_IN_BAND.max_body)
        asked = connection.as_aiohttp(request, body)
        return await connection.reply(asked, await self._in_band(asked, place))

    async def _allow(self, connection: Connection, request: ClientRequest, fields: Headers) -> bool:
        """Answer a preflight between two hosts of a session; the app hears nothing of it."""
        reply = web.Response(status=204, headers={"Server": "impersonation-gateway"})
        reply.headers.update((name.decode(), value.decode()) for name, value in fields)
        return await connection.reply(connection.as_aiohttp(request), reply)

    async def _pass_through(
        self, connection: Connection, request: ClientRequest, draft: Draft
    ) -> bool:
        """An ordinary user's request: stripped, streamed both ways, otherwise untouched."""
        permit = permit_pass_through(draft.site.name)
        head = pass_through_head(draft)
        upstream = self._upstreams[upstream_key(draft.site.name, draft.place.number)]
        connection.cancel_when_lost()  # until the app's answer is there to be let go of
        if (
            draft.site.act_places
            and request.length == 0
            and await is_for_button(draft, self._prove)
        ):
            page = await upstream.send(permit, asked_head(head))
            url = f"{request.scheme}://{request.host}{self._door.prefix}act.js"
            return await self._answer(connection, request, page, button=url)
        if draft.upgrade == b"websocket" and request.method == "GET" and not request.http10:
            response = await upstream.upgrade(permit, head)
            if isinstance(response, Tunnel):
                await pump(connection, response)
                return False
        elif request.length == 0:
            response = await upstream.send(permit, head)
        else:
            limits = draft.site.limits
            uplink = Uplink(connection, request, limits, expected=draft.expects_continue)
            response = await upstream.send(permit, head, uplink.stream(), uplink.length)
        return await self._answer(connection, request, response)

    async def _answer(
        self,
        connection: Connection,
        request: ClientRequest,
        response: UpstreamResponse,
        *,
        button: str = "",
    ) -> bool:
        """Give an ordinary user the app's answer; `button`: the URL of a script to put into it."""
        try:
            connection.lost = response.close
            given: Answered = response
            if button and can_hold(response.head):
                given = WithButton(response, url=button, nonce=secrets.token_urlsafe(18))
            answer = given.head
            length = told_length(answer, request.method, given.length)
            framing = framing_of(request, answer.status, length)
            start = head_bytes(answer, pass_through_lines(answer), framing)
            await relay_response(connection, start, given, framing)
        finally:
            connection.lost = None
            response.close()
        return framing.keep_alive

    async def _say_no(
        self,
        connection: Connection,
        request: ClientRequest,
        why: GatewayError | Deny,
        session: Session | None,
        site: str,
    ) -> bool:
        """Put a refusal on record and answer it; without a record there is only one answer."""
        self.counts.refused += why.status >= 400  # a dropped beacon is told that it worked
        outcome = Outcome(status=why.status, reason=why.code, detail=why.detail)
        rule = why.rule or why.code
        asked = connection.as_aiohttp(request)
        agent = asked.headers.get("User-Agent", "")
        record = ""
        try:
            if session is None:
                record = self._recorder.note_refusal(
                    request, outcome, site=site, rule=rule, agent=agent
                )
            elif not isinstance(why, StoreAway):
                shows = self._shows(request)
                record = await self._recorder.refuse(
                    request, outcome, session, rule=rule, agent=agent, shows=shows
                )
        except StoreAway as away:
            why = away if session is not None else why
        reply = self._refuse(asked, why, record, session)
        if isinstance(why, ClientError) or request.upgrade:
            reply.force_close()
        return await connection.reply(asked, reply)

    def _shows(self, request: ClientRequest) -> Shows | None:
        """Say which fields of a query are on record as they are."""
        site = self._find.place(request).site
        return site.levels.at(request.method, request.path).shows if site else None
