"""Whose users an operator finds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.model import Account, Operator, Preferences
from gateway.people.memory import MemoryDirectory
from gateway.people.preferences import PreferenceBook
from gateway.people.reach import Reach
from gateway.store.client import connect
from tests.middleware.support import a_site

DIRECTORY = MemoryDirectory(
    [
        Account(id="world", name="World"),
        Account(id="nord", name="Nord", parent="world"),
        Account(id="berlin", name="Berlin", parent="nord"),
        Account(id="wind", name="Wind"),
        Account(id="Wind", name="Another"),
    ]
)
SITE = replace(a_site(), directory=DIRECTORY)
ADA = Operator(id="ada", name="Ada", email="ada@x.example", profile="Administrator")


@pytest.fixture
async def book(store_url: str) -> AsyncIterator[PreferenceBook]:
    store = await connect(store_url, timeout=5)
    yield PreferenceBook(store)
    await store.aclose()


async def say(book: PreferenceBook, account: str, *partners: str) -> None:
    prefers = Preferences(partners=partners)
    await book.change("crm", account, prefers, by=ADA, why="", at_ms=1, expected=None)


def outsider(account: str = "", partner: str = "", accounts: tuple[str, ...] = ()) -> Operator:
    return Operator(
        id="out",
        name="Out",
        email="out@y.example",
        profile="Partner Admin",
        account=account,
        partner=partner,
        accounts=accounts,
    )


async def test_ones_own_people_find_everybody(book: PreferenceBook) -> None:
    assert await Reach(book).of(ADA, SITE) is None
    assert await Reach(book).of(replace_accounts(ADA), SITE) is None


def replace_accounts(operator: Operator) -> Operator:
    return Operator(
        id=operator.id,
        name=operator.name,
        email=operator.email,
        profile="Customer Success Manager",
        accounts=("nord",),
    )


async def test_a_customers_people_find_their_own_account_and_those_below(
    book: PreferenceBook,
) -> None:
    reach = Reach(book)
    assert await reach.of(outsider("nord"), SITE) == frozenset({"nord", "berlin"})
    assert await reach.of(outsider("wind"), SITE) == frozenset({"wind"})
    assert await reach.of(outsider("nowhere"), SITE) == frozenset()
    assert await reach.of(outsider("wind", accounts=("berlin",)), SITE) == frozenset(
        {"wind", "berlin"}
    )


async def test_a_partners_people_find_where_they_are_approved_and_hear_of_changes(
    book: PreferenceBook,
) -> None:
    reach, pat = Reach(book), outsider(partner="agency")
    assert await reach.of(pat, SITE) == frozenset()
    await say(book, "nord", "agency")
    first = await reach.of(pat, SITE)
    assert first == frozenset({"nord", "berlin"})
    assert await reach.of(pat, SITE) is first
    await say(book, "berlin", "rival")
    assert await reach.of(pat, SITE) == frozenset({"nord"})
    assert await reach.of(outsider(partner="rival"), SITE) == frozenset({"berlin"})
    assert not await reach.reaches(pat, SITE, "berlin")
    assert await reach.reaches(pat, SITE, "nord")
    assert await reach.of(outsider(partner="agency", accounts=("wind",)), SITE) == frozenset(
        {"nord", "wind"}
    )


async def test_what_a_site_approves_holds_where_nobody_said_anything(book: PreferenceBook) -> None:
    site = replace(SITE, preferences=Preferences(partners=("agency",)))
    await say(book, "world")
    assert await Reach(book).of(outsider(partner="agency"), site) == frozenset({"wind", "Wind"})


async def test_a_directory_that_has_changed_counts_at_once(book: PreferenceBook) -> None:
    directory = MemoryDirectory(DIRECTORY.accounts())
    site, reach = replace(SITE, directory=directory), Reach(book)
    assert await reach.of(outsider("nord"), site) == frozenset({"nord", "berlin"})
    directory.swap(directory.people.but({"berlin": None}, {}))
    assert await reach.of(outsider("nord"), site) == frozenset({"nord"})
