"""Proving who an operator is: the ways a config allows, and what becomes of guessing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import argon2
import pytest
from msgspec.structs import replace

from gateway.console.values import Client
from gateway.errors import Refused
from gateway.model import Operator
from gateway.people.authenticator import OperatorAuthenticator
from gateway.people.jwks import KeySet
from gateway.people.operators import read_operators
from gateway.people.people_book import Kept, PeopleBook, Version
from gateway.people.sign_in_jwt import JwtSignIn, JwtSignInSettings
from gateway.people.throttle import Throttle
from gateway.store.client import Store, connect
from tests.e2e.harness import CONSOLE, Running, running, site
from tests.people.issuer import Issuer

HASH = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("correct horse")
OPERATORS = read_operators(
    f"""
- {{id: ada, name: Ada, email: ada@example.com, profile: Administrator, password: "{HASH}"}}
- {{id: sam, name: Sam, email: sam@example.com, profile: Developer}}
""",
    "operators.yaml",
)
HERE = Client(address="192.0.2.7", agent="a test")
ELSEWHERE = replace(HERE, address="192.0.2.8")
SETTINGS = JwtSignInSettings(
    header="Authorization", issuer="https://idp", audience="gateway", algorithm="ES256", claim="sub"
)
HEADER = {"name": "X-Auth-User", "peers": ["127.0.0.1"]}


def by_password(store: Store, *, allowed: bool = True, header: str = "") -> OperatorAuthenticator:
    """Passwords, and tokens in `header` when one is given."""
    keys = KeySet(Issuer().fetch, "ES256", time.monotonic)
    token = JwtSignIn(replace(SETTINGS, header=header), keys) if header else None
    throttle = Throttle(store)
    return OperatorAuthenticator(
        OPERATORS,
        throttle,
        passwords=allowed,
        header=None,
        token=token,
        password=PeopleBook(store).password,
    )


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


async def outcome(
    door: OperatorAuthenticator, name: str, password: str, client: Client = HERE
) -> str:
    try:
        operator: Operator | None = await door.check_password(name, password, client)
    except Refused as refused:
        return f"{refused.status} {refused.code}"
    return operator.id if operator else "wrong"


async def test_the_right_password_alone_proves_an_operator(store: Store) -> None:
    door = by_password(store)
    assert door.has_passwords
    assert await outcome(door, "ada", "correct horse") == "ada"
    assert await outcome(door, "ada", "battery staple") == "wrong"
    assert await outcome(door, "sam", "correct horse") == "wrong", "sam has no password"


async def test_who_is_changed_while_a_password_is_compared_is_nobody(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = OPERATORS.verify_password

    def changed(name: str, password: str, kept: str | None) -> Operator | None:
        found = compare(name, password, kept)
        OPERATORS.take({"ada": Version(Kept(epoch=1), 1)})
        return found

    monkeypatch.setattr(OPERATORS, "verify_password", changed)
    door = by_password(store)
    assert await outcome(door, "ada", "correct horse") == "wrong"
    assert await outcome(door, "ada", "correct horse") == "ada"


async def test_a_password_that_the_store_keeps_proves_somebody(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = PeopleBook(store)
    people = read_operators("[]", "o.yaml")
    monkeypatch.setattr("tests.people.test_authenticator.OPERATORS", people)
    door = by_password(store)
    assert not door.has_passwords
    ben = Operator(id="ben", name="Ben", email="b@x.example", profile="Support")
    name = await book.keep_password(HASH)
    people.take({"ben": Version(Kept(operator=ben, password=name), 1)})
    assert door.has_passwords
    assert await outcome(door, "ben", "correct horse") == "ben"
    assert await outcome(door, "ben", "battery staple") == "wrong"
    people.take({"ben": Version(Kept(operator=ben, password="another"), 2)})
    assert await outcome(door, "ben", "correct horse") == "wrong"


async def test_where_passwords_are_not_allowed_none_is_right(store: Store) -> None:
    door = by_password(store, allowed=False)
    assert not door.has_passwords
    assert await outcome(door, "ada", "correct horse") == "wrong"


async def test_who_guesses_waits_and_locks_nobody_else_out(store: Store) -> None:
    door = by_password(store)
    told = [await outcome(door, "ada", f"guess {i}") for i in range(9)]
    assert told == ["wrong"] * 8 + ["429 too_many_tries"]
    assert await outcome(door, "ADA", "correct horse") == "429 too_many_tries"
    assert await outcome(door, "ada", "correct horse", ELSEWHERE) == "ada"


async def test_many_names_from_one_address_are_guessing_too(store: Store) -> None:
    door = by_password(store)
    told = [await outcome(door, f"name {i}", "guess") for i in range(41)]
    assert told == ["wrong"] * 40 + ["429 too_many_tries"]


async def test_guesses_sent_at_once_are_counted_like_others(store: Store) -> None:
    door = by_password(store)
    other = by_password(store)  # of another worker
    doors = (door, other) * 15
    told = await asyncio.gather(*(outcome(each, "ada", f"{n}") for n, each in enumerate(doors)))
    assert told.count("wrong") == 8


async def test_who_knows_the_password_is_not_counted_as_a_guesser(store: Store) -> None:
    door = by_password(store)
    told = [await outcome(door, "ada", "correct horse") for _ in range(9)]
    assert told == ["ada"] * 9


@pytest.mark.parametrize(
    ("header", "challenge"), [("", ""), ("Authorization", "Bearer"), ("X-Jwt", "")]
)
async def test_a_401_asks_for_a_bearer_token_only_where_one_is_taken(
    store: Store, header: str, challenge: str
) -> None:
    assert by_password(store, header=header).challenge == challenge


async def sites(gw: Running, **headers: str) -> tuple[int, str]:
    """Ask for the sites with these headers; give the status and the code."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await gw.get("/_gateway/api/sites", {"Host": CONSOLE, **named})
    return answer.status, (await answer.json()).get("code", "")


async def test_a_header_of_a_listed_peer_and_a_token_each_prove_an_operator(
    tmp_path: Path, store_url: str
) -> None:
    jwt = {"issuer": "test", "audience": "gateway", "algorithm": "ES256", "jwks_file": "jwks.json"}
    ways = {"trusted_header": HEADER, "jwt": jwt}
    async with running(tmp_path, store_url, site(1), sign_in=ways) as gw:
        assert await sites(gw) == (401, "not_signed_in")
        assert await sites(gw, X_Auth_User="ada") == (200, "")
        assert await sites(gw, X_Auth_User="nobody") == (403, "not_an_operator")
        assert await sites(gw, Authorization=f"Bearer {gw.token('sam')}") == (200, "")
        assert await sites(gw, Authorization=f"Bearer {gw.token('eve')}") == (
            403,
            "not_an_operator",
        )
        assert await sites(gw, Authorization="Bearer x.y.z") == (401, "token_refused")


async def test_a_way_that_is_not_in_the_config_proves_nobody(
    tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(1), sign_in={"trusted_header": HEADER}) as gw:
        assert await sites(gw, Authorization=f"Bearer {gw.token()}") == (401, "not_signed_in")
    other = HEADER | {"peers": ["192.0.2.1"]}
    async with running(tmp_path, store_url, site(1), sign_in={"trusted_header": other}) as gw:
        assert await sites(gw, X_Auth_User="ada") == (401, "not_signed_in")
