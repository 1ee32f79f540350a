"""Finding users: whom, and in which order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model import Account, Status, User
from gateway.people.memory import MemoryDirectory
from tests.people.search import reference

ACCOUNTS = (
    Account(id="world", name="Nordlicht World"),
    Account(id="nord", name="Nordlicht GmbH", parent="world"),
    Account(id="berlin", name="Berlin Office", parent="nord"),
    Account(id="wind", name="Nordwind AG"),
)


def user(name: str, known: str = "", account: str = "wind", status: Status = "active") -> User:
    known = known or name.lower().replace(" ", ".")
    return User(id=known, name=name, email=f"{known}@app.example", account=account, status=status)


JONAS = user("Jonas Weber", "jonas", "berlin")
ERIKA = user("Erika Schweber", "e1", "nord", "invited")
JEAN = user("Jean-Luc O’Neil", "x7", "wind", "deactivated")
HANNA = user("Hanna Strauß 4711", "hs-10023", "world")
DIRECTORY = MemoryDirectory(ACCOUNTS, [JONAS, ERIKA, JEAN, HANNA])


def found(text: str, *, status: str = "", account: str = "") -> tuple[User, ...]:
    return DIRECTORY.search(text, 10, status=status, account=account).users


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("WEB jon", (JONAS,)),
        ("jonas@app", (JONAS,)),
        ("office app.ex", (JONAS,)),
        ("jean luc", (JEAN,)),
        ("jeanluc", (JEAN,)),
        ("jean-luc", (JEAN,)),
        ("oneil", (JEAN,)),
        ("o'ne", (JEAN,)),
        ("strauss", (HANNA,)),
        ("STRAUẞ", (HANNA,)),
        ("hs-100", (HANNA,)),
        ("hs100", (HANNA,)),
        ("jnoas", (JONAS,)),
        ("ponas", (JONAS,)),
        ("wbeer", (JONAS,)),
        ("nordlihct", (HANNA, ERIKA)),
        ("schwbeer", (ERIKA,)),
        ("schwabrr", (ERIKA,)),
        ("chwebe", (ERIKA,)),
        ("0023", (HANNA,)),
        ("4712", ()),  # a number with another digit is another number
        ("jnoas hanna", ()),
        ("jo web nobody", ()),
        ("ctive", ()),
        ("?!", ()),
    ],
)
def test_users_are_found_as_people_type(text: str, users: tuple[User, ...]) -> None:
    assert found(text) == users


@pytest.mark.parametrize(
    ("text", "users"),
    [
        ("status:invited", (ERIKA,)),
        ("account:nord", (JONAS, ERIKA)),  # an account's id: it and those below it
        ("account:NORDLICHT", (HANNA, JONAS, ERIKA)),
        ("account:nordw", (JEAN,)),
        ("account:x account:no status:active", (HANNA, JONAS)),
        ("account:no", (HANNA, JONAS, ERIKA, JEAN)),
        ("account:?", ()),
        ("account:nobody", ()),
        ("email:jonas@", (JONAS,)),
        ("email:@app.ex status:deactivated", (JEAN,)),
        ("email:weber", ()),
        ("email:!", ()),
        ("status:gone", ()),
        ("status:active web", (JONAS,)),
    ],
)
def test_filters_hold_users_back(text: str, users: tuple[User, ...]) -> None:
    assert found(text) == users


def test_filters_are_arguments_too() -> None:
    assert found("", account="Nordlicht World", status="active") == (HANNA, JONAS)
    assert found("jonas", account="nord") == (JONAS,)
    assert found("jonas", account="wind") == ()


def test_the_best_come_first() -> None:
    people = [
        user("Anna Zander", "later", status="invited"),
        user("Anna Maier"),
        user("Annabel Abel"),
        user("Zoe Zett", "anna"),
        user("Hanno Anan"),
    ]
    directory = MemoryDirectory(ACCOUNTS, people)
    assert [each.name for each in directory.search("anna", 10).users] == [
        "Zoe Zett",  # whose id it is
        "Anna Maier",  # who has the whole word; active ones before others
        "Anna Zander",
        "Annabel Abel",  # who has a word that begins so
    ]
    assert [each.name for each in directory.search("anan", 10).users] == [
        "Hanno Anan",
        "Anna Maier",
        "Annabel Abel",
        "Zoe Zett",
        "Anna Zander",
    ]


texts = st.text("aAbeéns.-", min_size=1, max_size=6)
people = st.lists(
    st.builds(
        User,
        id=st.text("abe7", min_size=1, max_size=6),
        name=st.lists(texts, min_size=1, max_size=2).map(" ".join),
        email=st.tuples(texts, texts).map("@".join),
        account=st.sampled_from([account.id for account in ACCOUNTS]),
        status=st.sampled_from(["active", "invited"]),
    ),
    max_size=9,
    unique_by=lambda each: each.id,
)
typed = st.lists(st.text("aAbeéns-", min_size=1, max_size=9), min_size=1, max_size=2)
BY_ID = {account.id: account for account in ACCOUNTS}


@given(people, typed.map(" ".join))
def test_whom_an_unhurried_look_finds_is_found_and_nobody_without_a_reason(
    users: list[User], text: str
) -> None:
    given = {each.id for each in MemoryDirectory(ACCOUNTS, users).search(text, 99).users}
    if not reference.cut(text):
        assert not given
        return
    for each in users:
        words = reference.words(each, BY_ID)
        begun = reference.has(words, text, str.startswith)
        assert begun <= (each.id in given)
        if each.id in given and not begun:
            assert reference.has(words, text, guessed)


def guessed(word: str, part: str) -> bool:
    """Say whether a word is what somebody may have meant."""
    edits = 2 if len(part) >= 8 else 1 if len(part) >= 4 else 0
    return (len(part) >= 3 and part in word) or reference.near(word, part, edits)


@given(people, st.text("abens", min_size=4, max_size=7))
def test_a_word_with_one_typo_finds_whom_it_means_when_hardly_anybody_has_it(
    users: list[User], text: str
) -> None:
    given = {each.id for each in MemoryDirectory(ACCOUNTS, users).search(text, 99).users}
    exact = [each for each in users if reference.has(own(each), text, str.startswith)]
    if len(exact) < 5 and not any(text in whole(each) for each in users):
        meant = {
            each.id
            for each in users
            if any(reference.near(word, text, 1) for word in own(each) - whole(each))
        }
        assert meant <= given


def own(user: User) -> set[str]:
    return reference.words(user, BY_ID)


def whole(user: User) -> set[str]:
    """Give the words in which nothing is guessed: the whole id and address."""
    return {"".join(reference.cut(reference.plain(text))) for text in (user.id, user.email)}


@given(people, typed.map(" ".join) | st.just(""), st.integers(0, 9), st.randoms())
def test_the_order_does_not_depend_on_the_source_nor_on_the_limit(
    users: list[User], text: str, limit: int, chance: random.Random
) -> None:
    every = MemoryDirectory(ACCOUNTS, users).search(text, 99)
    chance.shuffle(users)
    some = MemoryDirectory(ACCOUNTS, users).search(text, limit)
    assert some.users == every.users[:limit]
    assert some.more == (len(every.users) > limit)
    assert not every.more
