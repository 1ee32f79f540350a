"""Tickets are looked up once at a time, and remembered only while and when they count."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.model import Account, Deny
from gateway.people.tickets import Lookups, Tickets
from gateway.policy.tickets.address import Address
from gateway.policy.tickets.conditions import Condition
from gateway.policy.tickets.lookup import Answer, Lookup, Shape, TicketFound, Unchecked
from tests.policy.tickets.support import JONAS, NORDLICHT

LOOKUP = Lookup(
    Address("https://desk.example.com/t/{ticket}"),
    {"open": Condition("$.status", ["open"]), "same": Condition("$.of", ["{user.account}"])},
    ("open",),
)


class World:
    """A desk in memory, and clocks that a test moves. `away`: the desk does not say."""

    def __init__(self) -> None:
        self.said: dict[str, Any] = {"status": "open", "of": "n-7"}
        self.away = False
        self.asked: list[str] = []
        self.seconds = 1000.0
        self.was_asked = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        lookups = Lookups(LOOKUP, self.get, 30, now=lambda: 7_000_000, clock=lambda: self.seconds)
        self.tickets = Tickets(Shape("CS-.+", "CS-1"), lookups)

    async def get(self, url: str) -> Answer:
        self.asked.append(url)
        self.was_asked.set()
        await self.may_answer.wait()
        if self.away:
            raise Unchecked("away")
        body = json.dumps(self.said).encode()
        return Answer(status=200, media_type="application/json", body=body)

    async def check(self, ticket: str = "CS-1", account: Account = NORDLICHT) -> TicketFound | Deny:
        return await self.tickets.check("crm", ticket, JONAS, account)

    async def code(self, ticket: str = "CS-1") -> str:
        said = await self.check(ticket)
        return said.code if isinstance(said, Deny) else ""


@pytest.fixture
def world() -> World:
    return World()


async def test_a_ticket_that_counts_says_what_holds_and_for_how_long(world: World) -> None:
    found = await world.check()
    assert found == TicketFound(
        id="CS-1", holds=frozenset({"open", "same"}), until_ms=7_000_000 + 30_000
    )


async def test_an_answer_is_remembered_for_as_long_as_it_holds_and_no_longer(world: World) -> None:
    await world.check()
    world.said = {"status": "closed"}
    world.seconds += 29.9
    assert await world.code() == ""
    world.seconds += 0.1
    assert await world.code() == "ticket_not_usable"
    assert len(world.asked) == 2


async def test_an_answer_is_as_old_as_its_question(world: World) -> None:
    world.may_answer.clear()
    asking = asyncio.create_task(world.check())
    await world.was_asked.wait()
    world.seconds += 20
    world.may_answer.set()
    await asking
    world.seconds += 10
    await world.check()
    assert len(world.asked) == 2


async def test_no_failure_is_remembered_nor_hides_behind_an_old_answer(world: World) -> None:
    world.away = True
    assert await world.code() == "ticket_unchecked"
    world.away = False
    assert await world.code() == ""
    world.away, world.seconds = True, world.seconds + 30
    assert await world.code() == "ticket_unchecked"
    assert len(world.asked) == 3


async def test_what_holds_for_one_user_or_account_is_not_held_for_another(world: World) -> None:
    await world.check()
    other = await world.tickets.check("crm", "CS-1", replace(JONAS, account="n-8"), NORDLICHT)
    assert isinstance(other, TicketFound)
    assert other.holds == {"open"}
    await world.check(account=replace(NORDLICHT, region="apac"))
    assert len(world.asked) == 3


async def test_who_asks_at_once_waits_for_one_answer_and_may_go(world: World) -> None:
    world.may_answer.clear()
    first, *others = (asyncio.create_task(world.check()) for _ in range(5))
    await world.was_asked.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    world.may_answer.set()
    assert {type(each) for each in await asyncio.gather(*others)} == {TicketFound}
    assert len(world.asked) == 1


async def test_what_is_no_ticket_is_never_asked_for(world: World) -> None:
    assert await world.code("4711") == "ticket_malformed"
    assert await world.code("CS-/../1") == "ticket_malformed"
    assert world.asked == []


async def test_so_many_answers_are_remembered_and_the_oldest_go_first(world: World) -> None:
    for number in range(1025):
        await world.check(f"CS-{number}")
    world.asked.clear()
    await world.check("CS-1")
    assert world.asked == []
    await world.check("CS-0")
    assert len(world.asked) == 1


async def test_without_a_lookup_what_looks_like_a_ticket_counts_and_nothing_holds() -> None:
    found = await Tickets(Shape("CS-[0-9]+", "CS-1")).check("crm", "CS-1", JONAS, NORDLICHT)
    assert found == TicketFound(id="CS-1")
    assert await Tickets().check("crm", "any", JONAS, NORDLICHT) == TicketFound(id="any")


async def test_what_was_asked_before_a_change_answers_nobody_who_asks_after_it(
    world: World,
) -> None:
    world.may_answer.clear()
    before = asyncio.create_task(world.check())
    await world.was_asked.wait()
    said, world.said = world.said, {"status": "closed"}
    world.tickets.forget("CS-1")
    after = asyncio.create_task(world.code())
    await asyncio.sleep(0)
    world.may_answer.set()
    assert await after == "ticket_not_usable"
    await before
    assert len(world.asked) == 2
    world.may_answer.clear()
    world.was_asked.clear()
    world.said = said
    before = asyncio.create_task(world.check())
    await world.was_asked.wait()
    world.tickets.forget("CS-1")
    world.may_answer.set()
    assert isinstance(await before, TicketFound)
    world.said = {"status": "closed"}
    assert await world.code() == "ticket_not_usable", "nothing of before is remembered"
