"""`audit sessions`, `timeline`, `changes` and `exposure`: what is looked up, in which order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator

from gateway.app.reading import opened
from gateway.audit import marks
from gateway.audit.reading.choice import SLACK, Choice
from gateway.audit.reading.fields import Fields, fields_of
from gateway.audit.reading.positions import newest
from gateway.audit.reading.timeline import Sight, Step, sights, steps
from gateway.audit.record import Kind
from gateway.config import Config
from gateway.store.client import Store


async def last_sessions(config: Config, choice: Choice, most: int) -> AsyncIterator[Step]:
    """Give the last starts of sessions, the newest first, each with its end where it has one.

    Raises:
        GatewayError, StoreAway: the store cannot be read.
    """
    told = 0
    async with opened(config) as store:
        async for start in _looked_up(store, config, _starts_of(choice), choice.since):
            if told == most:
                return
            if choice.takes(start):
                told += 1
                yield Step(start, await _end(store, config, start.get("session", "")))


async def starts(config: Config, choice: Choice) -> AsyncIterator[Fields]:
    """Give the records of starts of sessions, and of those that were refused, the newest first.

    Raises:
        GatewayError, StoreAway: the store cannot be read.
    """
    async with opened(config) as store:
        async for start in _looked_up(store, config, _starts_of(choice), choice.since):
            if choice.takes(start):
                yield start


async def starts_of_site(
    store: Store, shards: int, site: str, since: int
) -> AsyncGenerator[Fields, None]:
    """Give the starts and refused starts of a site since a time, the newest first.

    Raises:
        StoreAway: the store cannot be read.
    """
    choice = Choice(site=site, since=since)
    async for entry in newest(store, shards, marks.SESSIONS, after=max(since - SLACK, 0)):
        record = fields_of(entry.line)
        if record is not None and choice.takes(record):
            yield record


async def timeline(config: Config, session: str) -> list[Step]:
    """Give what happened in a session, the oldest first.

    Raises:
        GatewayError, StoreAway: the store cannot be read.
    """
    async with opened(config) as store:
        return await _timeline(store, config, session)


async def changes(config: Config, choice: Choice) -> list[Step]:
    """Give the requests that may have changed something for a subject or an account of a choice.

    Raises:
        GatewayError, StoreAway: the store cannot be read.
    """
    mark = marks.changes(_whose(choice))
    async with opened(config) as store:
        found = _looked_up(store, config, mark, choice.since)
        sessions = {one["session"] async for one in found if choice.takes(one)}
        made = [
            step
            for session in sessions
            for step in await _timeline(store, config, session)
            if step.changes and choice.takes(step.told)
        ]
    return sorted(made, key=lambda step: str(step.told["id"]))


async def exposure(config: Config, choice: Choice) -> list[Sight]:
    """Give who may have seen which categories of a subject or an account of a choice, and when.

    Raises:
        GatewayError, StoreAway: the store cannot be read.
    """
    mark = marks.seen(_whose(choice))
    async with opened(config) as store:
        found = _looked_up(store, config, mark, choice.since)
        return sights([record async for record in found if choice.takes(record)])


def _starts_of(choice: Choice) -> str:
    """The shortest list that holds the starts of a choice: people are listed by their ids."""
    if choice.site and choice.subject:
        return marks.of_subject(choice.site, choice.subject)
    if choice.account:
        return marks.of_account(choice.account)
    return marks.SESSIONS


def _whose(choice: Choice) -> str:
    if choice.site and choice.subject:
        return marks.of_subject(choice.site, choice.subject)
    return marks.of_account(choice.account)


async def _timeline(store: Store, config: Config, session: str) -> list[Step]:
    found = _looked_up(store, config, marks.of_session(session), None)
    return steps(reversed([record async for record in found]))


async def _end(store: Store, config: Config, session: str) -> Fields:
    """The record of a session's end; nothing when it has none."""
    if session:
        async for record in _looked_up(store, config, marks.of_session(session), None):
            if record["kind"] == Kind.SESSION_ENDED:
                return record
    return {}


async def _looked_up(
    store: Store, config: Config, mark: str, since: int | None
) -> AsyncIterator[Fields]:
    """The records with a mark, the newest first; what is no gateway's record is passed over."""
    after = max((since or 0) - SLACK, 0)
    async for entry in newest(store, config.audit.shards, mark, after=after):
        record = fields_of(entry.line)
        if record is not None:
            yield record
