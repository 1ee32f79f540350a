"""Puts requests on record: what is said of each, and how durable it is before anything goes on.

The intent of a governed request is durable before the app sees it, so no byte of an answer can be
ahead of its record either (law 3). The outcome follows once, whatever happened; it is kept until
the store has it. A refusal in a session is durable before it is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gateway.audit.emitter import Emitter
from gateway.audit.ids import Ids
from gateway.audit.record import (
    Kind,
    Record,
    RecordClient,
    RecordSubject,
    encoded,
    scrubbed,
    subject_of,
    timestamp,
)
from gateway.errors import StoreAway
from gateway.middleware.draft import Draft
from gateway.model import Actor, Permit, Remark, RequestHead, Session
from gateway.policy.messages import Passes, Stopped

_AGENT_LIMIT = 256
_TARGET_LIMIT = 2048
"""Of what anybody may put on record without a session."""
_SESSIONS = 1024
"""Sessions whose actor and subject are kept encoded: all that a busy worker has."""


@dataclass(slots=True)
class Outcome:
    """What is known of a request as it goes on; written once at its end."""

    status: int = 0
    reason: str = ""
    detail: str = ""
    would: str = ""
    media: str = ""
    bytes_in: int = 0
    bytes_out: int = 0
    messages_in: int = 0
    messages_out: int = 0
    redactions: tuple[Remark, ...] = ()
    complete: bool | None = None


class Recorder:
    """Writes the records of requests.

    Args:
        emitter: makes records durable.
        ids: makes ids of records and requests.
        now: the wall clock in milliseconds.
    """

    def __init__(self, emitter: Emitter, ids: Ids, now: Callable[[], int]) -> None:
        self._emitter = emitter
        self._ids = ids
        self._now = now

    async def intend(
        self, draft: Draft, permit: Permit, session: Session, *, detail: str = ""
    ) -> Record:
        """Put on record, durably, that a governed request is about to reach the app.

        Args:
            draft, permit, session: the request, and what allows it.
            detail: what it runs, where its method and target do not say that.

        Returns:
            What `conclude` needs; its `id` is the request's. Actor and subject are `encoded`.

        Raises:
            StoreAway: it could not be recorded, so it must not go on.
        """
        request = self._ids()
        actor, subject = _people(session)
        record = Record(
            id=request,
            kind=Kind.REQUEST_INTENT,
            at=timestamp(self._now()),
            request=request,
            session=session.id,
            site=session.site,
            actor=actor,
            subject=subject,
            mode=session.mode,
            method=draft.wire.method,
            target=scrubbed(draft.wire.target),
            host=draft.wire.host,
            decision="allow",
            rule=permit.rule,
            would=permit.would,
            detail=detail,
            client=client_of(draft),
        )
        try:
            await self._emitter.commit(record)
        except asyncio.CancelledError:  # the intent is on its way, so it gets its outcome
            self.conclude(record, self._now(), Outcome(reason="gateway_stopping", complete=False))
            raise
        except StoreAway as away:
            if self._emitter.room():  # the intent is kept, so it gets its outcome
                outcome = Outcome(status=away.status, reason=away.code, detail=away.detail)
                self.conclude(record, self._now(), outcome)
            raise
        return record

    def conclude(self, intent: Record, started: int, outcome: Outcome) -> None:
        """Put on record what became of it; kept until the store has it."""
        now = self._now()
        self._emitter.emit(
            Record(
                id=self._ids(),
                kind=Kind.REQUEST_OUTCOME,
                at=timestamp(now),
                request=intent.request,
                session=intent.session,
                site=intent.site,
                actor=intent.actor,
                subject=intent.subject,
                mode=intent.mode,
                method=intent.method,
                target=intent.target,
                would=outcome.would,
                reason=outcome.reason,
                detail=outcome.detail,
                status=outcome.status,
                media=outcome.media,
                bytes_in=outcome.bytes_in,
                bytes_out=outcome.bytes_out,
                messages_in=outcome.messages_in,
                messages_out=outcome.messages_out,
                ms=max(now - started, 0),
                redactions=outcome.redactions,
                complete=outcome.complete,
            )
        )

    async def messages(
        self, intent: Record, verdicts: Sequence[tuple[Passes | Stopped, int]]
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

    def _message(self, intent: Record, verdict: Passes | Stopped, size: int) -> Record:
        passes = isinstance(verdict, Passes)
        return Record(
            id=self._ids(),
            kind=Kind.MESSAGE_SENT if passes else Kind.MESSAGE_REFUSED,
            at=timestamp(self._now()),
            request=intent.request,
            session=intent.session,
            site=intent.site,
            actor=intent.actor,
            subject=intent.subject,
            mode=intent.mode,
            target=intent.target,
            decision="allow" if passes else "deny",
            rule=verdict.rule,
            reason="" if passes else "message_refused",
            detail=verdict.detail,
            bytes_in=size,
        )

    async def refuse(
        self, head: RequestHead, outcome: Outcome, session: Session, *, rule: str, agent: str
    ) -> str:
        """Put a refusal in a session on record, durably; give the record's id.

        Raises:
            StoreAway: it could not be recorded.
        """
        record = self._refusal(head, outcome, session, session.site, rule, agent)
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
            target=scrubbed(head.target if session else head.target[:_TARGET_LIMIT]),
            host=head.host[:255],
            decision="deny",
            rule=rule,
            reason=outcome.reason,
            detail=outcome.detail,
            status=outcome.status,
            client=RecordClient(address=head.peer, agent=agent[:_AGENT_LIMIT]),
        )


@lru_cache(_SESSIONS)
def _people(session: Session) -> tuple[Actor, RecordSubject]:
    return encoded(session.actor), encoded(subject_of(session))


def client_of(draft: Draft) -> RecordClient:
    """Say where a request came from: the address behind a trusted peer, else the peer's."""
    address = draft.wire.peer
    if draft.trusted_peer and draft.forwarded_for:
        address = draft.forwarded_for.rpartition(b",")[2].strip().decode("ascii", "replace")
    agent = draft.fields.get(b"user-agent", b"").decode("utf-8", "replace")
    return RecordClient(address=address, agent=agent[:_AGENT_LIMIT])
