"""Users who are kept in the store: there at the start, and changed as soon as the store is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.model import Account, User
from gateway.people.stored import edit_of, ledger_of
from gateway.store.client import Store, connect
from gateway.store.ledger import Ledger
from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp

NORDLICHT = Account(id="nordlicht", name="Nordlicht GmbH")
JONAS = User(id="jonas", name="Jonas Weber", email="jonas@nordlicht.example", account="nordlicht")
PRIYA = User(id="priya", name="Priya Nair", email="priya@nordlicht.example", account="nordlicht")


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await holds():  # noqa: ASYNC110 - it asks over a socket
            await asyncio.sleep(0)


async def keep(store: Store, *who: Account | User, gone: bool = False) -> None:
    edits = [edit_of(each, gone=gone) for each in who]
    await Ledger(store, ledger_of("crm")).change(edits, by="a test", why="", at_ms=0)


async def found(gw: Running, text: str) -> list[str]:
    answer = await gw.api("GET", f"users?site=crm&q={text}")
    return [each["name"] for each in (await answer.json())["users"]]


async def has_ended(gw: Running, session: str) -> bool:
    return (await gw.api("GET", f"sessions/{session}")).status == 404


async def test_users_are_there_at_the_start_and_change_with_the_store(
    app: RecorderApp, tmp_path: Path, store_url: str, store: Store
) -> None:
    await keep(store, NORDLICHT, JONAS)
    async with running(tmp_path, store_url, site(app.port, directory="store")) as gw:
        assert await found(gw, "weber") == ["Jonas Weber"]
        session = await gw.enter()
        assert (await gw.start(subject="priya")).status == 404
        await keep(store, PRIYA)

        async def starts() -> bool:
            return (await gw.start(subject="priya")).status == 201

        await until(starts)

        async def is_found() -> bool:
            return await found(gw, "nair") == ["Priya Nair"]

        await until(is_found)
        assert not await has_ended(gw, session.id)
        await keep(store, JONAS, gone=True)
        await until(lambda: has_ended(gw, session.id))
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        assert await found(gw, "weber") == []
        assert (await gw.start()).status == 404


async def test_house_contacts_follow_too(
    app: RecorderApp, tmp_path: Path, store_url: str, store: Store
) -> None:
    await keep(store, NORDLICHT, JONAS)
    contact = {"id": "house-{account.id}", "email": "house+{account.id}@x.example"}
    of_crm = site(app.port, directory="store", house_contact=contact)
    async with running(tmp_path, store_url, of_crm) as gw:
        made = await gw.enter(subject="", account="nordlicht")
        desk = replace(PRIYA, id="desk", house_contact=True)
        await keep(store, desk)
        await until(lambda: has_ended(gw, made.id))
        named = await gw.enter(subject="", account="nordlicht")
        await gw.get("/a", named.headers)
        assert b"X-Remote-User: desk" in app.seen[-1].head
        await keep(store, replace(desk, house_contact=False))

        async def is_made_again() -> bool:
            answer = await gw.start(subject="", account="nordlicht")
            id_ = (await answer.json()).get("id", "none")
            found = await (await gw.api("GET", f"sessions/{id_}")).json()
            return bool(found.get("subject", {}).get("id") == "house-nordlicht")

        await until(is_made_again)


async def test_what_changed_while_no_gateway_ran_ends_sessions_at_its_start(
    app: RecorderApp, tmp_path: Path, store_url: str, store: Store
) -> None:
    await keep(store, NORDLICHT, JONAS)
    of_crm = site(app.port, directory="store")
    async with running(tmp_path, store_url, of_crm) as gw:
        session = await gw.enter()
    await keep(store, JONAS, gone=True)
    async with running(tmp_path, store_url, of_crm) as gw:
        await until(lambda: has_ended(gw, session.id))


async def test_nobody_is_acted_for_whom_the_store_does_not_have_wholly(
    app: RecorderApp, tmp_path: Path, store_url: str, store: Store
) -> None:
    below = Account(id="below", name="Below", parent="nowhere")
    lost = User(id="lost", name="Lost", email="l@x.example", account="below")
    await keep(store, below, lost, JONAS)
    await store.redis.hset("gateway:ledger:{directory%3Acrm}", "user:odd", b"1 {")
    async with running(tmp_path, store_url, site(app.port, directory="store")) as gw:
        for subject, status in (("lost", 403), ("jonas", 403), ("odd", 404)):
            assert (await gw.start(subject=subject)).status == status


@pytest.mark.parametrize("lost", [False, True])
async def test_who_was_changed_while_the_store_was_away_is_read_again(
    app: RecorderApp, tmp_path: Path, store_url: str, store: Store, lost: bool
) -> None:
    await keep(store, NORDLICHT, JONAS, PRIYA)
    async with running(tmp_path, store_url, site(app.port, directory="store")) as gw:
        directory = gw.gateway.directories
        session = await gw.enter()
        if lost:  # the store comes back without what it had told: as a failover may leave it
            await store.redis.delete("gateway:ledger:{directory%3Acrm}:log")
            await store.redis.hdel("gateway:ledger:{directory%3Acrm}", "user:jonas")
        else:
            await keep(store, JONAS, gone=True)
        await store.redis.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await until(lambda: has_ended(gw, session.id))

        async def is_followed() -> bool:
            return directory.stale == {"crm": False}

        await until(is_followed)
