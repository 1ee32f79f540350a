"""A directory in memory: looking up, going up, searching."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Account, User
from gateway.people.memory import MemoryDirectory

WORLD = Account(id="world", name="Nordlicht World")
NORD = Account(id="nord", name="Nordlicht GmbH", parent="world")
BERLIN = Account(id="berlin", name="Berlin Office", parent="nord")
HOSHI = Account(id="hoshi", name="Hoshi Trading")
JONAS = User(id="jonas.weber", name="Jonas Weber", email="jw@nord.example", account="berlin")
ÖZLEM = User(id="oz", name="Özlem STRAẞE", email="oz@nord.example", account="nord")
MEI = User(id="mei", name="Mei Tanaka", email="mei@hoshi.example", account="hoshi")
DIRECTORY = MemoryDirectory([WORLD, NORD, BERLIN, HOSHI], [JONAS, ÖZLEM, MEI])


def test_ids_are_compared_exactly() -> None:
    assert DIRECTORY.user("mei") is MEI
    assert DIRECTORY.user("Mei") is None
    assert DIRECTORY.account("nord") is NORD
    assert DIRECTORY.account("nord ") is None


def test_ancestors_are_nearest_first() -> None:
    assert DIRECTORY.ancestors("berlin") == (NORD, WORLD)
    assert DIRECTORY.ancestors("hoshi") == ()
    assert DIRECTORY.ancestors("nowhere") == ()


def test_users_of_an_account_are_its_own() -> None:
    assert DIRECTORY.users_of("nord") == (ÖZLEM,)
    assert DIRECTORY.users_of("world") == ()
    assert DIRECTORY.accounts() == (WORLD, NORD, BERLIN, HOSHI)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("weber", (JONAS,)),
        ("WEB jon", (JONAS,)),
        ("jw@", (JONAS,)),
        ("jonas.w", (JONAS,)),
        ("berlin", (JONAS,)),
        ("strasse", (ÖZLEM,)),
        ("özlem", (ÖZLEM,)),
        ("nord.example", (JONAS, ÖZLEM)),
        ("mei weber", ()),
        ("", (JONAS, ÖZLEM, MEI)),
    ],
)
def test_search_finds_where_every_word_is(text: str, found: tuple[User, ...]) -> None:
    assert DIRECTORY.search(text, 10) == found


texts = st.text(st.sampled_from("aAbß.@"), min_size=1, max_size=4)


@given(st.lists(st.tuples(texts, texts)), st.lists(texts).map(" ".join), st.integers(0, 3))
def test_search_finds_what_a_look_at_each_user_finds(
    said: list[tuple[str, str]], text: str, limit: int
) -> None:
    users = [
        User(id=f"u{n}", name=name, email=mail, account="nord")
        for n, (name, mail) in enumerate(said)
    ]
    found = [
        user
        for user in users
        if all(
            any(word in part.casefold() for part in (user.name, user.email, user.id, NORD.name))
            for word in text.casefold().split()
        )
    ]
    assert MemoryDirectory([WORLD, NORD], users).search(text, limit) == tuple(found[:limit])


def test_search_stops_at_its_limit() -> None:
    assert DIRECTORY.search("", 2) == (JONAS, ÖZLEM)
    assert DIRECTORY.search("", 0) == ()
