"""Who sees which sessions of the past, and what happened in them; who looks is on record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as but

from gateway.audit.reading.session_pages import SessionPages
from gateway.audit.record import Kind, Record, RecordSubject, timestamp
from gateway.audit.writing.emitter import Emitter
from gateway.console.history_values import HistoryQuestion, PastSession, TimelineQuestion
from gateway.errors import ClientError, Refused
from gateway.model import Account, Actor, Mode, Operator, Remark, User
from gateway.people.memory import MemoryDirectory
from gateway.people.preferences import PreferenceBook
from gateway.policy.rights.desk import Desk
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.profiles import SHIPPED, Profile, Profiles
from gateway.policy.rights.ready import DEFAULT, ready_files
from gateway.policy.rights.vocabulary import Vocabulary
from gateway.sessions import audit_sight, past
from gateway.sessions.audit_sight import AuditSight
from gateway.sessions.events import Events
from gateway.sessions.past import Past
from gateway.sessions.repository import SessionRepository
from gateway.sessions.session_timeline import Timelines
from gateway.sessions.standings import Standings
from gateway.sessions.watched import Watched
from gateway.site import Site
from gateway.store.client import Store
from tests.audit.support import a_record, emitting, new_ids, records
from tests.middleware.support import a_site
from tests.sample import SESSION
from tests.sessions.support import CLIENT, START, Clock

ACCOUNTS = ("nord", "sued", "west")
SITE = replace(
    a_site(),
    categories={"notes": "Private notes"},
    directory=MemoryDirectory(
        [Account(id=each, name=each.title()) for each in ACCOUNTS],
        [
            User(id=f"u.{each}", name=each, email=f"u@{each}.example", account=each)
            for each in ACCOUNTS
        ],
    ),
)
PROFILES = Profiles([Profile(name=each, lifetime_ms=1, idle_ms=1) for each in SHIPPED])
POLICIES = read_policies(ready_files(DEFAULT), Vocabulary(SHIPPED, ["crm"]))


def an_operator(name: str, profile: str, account: str = "", partner: str = "") -> Operator:
    return Operator(
        id=name,
        name=name.title(),
        email=f"{name}@x.example",
        profile=profile,
        account=account,
        partner=partner,
    )


ROOT = an_operator("root", "Administrator")
NINA = an_operator("nina", "Account Admin", "nord")
PAUL = an_operator("paul", "Partner Admin", partner="p")
DEV = an_operator("dev", "Developer")


@dataclass
class Desks:
    """What looks back, over a real store."""

    timelines: Timelines
    emitter: Emitter
    store: Store
    clock: Clock

    async def put(self, *told: Record) -> None:
        for each in told:
            self.emitter.emit(each)
        assert await self.emitter.drain(5) == 0

    async def ids(self, operator: Operator, **question: object) -> list[str]:
        """All pages of an answer, put together."""
        found, before = list[str](), ""
        while True:
            asked = HistoryQuestion(**question, before=before)  # type: ignore[arg-type]  # a test's words
            page = await self.timelines.recent(operator, asked, CLIENT)
            found += [each.id for each in page.sessions]
            before = page.earlier
            if not before:
                assert page.complete
                return found


@asynccontextmanager
async def looking_back(store_url: str) -> AsyncIterator[Desks]:
    async with emitting(store_url, shards=2) as (emitter, store):
        clock = Clock()
        yield Desks(looking(store, emitter, SITE, clock, shards=2), emitter, store, clock)


def looking(store: Store, emitter: Emitter, site: Site, now: Clock, shards: int) -> Timelines:
    """What looks back at the sessions of a site."""
    book, operators = PreferenceBook(store), (ROOT, NINA, PAUL, DEV)
    standings, desk = Standings(operators, book), Desk(InForce(POLICIES))
    sight = AuditSight({"crm": site}, operators, standings, book, PROFILES, desk, now)
    looks = Past(store, shards, sight, SessionRepository(store), now)
    watched = Watched(store, Events(emitter, new_ids(), now))
    return Timelines(SessionPages(store, shards), sight, looks, watched)


def of(kind: Kind, session: str, operator: Operator, account: str, **more: object) -> Record:
    actor = Actor(id=operator.id, name=operator.name, email=operator.email, profile="P")
    subject = RecordSubject(
        id=f"u.{account}", name="U", email="", account=account, account_name=account.title()
    )
    record = a_record(f"{session}.{kind}", kind, session)
    return but(record, site="crm", actor=actor, subject=subject, mode=Mode.READ_ONLY, **more)


def start(session: str, operator: Operator, account: str, **more: object) -> Record:
    return of(Kind.SESSION_STARTED, session, operator, account, **more)


async def test_one_sees_ones_own_and_what_policies_let_see_and_nothing_of_others(
    store_url: str,
) -> None:
    async with looking_back(store_url) as desks:
        await desks.put(
            start("s1", DEV, "nord"),
            start("s2", ROOT, "sued"),
            start("s3", PAUL, "west"),
            but(start("", DEV, "nord"), kind=Kind.SESSION_REFUSED, decision="deny"),
        )
        assert await desks.ids(ROOT) == ["s3", "s2", "s1"]
        assert await desks.ids(NINA) == ["s1"]
        assert await desks.ids(PAUL) == ["s3"]
        assert await desks.ids(DEV) == ["s1"]
        for question in (
            HistoryQuestion(account="sued"),
            HistoryQuestion(site="crm", subject="u.sued"),
            HistoryQuestion(actor="root"),
            HistoryQuestion(site="other"),
        ):
            for one in (NINA, PAUL, DEV):
                answer = await desks.timelines.recent(one, question, CLIENT)
                assert (answer.sessions, answer.earlier, answer.complete) == ((), "", True)
        assert await desks.ids(ROOT, account="sued") == ["s2"]
        assert await desks.ids(ROOT, site="crm", subject="u.nord") == ["s1"]
        assert await desks.ids(ROOT, actor="paul") == ["s3"]
        assert await desks.ids(NINA, actor="dev") == ["s1"]
        assert await desks.ids(PAUL, actor="paul", account="west") == ["s3"]
        with pytest.raises(Refused, match="site_missing"):
            await desks.ids(ROOT, subject="u.nord")
        with pytest.raises(ClientError, match="bad_fields"):
            await desks.timelines.recent(ROOT, HistoryQuestion(before="x"), CLIENT)


async def test_whoever_works_for_others_learns_nothing_from_the_size_of_a_directory(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_sight, "MOST_ASKED", 2)
    monkeypatch.setattr(audit_sight, "_SAMPLED", 2)
    monkeypatch.setattr(past, "_LOOKED_AT", 1)
    monkeypatch.setattr(past, "_AT_ONCE", 1)
    async with looking_back(store_url) as desks:
        await desks.put(start("s0", DEV, "nord"), *(start(f"r{n}", ROOT, "sued") for n in range(5)))
        for one, seen in ((PAUL, []), (NINA, ["s0"])):
            answer = await desks.timelines.recent(one, HistoryQuestion(), CLIENT)
            assert [each.id for each in answer.sessions] == seen
        monkeypatch.setattr(past, "_LOOKED_AT", 100)
        assert await desks.ids(NINA) == ["s0"]
        assert len(await desks.ids(ROOT)) == 6


async def test_looking_is_bounded_and_goes_on(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past, "_LOOKED_AT", 3)
    monkeypatch.setattr(past, "_AT_ONCE", 3)
    async with looking_back(store_url) as desks:
        await desks.put(start("s0", ROOT, "nord"))  # the oldest, in whichever stream the others are
        await desks.put(*(start(f"s{n}", DEV, "nord") for n in range(1, 10)))
        question = HistoryQuestion(actor="root", account="nord")
        page, count = await desks.timelines.recent(NINA, question, CLIENT), 1
        while not page.sessions:
            assert not page.complete
            assert page.earlier
            page = await desks.timelines.recent(NINA, but(question, before=page.earlier), CLIENT)
            count += 1
        assert (count, [each.id for each in page.sessions]) == (4, ["s0"])


SESSIONS = st.lists(
    st.tuples(st.sampled_from([ROOT, DEV, PAUL]), st.sampled_from(ACCOUNTS)), max_size=12
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    told=SESSIONS,
    later=SESSIONS,
    limit=st.integers(1, 4),
    who=st.sampled_from([ROOT, NINA, PAUL, DEV]),
    question=st.sampled_from([{}, {"account": "nord"}, {"actor": "dev"}, {"site": "crm"}]),
)
async def test_pages_are_the_whole_in_order_while_sessions_start(
    store_url: str,
    told: list[tuple[Operator, str]],
    later: list[tuple[Operator, str]],
    limit: int,
    who: Operator,
    question: dict[str, str],
) -> None:
    async with looking_back(store_url) as desks:
        await desks.store.redis.flushall()
        await desks.put(*(start(f"a{n}", *each) for n, each in enumerate(told)))
        whole = await desks.ids(who, **question, limit=100)
        found, before, coming = list[str](), "", list(enumerate(later))
        while True:
            asked = HistoryQuestion(**question, before=before, limit=limit)
            page = await desks.timelines.recent(who, asked, CLIENT)
            assert len(page.sessions) <= limit
            found += [each.id for each in page.sessions]
            before = page.earlier
            if not before:
                break
            if coming:
                number, each = coming.pop(0)
                await desks.put(start(f"b{number}", *each))
        seen = {ROOT: ACCOUNTS, NINA: ("nord",)}.get(who, ())
        order = [
            f"a{n}"
            for n, (actor, account) in enumerate(told)
            if (actor == who or account in seen)
            and question.get("account", account) == account
            and question.get("actor", actor.id) == actor.id
        ]
        assert found == list(dict.fromkeys(found))
        assert found == whole
        assert sorted(found) == sorted(order)
        assert not [each for each in found if each.startswith("b")]


async def of_one(desks: Desks, operator: Operator = ROOT) -> PastSession:
    [one] = (await desks.timelines.recent(operator, HistoryQuestion(), CLIENT)).sessions
    return one


async def test_a_session_says_who_why_and_what_became_of_it(store_url: str) -> None:
    async with looking_back(store_url) as desks:
        told = {"why": "The board", "ticket": "T-1", "break_glass": True}
        await desks.put(start("s1", DEV, "nord", **told))
        one = await of_one(desks)
        assert (one.state, one.reason, one.ticket, one.own) == (
            "unknown",
            "The board",
            "T-1",
            False,
        )
        repository = SessionRepository(desks.store)
        live = but(SESSION, id="s1", started_at=START, expires_at=START + 60_000)
        await repository.add(live, "code")
        desks.clock.at += 5_123
        one = await of_one(desks)
        assert (one.state, one.seconds, one.raised) == ("live", 5, False)
        assert one.expires_at == timestamp(START + 60_000)
        assert (await of_one(desks, DEV)).own
        await desks.put(
            of(Kind.SESSION_ELEVATED, "s1", DEV, "nord"),
            of(Kind.SESSION_ENDED, "s1", DEV, "nord", reason="left", at=timestamp(START + 9_000)),
            of(Kind.SESSION_REVIEWED, "s1", ROOT, "nord", reason="justified"),
        )
        one = await of_one(desks)
        assert (one.state, one.ended, one.seconds) == ("ended", "left", 8)
        assert (one.raised, one.break_glass, one.verdict) == (True, True, "justified")
        assert one.expires_at is None


async def test_the_timeline_of_anothers_session_is_on_record_once_and_hidden_from_others(
    store_url: str,
) -> None:
    async with looking_back(store_url) as desks:
        hid = (Remark(rule="n", category="notes", count=2),)
        more = {"request": "r1", "method": "GET", "target": "/a?x=*"}
        await desks.put(
            start("s1", DEV, "nord", why="The board"),
            of(Kind.REQUEST_INTENT, "s1", DEV, "nord", host="crm", **more),
            of(Kind.REQUEST_OUTCOME, "s1", DEV, "nord", status=200, redactions=hid, **more),
            of(Kind.SESSION_ENDED, "s1", DEV, "nord", reason="left"),
        )
        question = TimelineQuestion(session="s1")
        for one in (PAUL, replace_account(NINA, "sued")):
            for session in ("s1", "none"):
                with pytest.raises(Refused, match="session_not_on_record") as refused:
                    await desks.timelines.timeline(one, TimelineQuestion(session=session), CLIENT)
                assert refused.value.status == 404
        told = await desks.timelines.timeline(DEV, question, CLIENT)
        assert not [each for each in await records(store_url, 2) if each.kind is Kind.AUDIT_VIEWED]
        kinds = [each.kind for each in told.steps]
        assert kinds == ["session.started", "request.intent", "session.ended"]
        asked = told.steps[1]
        assert (asked.id, asked.target, asked.status) == ("r1", "/a?x=*", 200)
        assert [(each.label, each.count) for each in asked.hidden] == [("Private notes", 2)]
        assert told.totals is not None
        assert (told.totals.requests, told.totals.complete) == (1, True)
        assert (told.earlier, told.more) == ("", False)

        for _ in range(2):
            await desks.timelines.timeline(NINA, question, CLIENT)
        assert await desks.emitter.drain(5) == 0
        [viewed] = [each for each in await records(store_url, 2) if each.kind is Kind.AUDIT_VIEWED]
        assert (viewed.actor and viewed.actor.id, viewed.about) == ("nina", "s1")
        assert viewed.rule == "account_admins_look_after_their_account"
        assert viewed.subject is not None
        later = but(question, after=told.later, totals=False)
        follow = await desks.timelines.timeline(DEV, later, CLIENT)
        assert [(each.kind, each.who) for each in follow.steps] == [("audit.viewed", "Nina")]
        assert follow.totals is None


def replace_account(operator: Operator, account: str) -> Operator:
    return but(operator, id="else", account=account)


async def test_totals_go_on_where_they_stopped(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking_back(store_url) as desks:
        asked = [
            but(of(Kind.REQUEST_INTENT, "s1", DEV, "nord", method="GET"), id=str(n), request=str(n))
            for n in range(250)
        ]
        await desks.put(start("s1", DEV, "nord"), *asked)
        monkeypatch.setattr("gateway.sessions.session_timeline.MOST_READ", 100)
        counted = []
        for _ in range(4):
            told = await desks.timelines.timeline(DEV, TimelineQuestion(session="s1"), CLIENT)
            assert told.totals is not None
            counted.append((told.totals.requests, told.totals.complete))
            bars = told.totals.bars
        assert counted == [(99, False), (199, False), (250, True), (250, True)]
        assert (len(told.steps), sum(bars.requests)) == (100, 250)
