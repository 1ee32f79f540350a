"""Searches page by page: nobody twice, nobody left out, whatever the size of a page."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import ClientError
from gateway.model import Account, User
from gateway.people.memory import MemoryDirectory
from gateway.people.search.spot import Spot, read_spot, written

ACCOUNTS = [Account(id=f"a{n}", name=f"Wind {n}") for n in range(90)]
FIRST = ("Jonas", "Jonna", "Jona", "Johanna", "Jean-Luc", "Erika")
USERS = [
    User(
        id=f"u{n}",
        name=f"{FIRST[n % 6]} {('Weber', 'Webber', 'Schweber')[n % 3]}",
        email=f"u{n}@wind.example",
        account=f"a{n % 90}",
        status="invited" if n % 4 == 0 else "active",
    )
    for n in range(200)
]
random.Random(3).shuffle(USERS)
DIRECTORY = MemoryDirectory(ACCOUNTS, USERS)
TEXTS = ("", "jonas", "webr", "weber", "u7", "wind jon", "nobody of this name", "status:invited")


def pages(text: str, size: int, within: frozenset[str] | None = None) -> list[User]:
    found: list[User] = []
    after = ""
    while True:
        page = DIRECTORY.page(text, size, after=after, within=within)
        assert len(page.users) <= size
        found.extend(page.users)
        after = page.after
        if not after:
            return found


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("size", [1, 7, 50, 500])
def test_pages_give_what_one_search_gives(text: str, size: int) -> None:
    assert pages(text, size) == list(DIRECTORY.search(text, 1000).users)


@given(accounts=st.frozensets(st.sampled_from([each.id for each in ACCOUNTS])))
def test_pages_within_accounts_have_their_very_users(accounts: frozenset[str]) -> None:
    every = [each for each in pages("", 50) if each.account in accounts]
    assert pages("", 17, within=accounts) == every
    assert list(DIRECTORY.search("", 1000, within=accounts).users) == every


def test_a_page_goes_on_where_it_was_when_its_last_user_is_gone() -> None:
    first = DIRECTORY.page("weber", 30)
    gone = first.users[-1].id
    later = MemoryDirectory(ACCOUNTS, [each for each in USERS if each.id != gone])
    rest = later.page("weber", 1000, after=first.after).users
    assert [*first.users, *rest] == list(DIRECTORY.search("weber", 1000).users)


def test_who_has_gone_to_another_account_is_not_found_in_the_one_before() -> None:
    moved = MemoryDirectory(ACCOUNTS, USERS)
    user = next(each for each in USERS if each.account == "a1")
    other = User(id=user.id, name=user.name, email=user.email, account="a2")
    moved.swap(moved.people.but({}, {user.id: other}))
    within = frozenset(("a1",))
    assert user in DIRECTORY.page("", 50, within=within).users
    assert other not in moved.page("", 50, within=within).users
    assert other not in moved.search(user.id, 50, within=within).users
    assert other in moved.search(user.id, 50, within=frozenset(("a2",))).users


@given(st.builds(Spot, st.integers(0, 9), st.booleans(), st.text(), st.text()))
def test_a_spot_is_read_as_it_was_written(spot: Spot) -> None:
    assert read_spot(written(spot)) == spot


@given(st.text(min_size=1))
def test_a_text_that_is_no_spot_is_refused(text: str) -> None:
    with pytest.raises(ClientError, match="bad_fields"):
        read_spot(f"!{text}")


@pytest.mark.parametrize("text", ["e30", "WzFd", "WzEsMSwieCIsIngiXQ", "A" * 5000, "ä"])
def test_other_values_are_no_spots(text: str) -> None:
    with pytest.raises(ClientError, match="bad_fields"):
        DIRECTORY.page("", 5, after=text)
