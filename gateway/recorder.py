"""Puts requests on record: what is said of each, and how durable it is before anything goes on.

The intent of a governed request is durable before the app sees it, so no byte of an answer can be
ahead of its record either (law 3). The outcome follows once, whatever happened; it is kept until
the store has it. A refusal in a session is durable before it is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from gateway.audit.ids import Ids
from gateway.audit.marks import joined, may_change, of_change, of_session, of_sight
from gateway.audit.parts import (
    AGENT_LIMIT,
    Asked,
    Judged,
    MayShow,
    Part,
    RequestRecord,
    Runs,
    Told,
    allowed,
    client,
    part,
    traced,
    who,
)
from gateway.audit.record import Kind, Record, RecordClient, Shows, scrubbed, subject_of, timestamp
from gateway.audit.trace import trace_id
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.lane import Done, settle
from gateway.errors import StoreAway
from gateway.middleware.draft import Draft
from gateway.model import Frozen, Mode, Permit, Remark, RequestHead, Session
from gateway.policy.messages import Passes, Stopped
from gateway.site import Peers

_TARGET_LIMIT = 2048
"""Of what anybody may put on record without a session."""
_SESSIONS = 1024
"""Sessions whose people are kept encoded: all that a busy worker has."""
_AGENT_BYTES = 4 * AGENT_LIMIT
_TRACE = b"traceparent"


class Outcome(Part, kw_only=True):
    """What is known of a request as it goes on; written once at its end."""

    would: str = ""
    reason: str = ""
    detail: str = ""
    status: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    messages_in: int = 0
    messages_out: int = 0
    ms: int = 0
    """The recorder sets it."""
    app_ms: int = 0
    media: str = ""
    redactions: tuple[Remark, ...] = ()
    shown: tuple[str, ...] = ()
    complete: bool | None = None


class Particulars(Frozen, frozen=True, kw_only=True):
    """What is on record of a request whenever it comes: all but its id, its times, its outcome.

    `who`, `begins` and `intent` are parts of records, encoded already: of each; of all but its
    messages; of its intent. `opening`, `marks` and `closing`: under which names its intent, what
    follows that, and its outcome are found again. `shown`: what its answer may show.
    """

    session: str
    target: str
    who: str
    begins: str
    intent: str
    opening: bytes
    marks: bytes
    closing: bytes
    shown: tuple[str, ...] = ()


class Intent(Frozen, frozen=True, kw_only=False):
    """What was put on record before a request went on; its later records are joined to it.

    `id` is the request's, `of` what is on record of it.
    """

    id: str
    of: Particulars


class _Known(NamedTuple):
    """What the records of one session have in common.

    `changes`, `seen`: the marks of what may change something, and of what may show something.
    """

    session: Session
    who: str
    marks: bytes
    changes: bytes
    seen: bytes


class Recorder:
    """Writes the records of requests.

    Args:
        emitter: makes records durable.
        ids: makes ids of records and requests.
        now: the wall clock in milliseconds.
        peers: whose X-Forwarded-For counts.
    """

    def __init__(self, emitter: Emitter, ids: Ids, now: Callable[[], int], peers: Peers) -> None:
        self._emitter = emitter
        self._ids = ids
        self._now = now
        self._known: dict[str, _Known] = {}
        self._peers = peers

    def particulars(
        self, draft: Draft, permit: Permit, session: Session, *, detail: str = ""
    ) -> Particulars:
        """Say what is on record of a request, as long as the session is this one.

        Args:
            draft, permit, session: the request, and what allows it.
            detail: what it runs, where its method and target do not say that.
        """
        wire = draft.wire
        target = wire.target
        if "?" in target:
            target = scrubbed(target, draft.site.levels.at(wire.method, wire.path).shows)
        known = self._about(session)
        begins = f"{known.who}{part(Asked(method=wire.method, target=target))}"
        intent = f"{begins}{allowed(wire.host, permit.rule, permit.would)}"
        if detail:
            intent += part(Runs(detail=detail))
        intent += client_of(draft)
        if said := draft.fields.get(_TRACE):
            intent += traced(said)
        opening, closing = known.changes if may_change(wire.method) else known.marks, known.marks
        shown: tuple[str, ...] = ()
        if session.reveal or draft.site.report_only:
            shown = draft.site.shown(wire.path, session)
        if shown:
            intent += part(MayShow(shown=shown))
            opening = b" ".join(dict.fromkeys((*opening.split(), *known.seen.split())))
            closing = known.seen
        return Particulars(
            session=session.id,
            target=target,
            who=known.who,
            begins=begins,
            intent=intent,
            opening=opening,
            marks=known.marks,
            closing=closing,
            shown=shown,
        )

    def begin(self, request: Particulars, done: Done, body: Told | None = None) -> Intent:
        """Put on record that a governed request is about to reach the app.

        Nothing of it goes on before `done` was called with None: then it is durable. `done` may
        get a StoreAway instead; see `Emitter.put`. Either way, and also when nobody waits for it
        any more, what this returns is owed one `conclude`.

        Args:
            request: what is on record of it.
            done: called once, later, with None or a StoreAway.
            body: its body, which is then on record before it.

        Returns:
            What `conclude` needs; its `id` is the request's.

        Raises:
            StoreAway: it was not taken: it must not go on, and is owed nothing.
        """
        now = self._now()
        name = self._ids.at(now)
        intent = Intent(name, request)
        record = RequestRecord(
            name,
            Kind.REQUEST_INTENT,
            timestamp(now),
            name,
            request.session,
            request.intent,
            request.opening,
        )
        before = None
        if body is not None:
            before = self._body(intent, Kind.REQUEST_BODY, now, body)
        self._emitter.put(record, done, before)
        return intent

    async def intend(
        self,
        draft: Draft,
        permit: Permit,
        session: Session,
        *,
        detail: str = "",
        body: Told | None = None,
    ) -> Intent:
        """As `begin`, for who can wait: return when it is durable.

        Raises:
            StoreAway: it could not be recorded, so it must not go on. It has its outcome.
        """
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done = partial(settle, durable)
        request = self.particulars(draft, permit, session, detail=detail)
        intent = self.begin(request, done, body)
        try:
            await durable
        except asyncio.CancelledError:  # the intent is on its way, so it gets its outcome
            self.conclude(intent, self._now(), Outcome(reason="gateway_stopping", complete=False))
            raise
        except StoreAway as away:  # the intent is kept, so it gets its outcome
            with suppress(StoreAway):  # unless the emitter was closed: who starts next closes it
                outcome = Outcome(status=away.status, reason=away.code, detail=away.detail)
                self.conclude(intent, self._now(), outcome)
            raise
        return intent

    def conclude(self, intent: Intent, started: int, outcome: Outcome) -> None:
        """Put on record what became of it; kept until the store has it."""
        now = self._now()
        outcome.ms = max(now - started, 0)
        rest = f"{intent.of.begins}{part(outcome)}"
        self._emitter.emit(self._record(Kind.REQUEST_OUTCOME, intent, now, rest, intent.of.closing))

    def keep(self, intent: Intent, kind: Kind, body: Told) -> None:
        """Put a body on record that is known late, before the outcome; kept as that is.

        Where so much waits for the store that there is no room for it, only its hash is kept.

        Raises:
            StoreAway: the emitter was closed.
        """
        if body.body and not self._emitter.room():
            body.body, body.cut, body.reason = "", False, "audit_full"
        self._emitter.emit(self._body(intent, kind, self._now(), body))

    def _body(self, intent: Intent, kind: Kind, now: int, body: Told) -> RequestRecord:
        rest = f"{intent.of.begins}{part(body)}"
        return self._record(kind, intent, now, rest, intent.of.marks)

    async def messages(
        self, intent: Intent, verdicts: Sequence[tuple[Passes | Stopped, int]]
    ) -> None:
        """Put on record, durably, that a client's WebSocket messages are about to go on, or not.

        Args:
            intent: of the request that opened the WebSocket.
            verdicts: of each message in its order, with its bytes; at least one.

        Raises:
            StoreAway: they could not all be recorded, so none of them must go on.
        """
        *before, last = [self._message(intent, *each) for each in verdicts]
        for record in before:
            self._emitter.emit(record)
        await self._emitter.commit(last)  # a session's records keep their order

    def _message(self, intent: Intent, verdict: Passes | Stopped, size: int) -> RequestRecord:
        passes = isinstance(verdict, Passes)
        judged = Judged(
            target=intent.of.target,
            decision="allow" if passes else "deny",
            rule=verdict.rule,
            reason="" if passes else "message_refused",
            detail=verdict.detail,
            bytes_in=size,
        )
        kind = Kind.MESSAGE_SENT if passes else Kind.MESSAGE_REFUSED
        rest = f"{intent.of.who}{part(judged)}"
        known = self._known.get(intent.of.session)
        changes = passes and known is not None and known.session.mode is Mode.READ_WRITE
        marks = known.changes if changes and known else intent.of.marks
        return self._record(kind, intent, self._now(), rest, marks)

    def _record(
        self, kind: Kind, intent: Intent, now: int, rest: str, marks: bytes
    ) -> RequestRecord:
        name = self._ids.at(now)
        return RequestRecord(name, kind, timestamp(now), intent.id, intent.of.session, rest, marks)

    def _about(self, session: Session) -> _Known:
        known = self._known.get(session.id)
        if known is None or known.session is not session:
            if len(self._known) >= _SESSIONS:
                self._known.clear()
            own, subject = of_session(session.id), session.subject
            whom = (session.site, subject.id, subject.account)
            known = _Known(
                session,
                who(session),
                own.encode(),
                joined(own, *of_change(*whom)),
                joined(own, *of_sight(*whom)),
            )
            self._known[session.id] = known
        return known

    async def refuse(
        self,
        head: RequestHead,
        outcome: Outcome,
        session: Session,
        *,
        rule: str,
        agent: str,
        shows: Shows | None = None,
    ) -> str:
        """Put a refusal in a session on record, durably; give the record's id.

        Args:
            shows: which fields of its query are on record as they are.

        Raises:
            StoreAway: it could not be recorded.
        """
        record = self._refusal(head, outcome, session, session.site, rule, agent, shows)
        await self._emitter.commit(record)
        return record.id

    def note_refusal(
        self, head: RequestHead, outcome: Outcome, *, site: str, rule: str, agent: str = ""
    ) -> str:
        """Put a refusal outside sessions on record, as soon as the store lets it.

        Raises:
            StoreAway: so many records wait that this one was not taken.
        """
        record = self._refusal(head, outcome, None, site, rule, agent)
        self._emitter.emit(record)
        return record.id

    def _refusal(
        self,
        head: RequestHead,
        outcome: Outcome,
        session: Session | None,
        site: str,
        rule: str,
        agent: str,
        shows: Shows | None = None,
    ) -> Record:
        request = self._ids()
        return Record(
            id=request,
            kind=Kind.REQUEST_REFUSED,
            at=timestamp(self._now()),
            request=request,
            session=session.id if session else "",
            site=site,
            actor=session.actor if session else None,
            subject=subject_of(session) if session else None,
            mode=session.mode if session else None,
            method=head.method,
            target=scrubbed(head.target if session else head.target[:_TARGET_LIMIT], shows),
            host=head.host[:255],
            decision="deny",
            rule=rule,
            reason=outcome.reason,
            detail=outcome.detail,
            status=outcome.status,
            client=RecordClient(address=self._client(head), agent=agent[:AGENT_LIMIT]),
            trace=trace_id(_said(head, _TRACE)),
        )

    def _client(self, head: RequestHead) -> str:
        """Give the client's address; the request may have been refused before it was drafted."""
        said = _said(head, b"x-forwarded-for") if head.peer in self._peers else b""
        return _address(head.peer, said)


def _said(head: RequestHead, field: bytes) -> bytes:
    """Give the last value of a field; b"" where there is none."""
    return next((value for name, value in reversed(head.headers) if name.lower() == field), b"")


def client_of(draft: Draft) -> str:
    """Say where a request came from: the address behind a trusted peer, else the peer's."""
    address = draft.wire.peer
    if draft.trusted_peer and draft.forwarded_for:
        address = _address(address, draft.forwarded_for)
    return client(address, draft.fields.get(b"user-agent", b"")[:_AGENT_BYTES])


def _address(peer: str, forwarded_for: bytes) -> str:
    """Give the address that a trusted peer itself saw, the last it names; else the peer's."""
    return forwarded_for.rpartition(b",")[2].strip().decode("ascii", "replace") or peer
