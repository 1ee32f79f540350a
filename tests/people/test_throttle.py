"""Who guesses passwords waits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.errors import StoreAway
from gateway.people.throttle import OF_A_NAME, OF_AN_ADDRESS, Throttle
from gateway.store.client import Store, connect
from tests.servers import StoreServer

HERE, ELSEWHERE = "192.0.2.7", "2001:db8::8"
START = 1_795_319_163_000
MINUTES = 60_000


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


async def wait(store: Store, name: str, after_ms: int, address: str = HERE) -> int:
    """Make a wrong try; give the milliseconds that it had to wait instead."""
    return (await Throttle(store).begin(address, name, START + after_ms))[1]


async def test_after_so_many_tries_a_name_waits_until_the_first_is_five_minutes_old(
    store: Store,
) -> None:
    for second in range(OF_A_NAME):
        assert await wait(store, "ada", second * 1000) == 0
    assert await wait(store, "ADA", 9_000) == 5 * MINUTES - 9_000
    assert await wait(store, "ada", 5 * MINUTES - 1) == 1
    assert await wait(store, "ada", 5 * MINUTES) == 0, "the first has lapsed"
    assert await wait(store, "ada", 5 * MINUTES) == 1000, "the second is the first now"
    assert await wait(store, "ada", 5 * MINUTES, ELSEWHERE) == 0, "nobody is locked out"


async def test_an_address_waits_whatever_names_it_tries(store: Store) -> None:
    for number in range(OF_AN_ADDRESS):
        assert await wait(store, f"name {number}", 0) == 0
    assert await wait(store, "ada", 1) == 5 * MINUTES - 1


async def test_a_try_that_is_taken_back_does_not_count(store: Store) -> None:
    throttle = Throttle(store)
    for _ in range(OF_AN_ADDRESS + 1):
        attempt, wait_ms = await throttle.begin(HERE, "ada", START)
        assert wait_ms == 0
        await throttle.take_back(HERE, "ada", attempt)


async def test_the_store_holds_no_name_and_forgets_after_five_minutes(store: Store) -> None:
    await wait(store, "a password typed into the wrong field \udcff", 0)
    found = [key async for key in store.redis.scan_iter()]
    assert len(found) == 2
    assert all(b"password" not in key for key in found)
    assert all([0 < await store.redis.pttl(key) <= 5 * MINUTES for key in found])


async def test_without_the_store_nobody_is_let_in(store_server: StoreServer) -> None:
    store = await connect(store_server.url, timeout=1)
    store_server.kill()
    with pytest.raises(StoreAway):
        await wait(store, "ada", 0)
    await store.aclose()
