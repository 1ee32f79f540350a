"""Nobody is asked by one operator more than once in an hour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from gateway.errors import Refused
from gateway.model import Operator
from gateway.people.consent_requests import PAUSE_MS, ConsentRequests
from gateway.store.client import connect

NOW = 1_795_319_163_000
ADA = Operator(id="ada", name="Ada", email="ada@x.example", profile="Administrator")
SAM = replace(ADA, id="sam", name="Sam")


@pytest.fixture
async def book(store_url: str) -> AsyncIterator[ConsentRequests]:
    store = await connect(store_url, timeout=5)
    yield ConsentRequests(store)
    await store.aclose()


async def test_an_operator_asks_a_user_once_in_an_hour(book: ConsentRequests) -> None:
    await book.add("crm", "jonas", ADA, "One", NOW)
    with pytest.raises(Refused, match="asked_already"):
        await book.check("crm", "jonas", ADA, NOW + PAUSE_MS - 1)
    with pytest.raises(Refused, match="asked_already"):
        await book.add("crm", "jonas", ADA, "Two", NOW + PAUSE_MS - 1)
    for site, user, operator in (
        ("crm", "jonas", SAM),
        ("crm", "priya", ADA),
        ("billing", "jonas", ADA),
    ):
        await book.check(site, user, operator, NOW)
    await book.add("crm", "jonas", ADA, "Three", NOW + PAUSE_MS)
    told = await book.to("crm", "jonas", NOW + PAUSE_MS)
    assert [(each.name, each.why, each.at) for each in told] == [
        ("Ada", "Three", NOW + PAUSE_MS),
        ("Ada", "One", NOW),
    ]


async def test_of_two_at_once_one_is_refused(book: ConsentRequests) -> None:
    asked = await asyncio.gather(
        *(book.add("crm", "jonas", ADA, "Now", NOW) for _ in range(3)), return_exceptions=True
    )
    assert sum(each is None for each in asked) == 1
    assert {each.code for each in asked if isinstance(each, Refused)} == {"asked_already"}


async def test_two_who_ask_at_once_are_both_heard(book: ConsentRequests) -> None:
    await asyncio.gather(*(book.add("crm", "jonas", who, "Now", NOW) for who in (ADA, SAM)))
    assert {each.operator for each in await book.to("crm", "jonas", NOW)} == {"ada", "sam"}


async def test_old_ones_are_forgotten(book: ConsentRequests) -> None:
    await book.add("crm", "jonas", ADA, "One", NOW)
    assert len(await book.to("crm", "jonas", NOW + 7 * 86_400_000 - 1)) == 1
    assert await book.to("crm", "jonas", NOW + 7 * 86_400_000) == ()
