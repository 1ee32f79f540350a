"""What users allow, and when it ends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.errors import StoreAway
from gateway.people.consents import HOUR_MS, LOOKS_MS, ConsentBook, ConsentChange
from gateway.store.client import Store, connect
from tests.servers import StoreServer

NOW = 1_795_319_163_000


@pytest.fixture
async def book(store_url: str) -> AsyncIterator[ConsentBook]:
    store = await connect(store_url, timeout=5)
    yield ConsentBook(store)
    await store.aclose()


async def test_a_consent_holds_until_its_end_and_not_at_it(book: ConsentBook) -> None:
    assert await book.until("crm", "jonas", NOW) == 0
    await book.allow("crm", "jonas", NOW + 10, at_ms=NOW)
    assert await book.until("crm", "jonas", NOW + 9) == NOW + 10
    assert await book.until("crm", "jonas", NOW + 10) == 0
    assert await book.until("crm", "priya", NOW) == 0
    assert await book.until("billing", "jonas", NOW) == 0


async def test_the_last_word_counts_and_all_of_them_are_its_history(book: ConsentBook) -> None:
    await book.allow("crm", "jonas", NOW + 9_000, at_ms=NOW)
    await book.allow("crm", "jonas", NOW + 5_000, at_ms=NOW + 1)
    assert await book.until("crm", "jonas", NOW) == NOW + 5_000
    await book.withdraw("crm", "jonas", at_ms=NOW + 2)
    assert await book.until("crm", "jonas", NOW) == 0
    assert await book.history("crm", "jonas") == [
        ConsentChange(until=0, at=NOW + 2),
        ConsentChange(until=NOW + 5_000, at=NOW + 1),
        ConsentChange(until=NOW + 9_000, at=NOW),
    ]


async def test_ends_are_found_once_by_who_looks_on_and_several_times_after_each(
    book: ConsentBook,
) -> None:
    odd = 'a"b:c\u00e4'
    await book.allow("crm", odd, NOW + 100, at_ms=NOW)
    await book.allow("billing", "priya", NOW + 200, at_ms=NOW)
    assert await book.lapsed(0, NOW + 99) == set()
    assert await book.lapsed(NOW + 99, NOW + 100) == {("crm", odd)}
    assert await book.lapsed(NOW + 100, NOW + 200) == {("billing", "priya")}
    for after in LOOKS_MS:
        at = NOW + 100 + after
        assert await book.lapsed(at - 1, at) == {("crm", odd)}


async def test_what_is_taken_back_or_changed_is_looked_at_too(book: ConsentBook) -> None:
    await book.allow("crm", "jonas", NOW + HOUR_MS, at_ms=NOW)
    await book.withdraw("crm", "jonas", at_ms=NOW + 50)
    assert await book.lapsed(NOW, NOW + 50) == {("crm", "jonas")}
    assert await book.lapsed(NOW + HOUR_MS - 1, NOW + HOUR_MS) == {("crm", "jonas")}


async def test_old_ends_are_forgotten_and_those_that_others_may_not_have_seen_stay(
    book: ConsentBook,
) -> None:
    await book.allow("crm", "jonas", NOW, at_ms=NOW - 1)
    await book.forget_ends(NOW + HOUR_MS - 1)
    assert await book.lapsed(0, NOW) == {("crm", "jonas")}
    await book.forget_ends(NOW + 2 * HOUR_MS)
    assert await book.lapsed(0, NOW + 2 * HOUR_MS) == set()


async def test_without_a_store_nobody_can_say(store_server: StoreServer) -> None:
    store: Store = await connect(store_server.url, timeout=0.5)
    book = ConsentBook(store)
    store_server.kill()
    with pytest.raises(StoreAway):
        await book.until("crm", "jonas", NOW)
    with pytest.raises(StoreAway):
        await book.lapsed(0, NOW)
    await store.aclose()
