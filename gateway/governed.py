"""A permitted request of a session, from its intent to its outcome."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from gateway.banner.csp import widen
from gateway.banner.snippet import snippet
from gateway.banner.state import bar_state
from gateway.errors import GatewayError, Refused
from gateway.listener.connection import Connection
from gateway.listener.request_reader import ClientRequest
from gateway.middleware.check_form import may_hold_override, refuse_body_override
from gateway.middleware.draft import Draft
from gateway.middleware.origins import Origins
from gateway.middleware.request_to_app import governed_head
from gateway.middleware.response_to_client import governed_fields, lines, set_cookies
from gateway.middleware.split_cookies import JAR_COOKIE
from gateway.middleware.transform_body import BodyPlan, BodyStream, plan_body, read_whole
from gateway.model import Permit, ResponseHead, Session
from gateway.recorder import Outcome, Recorder
from gateway.relay import ClientGone, Framing, framing_of, head_bytes, relay
from gateway.sessions.jar import Cookie, cookie_header, has_room, read_set_cookie
from gateway.sessions.live import Live, LiveSessions
from gateway.uplink import Uplink
from gateway.upstream.client import Upstream
from gateway.upstream.response import UpstreamResponse

Reply = Callable[[web.BaseRequest, GatewayError, str, Session | None], web.StreamResponse]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What governed pages are told of the gateway. `console_url` is absolute."""

    prefix: str
    console_url: str


class Governed:
    """Carries permitted requests to their apps and the answers back.

    Args:
        upstreams: the client of each site's app, by the site's name.
        live: this worker's sessions.
        recorder: puts requests on record.
        reply: makes the reply to an error.
        surroundings: the prefix and the console's address.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self,
        *,
        upstreams: Mapping[str, Upstream],
        live: LiveSessions,
        recorder: Recorder,
        reply: Reply,
        surroundings: Surroundings,
        now: Callable[[], int],
    ) -> None:
        self._upstreams = upstreams
        self._live = live
        self._recorder = recorder
        self._reply = reply
        self._around = surroundings
        self._now = now

    async def carry(
        self,
        connection: Connection,
        request: ClientRequest,
        draft: Draft,
        live: Live,
        permit: Permit,
    ) -> bool:
        """Record, identify, send, transform, record; say whether the connection may carry on.

        Raises:
            StoreAway: the intent could not be recorded; nothing was sent.
            ClientGone: the client went away.
        """
        started = self._now()
        outcome = Outcome(complete=False)
        held = _Held(connection)
        live.open.add(held.cut)
        connection.lost = held.release
        try:
            intent = await self._recorder.intend(draft, permit, live.session)
            try:
                head = await self._send(connection, request, draft, live, permit, held, outcome)
                return await self._answer(request, draft, live, held, head, outcome)
            except GatewayError as error:
                outcome.reason, outcome.detail = error.code, error.detail
                if live.ended or connection.gone:
                    connection.cut()
                    raise ClientGone from None
                outcome.status = error.status
                asked = connection.as_aiohttp(request)
                reply = self._reply(asked, error, intent.id, live.session)
                outcome.complete = True
                return await connection.reply(asked, reply)
            except ClientGone:
                outcome.reason = outcome.reason or ("cut" if live.ended else "client_gone")
                raise
            finally:
                self._recorder.conclude(intent, started, outcome)
        finally:
            live.open.discard(held.cut)
            connection.lost = None
            held.release()

    async def _send(
        self,
        connection: Connection,
        request: ClientRequest,
        draft: Draft,
        live: Live,
        permit: Permit,
        held: _Held,
        outcome: Outcome,
    ) -> ResponseHead:
        """Make the app see the subject, and give the head of its answer."""
        session = live.session
        now = self._now()
        await self._live.touch(live, now)
        uplink: Uplink | None = None
        body: bytes | AsyncIterator[bytes] | None = None
        if request.length != 0:
            limits = draft.site.limits
            uplink = Uplink(connection, request, limits, expected=draft.expects_continue)
            if may_hold_override(draft, session.mode):
                body = await uplink.whole(limits.max_readable)
                refuse_body_override(draft, body)
            else:
                body = uplink.stream()
        identity = _identity(draft, session, now)
        cookie = cookie_header(live.cookies, path=draft.wire.path, now_ms=now)
        head = governed_head(draft, _origins(draft), identity, cookie)
        if live.ended:  # it may have ended while the intent was written (threat row 43)
            raise Refused("session_ended", "The session ended before this request was sent.")
        upstream = self._upstreams[draft.site.name]
        response = await held.sent(upstream.send(permit, head, body, request.length))
        if uplink is not None:
            outcome.bytes_in = uplink.read
        if live.ended:
            raise ClientGone
        outcome.status = response.head.status
        return response.head

    async def _answer(
        self,
        request: ClientRequest,
        draft: Draft,
        live: Live,
        held: _Held,
        head: ResponseHead,
        outcome: Outcome,
    ) -> bool:
        """Redact, put in the bar, keep the cookies, and let the client have it."""
        response = held.taken()
        session = live.session
        origins = _origins(draft)
        fields = governed_fields(head, origins)
        fields += await self._keep_cookies(head, draft, live)
        selection = draft.site.redaction.select(draft.wire.path, session.reveal)
        limit = draft.site.limits.max_readable
        plan = plan_body(
            head,
            selection,
            length=response.length,
            document=draft.document,
            max_readable=limit,
        )
        if plan.way == "whole" and request.method != "HEAD":
            body, outcome.redactions = await read_whole(plan, response)
            framing = framing_of(request, head.status, len(body))
            if live.ended or held.connection.gone:
                raise ClientGone
            held.connection.write_all([head_bytes(head, lines(fields), framing), body])
            outcome.bytes_out = len(body)
        elif plan.way == "pass" or request.method == "HEAD":
            if plan.coding and plan.way == "pass":
                fields.append((b"Content-Encoding", plan.coding.encode("latin-1")))
            told = plan.way == "pass" and request.method != "HEAD"
            length = response.length if told else None
            framing = framing_of(request, head.status, length)
            start = head_bytes(head, lines(fields), framing)
            outcome.bytes_out = await relay(held.connection, start, response, framing)
        else:
            framing = framing_of(request, head.status, None)
            await self._stream(plan, draft, live, held, head, fields, framing, outcome)
        outcome.complete = True
        return framing.keep_alive

    async def _stream(
        self,
        plan: BodyPlan,
        draft: Draft,
        live: Live,
        held: _Held,
        head: ResponseHead,
        fields: list[tuple[bytes, bytes]],
        framing: Framing,
        outcome: Outcome,
    ) -> None:
        """Release a body piece by piece, with the bar in it where it is a document."""
        tags = b""
        if plan.bar:
            nonce = secrets.token_urlsafe(16)
            tags = self._bar(live.session, draft, nonce)
            bar_base = _origins(draft).session + self._around.prefix
            fields = list(widen(tuple(fields), bar_base=bar_base, nonce=nonce))
        stream = BodyStream(plan, held.taken(), tags)
        await stream.open()
        fields = [field for field in fields if field[0].lower() != b"content-type"]
        if stream.content_type:
            fields.append((b"Content-Type", stream.content_type))
        try:
            start = head_bytes(head, lines(fields), framing)
            outcome.bytes_out = await relay(held.connection, start, stream, framing)
        finally:
            outcome.redactions = stream.remarks

    def _bar(self, session: Session, draft: Draft, nonce: str) -> bytes:
        state = bar_state(
            session,
            site=draft.site.label,
            prefix=self._around.prefix,
            console_url=self._around.console_url,
        )
        return snippet(state, prefix=self._around.prefix, nonce=nonce, now=self._now())

    async def _keep_cookies(
        self, head: ResponseHead, draft: Draft, live: Live
    ) -> list[tuple[bytes, bytes]]:
        """Put the app's cookies into the jar; tell the browser the jar's version, nothing else."""
        now = self._now()
        keep: list[Cookie] = []
        drop: list[Cookie] = []
        for field in set_cookies(head):
            cookie = read_set_cookie(
                field, host=draft.site.canonical, path=draft.wire.path, now_ms=now
            )
            if cookie is None:
                continue
            if cookie.expires_at is not None and cookie.expires_at <= now:
                drop.append(cookie)
            elif has_room(live.cookies, cookie):
                keep.append(cookie)
        if not keep and not drop:
            return []
        await self._live.change_jar(live, keep, drop)
        value = f"{JAR_COOKIE}={live.jar_version}; Path=/; Secure; HttpOnly; SameSite=Lax"
        return [(b"Set-Cookie", value.encode())]


class _Held:
    """What one request holds open: its client's connection and the app's response."""

    __slots__ = ("_sending", "connection", "response", "was_cut")

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.response: UpstreamResponse | None = None
        self.was_cut = False
        self._sending: asyncio.Task[object] | None = None

    async def sent(self, sending: Awaitable[UpstreamResponse]) -> UpstreamResponse:
        """Wait for the app's answer; `cut` ends that, also while a connection is waited for.

        Raises:
            ClientGone: it was cut. What was not yet sent to the app never is (law 9).
        """
        self._sending = task = asyncio.current_task()
        try:
            self.response = response = await sending
        except asyncio.CancelledError:
            if not self.was_cut or task is None or task.uncancel():
                raise
            raise ClientGone from None
        finally:
            self._sending = None
        return response

    def taken(self) -> UpstreamResponse:
        """The response, which is there once the request was sent."""
        if self.response is None:
            raise ClientGone
        return self.response

    def release(self) -> None:
        """Let go of the app's connection."""
        if self.response is not None:
            self.response.close()

    def cut(self) -> None:
        """Stop at once, on both sides (law 9)."""
        self.was_cut = True
        self.connection.cut()
        self.release()
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None


def _identity(draft: Draft, session: Session, now_ms: int) -> list[tuple[bytes, bytes]]:
    """The header fields that name the subject, all of them or none (law 5)."""
    try:
        return [edit for driver in draft.site.drivers for edit in driver.edits(session, now_ms)]
    except ValueError as fault:
        raise GatewayError(
            "identity_unwritable",
            f"The app cannot be told who {session.subject.name} is: {fault}.",
            "Nothing was sent to the app. Ask who looks after the site's directory to mend it.",
        ) from fault


def _origins(draft: Draft) -> Origins:
    _, colon, port = draft.wire.host.rpartition(":")
    app_host = draft.site.canonical + (f":{port}" if colon and port.isdigit() else "")
    return Origins(draft.wire.scheme, app_host, draft.wire.host)
