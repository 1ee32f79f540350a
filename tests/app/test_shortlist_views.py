"""Shortcuts as the directories know them now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from msgspec.structs import replace as but

from gateway.app.shortlist_views import ShortlistViews
from gateway.errors import Refused
from gateway.model import Account, Operator, User
from gateway.people.memory import MemoryDirectory
from gateway.people.preferences import PreferenceBook
from gateway.people.reach import Reach
from gateway.people.shortlists import MOST_PINNED, ShortlistBook
from gateway.store.client import Store, connect
from tests.middleware.support import a_site
from tests.sample import SESSION

ADA = Operator(id="ada", name="Ada", email="ada@x.example", profile="Administrator")
OUT = but(ADA, account="wind")
ACCOUNTS = [Account(id="nord", name="Nord"), Account(id="wind", name="Wind")]
USERS = [
    User(id=f"u{n}", name=f"User {n}", email=f"u{n}@nord.example", account="nord")
    for n in range(MOST_PINNED + 2)
]


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[Store]:
    opened = await connect(store_url, timeout=5)
    yield opened
    await opened.aclose()


def views(store: Store, directory: MemoryDirectory) -> ShortlistViews:
    sites = {"crm": replace(a_site(), directory=directory)}
    return ShortlistViews(sites, Reach(PreferenceBook(store)), ShortlistBook(store), lambda: 7)


async def test_whom_sessions_were_for_is_recent_while_the_directory_has_them(store: Store) -> None:
    directory = MemoryDirectory(ACCOUNTS, USERS)
    seen = views(store, directory)
    for n in range(3):
        subject = but(SESSION.subject, id=f"u{n}")
        actor = but(SESSION.actor, id="ada")
        await seen.note(but(SESSION, site="crm", actor=actor, subject=subject, started_at=n))
    directory.swap(directory.people.but({}, {"u1": None}))
    assert [(each.person.user.id, each.at) for each in await seen.recent(ADA)] == [
        ("u2", 2),
        ("u0", 0),
    ]
    assert await seen.recent(OUT) == []
    assert await seen.recent(but(ADA, id="sam")) == []


async def test_as_many_are_pinned_as_there_may_be_and_those_who_are_gone_make_room(
    store: Store,
) -> None:
    directory = MemoryDirectory(ACCOUNTS, USERS)
    seen = views(store, directory)
    for user in USERS[:MOST_PINNED]:
        await seen.pin(ADA, "crm", user.id)
    await seen.pin(ADA, "crm", "u3")
    with pytest.raises(Refused, match="too_many_pinned"):
        await seen.pin(ADA, "crm", USERS[-1].id)
    directory.swap(directory.people.but({}, {"u3": None}))
    assert len(await seen.pinned(ADA)) == MOST_PINNED - 1
    await seen.pin(ADA, "crm", USERS[-1].id)
    await seen.unpin(ADA, "crm", "u5")
    pinned = [each.person.user.id for each in await seen.pinned(ADA)]
    assert len(pinned) == MOST_PINNED - 1
    assert {"u3", "u5"}.isdisjoint(pinned)


@pytest.mark.parametrize(
    ("operator", "site", "subject"), [(ADA, "crm", "nobody"), (ADA, "no", "u1"), (OUT, "crm", "u1")]
)
async def test_nobody_is_pinned_whom_one_does_not_find(
    store: Store, operator: Operator, site: str, subject: str
) -> None:
    with pytest.raises(Refused, match="unknown_subject"):
        await views(store, MemoryDirectory(ACCOUNTS, USERS)).pin(operator, site, subject)
