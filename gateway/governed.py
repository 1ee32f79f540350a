"""A permitted request of a session, from its intent to its outcome."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from aiohttp import web

from gateway.acting import Acting
from gateway.cookies import cookies_from_app, cookies_to_app
from gateway.copying import copy_request, tell_bodies
from gateway.errors import GatewayError, Refused
from gateway.middleware.check_form import may_hold_override, refuse_body_override
from gateway.middleware.check_graphql import ask, rules_of
from gateway.middleware.request_to_app import governed_head
from gateway.model import Headers, Mode, RequestHead, Session
from gateway.policy.sockets import Socket
from gateway.recorder import Intent, Recorder
from gateway.relay import Arrived, ClientGone
from gateway.release import Release
from gateway.sessions.live import LiveSessions
from gateway.site import upstream_key
from gateway.sockets.app_messages import AppMessages
from gateway.sockets.conversation import Conversation
from gateway.sockets.handshake import Handshake
from gateway.sockets.open import OpenSockets
from gateway.uplink import Uplink
from gateway.upstream.client import Upstream
from gateway.upstream.response import UpstreamResponse
from gateway.upstream.tunnel import Tunnel

Reply = Callable[[web.BaseRequest, GatewayError, str, Session | None], web.StreamResponse]


class Governed:
    """Carries permitted requests to their apps and the answers back.

    Args:
        upstreams: the client of each site's app, by `upstream_key`.
        live: this worker's sessions.
        recorder: puts requests on record.
        release: lets the client have what the app answered.
        sockets: the WebSockets that sessions hold open.
        reply: makes the reply to an error.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        *,
        upstreams: Mapping[str, Upstream],
        live: LiveSessions,
        recorder: Recorder,
        release: Release,
        sockets: OpenSockets,
        reply: Reply,
        now: Callable[[], int],
    ) -> None:
        self._upstreams = upstreams
        self._live = live
        self._recorder = recorder
        self._release = release
        self._sockets = sockets
        self._reply = reply
        self._now = now

    async def carry(self, acting: Acting) -> bool:
        """Record, identify, send, transform, record; say whether the connection may carry on.

        Raises:
            ClientError, Refused: what a GraphQL request asks for may not run, or it is no opening
                of a WebSocket that may be, or of one too many; nothing was sent.
            StoreAway: the intent could not be recorded; nothing was sent.
            ClientGone: the client went away.
        """
        try:
            if acting.draft.upgrade:
                with self._sockets.place(acting.session.id):
                    return await self._carry(acting, _handshake(acting))
            return await self._carry(acting, None)
        finally:
            acting.release()

    async def _carry(self, acting: Acting, handshake: Handshake | None) -> bool:
        await _decide_graphql(acting)
        sent = None
        level = acting.site.levels.at(acting.draft.wire.method, acting.path)
        if level.request and handshake is None:
            sent = await copy_request(acting, level, _uplink)
        runs = acting.asked.operations if acting.asked is not None else ""
        intent = await self._recorder.intend(
            acting.draft, acting.permit, acting.session, detail=runs, body=sent
        )
        steps = self._answer(acting) if handshake is None else self._open(acting, handshake, intent)
        return await self._concluded(acting, intent, steps)

    async def go_on(
        self, acting: Acting, intent: Intent, answer: UpstreamResponse | Arrived | None
    ) -> bool:
        """Go on with a GET whose intent is on record, from where the short way ended.

        Args:
            acting: the request.
            intent: its record.
            answer: what has come of the app's answer; None where the app was not asked.

        Raises:
            ClientGone: the client went away.
        """
        acting.left = None
        try:
            return await self._concluded(acting, intent, self._answer(acting, answer))
        finally:
            acting.release()

    async def _answer(
        self, acting: Acting, answer: UpstreamResponse | Arrived | None = None
    ) -> bool:
        if answer is None:
            answer = await self._send(acting)
        elif isinstance(answer, UpstreamResponse):
            answer = await acting.sent(_answered(answer))
            acting.app_answered(self._now())
        acting.outcome.status = answer.head.status
        return await self._release(acting, answer)

    async def _concluded(self, acting: Acting, intent: Intent, steps: Awaitable[bool]) -> bool:
        """Take the steps that follow an intent, and put on record what became of it."""
        outcome = acting.outcome
        try:
            return await steps
        except GatewayError as error:
            outcome.reason, outcome.detail = error.code, error.detail
            if acting.live.ended or acting.connection.gone:
                acting.connection.cut()
                raise ClientGone from None
            outcome.status = error.status
            if acting.copies is not None:
                acting.copies.got = None  # the client gets none of it
            asked = acting.connection.as_aiohttp(acting.request)
            reply = self._reply(asked, error, intent.id, acting.session)
            outcome.complete = True
            return await acting.connection.reply(asked, reply)
        except ClientGone:
            outcome.reason = outcome.reason or ("cut" if acting.live.ended else "client_gone")
            raise
        except asyncio.CancelledError:
            outcome.reason = outcome.reason or "gateway_stopping"
            raise
        except Exception:  # a fault of our own, which the connection answers
            outcome.reason = outcome.reason or "internal_error"
            raise
        finally:
            try:
                if acting.copies is not None:
                    tell_bodies(acting, acting.copies, intent, self._recorder)
            finally:
                self._recorder.conclude(intent, acting.started, outcome)

    async def _send(self, acting: Acting) -> UpstreamResponse:
        """Make the app see the subject, and wait for the head of its answer."""
        draft, request = acting.draft, acting.request
        now = self._now()
        await self._live.touch(acting.live, now)
        uplink: Uplink | None = None
        body: bytes | AsyncIterator[bytes] | None = acting.body
        if request.length != 0 and body is None:
            uplink = acting.uplink or _uplink(acting)
            if not acting.permit.would and may_hold_override(draft, acting.session.mode):
                body = await uplink.whole(acting.site.limits.max_readable)
                _check_body(acting, body)
            else:
                body = uplink.stream()
        head = _head(acting, now)
        upstream = self._upstream(acting)
        acting.check()
        acting.sent_at = self._now()
        sending = upstream.send(acting.permit, head, body, request.length)
        try:
            response = await acting.sent(sending)
            acting.app_answered(self._now())
        finally:
            if uplink is not None:
                acting.outcome.bytes_in = uplink.read
        return response

    def _upstream(self, acting: Acting) -> Upstream:
        """The client of the app's host that this request is for."""
        return self._upstreams[upstream_key(acting.site.name, acting.draft.place.number)]

    async def _open(self, acting: Acting, handshake: Handshake, intent: Intent) -> bool:
        """Ask the app for a WebSocket as the subject, and carry it to its end."""
        now = self._now()
        await self._live.touch(acting.live, now)
        head = handshake.to_app(_head(acting, now))
        upstream = self._upstream(acting)
        acting.check()
        acting.sent_at = self._now()
        answer = await acting.sent(upstream.upgrade(acting.permit, head))
        acting.app_answered(self._now())
        acting.outcome.status = answer.head.status
        if not isinstance(answer, Tunnel):
            return await self._release(acting, answer)
        agreed = handshake.agreed(answer.head)
        cookies = [value for name, value in answer.head.headers if name.lower() == b"set-cookie"]
        kept = await cookies_from_app(acting, self._live, cookies, self._now())
        acting.check()
        acting.connection.write(handshake.to_client(agreed, kept))
        socket = _socket(acting)
        selection = acting.site.redaction.select(acting.path, acting.session.reveal)
        conversation = Conversation(
            acting,
            answer,
            socket.judge_of(agreed.decode()),
            AppMessages(selection, graphql=bool(socket.graphql)),
            intent,
            stopping=self._sockets.stopping,
            recorder=self._recorder,
            live=self._live,
            now=self._now,
        )
        await conversation.run()
        return False


async def _answered(response: UpstreamResponse) -> UpstreamResponse:
    await response.answered()
    return response


def _socket(acting: Acting) -> Socket:
    """The WebSocket that a permit to open one is for."""
    return acting.site.sockets[acting.permit.rule]


def _handshake(acting: Acting) -> Handshake:
    spoken = _socket(acting).graphql
    if not spoken and rules_of(acting.draft) is not None:
        raise Refused(
            "websocket_closed",
            "This is a GraphQL endpoint, and the site does not say that this WebSocket is one too.",
            "Nothing was sent to the app. The platform team can say graphql in the site's config.",
        )
    nonce = secrets.token_bytes(16)
    return Handshake(acting.request, acting.draft, acting.origins, nonce, spoken)


def _head(acting: Acting, now_ms: int) -> RequestHead:
    """The head that makes the app see the subject."""
    identity = identity_of(acting, now_ms)
    return governed_head(acting.draft, acting.origins, identity, cookies_to_app(acting, now_ms))


async def _decide_graphql(acting: Acting) -> None:
    """Decide a GraphQL request by its document, which may be in its body.

    So is an upgrade by its address: an app that does not switch answers what is asked for there.
    Where rules only report, a document that changes something runs. One that cannot be read does
    not: nobody could say under which names its answer holds what is hidden.
    """
    rules = rules_of(acting.draft)
    if rules is None:
        return
    if acting.request.length != 0:
        acting.body = await _uplink(acting).whole(acting.site.limits.max_readable)
        acting.outcome.bytes_in = len(acting.body)
    body = acting.body or b""
    try:
        acting.asked = ask(acting.draft, body, rules, acting.session.mode)
    except Refused as refused:
        if not acting.site.rules.report_only:
            raise
        acting.asked = ask(acting.draft, body, rules, Mode.READ_WRITE)
        acting.outcome.would = refused.code


def _uplink(acting: Acting) -> Uplink:
    limits, expected = acting.site.limits, acting.draft.expects_continue
    return Uplink(acting.connection, acting.request, limits, expected=expected)


def _check_body(acting: Acting, body: bytes) -> None:
    """Refuse a body that asks for another method; where rules only report, note that they would."""
    try:
        refuse_body_override(acting.draft, body)
    except Refused as refused:
        if not acting.site.rules.report_only:
            raise
        acting.outcome.would = refused.code


def identity_of(acting: Acting, now_ms: int) -> Headers:
    """Give the header fields that name the subject, all of them or none (law 5).

    Raises:
        GatewayError: `identity_unwritable`.
    """
    session, drivers = acting.session, acting.site.drivers
    try:
        if len(drivers) == 1:
            return drivers[0].edits(session, now_ms)
        return tuple([edit for driver in drivers for edit in driver.edits(session, now_ms)])
    except ValueError as fault:
        raise GatewayError(
            "identity_unwritable",
            f"The app cannot be told who {session.subject.name} is: {fault}.",
            "Nothing was sent to the app. Ask who looks after the site's directory to mend it.",
        ) from fault
