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
from gateway.copying import Copying, copy_answer
from gateway.middleware.compress import Compressed, compressed, pays
from gateway.middleware.governed_response import GovernedHead, governed_head_of
from gateway.middleware.plan_body import BodyPlan
from gateway.middleware.read_body import Read, read_in_one_go, read_whole
from gateway.middleware.report_body import plan_report
from gateway.middleware.response_to_client import lines
from gateway.middleware.silence import Silenced, silenced
from gateway.middleware.stream_body import BodyStream
from gateway.model import Remark, ResponseHead
from gateway.prepared import Fields, Prepared, plan_for
from gateway.redaction.json import redact_json
from gateway.redaction.rules import Selection, with_aliases
from gateway.redaction.summary import FIELD, added, in_force, summary
from gateway.relay import (
    Answered,
    Arrived,
    ClientGone,
    Framing,
    framing_of,
    head_bytes,
    relay,
    relay_response,
    send,
)
from gateway.sessions.live import LiveSessions


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

    async def __call__(self, acting: Acting, response: Answered) -> bool:
        """Redact, put in the bar, keep the cookies; say whether the connection may carry on.

        Raises:
            GatewayError: nothing was released, unless the connection is cut.
            ClientGone: the client went away, or the session ended.
        """
        answer = governed_head_of(response.head, acting.origins)
        fields, hidden = _shown(acting, answer)
        if answer.cookies or _lacks_cookies(acting):
            fields += await cookies_from_app(acting, self._live, answer.cookies, self._now())
        plan_of = partial(plan_for, acting.draft, answer, response.length)
        under = _selection_for(acting)
        outcome = acting.outcome
        if "redaction" not in acting.site.report_only:
            return await self._carry(acting, response, plan_of(under), fields)
        hidden, outcome.redactions = added(hidden, outcome.redactions), ()  # nothing is: tell none
        plan, would = plan_report(plan_of, under)
        outcome.would = outcome.would or would
        try:
            return await self._carry(acting, response, plan, fields)
        finally:
            outcome.redactions = added(hidden, outcome.redactions)
            if outcome.redactions:
                outcome.would = outcome.would or "redaction"

    def now(
        self, acting: Acting, head: ResponseHead, prepared: Prepared, body: bytes
    ) -> tuple[bytes, bytes] | None:
        """Give what the client of a GET gets of an answer that is all there: head and body.

        None where something has to be waited for: then call.

        Args:
            acting: the request.
            head: the app's.
            prepared: what follows from that.
            body: all of it.

        Raises:
            GatewayError: nothing of it may leave.
        """
        if _lacks_cookies(acting):
            return None
        outcome = acting.outcome
        outcome.media, outcome.redactions = prepared.media, prepared.hidden
        rules = prepared.json
        if rules is not None and len(body) <= prepared.plan.max_readable:
            body, remarks = redact_json(body, rules)
            outcome.redactions = hidden = added(prepared.hidden, remarks)
            told = lines([(FIELD, summary(hidden))]) if hidden else b""
            return b"%b%bContent-Length: %d\r\n\r\n" % (prepared.start, told, len(body)), body
        composed = self._composed(
            acting, head, prepared.plan, prepared.fields, body, prepared.written
        )
        return composed[:2] if composed is not None else None

    async def _carry(
        self, acting: Acting, response: Answered, plan: BodyPlan, fields: Fields
    ) -> bool:
        composed = None
        if acting.request.method != "HEAD" and (body := response.whole()) is not None:
            composed = self._composed(acting, response.head, plan, fields, body)
            response = Arrived(response.head, response.length, body)
        if composed is not None:
            framing = await _send_whole(acting, *composed)
        elif acting.request.method == "HEAD":
            framing = await self._head_alone(acting, response, plan, fields)
        elif plan.way == "pass":
            framing = await self._pass(acting, response, plan, fields)
        elif plan.way == "drop":
            framing = await _all(acting, response.head, plan, fields, Read(b"", b"", ()))
        elif plan.at_once:
            read = await read_whole(plan, response)
            _copy(acting, read)
            framing = await _all(acting, response.head, plan, fields, read)
        else:
            framing = await self._read(acting, response, plan, fields)
        acting.outcome.complete = True
        return framing.keep_alive

    def _composed(
        self,
        acting: Acting,
        head: ResponseHead,
        plan: BodyPlan,
        fields: Fields,
        body: bytes,
        written: bytes = b"",
    ) -> tuple[bytes, bytes, Framing] | None:
        """Read a body that is all there; give what the client gets: head, body, and its framing.

        None when it is for the ways of what comes in pieces, or rules only report.

        Args:
            written: the fields as they go on the wire, where they were written before.
        """
        if plan.report_only or (plan.way == "read" and not plan.one_go):
            return None
        if plan.bar and acting.copies is not None and acting.copies.got is not None:
            return None  # the copy is without the bar
        told: Fields = []
        if plan.way == "read":
            tags = b""
            if plan.bar:
                fields, tags = self._with_bar(acting, fields)
                written = b""
            read = read_in_one_go(plan, body, tags, acting.origins)
            if plan.bar and acting.site.beacons:
                page = silenced(read.body, acting.site.beacons)
                read = Read(page, read.content_type, read.remarks)
            if acting.copies is not None:
                _copy(acting, read)
            body = _packed(acting, plan, told, read)
        elif plan.way == "pass":
            if (copy := copy_answer(acting, plan.content_type, plan.coding)) is not None:
                copy.take(body)
            _declare(told, plan.content_type, plan.coding)
        else:
            body = b""
        return _start(acting, head, written or lines(fields), told, body)

    async def _head_alone(
        self, acting: Acting, response: Answered, plan: BodyPlan, fields: Fields
    ) -> Framing:
        _declare(fields, plan.content_type, plan.coding if plan.way == "pass" else b"")
        _tell(fields, summary(acting.outcome.redactions))
        framing = framing_of(acting.request, response.head.status, None)
        start = head_bytes(response.head, lines(fields), framing)
        await relay_response(acting.connection, start, response, framing)
        return framing

    async def _pass(
        self, acting: Acting, response: Answered, plan: BodyPlan, fields: Fields
    ) -> Framing:
        if (copy := copy_answer(acting, plan.content_type, plan.coding)) is not None:
            response = Copying(response, copy)
        _declare(fields, plan.content_type, plan.coding)
        _tell(fields, summary(acting.outcome.redactions))
        framing = framing_of(acting.request, response.head.status, response.length)
        start = head_bytes(response.head, lines(fields), framing)
        acting.outcome.bytes_out = await relay_response(acting.connection, start, response, framing)
        return framing

    async def _read(
        self, acting: Acting, response: Answered, plan: BodyPlan, fields: Fields
    ) -> Framing:
        """Read a body, and release it as its format lets it: at its end, or piece by piece."""
        tags = b""
        if plan.bar:
            fields, tags = self._with_bar(acting, fields)
        copy = copy_answer(acting, plan.content_type)
        taken = copy.take if copy is not None else None
        stream = BodyStream(plan, response, tags, acting.origins, taken)
        await stream.open()
        copy_answer(acting, stream.content_type)
        if stream.ended:
            read = Read(await stream.read(), stream.content_type, stream.remarks)
            return await _all(acting, response.head, plan, fields, read)
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

    def _with_bar(self, acting: Acting, fields: Fields) -> tuple[Fields, bytes]:
        """Give a document's fields so that they let the bar in, and the bar's tags."""
        nonce = secrets.token_urlsafe(16)
        bar_base = acting.origins.session + self._around.prefix
        widened = widen(tuple(fields), bar_base=bar_base, nonce=nonce)
        return list(widened), self._bar(acting, nonce)

    def _bar(self, acting: Acting, nonce: str) -> bytes:
        prefix = self._around.prefix
        state = bar_state(
            acting.session,
            site=acting.site.label,
            prefix=prefix,
            console_url=self._around.console_url,
            workflow=acting.site.workflows.label(acting.session.workflow),
            report_only=acting.site.report_only,
            beacons=acting.site.beacons.said,
        )
        return snippet(state, prefix=prefix, nonce=nonce, now=self._now())


def _shown(acting: Acting, answer: GovernedHead) -> tuple[Fields, tuple[Remark, ...]]:
    """Give an answer's fields, less what rules hide of them, and what that is; note it."""
    site, outcome = acting.site, acting.outcome
    outcome.media = answer.media
    fields, hidden = site.redaction.hide_headers(answer.fields, acting.path, acting.session.reveal)
    if "redaction" in site.report_only:
        return answer.fields, hidden
    outcome.redactions = hidden
    return fields, hidden


def _lacks_cookies(acting: Acting) -> bool:
    """Whether the browser has not been told of all of the session's cookies."""
    return acting.draft.jar_version < acting.live.jar_version


async def _all(
    acting: Acting, head: ResponseHead, plan: BodyPlan, fields: Fields, read: Read
) -> Framing:
    """Release a body that was read as a whole."""
    told: Fields = []
    body = _packed(acting, plan, told, read)
    return await _send_whole(acting, *_start(acting, head, lines(fields), told, body))


def _packed(acting: Acting, plan: BodyPlan, fields: Fields, read: Read) -> bytes:
    """Give a body as it leaves; say so in the fields, and on record what was hidden in it."""
    packs = pays(plan.coding, len(read.body)) and acting.draft.takes_gzip
    _declare(fields, read.content_type, b"gzip" if packs else b"")
    acting.outcome.redactions = added(acting.outcome.redactions, read.remarks)
    return compressed(read.body) if packs else read.body


def _start(
    acting: Acting, head: ResponseHead, written: bytes, told: Fields, body: bytes
) -> tuple[bytes, bytes, Framing]:
    """Give the head for a body that is all there, the body, and the framing.

    Args:
        written: the first of its fields, as they go on the wire.
        told: those that follow them.
    """
    _tell(told, summary(acting.outcome.redactions))
    framing = framing_of(acting.request, head.status, len(body))
    return head_bytes(head, written + lines(told), framing), body, framing


async def _send_whole(acting: Acting, start: bytes, body: bytes, framing: Framing) -> Framing:
    if acting.live.ended or acting.connection.gone:
        raise ClientGone
    await send(acting.connection, [start, body] if body else [start])
    acting.outcome.bytes_out = len(body)
    return framing


def _copy(acting: Acting, read: Read) -> None:
    if (copy := copy_answer(acting, read.content_type)) is not None:
        copy.take(read.body)


def _selection_for(acting: Acting) -> Selection | None:
    """What to hide in an answer; the names that a GraphQL request gave its fields included."""
    selection = acting.site.redaction.select(acting.path, acting.session.reveal)
    if selection is None or acting.asked is None:
        return selection
    return with_aliases(selection, acting.asked.aliases)


def _declare(fields: Fields, content_type: bytes, coding: bytes) -> None:
    if content_type:
        fields.append((b"Content-Type", content_type))
    if coding:
        fields.append((b"Content-Encoding", coding))


def _tell(fields: Fields, hidden: bytes) -> None:
    if hidden:
        fields.append((FIELD, hidden))
