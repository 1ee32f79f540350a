"""Shortcuts in the store: bounded, and each operator's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.people.shortlists import MOST_PINNED, MOST_RECENT, Listed, ShortlistBook
from gateway.store import keys
from gateway.store.client import Store, connect


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


async def test_the_last_ten_are_kept_each_once_the_latest_first(store: Store) -> None:
    book = ShortlistBook(store)
    for n in range(15):
        await book.note("ada", "crm", f"u{n}", n)
    await book.note("ada", "crm", "u9", 99)
    names = [each.subject for each in await book.recent("ada")]
    assert names == ["u9", *(f"u{n}" for n in (14, 13, 12, 11, 10, 8, 7, 6, 5))]
    assert len(names) == MOST_RECENT
    assert await book.recent("sam") == []


async def test_as_many_are_pinned_as_there_may_be_also_at_once(store: Store) -> None:
    book = ShortlistBook(store)
    pins = (book.pin("ada", "crm", f"u{n}", n) for n in range(MOST_PINNED + 5))
    assert sum(await asyncio.gather(*pins)) == MOST_PINNED
    assert await book.pin("sam", "crm", "u1", 1)
    assert await book.pinned("sam") == [Listed("crm", "u1", 1)]


async def test_a_pin_stays_where_it_is_and_can_be_taken_off(store: Store) -> None:
    book = ShortlistBook(store)
    for at, (site, name) in enumerate((("crm", "a:b"), ("crm:a", "b"), ("crm", "é {x}"))):
        assert await book.pin("ada", site, name, at)
    assert await book.pin("ada", "crm", "a:b", 50)
    await book.unpin("ada", "crm:a", "b")
    await book.unpin("ada", "crm", "nobody")
    assert await book.pinned("ada") == [Listed("crm", "a:b", 0), Listed("crm", "é {x}", 2)]


async def test_shortcuts_at_which_nobody_looks_are_gone_some_day(store: Store) -> None:
    book = ShortlistBook(store)
    await book.note("ada", "crm", "u1", 1)
    await book.pin("ada", "crm", "u1", 1)
    redis: Any = store.redis
    for key in (keys.recent_subjects("ada"), keys.pinned_subjects("ada")):
        assert 0 < await redis.pttl(key) <= 400 * 86_400_000
