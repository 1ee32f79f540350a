"""Sessions are looked at again: those of people who are gone end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.errors import StoreAway
from gateway.model import Mode, Session, Subject
from gateway.people.consents import ConsentBook
from gateway.people.preferences import PreferenceBook
from gateway.people.tickets import Tickets
from gateway.policy.rights.files import read_policies
from gateway.policy.rights.in_force import InForce
from gateway.policy.rights.ready import DEFAULT, ready_files
from gateway.sessions.actor_sessions import ActorSessions
from gateway.sessions.review import Review
from gateway.sessions.rights import Rights
from gateway.sessions.standings import Standings
from gateway.site import Site
from tests.servers import StoreServer
from tests.sessions.support import Clock, Worker, a_session, ends, worker
from tests.sessions.test_starting import CAPABILITIES, OPERATORS, PROFILES, WORKFLOWS, crm


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return crm(tmp_path)


def review_of(
    side: Worker, site: Site, ready: Sequence[str] = DEFAULT, own: Mapping[str, str] = {}
) -> Review:
    rights = Rights(
        operators=OPERATORS,
        profiles=PROFILES,
        policies=InForce(read_policies({**ready_files(ready), **own})),
        standings=Standings(OPERATORS, PreferenceBook(side.store)),
        consents=ConsentBook(side.store),
        tickets=Tickets(None, None),
        ticket_required=False,
        actors=ActorSessions(side.store, side.repository),
        now=side.clock,
    )
    return Review(
        {site.name: site}, OPERATORS, rights, side.repository, side.revocation, side.ending
    )


def subject_of(user_id: str) -> Subject:
    """Somebody as `crm` has them, if it does."""
    return Subject(
        id=user_id,
        name="Jonas Weber",
        email="jonas@nordlicht.example",
        account="nordlicht",
        account_name="Nordlicht GmbH",
        status="active",
        groups=("sales",),
    )


def by(actor: str, subject: str, clock: Clock) -> Session:
    session = a_session(clock)
    return replace(
        session,
        actor=replace(session.actor, id=actor),
        subject=subject_of(subject),
        ticket="",
        address="192.0.2.7",
    )


async def test_sessions_of_people_who_are_gone_end_and_others_stay(
    one: Worker, clock: Clock, store_url: str, site: Site
) -> None:
    stays, gone, nobody = (
        by("ada", "jonas", clock),
        by("bob", "jonas", clock),
        by("ada", "x", clock),
    )
    elsewhere = replace(by("ada", "jonas", clock), site="billing")
    for each in (stays, gone, nobody, elsewhere):
        await one.start(each)
    await review_of(one, site).look(lambda _: True)
    assert [found.session for found in await one.repository.live()] == [stays]
    told = {each.session: each.detail for each in await ends(store_url)}
    assert told == {
        gone.id: "There is no such operator any more.",
        nobody.id: "There is no such user any more.",
        elsewhere.id: "There is no such site any more.",
    }


async def test_only_those_that_are_concerned_are_looked_at(
    one: Worker, clock: Clock, store_url: str, site: Site
) -> None:
    gone = by("bob", "jonas", clock)
    await one.start(gone)
    await review_of(one, site).of_account(site, "hoshi")
    assert await ends(store_url) == []
    await review_of(one, site).of_account(site, "nordlicht")
    assert [each.session for each in await ends(store_url)] == [gone.id]


async def test_every_session_is_looked_at_however_many_there_are(
    one: Worker, clock: Clock, store_url: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sessions.repository._AT_ONCE", 3)
    for _ in range(8):
        await one.start(by("bob", "jonas", clock))
    await review_of(one, site).look(lambda _: True)
    assert len(await ends(store_url)) == 8


async def test_without_a_store_nobody_is_told_that_it_was_done(
    store_server: StoreServer, clock: Clock, site: Site
) -> None:
    async with worker(store_server.url, clock, wait=0.5) as side:
        await side.start(by("bob", "jonas", clock))
        store_server.kill()
        with pytest.raises(StoreAway):
            await review_of(side, site).look(lambda _: True)


ONLY_PRICES = """
@id("only_prices") @reason("x")
forbid (principal, action == Gateway::Action::"use_capability", resource)
unless { context.capability == Gateway::Capability::"edit_prices" };
"""


async def test_a_session_loses_capabilities_that_are_not_permitted_and_gets_none_back(
    one: Worker, clock: Clock, tmp_path: Path
) -> None:
    site = crm(tmp_path, capabilities=CAPABILITIES, workflows=WORKFLOWS)
    had = ("edit_prices", "edit_shipping")
    session = replace(
        by("ada", "jonas", clock), mode=Mode.READ_WRITE, capabilities=had, workflow="quotes"
    )
    await one.start(session)
    every = (*DEFAULT, "capabilities_for_changes")
    looks: list[tuple[Sequence[str], dict[str, str], tuple[str, ...]]] = [
        (every, {}, had),
        (every, {"own.cedar": ONLY_PRICES}, ("edit_prices",)),
        (every, {}, ("edit_prices",)),
        (DEFAULT, {}, ()),
    ]
    for ready, own, left in looks:
        await review_of(one, site, ready, own).look(lambda _: True)
        (found,) = await one.repository.live()
        assert found.session == replace(session, capabilities=left)


async def test_a_session_of_a_workflow_that_is_gone_ends(
    one: Worker, clock: Clock, store_url: str, site: Site
) -> None:
    await one.start(replace(by("ada", "jonas", clock), workflow="quotes"))
    await review_of(one, site).look(lambda _: True)
    (end,) = await ends(store_url)
    assert end.detail == "There is no such workflow any more."


async def test_a_live_session_is_asked_about_with_its_workflow(
    one: Worker, clock: Clock, store_url: str, tmp_path: Path
) -> None:
    site = crm(tmp_path, workflows=WORKFLOWS)
    within, without = by("mia", "jonas", clock), by("mia", "jonas", clock)
    within = replace(within, mode=Mode.READ_WRITE, workflow="quotes")
    without = replace(without, mode=Mode.READ_WRITE)
    for each in (within, without):
        await one.start(each)
    ready = ("shipped_profiles", "changes_in_workflows")
    await review_of(one, site, ready).look(lambda _: True)
    assert [found.session for found in await one.repository.live()] == [within]
    assert [each.session for each in await ends(store_url)] == [without.id]


async def test_who_gets_a_profile_of_less_time_has_less_in_what_is_open(
    one: Worker, clock: Clock, site: Site
) -> None:
    same = by("ada", "jonas", clock)
    same = replace(same, expires_at=clock() + 28_800_000, idle_ms=7_200_000)
    had_more = replace(by("ada", "jonas", clock), expires_at=same.expires_at, idle_ms=same.idle_ms)
    had_more = replace(had_more, actor=replace(had_more.actor, profile="Super Manager"))
    same = replace(same, actor=replace(same.actor, profile="Administrator"))
    for each in (same, had_more):
        await one.start(each)
    await review_of(one, site).look(lambda _: True)
    now = {found.session.id: found.session for found in await one.repository.live()}
    assert now[same.id] == same
    less = now[had_more.id]
    assert (less.expires_at, less.idle_ms) == (clock() + 1_800_000, 600_000)
    clock.at += 600_000
    assert await one.repository.due(clock()) == [had_more.id]
    await review_of(one, site).look(lambda _: True)
    assert (await one.repository.live())[-1].session == same
