"""Records of what happens to sessions and to operators themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from gateway.audit.ids import Ids
from gateway.audit.record import (
    ConfigFile,
    Kind,
    Record,
    RecordClient,
    RecordSubject,
    subject_of,
    timestamp,
)
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.lane import settle
from gateway.console.values import Client, StartOrder
from gateway.errors import StoreAway
from gateway.model import Actor, Mode, Operator, Session, User
from gateway.policy.rights.facts import Facts

_LONGEST_FACTS: Final = 16 << 10
_encode = msgspec.json.Encoder().encode


class Events:
    """Puts them on record, durably, before their caller goes on.

    Every method raises `StoreAway` when it could not be recorded.
    """

    def __init__(self, emitter: Emitter, ids: Ids, now: Callable[[], int]) -> None:
        self._emitter = emitter
        self._ids = ids
        self._now = now
        self._ending: set[str] = set()  # sessions whose end is on its way

    async def of_session(
        self,
        kind: Kind,
        session: Session,
        client: Client | None = None,
        *,
        reason: str = "",
        detail: str = "",
        why: str = "",
        rule: str = "",
        ticket: str = "",
        facts: Facts | None = None,
    ) -> str:
        """Record that a session started, was entered, changed or ended; give the record's id.

        `reason` is a stable code; why the session was started and its ticket are on the record of
        its start. `why`, `ticket` and `rule`: why it is to change, and the policies that allow it.
        `facts`: what these were told.
        """
        record = self._session_record(kind, session, client, reason, detail)
        if rule:
            record.decision, record.rule = "allow", rule
        record.facts = _short(facts)
        record.why, record.ticket = record.why or why, record.ticket or ticket
        await self._emitter.commit(record)
        return record.id

    def new_id(self) -> str:
        """Give an id for a record."""
        return self._ids()

    async def ended(
        self, session: Session, client: Client | None, record_id: str, *, reason: str, detail: str
    ) -> None:
        """Record that a session ended, once by this process.

        A record that was taken and not confirmed in time is on its way: whoever asks again waits
        for that one. Another process that takes over gives its record the same id.
        """
        if session.id not in self._ending:
            record = self._session_record(Kind.SESSION_ENDED, session, client, reason, detail)
            record.id = record_id
            durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._emitter.put(record, partial(settle, durable))
            self._ending.add(session.id)
            await durable
        else:
            await self._emitter.settled(session.id)
        self._ending.discard(session.id)

    def not_started(self, session: Session, client: Client, away: StoreAway) -> None:
        """Note that a session whose start may be on record did not come to be.

        Raises:
            StoreAway: so much waits for the store that the start was not taken either.
        """
        reason, detail = away.code, f"It was not started. {away.detail}"
        self._emitter.emit(
            self._session_record(Kind.SESSION_ENDED, session, client, reason, detail)
        )

    def _session_record(
        self, kind: Kind, session: Session, client: Client | None, reason: str, detail: str
    ) -> Record:
        started = kind is Kind.SESSION_STARTED
        return Record(
            id=self._ids(),
            kind=kind,
            at=timestamp(self._now()),
            session=session.id,
            site=session.site,
            actor=session.actor,
            subject=subject_of(session),
            mode=session.mode,
            decision="allow" if started else "",
            rule=",".join(session.allowed_by) if started else "",
            reason=reason,
            detail=detail,
            why=session.reason if started else "",
            ticket=session.ticket if started else "",
            break_glass=session.break_glass if started else False,
            client=_client(client),
        )

    async def start_refused(
        self,
        operator: Operator | None,
        user: User | None,
        order: StartOrder,
        client: Client,
        *,
        rule: str,
        reason: str,
        detail: str,
        facts: Facts | None = None,
    ) -> str:
        """Record that somebody asked for a session and was refused; give the record's id.

        `user` is None when the directory has none of the id that was asked for. `rule` names the
        policies that refused; without one the rule on record is `reason`.
        """
        record = Record(
            id=self._ids(),
            kind=Kind.SESSION_REFUSED,
            at=timestamp(self._now()),
            site=order.site[:200],
            actor=actor_of(operator) if operator is not None else None,
            subject=None if user is None else _recorded(user),
            mode=order.mode,
            decision="deny",
            rule=rule or reason,
            reason=reason,
            detail=detail,
            why=order.reason[:1000],
            ticket=order.ticket[:200],
            facts=_short(facts),
            client=_client(client),
        )
        await self._emitter.commit(record)
        return record.id

    async def of_operator(
        self,
        kind: Kind,
        operator: Operator | None,
        client: Client,
        *,
        reason: str = "",
        detail: str = "",
        method: str = "",
        target: str = "",
        session: str = "",
    ) -> str:
        """Record a sign-in, a sign-out, or something that the console refused."""
        record = Record(
            id=self._ids(),
            kind=kind,
            at=timestamp(self._now()),
            actor=actor_of(operator) if operator is not None else None,
            decision="deny" if kind is Kind.OPERATOR_REFUSED else "",
            reason=reason,
            detail=detail,
            method=method,
            target=target,
            session=session,
            client=_client(client),
        )
        await self._emitter.commit(record)
        return record.id

    async def of_desk(
        self,
        kind: Kind,
        operator: Operator | None,
        client: Client | None,
        *,
        site: str,
        about: str,
        rule: str,
        why: str,
        detail: str,
        subject: User | None = None,
        mode: Mode | None = None,
        ticket: str = "",
        session: str = "",
        reason: str = "",
    ) -> None:
        """Record that an operator is about to change something at the desk.

        `operator` and `client` are None for who does it by the command line.
        """
        record = Record(
            id=self._ids(),
            kind=kind,
            at=timestamp(self._now()),
            site=site,
            actor=actor_of(operator) if operator is not None else None,
            subject=None if subject is None else _recorded(subject),
            session=session,
            mode=mode,
            about=about,
            decision="" if kind is Kind.APPROVAL_REFUSED else "allow",
            rule=rule,
            reason=reason,
            why=why,
            ticket=ticket,
            detail=detail,
            client=_client(client),
        )
        await self._emitter.commit(record)

    async def of_consent(
        self,
        site: str,
        user: User,
        account_name: str,
        client: Client,
        *,
        reason: str,
        detail: str,
        operator: Operator | None,
        why: str,
    ) -> None:
        """Record that a user is about to allow acting, to take it back, or to be asked for it.

        `operator`: who asks; None for what the user does.
        """
        record = Record(
            id=self._ids(),
            kind=Kind.CONSENT_CHANGED,
            at=timestamp(self._now()),
            site=site,
            actor=actor_of(operator) if operator is not None else None,
            subject=RecordSubject(
                id=user.id,
                name=user.name,
                email=user.email,
                account=user.account,
                account_name=account_name,
            ),
            about=user.id,
            reason=reason,
            detail=detail,
            why=why,
            client=_client(client),
        )
        await self._emitter.commit(record)

    async def of_gateway(
        self, kind: Kind, detail: str, config: tuple[ConfigFile, ...] = ()
    ) -> None:
        """Record that this gateway started, with this config, or stopped."""
        at = timestamp(self._now())
        record = Record(id=self._ids(), kind=kind, at=at, detail=detail, config=config)
        await self._emitter.commit(record)

    async def of_directory(
        self, site: str, detail: str, config: tuple[ConfigFile, ...] = (), why: str = ""
    ) -> None:
        """Record that accounts or users of a site are about to change."""
        record = Record(
            id=self._ids(),
            kind=Kind.DIRECTORY_CHANGED,
            at=timestamp(self._now()),
            site=site,
            about=site,
            detail=detail,
            why=why,
            config=config,
        )
        await self._emitter.commit(record)


def actor_of(operator: Operator) -> Actor:
    """The operator, as they are now, as the actor of a session."""
    return Actor(id=operator.id, name=operator.name, email=operator.email, profile=operator.profile)


def _short(facts: Facts | None) -> Facts | None:
    """Give them, but for such as would make a record too long."""
    return facts if facts is not None and len(_encode(facts)) <= _LONGEST_FACTS else None


def _recorded(user: User) -> RecordSubject:
    return RecordSubject(
        id=user.id, name=user.name, email=user.email, account=user.account, account_name=""
    )


def _client(client: Client | None) -> RecordClient | None:
    return None if client is None else RecordClient(address=client.address, agent=client.agent)
