"""The people of the store: together as they were seen, or not at all; no password among them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.errors import Refused
from gateway.model import Operator
from gateway.people.people_book import LEDGER, Kept, PeopleBook, Version, heard
from gateway.store import keys
from gateway.store.client import Store, connect
from gateway.store.ledger import Edit, Ledger, follow

BEN = Operator(id="ben", name="Ben", email="b@x.example", profile="Support")


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


async def test_who_was_changed_is_so_and_the_history_says_by_whom(store: Store) -> None:
    book = PeopleBook(store)
    empty = await book.seen()
    assert (empty.people, empty.at) == ({}, 0)
    kept = Kept(operator=BEN, password="x")
    await book.change({"ben": kept}, empty, by="ada", why="New", at_ms=7)
    seen = await book.seen()
    assert (seen.people, seen.at) == ({"ben": Version(kept, 1)}, 1)
    out = Kept(operator=BEN, disabled=True, epoch=1)
    await book.change({"ben": out}, seen, by="sue", why="Left", at_ms=8)
    assert [(each.kept, each.by, each.why, each.at) for each in await book.history("ben")] == [
        (out, "sue", "Left", 8),
        (kept, "ada", "New", 7),
    ]


async def test_who_did_not_see_everybody_changes_nobody(store: Store) -> None:
    book = PeopleBook(store)
    seen = await book.seen()
    await book.change({"ben": Kept(operator=BEN)}, seen, by="ada", why="", at_ms=7)
    with pytest.raises(Refused) as refused:
        await book.change({"kim": Kept(disabled=True)}, seen, by="eve", why="", at_ms=8)
    assert refused.value.code == "changed_meanwhile"
    assert set((await book.seen()).people) == {"ben"}


async def test_who_follows_hears_of_people_alone(store: Store) -> None:
    book = PeopleBook(store)
    after = {LEDGER: await book.last()}
    await book.change({"ben": Kept(operator=BEN)}, await book.seen(), by="a", why="", at_ms=7)
    told: list[object] = []
    async for _, change in follow(store, after):
        told.append(heard(change))
        if len(told) == 2:
            break
    assert told == [None, ("ben", Version(Kept(operator=BEN), 1))]


async def test_somebody_who_cannot_be_read_is_disabled(store: Store) -> None:
    edits = [Edit("ben", b'{"operator": 1}'), Edit("kim", b"\xff")]
    await Ledger(store, LEDGER).change(edits, by="", why="", at_ms=1)
    people = (await PeopleBook(store).seen()).people
    assert {name: each.kept for name, each in people.items()} == dict.fromkeys(
        ("ben", "kim"), Kept(disabled=True)
    )


async def test_a_password_is_found_by_its_name_until_it_is_forgotten(store: Store) -> None:
    book = PeopleBook(store)
    name, other = await book.keep_password("$one"), await book.keep_password("$two")
    assert (await book.password(name), await book.password(other)) == ("$one", "$two")
    await book.forget_password(name)
    await book.forget_password("")
    assert await book.password(name) is None
    assert await book.password("nobody") is None
    assert await store.redis.get(keys.password(other)) == b"$two"
