"""Let the client of a session have an app's answer: redacted, with the bar, its cookies kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from gateway.acting import Acting
from gateway.banner.csp import widen
from gateway.banner.snippet import snippet
from gateway.banner.state import bar_state
from gateway.cookies import cookies_from_app
from gateway.middleware.compress import Compressed, compressed, pays
from gateway.middleware.governed_response import governed_head_of
from gateway.middleware.plan_body import BodyPlan, plan_body
from gateway.middleware.read_body import Read, read_whole
from gateway.middleware.report_body import plan_report
from gateway.middleware.response_to_client import lines
from gateway.middleware.silence import Silenced
from gateway.middleware.stream_body import BodyStream
from gateway.redaction.rules import Selection, with_aliases
from gateway.redaction.summary import FIELD, added, in_force, summary
from gateway.relay import ClientGone, Framing, framing_of, head_bytes, relay, relay_response, send
from gateway.sessions.live import LiveSessions
from gateway.upstream.response import UpstreamResponse

_Fields = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What governed pages are told of the gateway. `console_url` is absolute."""

    prefix: str
    console_url: str


class Release:
    """Releases answers; call it.

    Args:
        live: this worker's sessions, whose jars keep the app's cookies.
        surroundings: the prefix and the console's address.
        now: the wall clock in milliseconds.
    """

    def __init__(
        self, live: LiveSessions, surroundings: Surroundings, now: Callable[[], int]
    ) -> None:
        self._live = live
        self._around = surroundings
        self._now = now

    async def __call__(self, acting: Acting, response: UpstreamResponse) -> bool:
        """Redact, put in the bar, keep the cookies; say whether the connection may carry on.

        Raises:
            GatewayError: nothing was released, unless the connection is cut.
            ClientGone: the client went away, or the session ended.
        """
        answer = governed_head_of(response.head, acting.origins)
        site, reveal = acting.site, acting.session.reveal
        outcome, reports = acting.outcome, "redaction" in site.report_only
        fields, hidden = site.redaction.hide_headers(answer.fields, acting.path, reveal)
        if reports:
            fields = answer.fields
        else:
            outcome.redactions = hidden
        outcome.media = answer.media
        if answer.cookies or acting.draft.jar_version < acting.live.jar_version:
            fields += await cookies_from_app(acting, self._live, answer.cookies, self._now())
        plan_for = partial(
            plan_body,
            answer,
            length=response.length,
            document=acting.draft.document,
            max_readable=site.limits.max_readable,
            spill=site.limits.spill,
            map_links=site.map_links,
        )
        under = _selection_for(acting)
        if not reports:
            return await self._carry(acting, response, plan_for(under), fields)
        hidden, outcome.redactions = added(hidden, outcome.redactions), ()  # nothing is: tell none
        plan, would = plan_report(plan_for, under)
        outcome.would = outcome.would or would
        try:
            return await self._carry(acting, response, plan, fields)
        finally:
            outcome.redactions = added(hidden, outcome.redactions)
            if outcome.redactions:
                outcome.would = outcome.would or "redaction"

    async def _carry(
        self, acting: Acting, response: UpstreamResponse, plan: BodyPlan, fields: _Fields
    ) -> bool:
        if acting.request.method == "HEAD":
            framing = await self._head_alone(acting, response, plan, fields)
        elif plan.way == "pass":
            framing = await self._pass(acting, response, plan, fields)
        elif plan.way == "drop":
            framing = await self._at_once(acting, response, fields, b"")
        elif plan.at_once:
            framing = await self._all(
                acting, response, plan, fields, await read_whole(plan, response)
            )
        else:
            framing = await self._read(acting, response, plan, fields)
        acting.outcome.complete = True
        return framing.keep_alive

    async def _head_alone(
        self, acting: Acting, response: UpstreamResponse, plan: BodyPlan, fields: _Fields
    ) -> Framing:
        _declare(fields, plan.content_type, plan.coding if plan.way == "pass" else b"")
        _tell(fields, summary(acting.outcome.redactions))
        framing = framing_of(acting.request, response.head.status, None)
        start = head_bytes(response.head, lines(fields), framing)
        await relay_response(acting.connection, start, response, framing)
        return framing

    async def _pass(
        self, acting: Acting, response: UpstreamResponse, plan: BodyPlan, fields: _Fields
    ) -> Framing:
        _declare(fields, plan.content_type, plan.coding)
        _tell(fields, summary(acting.outcome.redactions))
        framing = framing_of(acting.request, response.head.status, response.length)
        start = head_bytes(response.head, lines(fields), framing)
        acting.outcome.bytes_out = await relay_response(acting.connection, start, response, framing)
        return framing

    async def _at_once(
        self, acting: Acting, response: UpstreamResponse, fields: _Fields, body: bytes
    ) -> Framing:
        """Release what was read to its end."""
        _tell(fields, summary(acting.outcome.redactions))
        framing = framing_of(acting.request, response.head.status, len(body))
        if acting.live.ended or acting.connection.gone:
            raise ClientGone
        start = head_bytes(response.head, lines(fields), framing)
        await send(acting.connection, [start, body] if body else [start])
        acting.outcome.bytes_out = len(body)
        return framing

    async def _all(
        self,
        acting: Acting,
        response: UpstreamResponse,
        plan: BodyPlan,
        fields: _Fields,
        read: Read,
    ) -> Framing:
        """Release a body that was read as a whole."""
        packs = pays(plan.coding, len(read.body)) and acting.draft.takes_gzip
        _declare(fields, read.content_type, b"gzip" if packs else b"")
        acting.outcome.redactions = added(acting.outcome.redactions, read.remarks)
        body = compressed(read.body) if packs else read.body
        return await self._at_once(acting, response, fields, body)

    async def _read(
        self, acting: Acting, response: UpstreamResponse, plan: BodyPlan, fields: _Fields
    ) -> Framing:
        """Read a body, and release it as its format lets it: at its end, or piece by piece."""
        tags = b""
        if plan.bar:
            nonce = secrets.token_urlsafe(16)
            tags = self._bar(acting, nonce)
            bar_base = acting.origins.session + self._around.prefix
            fields = list(widen(tuple(fields), bar_base=bar_base, nonce=nonce))
        stream = BodyStream(plan, response, tags, acting.origins)
        await stream.open()
        if stream.ended:
            read = Read(await stream.read(), stream.content_type, stream.remarks)
            return await self._all(acting, response, plan, fields, read)
        packs = pays(plan.coding, None) and acting.draft.takes_gzip
        _declare(fields, stream.content_type, b"gzip" if packs else b"")
        if plan.selection is not None and not plan.report_only:
            _tell(fields, in_force(plan.selection))
        framing = framing_of(acting.request, response.head.status, None)
        start = head_bytes(response.head, lines(fields), framing)
        if plan.quiet and not acting.connection.gone:
            acting.connection.write(start)
            start = b""
        beacons = acting.site.beacons if plan.bar else None
        silent = Silenced(stream, beacons) if beacons else stream
        source = Compressed(silent) if packs else silent
        try:
            acting.outcome.bytes_out = await relay(acting.connection, start, source, framing)
        finally:
            acting.outcome.redactions = added(acting.outcome.redactions, stream.remarks)
            acting.outcome.would = acting.outcome.would or stream.would
        return framing

    def _bar(self, acting: Acting, nonce: str) -> bytes:
        prefix = self._around.prefix
        state = bar_state(
            acting.session,
            site=acting.site.label,
            prefix=prefix,
            console_url=self._around.console_url,
            report_only=acting.site.report_only,
            beacons=acting.site.beacons.said,
        )
        return snippet(state, prefix=prefix, nonce=nonce, now=self._now())


def _selection_for(acting: Acting) -> Selection | None:
    """What to hide in an answer; the names that a GraphQL request gave its fields included."""
    selection = acting.site.redaction.select(acting.path, acting.session.reveal)
    if selection is None or acting.asked is None:
        return selection
    return with_aliases(selection, acting.asked.aliases)


def _declare(fields: _Fields, content_type: bytes, coding: bytes) -> None:
    if content_type:
        fields.append((b"Content-Type", content_type))
    if coding:
        fields.append((b"Content-Encoding", coding))


def _tell(fields: _Fields, hidden: bytes) -> None:
    if hidden:
        fields.append((FIELD, hidden))
