"""Sessions for a user are read from the streams, page by page and within bounds."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.app import visits
from gateway.app.visits import PAGE, Visits
from gateway.audit.record import Kind, Record, RecordSubject
from gateway.audit.writing.emitter import Emitter
from gateway.console.consent_services import Recognised
from gateway.model import Actor, User
from tests.audit.support import a_record, emitting

JONAS = Recognised(
    site="crm", label="CRM", user=User(id="jonas", name="J", email="j@n.example", account="n")
)
ADA = Actor(id="ada", name="Ada Okafor", email="ada@x.example", profile="P")


def of(kind: Kind, number: int, session: str, user: str = "jonas", **more: object) -> Record:
    record = a_record(f"{number:04}", kind, session)
    record.site, record.actor = "crm", ADA
    record.subject = RecordSubject(id=user, name="", email="", account="n", account_name="N")
    return replace(record, **more)


async def put(emitter: Emitter, *records: Record) -> None:
    for each in records:
        emitter.emit(each)
    assert await emitter.drain(5) == 0


async def test_pages_lead_back_to_the_first_session(store_url: str) -> None:
    async with emitting(store_url) as (emitter, store):
        starts = [of(Kind.SESSION_STARTED, n, f"s{n}") for n in range(2 * PAGE + 3)]
        await put(emitter, *starts, of(Kind.SESSION_REFUSED, 900, ""))
        await put(emitter, of(Kind.SESSION_STARTED, 901, "other", "priya"))
        reads, told, before = Visits(store, 1), [], ""
        for left in (PAGE, PAGE, 3):
            page = await reads.of(JONAS, before)
            assert len(page.sessions) == left
            assert page.earlier is (left == PAGE)
            told += [each.id for each in page.sessions]
            before = told[-1]
        assert told == [each.id for each in reversed(starts)]
        assert (await reads.of(JONAS, before)).sessions == ()


async def test_a_session_says_who_why_and_what(store_url: str) -> None:
    async with emitting(store_url) as (emitter, store):
        await put(
            emitter,
            of(Kind.SESSION_STARTED, 1, "s1", why="The board", ticket="T-1"),
            of(Kind.REQUEST_INTENT, 2, "s1", request="r", method="PUT", target="/a"),
            of(Kind.REQUEST_OUTCOME, 3, "s1", request="r", status=200),
            of(Kind.SESSION_ENDED, 4, "s1", reason="left"),
        )
        [came] = (await Visits(store, 1).of(JONAS, "")).sessions
    assert (came.who, came.reason, came.ticket, came.ended) == (
        "Ada Okafor",
        "The board",
        "T-1",
        "left",
    )
    assert (came.requests, came.changes, came.made[0].path, came.complete) == (1, 1, "/a", True)


async def test_what_is_too_much_to_read_is_said_to_be_cut(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with emitting(store_url) as (emitter, store):
        await put(emitter, of(Kind.SESSION_STARTED, 0, "s1"))
        await put(
            emitter,
            *(
                of(Kind.REQUEST_INTENT, n, "s1", request=str(n), method="GET", target="/")
                for n in range(1, 20)
            ),
        )
        monkeypatch.setattr(visits, "_RECORDS", 5)
        [came] = (await Visits(store, 1).of(JONAS, "")).sessions
        assert (came.requests, came.complete) == (5, False)
        monkeypatch.setattr(visits, "_SECONDS", 0.0)
        [came] = (await Visits(store, 1).of(JONAS, "")).sessions
        assert (came.requests, came.complete) == (0, False)
        monkeypatch.setattr(visits, "_STARTS", 0)
        assert len((await Visits(store, 1).of(JONAS, "")).sessions) == 1
