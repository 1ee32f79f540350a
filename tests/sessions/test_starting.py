"""Starts: what is asked for becomes a session on record, or a refusal that has a name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.app.sites import compile_site
from gateway.audit.record import Kind
from gateway.console.values import StartOrder
from gateway.errors import Refused, StoreAway
from gateway.identity.keys import Algorithm, KeyRing
from gateway.middleware.proofs import Proofs
from gateway.model import Mode, Operator, Preferences
from gateway.notices.item import WayName
from gateway.notices.outbox import Outbox
from gateway.notices.posting import NoticeDesk
from gateway.people.consents import ConsentBook
from gateway.people.operators import read_operators
from gateway.people.preferences import PreferenceBook
from gateway.people.reach import Reach
from gateway.people.tickets import Lookups, Tickets
from gateway.policy.reasons import Reasons
from gateway.policy.rights.desk import Desk as PolicyDesk
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.profiles import SHIPPED, Profile, Profiles
from gateway.policy.rights.ready import DEFAULT, ready_files
from gateway.policy.tickets.address import Address
from gateway.policy.tickets.conditions import Condition
from gateway.policy.tickets.lookup import Answer, Lookup, Shape
from gateway.sessions import tokens
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.approval_book import ApprovalBook
from gateway.sessions.approval_telling import ApprovalTelling
from gateway.sessions.approving import Approving, Times
from gateway.sessions.events import Events
from gateway.sessions.finding import Finder
from gateway.sessions.glass import Glass
from gateway.sessions.glass_book import GlassBook
from gateway.sessions.repository import Entry, SessionRepository
from gateway.sessions.return_addresses import ReturnAddresses
from gateway.sessions.rights import Rights
from gateway.sessions.sight import Sight
from gateway.sessions.standings import Standings
from gateway.sessions.starting import Starting
from gateway.sessions.telling import Telling
from gateway.site import Site
from gateway.store.client import Store
from tests.audit.support import emitting, new_ids, records
from tests.config.support import read
from tests.servers import StoreServer
from tests.sessions.support import CLIENT, Clock

OPERATORS = read_operators(
    """
- {id: ada, name: Ada, email: ada@example.com, profile: Administrator}
- {id: mia, name: Mia, email: mia@example.com, profile: Customer Success Manager,
   accounts: [nordlicht]}
- {id: sue, name: Sue, email: sue@example.com, profile: Support}
- {id: dev, name: Dev, email: dev@example.com, profile: Developer}
- {id: max, name: Max, email: max@example.com, profile: Super Manager}
""",
    "operators.yaml",
)
PEOPLE = """
accounts: [{id: nordlicht, name: Nordlicht GmbH}]
users:
  - {id: jonas, name: Jonas, email: jonas@nordlicht.example, account: nordlicht, groups: [sales]}
  - {id: dev.user, name: Dev as user, email: DEV@example.com, account: nordlicht}
"""
ORDER = StartOrder(site="crm", subject="jonas", mode=Mode.READ_ONLY, reason=" Looks into it ")
SHOWS_NOTES = """
@id("notes_are_shown")
permit (principal, action == Gateway::Action::"reveal", resource)
when { context.category == Gateway::Category::"notes" };
"""


def no_ring(algorithm: Algorithm) -> KeyRing:
    raise AssertionError(algorithm)


def operator(name: str) -> Operator:
    found = OPERATORS.get(name)
    assert found is not None
    return found


def crm(folder: Path, **said: Any) -> Site:
    config = read(folder, lambda config: config["sites"][0].update(said))
    (folder / "people.yaml").write_text(PEOPLE)
    return compile_site(
        config.sites[0], issuer="", ring=no_ring, redaction_key=bytes(32), proofs=Proofs()
    )


RETURNS = ReturnAddresses(
    "/_gateway/",
    "https://acting.example.com",
    {"crm": ["https://crm.example.com"]},
    ["https://portal.example.com"],
)
CONSOLE = "https://acting.example.com/_gateway/"


LOOKUP = Lookup(
    Address("https://desk.example.com/{site}/{ticket}"),
    {
        "open": Condition("$.status", ["open"]),
        "same_account": Condition("$.account", ["{account.id}"]),
        "opened_by_customer": Condition("$.by", ["{user.id}"]),
    },
)


class Desk:
    """Starts on one site over a real store."""

    def __init__(
        self,
        site: Site,
        url: str,
        store: Store,
        events: Events,
        reasons: Reasons | None = None,
        *,
        ticket_required: bool = False,
        ready: Sequence[str] = DEFAULT,
        ways: tuple[WayName, ...] = ("mail",),
    ) -> None:
        self.url = url
        self.asked: list[str] = []
        self.clock = Clock()
        self.repository = SessionRepository(store)
        self.preferences = PreferenceBook(store)
        actors = ActorSessions(store, self.repository)
        lookups = Lookups(LOOKUP, self.answer, 30, now=self.clock, clock=lambda: 0)
        policies = InForce(read_policies(ready_files(ready) | {"own.cedar": SHOWS_NOTES}))
        rights = Rights(
            operators=OPERATORS,
            profiles=PROFILES,
            policies=policies,
            standings=Standings(OPERATORS, self.preferences),
            consents=ConsentBook(store),
            tickets=Tickets(Shape("CS-[0-9]+", "CS-1"), lookups),
            ticket_required=ticket_required,
            actors=actors,
            now=self.clock,
        )
        sites = {site.name: site}
        standings = Standings(OPERATORS, self.preferences)
        sight = Sight(sites, standings, PROFILES, PolicyDesk(policies), self.clock)
        glass = Glass(GlassBook(store), sight, events, self.clock)
        self.outbox = Outbox(store)
        notices = NoticeDesk(self.outbox, ways, ("boss@example.com",), self.clock)
        self.approving = Approving(
            finder=Finder(sites, Reach(self.preferences)),
            operators=OPERATORS,
            reasons=Reasons(),
            rights=rights,
            sight=sight,
            book=ApprovalBook(store),
            events=events,
            fresh=lambda client: client.signed_in_at > 0,
            times=Times(waits_ms=1000, holds_ms=500),
            telling=ApprovalTelling(notices, sites, CONSOLE),
            now=self.clock,
        )
        self.starting = Starting(
            finder=Finder(sites, Reach(self.preferences)),
            approving=self.approving,
            glass=glass,
            fresh=lambda client: client.signed_in_at > 0,
            profiles=PROFILES,
            rights=rights,
            actors=actors,
            repository=self.repository,
            events=events,
            reasons=reasons or Reasons(),
            returns=RETURNS,
            telling=Telling(notices, standings, PROFILES, CONSOLE),
            now=self.clock,
        )

    async def answer(self, url: str) -> Answer:
        self.asked.append(url)
        body = b'{"status": "open", "account": "nordlicht", "by": "sam"}'
        if url.endswith("CS-7"):
            body = body.replace(b"sam", b"jonas")
        return Answer(status=200, media_type="application/json", body=body)

    async def refusal(self, who: str = "ada", **order: Any) -> Refused:
        with pytest.raises(Refused) as refused:
            await self.starting.start(operator(who), replace(ORDER, **order), CLIENT)
        assert await self.repository.live() == []
        return refused.value


PROFILES = Profiles(Profile(name=name, lifetime_ms=1_800_000, idle_ms=600_000) for name in SHIPPED)
STRICT = Reasons(listed=("Support", "Billing"))
CATEGORIES = {"notes": "Notes", "comments": "Comments"}
CAPABILITIES = {"edit_prices": "Edit prices", "edit_shipping": "Edit shipping"}
WORKFLOWS = [
    {"id": "quotes", "label": "Create a quote", "start": "/quotes/new", "paths": ["/quotes/**"]}
]
RULES = [{"id": "out", "block": ["ANY"], "path": "/sign-out"}]


@pytest.fixture
async def desk(tmp_path: Path, store_url: str) -> AsyncIterator[Desk]:
    site = crm(tmp_path, categories=CATEGORIES, rules=RULES)
    async with emitting(store_url) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        yield Desk(site, store_url, store, events)


async def test_a_session_is_what_was_asked_for_and_what_policies_permit(desk: Desk) -> None:
    session, code = await desk.starting.start(operator("ada"), ORDER, CLIENT)
    assert (session.site, session.mode, session.reason) == ("crm", Mode.READ_ONLY, "Looks into it")
    assert (session.actor.id, session.actor.profile) == ("ada", "Administrator")
    assert (session.subject.id, session.subject.groups) == ("jonas", ("sales",))
    assert session.subject.account_name == "Nordlicht GmbH"
    assert session.host == f"{session.id}.crm.example.com"
    assert session.expires_at - session.started_at == 1_800_000
    assert session.reveal == ("notes",)
    assert session.allowed_by == ("administrators_act_for_everyone", "notes_are_shown")
    assert [found.session for found in await desk.repository.live()] == [session]
    assert await desk.repository.use_code(tokens.digest(code)) == Entry(session.id)


async def test_with_isolation_cookie_a_session_is_on_the_sites_own_host(
    tmp_path: Path, store_url: str
) -> None:
    site = crm(tmp_path, isolation="cookie")
    async with emitting(store_url) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        desk = Desk(site, store_url, store, events)
        session, _ = await desk.starting.start(operator("ada"), ORDER, CLIENT)
    assert (session.isolation, session.host) == ("cookie", "crm.example.com")


async def test_a_start_is_on_record_and_its_code_is_not(desk: Desk) -> None:
    session, code = await desk.starting.start(operator("ada"), ORDER, CLIENT)
    (record,) = await records(desk.url)
    assert (record.kind, record.session) == (Kind.SESSION_STARTED, session.id)
    assert code not in str(record)


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"site": "hr"}, 404, "unknown_site"),
        ({"subject": "JONAS"}, 404, "unknown_subject"),
        ({"reason": "  short  "}, 422, "reason_missing"),
        ({"subject": "dev.user"}, 403, "protected_user"),
        ({"ticket": "CS-x"}, 422, "ticket_malformed"),
        ({"workflow": "gone"}, 404, "unknown_workflow"),
        ({"return_to": "https://evil.example/"}, 422, "return_to_elsewhere"),
    ],
)
async def test_every_no_has_a_name(
    desk: Desk, order: dict[str, str], status: int, code: str
) -> None:
    refused = await desk.refusal(**order)
    assert (refused.status, refused.code) == (status, code)
    assert refused.advice


async def test_a_refusal_by_policy_names_the_policy_and_speaks_its_words(desk: Desk) -> None:
    refused = await desk.refusal("mia", mode=Mode.READ_WRITE, ticket="  ")
    assert (refused.status, refused.code) == (403, "forbidden_by_policy")
    assert refused.rule == "changes_need_a_ticket"
    assert "ticket" in refused.detail
    session, _ = await desk.starting.start(
        operator("mia"), replace(ORDER, mode=Mode.READ_WRITE, ticket=" CS-6 "), CLIENT
    )
    assert session.ticket == "CS-6"


async def test_what_holds_of_a_ticket_reaches_the_policies(desk: Desk) -> None:
    assert (await desk.refusal("sue")).rule == "support_waits_for_leave_or_a_ticket"
    assert desk.asked == []
    assert (await desk.refusal("sue", ticket="CS-6")).rule == "support_waits_for_leave_or_a_ticket"
    outlook = await desk.starting.outlook(
        operator("sue"), replace(ORDER, reason="", ticket=" CS-7 "), CLIENT
    )
    assert outlook.refusal is None
    session, _ = await desk.starting.start(operator("sue"), replace(ORDER, ticket="CS-7"), CLIENT)
    assert session.ticket == "CS-7"
    assert session.allowed_by[0] == "support_acts_for_a_customers_ticket"
    assert desk.asked == [f"https://desk.example.com/crm/{name}" for name in ("CS-6", "CS-7")]


async def test_a_start_that_needs_a_reason_of_a_list_and_a_ticket_says_so(
    tmp_path: Path, store_url: str
) -> None:
    async with emitting(store_url) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        desk = Desk(crm(tmp_path), store_url, store, events, STRICT, ticket_required=True)
        refused = await desk.refusal()
        assert (refused.status, refused.code) == (422, "reason_not_listed")
        assert "Support; Billing" in refused.advice
        refused = await desk.refusal(reason="Support")
        assert (refused.status, refused.code) == (403, "ticket_missing")
        order = replace(ORDER, reason="Support", ticket="CS-6")
        session, _ = await desk.starting.start(operator("ada"), order, CLIENT)
    assert session.reason == "Support"


async def test_the_outlook_says_what_a_start_would_give_and_starts_nothing(desk: Desk) -> None:
    outlook = await desk.starting.outlook(operator("ada"), replace(ORDER, reason=""), CLIENT)
    assert (outlook.hidden, outlook.revealed) == (("Comments",), ("Notes",))
    assert outlook.blocked == ("every change", "opening /sign-out")
    assert (outlook.lifetime_ms, outlook.idle_ms, outlook.refusal) == (1_800_000, 600_000, None)
    refused = await desk.starting.outlook(
        operator("dev"), replace(ORDER, mode=Mode.READ_WRITE), CLIENT
    )
    assert refused.refusal is not None
    assert refused.refusal.code == "not_permitted"
    assert refused.revealed == ()
    assert await desk.repository.live() == []
    assert await records(desk.url) == []


async def test_what_cannot_be_decided_does_not_start(
    tmp_path: Path, store_server: StoreServer
) -> None:
    async with emitting(store_server.url, wait=0.5) as (emitter, store):
        desk = Desk(crm(tmp_path), store_server.url, store, Events(emitter, new_ids(), Clock()))
        store_server.kill()
        for asked in (desk.starting.outlook, desk.starting.start):
            with pytest.raises(StoreAway):
                await asked(operator("ada"), ORDER, CLIENT)
        store_server.start()
        assert await emitter.drain(5) == 0
        assert await records(desk.url) == []


async def test_what_cannot_be_recorded_does_not_start(
    tmp_path: Path, store_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with emitting(store_server.url, wait=0.5) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        desk = Desk(crm(tmp_path), store_server.url, store, events)
        take = ActorSessions.take

        async def and_the_store_goes(*words: Any) -> bool:
            taken = await take(*words)
            store_server.kill()
            return taken

        monkeypatch.setattr(ActorSessions, "take", and_the_store_goes)
        with pytest.raises(StoreAway):
            await desk.starting.start(operator("ada"), ORDER, CLIENT)
        store_server.start()
        assert await emitter.drain(5) == 0
        assert [(each.kind, each.reason) for each in await records(desk.url)] == [
            (Kind.SESSION_STARTED, ""),
            (Kind.SESSION_ENDED, "audit_away"),
        ]
        assert await desk.repository.live() == []


async def test_one_session_at_a_time_on_a_site_unless_a_policy_allows_more(
    tmp_path: Path, store_url: str
) -> None:
    async with emitting(store_url) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        desk = Desk(crm(tmp_path), store_url, store, events)
        first, _ = await desk.starting.start(operator("ada"), ORDER, CLIENT)
        with pytest.raises(Refused) as refused:
            await desk.starting.start(operator("ada"), ORDER, CLIENT)
        assert (refused.value.code, refused.value.status) == ("already_acting", 403)
        assert [each.session for each in await desk.repository.live()] == [first]
        both = Desk(crm(tmp_path), store_url, store, events, ready=[*DEFAULT, "side_by_side"])
        await both.starting.start(operator("ada"), ORDER, CLIENT)
        assert len(await desk.repository.live()) == 2


async def test_of_starts_at_the_same_moment_one_comes_to_be(tmp_path: Path, store_url: str) -> None:
    async with emitting(store_url) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        desk = Desk(crm(tmp_path), store_url, store, events)
        starts = (desk.starting.start(operator("ada"), ORDER, CLIENT) for _ in range(8))
        came = await asyncio.gather(*starts, return_exceptions=True)
        assert sum(isinstance(each, tuple) for each in came) == 1
        assert {each.code for each in came if isinstance(each, Refused)} == {"already_acting"}
        assert len(await desk.repository.live()) == 1


async def test_what_an_account_prefers_decides_at_once(tmp_path: Path, store_url: str) -> None:
    async with emitting(store_url) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        desk = Desk(crm(tmp_path, preferences={"ask_first": True}), store_url, store, events)
        assert (await desk.refusal()).rule == "users_are_asked_first"
        await desk.preferences.change(
            "crm",
            "nordlicht",
            Preferences(),
            by=operator("ada"),
            why="They said so",
            at_ms=1,
            expected=0,
        )
        await desk.starting.start(operator("ada"), ORDER, CLIENT)


async def test_a_session_is_for_its_workflow_with_what_policies_give_in_it(
    tmp_path: Path, store_url: str
) -> None:
    site = crm(tmp_path, capabilities=CAPABILITIES, workflows=WORKFLOWS)
    portal = "https://portal.example.com/customers/7"
    order = replace(ORDER, mode=Mode.READ_WRITE, workflow="quotes", return_to=portal)
    async with emitting(store_url) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        desk = Desk(site, store_url, store, events, ready=[*DEFAULT, "capabilities_for_changes"])
        outlook = await desk.starting.outlook(operator("ada"), order, CLIENT)
        assert outlook.capabilities == ("Edit prices", "Edit shipping")
        assert outlook.blocked == ("everything outside of “Create a quote”",)
        session, _ = await desk.starting.start(operator("ada"), order, CLIENT)
        (record,) = await records(desk.url)
    assert (session.workflow, session.capabilities) == ("quotes", tuple(CAPABILITIES))
    assert session.return_to == portal
    assert record.detail == (
        "For the workflow quotes. With the capabilities edit_prices, edit_shipping."
    )
    assert "capabilities_come_with_changes" in record.rule


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"workflow": "quotes"}, "unknown_workflow"),
        ({"return_to": "//evil.example"}, "return_to_elsewhere"),
    ],
)
async def test_the_outlook_of_what_cannot_be_says_so_by_name(
    desk: Desk, order: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        await desk.starting.outlook(operator("ada"), replace(ORDER, **order), CLIENT)
    assert refused.value.code == code
