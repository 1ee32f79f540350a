"""Ledgers: each change is made and logged in one step, and nobody undoes what they did not see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import Refused, StoreAway
from gateway.store.client import Store, connect
from gateway.store.ledger import MOST_AT_ONCE, Edit, Held, Ledger, follow, follow_pages
from tests.servers import StoreServer


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


async def change(ledger: Ledger, *edits: Edit, by: str = "ada") -> int:
    return await ledger.change(edits, by=by, why="because", at_ms=1_795_319_163_123)


async def test_a_value_is_what_it_was_last_made_and_its_history_says_by_whom(store: Store) -> None:
    ledger = Ledger(store, "preferences")
    assert await ledger.get("nord") == [Held(b"", 0)]
    assert await change(ledger, Edit("nord", b'{"a": 1}')) == 1
    assert await change(ledger, Edit("nord", b'{"a": 2}'), by="sue") == 1
    assert await ledger.get("nord", "hoshi") == [Held(b'{"a": 2}', 2), Held(b"", 0)]
    newest, oldest = await ledger.history("nord")
    assert (newest.by, newest.value, newest.version) == ("sue", b'{"a": 2}', 2)
    assert (oldest.by, oldest.why, oldest.at) == ("ada", "because", 1_795_319_163_123)
    assert [each.version for each in await ledger.history("nord", limit=1)] == [2]
    assert await ledger.history("hoshi") == []


async def test_what_is_as_it_was_is_no_change(store: Store) -> None:
    ledger = Ledger(store, "preferences")
    await change(ledger, Edit("nord", b"1"))
    assert await change(ledger, Edit("nord", b"1"), Edit("hoshi", b"2"), Edit("none", b"")) == 1
    assert await ledger.get("nord") == [Held(b"1", 1)]
    assert len(await ledger.history("nord")) == 1
    assert await ledger.history("none") == []


async def test_what_was_removed_is_not_there_and_its_versions_count_on(store: Store) -> None:
    ledger = Ledger(store, "people")
    await change(ledger, Edit("ben", b"1"), Edit("ada", b"2"))
    await change(ledger, Edit("ben", b""))
    assert await ledger.all() == {"ada": Held(b"2", 1)}
    await change(ledger, Edit("ben", b"3", expected=2))
    assert await ledger.get("ben") == [Held(b"3", 3)]
    assert [each.value for each in await ledger.history("ben")] == [b"3", b"", b"1"]


async def test_of_two_who_saw_the_same_version_one_changes_it(store: Store) -> None:
    ledger = Ledger(store, "people")
    await change(ledger, Edit("ben", b"0"))

    def tried(value: bytes) -> Awaitable[int]:
        return change(ledger, Edit("ben", value, expected=1), Edit("ada", value))

    came = await asyncio.gather(*(tried(b"%d" % n) for n in range(1, 9)), return_exceptions=True)
    refused = [each for each in came if isinstance(each, Refused)]
    assert sorted(came, key=str)[0] == 2
    assert len(refused) == 7
    assert (refused[0].code, refused[0].status) == ("changed_meanwhile", 409)
    assert "ben" in refused[0].detail
    ben, ada = await ledger.get("ben", "ada")
    assert (ben.version, ada.version) == (2, 1), "all of a change is made, or nothing"
    assert ben.value == ada.value


async def test_ledgers_are_apart_whatever_their_keys_are(store: Store) -> None:
    people, users = Ledger(store, "people"), Ledger(store, "users:crm")
    odd = "a b:{x}\n\u00fc"
    await change(people, Edit(odd, b"1"))
    await change(users, Edit(odd, b"line\nline\x00\xff"))
    assert await people.all() == {odd: Held(b"1", 1)}
    assert await users.all() == {odd: Held(b"line\nline\x00\xff", 1)}
    assert [each.key for each in await users.history(odd)] == [odd]


async def test_who_follows_hears_of_every_change_in_order(store: Store) -> None:
    people, preferences = Ledger(store, "people"), Ledger(store, "preferences")
    await change(people, Edit("before", b"1"))
    after = {"people": await people.last(), "preferences": await preferences.last()}
    heard: list[tuple[str, str]] = []

    async def listen() -> None:
        async for name, each in follow(store, after):
            heard.append((name, each.key))
            if len(heard) == 3:
                return

    listening = asyncio.create_task(listen())
    await change(people, Edit("ben", b"1"), Edit("ada", b"1"))
    await change(preferences, Edit("nord", b"1"))
    async with asyncio.timeout(10):
        await listening
    assert [key for name, key in heard if name == "people"] == ["ben", "ada"]
    assert [key for name, key in heard if name == "preferences"] == ["nord"]
    assert after["people"] == (await people.last()) != "0-0"


async def test_without_a_store_nothing_is_changed_or_told(store_server: StoreServer) -> None:
    store = await connect(store_server.url, timeout=0.5)
    ledger = Ledger(store, "people")
    store_server.kill()
    for asked in (
        change(ledger, Edit("ben", b"1")),
        ledger.get("ben"),
        ledger.all(),
        ledger.history("ben"),
        ledger.last(),
        anext(follow(store, {"people": "0-0"})),
    ):
        with pytest.raises(StoreAway):
            await asked
    await store.aclose()


async def test_a_step_has_a_size(store: Store) -> None:
    ledger = Ledger(store, "people")
    edits = [Edit(str(n), b"1") for n in range(MOST_AT_ONCE + 1)]
    with pytest.raises(ValueError, match="more than 500"):
        await change(ledger, *edits)
    assert await change(ledger, *edits[1:]) == MOST_AT_ONCE


EDITS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([b"", b"1", b"2"])), min_size=1, max_size=4
)


@settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(EDITS, max_size=6))
async def test_the_log_gives_the_values(store: Store, steps: list[list[tuple[str, bytes]]]) -> None:
    await store.redis.flushall()
    ledger, plain = Ledger(store, "any"), dict[str, bytes]()
    for step in steps:
        await change(ledger, *(Edit(*each) for each in step))
        plain.update(step)
    wanted = {key: value for key, value in plain.items() if value}
    assert {key: held.value for key, held in (await ledger.all()).items()} == wanted
    replayed: dict[str, bytes] = {}
    for key in "abc":
        changes = await ledger.history(key)
        assert [each.version for each in changes] == list(range(len(changes), 0, -1))
        if changes and changes[0].value:
            replayed[key] = changes[0].value
    assert replayed == wanted


async def test_very_many_values_come_in_pages_also_those_that_were_removed(store: Store) -> None:
    ledger = Ledger(store, "people")
    for first in range(0, 3000, MOST_AT_ONCE):
        await change(ledger, *(Edit(str(n), b"1") for n in range(first, first + MOST_AT_ONCE)))
    await change(ledger, Edit("7", b""))
    pages = [dict(page) async for page in ledger.pages()]
    assert len(pages) > 1
    found = {name: held for page in pages for name, held in page.items()}
    assert len(found) == 3000
    assert (found["7"], found["8"]) == (Held(b"", 2), Held(b"1", 1))


async def test_pages_that_lack_something_are_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(store, "people")
    await change(ledger, Edit("ada", b"1"))

    async def more(_: str) -> int:
        return 2

    monkeypatch.setattr(store.redis, "hlen", more)
    with pytest.raises(StoreAway):
        [page async for page in ledger.pages()]


async def test_changes_of_one_step_come_together(store: Store) -> None:
    ledger = Ledger(store, "people")
    await change(ledger, *(Edit(str(n), b"1") for n in range(50)))
    after = {"people": "0-0"}
    async for name, changes in follow_pages(store, after):
        assert (name, [each.key for each in changes]) == ("people", [str(n) for n in range(50)])
        break
