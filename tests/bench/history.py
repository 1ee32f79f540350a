"""Looking back when a million sessions are on record: how long it takes, and what it takes.

Each session has a start, a POST with its outcome, which may have shown something, and an end. They
are spread over 10,000 accounts of ten users, and are appended as the gateway appends.

    python -m tests.bench.history [SESSIONS]
"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple

from msgspec.structs import replace

from gateway.app.history import changes, exposure, last_sessions, timeline
from gateway.audit.reading.choice import Choice
from gateway.audit.record import Kind, Record, subject_of, timestamp
from gateway.audit.writing.emitter import Emitter
from gateway.audit.writing.redis_sink import RedisSink
from gateway.audit.writing.sink import LONGEST_BATCH, Batch
from gateway.config import Config
from gateway.config.load import load
from gateway.console.history_values import HistoryQuestion, TimelineQuestion
from gateway.model import Account, Operator, Session
from gateway.people.memory import MemoryDirectory
from gateway.sessions.audit_sight import MOST_ASKED
from gateway.store.client import Store, connect
from gateway.store.keys import audit_positions, audit_stream
from tests.audit.support import KEY, new_ids
from tests.e2e.harness import site, written
from tests.sample import NOW, SESSION, acting_for
from tests.scratch import scratch
from tests.servers import store_server_in
from tests.sessions.support import CLIENT, Clock
from tests.sessions.test_history import SITE, an_operator, looking

ACCOUNTS, USERS = 10_000, 10
_EACH = 4
_TRIES = 20


class Line(NamedTuple):
    """A record's line, and its marks."""

    line: bytes
    marks: bytes


def session(number: int) -> Session:
    """The session of this number."""
    user = number % (ACCOUNTS * USERS)
    account = f"account{user // USERS}"
    return replace(acting_for(id=f"user{user}", account=account), id=f"session{number:09}")


def records(number: int) -> Iterator[Record]:
    """What is on record of a session."""
    one = session(number)
    told: dict[str, Any] = {
        "at": timestamp(NOW + number * 1000),
        "session": one.id,
        "site": one.site,
        "actor": one.actor,
        "subject": subject_of(one),
        "mode": one.mode,
    }
    asked: dict[str, Any] = {"request": f"r{number}", "method": "POST", "target": "/deals/4711"}
    yield Record(id=f"{number}a", kind=Kind.SESSION_STARTED, why=one.reason, **told)
    yield Record(id=f"{number}b", kind=Kind.REQUEST_INTENT, decision="allow", **asked, **told)
    yield Record(
        id=f"{number}c", kind=Kind.REQUEST_OUTCOME, status=200, shown=("notes",), **asked, **told
    )
    yield Record(id=f"{number}d", kind=Kind.SESSION_ENDED, reason="left", **told)


async def fill(store: Store, sessions: int) -> None:
    """Append the records of so many sessions, as one writer."""
    sink, waiting, seq = RedisSink(store), list[Line](), 0
    for number in range(sessions):
        for record in records(number):
            seq += 1
            waiting.append(Line(record.place("W", 0, seq, b""), record.marks))
        if len(waiting) + _EACH > LONGEST_BATCH or number == sessions - 1:
            first = seq - len(waiting) + 1
            lines, marks = zip(*waiting, strict=True)
            assert await sink.append(Batch(0, "W", first - 1, first, lines, marks)) == seq
            waiting.clear()
    await sink.aclose()


async def measured(ask: Callable[[int], Awaitable[int]]) -> tuple[float, float]:
    """Ask `_TRIES` times, of sessions far apart; the median and the longest, in milliseconds."""
    taken = []
    for attempt in range(_TRIES):
        began = time.perf_counter()
        assert await ask(attempt)
        taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[_TRIES // 2], max(taken)


async def _main(sessions: int) -> None:
    with scratch() as name:
        server = store_server_in(Path(name))
        server.start()
        store = await connect(server.url, timeout=60)
        try:
            redis: Any = store.redis
            await redis.config_set("appendonly", "no")
            began = time.perf_counter()
            await fill(store, sessions)
            say("filling", f"{time.perf_counter() - began:.0f} s")
            whole = (await redis.info("memory"))["used_memory"]
            stream = await redis.memory_usage(audit_stream(0), samples=0)
            say("records", f"{await redis.xlen(audit_stream(0)):,}")
            say("the stream's memory, a record", f"{stream / sessions / _EACH:.0f} B")
            say("the lists' memory, a session", f"{(whole - stream) / sessions:.0f} B")
            starts = await redis.memory_usage(audit_positions(0, "sessions"), samples=0)
            say("of these the list of all sessions", f"{starts / sessions:.0f} B")
            path, _ = written(Path(name) / "gateway", server.url, 1, site(1))
            await _look(load(path, {}), sessions)
            await _look_in_the_console(store, sessions)
        finally:
            await store.aclose()
            server.remove()


async def _look(config: Config, sessions: int) -> None:
    def one(attempt: int) -> Session:
        return session(attempt * (sessions // _TRIES) + 7)

    async def last(attempt: int) -> int:
        return await _count(last_sessions(config, Choice(), 20))

    async def of_account(attempt: int) -> int:
        account = one(attempt).subject.account
        return await _count(last_sessions(config, Choice(account=account), 20))

    async def steps(attempt: int) -> int:
        return len(await timeline(config, one(attempt).id))

    async def changed(attempt: int) -> int:
        subject = one(attempt).subject.id
        return len(await changes(config, Choice(site=SESSION.site, subject=subject)))

    async def seen(attempt: int) -> int:
        subject = one(attempt).subject.id
        return len(await exposure(config, Choice(site=SESSION.site, subject=subject)))

    for what, ask in (
        ("the last 20 sessions of all", last),
        ("the last 20 sessions of an account", of_account),
        ("the timeline of a session", steps),
        ("the changes made for a user", changed),
        ("what was seen of a user", seen),
    ):
        median, longest = await measured(ask)
        say(what, f"{median:.1f} ms, at most {longest:.1f}")


async def _look_in_the_console(store: Store, sessions: int) -> None:
    """As operators look: whoever may see all, an account's own admin, and who acted."""
    accounts = [Account(id=f"account{n}", name=f"Account {n}") for n in range(ACCOUNTS)]
    emitter = Emitter(RedisSink(store), new_ids(), KEY.sign, shards=1, wait=60)
    crm = dataclasses.replace(SITE, directory=MemoryDirectory(accounts))
    less = dataclasses.replace(SITE, directory=MemoryDirectory(accounts[:MOST_ASKED]))
    timelines = looking(store, emitter, crm, Clock(NOW), shards=1)
    root = an_operator("root", "Administrator")
    admin = an_operator("nina", "Account Admin", "account7")
    actor = an_operator("ada", "Partner Admin", partner="p")

    def recent(operator: Operator, question: HistoryQuestion) -> Callable[[int], Awaitable[int]]:
        async def ask(_: int) -> int:
            return len((await timelines.recent(operator, question, CLIENT)).sessions)

        return ask

    async def steps(attempt: int) -> int:
        question = TimelineQuestion(session=session((attempt * USERS * 7) % 9000).id)
        return len((await timelines.timeline(root, question, CLIENT)).steps)

    async def first(attempt: int) -> int:
        looks = looking(store, emitter, less, Clock(NOW), shards=1)
        await looks.recent(an_operator("dev", "Developer"), HistoryQuestion(), CLIENT)
        return 1

    async def follow(attempt: int) -> int:
        one = session((attempt * USERS * 7) % 9000).id
        told = await timelines.timeline(root, TimelineQuestion(session=one), CLIENT)
        again = TimelineQuestion(session=one, after=told.later, totals=False)
        began = time.perf_counter()
        await timelines.timeline(root, again, CLIENT)
        followed.append((time.perf_counter() - began) * 1000)
        return 1

    followed: list[float] = []
    for what, ask in (
        ("console: the last 20 of all", recent(root, HistoryQuestion())),
        ("console: of an account", recent(root, HistoryQuestion(account="account7"))),
        ("console: an account's own admin", recent(admin, HistoryQuestion())),
        ("console: one's own alone", recent(actor, HistoryQuestion())),
        ("console: a timeline", steps),
        ("console: looking and following", follow),
        (f"console: asking of {MOST_ASKED} accounts", first),
    ):
        median, longest = await measured(ask)
        say(what, f"{median:.1f} ms, at most {longest:.1f}")
    say("console: following", f"{sorted(followed)[len(followed) // 2]:.1f} ms")
    await emitter.aclose()


async def _count(steps: AsyncIterator[object]) -> int:
    async with aclosing(steps) as found:  # type: ignore[type-var]  # each is a generator
        return len([each async for each in found])


def say(what: str, value: str) -> None:
    """Write a line of the result."""
    sys.stdout.write(f"{what:40}{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
