"""Sign-ins: on record, in the store by a hash, and worth as much as the operator is now."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import pytest

from gateway.audit.record import Kind
from gateway.console.values import Client, SignIn
from gateway.people.operators import Operators, read_operators
from gateway.people.people_book import Kept as KeptPerson
from gateway.people.people_book import Version
from gateway.people.sign_ins import LIFETIME_S, StoredSignIns
from gateway.sessions.events import Events
from gateway.store import keys
from gateway.store.client import Store
from tests.audit.support import emitting, new_ids, records

FILE = "- {id: ada, name: Ada, email: ada@example.com, profile: Developer}\n"
OPERATORS = read_operators(FILE, "o.yaml")
NOW = 1_795_319_163_000
CLIENT = Client(address="192.0.2.7", agent="a test")


class Kept:
    """Sign-ins over a real store; `as_of` sees them by another operators file."""

    def __init__(self, url: str, store: Store, events: Events) -> None:
        self.url = url
        self.store = store
        self._events = events
        self.now = self.as_of(OPERATORS)

    def as_of(self, operators: Operators) -> StoredSignIns:
        return StoredSignIns(self.store, operators, self._events, lambda: NOW)

    async def create(self) -> str:
        ada = OPERATORS.get("ada")
        assert ada is not None
        return await self.now.create(ada, "password", CLIENT)


@pytest.fixture
async def kept(store_url: str) -> AsyncIterator[Kept]:
    async with emitting(store_url) as (emitter, store):
        yield Kept(store_url, store, Events(emitter, new_ids(), lambda: NOW))


async def test_a_sign_in_is_found_by_its_token_alone(kept: Kept) -> None:
    token = await kept.create()
    ada = OPERATORS.get("ada")
    assert ada is not None
    assert await kept.now.find(token) == SignIn(operator=ada, way="password", signed_in_at=NOW)
    assert await kept.create() != token
    for other in (token[:-1], token.swapcase(), "", "x" * 43):
        assert await kept.now.find(other) is None


async def test_the_store_holds_no_token_and_forgets_after_eight_hours(kept: Kept) -> None:
    token = await kept.create()
    redis = kept.store.redis
    names = [name.decode() async for name in redis.scan_iter("gateway:sign_in:*")]
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert names == [keys.sign_in(digest)]
    assert token not in str(await redis.get(names[0]))
    assert LIFETIME_S - 10 < await redis.ttl(names[0]) <= LIFETIME_S == 8 * 3600


async def test_an_operator_is_who_they_are_now_and_one_who_is_gone_is_nobody(kept: Kept) -> None:
    token = await kept.create()
    promoted = read_operators(FILE.replace("Developer", "Administrator"), "o.yaml")
    found = await kept.as_of(promoted).find(token)
    assert found is not None
    assert found.operator.profile == "Administrator"
    assert await kept.as_of(read_operators("[]", "o.yaml")).find(token) is None


async def test_after_its_end_a_token_is_worth_nothing(kept: Kept) -> None:
    token, other = await kept.create(), await kept.create()
    await kept.now.end(token, CLIENT)
    assert await kept.now.find(token) is None
    assert await kept.now.find(other) is not None


async def test_signing_in_and_out_is_on_record_once(kept: Kept) -> None:
    token = await kept.create()
    for _ in range(2):
        await kept.now.end(token, CLIENT)
    await kept.now.end("unknown", CLIENT)
    said = await records(kept.url)
    assert [(each.kind, each.reason) for each in said] == [
        (Kind.OPERATOR_SIGNED_IN, "password"),
        (Kind.OPERATOR_SIGNED_OUT, ""),
    ]
    for each in said:
        assert each.actor is not None
        assert each.actor.id == "ada"
        assert each.client is not None
        assert each.client.address == "192.0.2.7"
        assert token not in str(each)


async def test_who_was_disabled_signs_in_anew(kept: Kept) -> None:
    people = read_operators(FILE, "o.yaml")
    sign_ins = kept.as_of(people)
    ada = people.get("ada")
    assert ada is not None
    token = await sign_ins.create(ada, "password", CLIENT)
    people.take({"ada": Version(KeptPerson(disabled=True, epoch=1), 1)})
    assert await sign_ins.find(token) is None
    people.take({"ada": Version(KeptPerson(epoch=1), 2)})
    assert await sign_ins.find(token) is None
    assert await sign_ins.find(await sign_ins.create(ada, "password", CLIENT)) is not None
