"""Sessions that a user's consent lets be end when it runs out, on their own and soon."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import StoreAway
from gateway.model import Preferences
from gateway.people.consents import ConsentBook
from gateway.people.preferences import PreferenceBook
from gateway.sessions.lapsing import Lapsing
from gateway.site import Site
from tests.sessions.support import Clock, Worker, ends
from tests.sessions.test_review import by, review_of
from tests.sessions.test_starting import crm, operator


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return crm(tmp_path)


async def asks_first(side: Worker) -> None:
    await PreferenceBook(side.store).change(
        "crm",
        "nordlicht",
        Preferences(ask_first=True, support_may_act=True),
        by=operator("ada"),
        why="",
        at_ms=side.clock(),
        expected=None,
    )


async def test_a_session_ends_when_the_consent_does(
    one: Worker, clock: Clock, store_url: str, site: Site
) -> None:
    await asks_first(one)
    book = ConsentBook(one.store)
    await book.allow("crm", "jonas", clock() + 60_000, at_ms=clock())
    await book.allow("crm", "priya", clock() + 90_000, at_ms=clock())
    for each in ("jonas", "priya"):
        await one.start(by("ada", each, clock))
    lapsing = Lapsing(book, review_of(one, site), clock)
    await lapsing.look()
    clock.at += 59_999
    await lapsing.look()
    assert len(await one.repository.live()) == 2
    clock.at += 1
    await lapsing.look()
    assert await book.lapsed(lapsing._looked, clock()) == set(), "it is seen to once"
    assert [each.session.subject.id for each in await one.repository.live()] == ["priya"]
    [end] = await ends(store_url)
    assert (end.reason, end.subject and end.subject.id) == ("no_longer_allowed", "jonas")
    assert "users_are_asked_first" in end.detail


async def test_a_session_that_came_just_after_the_end_is_found_a_little_later(
    one: Worker, clock: Clock, site: Site
) -> None:
    await asks_first(one)
    book = ConsentBook(one.store)
    await book.allow("crm", "jonas", clock() + 10, at_ms=clock())
    lapsing = Lapsing(book, review_of(one, site), clock)
    clock.at += 10
    await lapsing.look()
    await one.start(by("ada", "jonas", clock))  # it was decided before, and kept after
    clock.at += 1_000
    await lapsing.look()
    assert await one.repository.live() == []


async def test_what_lapsed_while_nobody_looked_is_seen_to_first(
    one: Worker, two: Worker, clock: Clock, site: Site
) -> None:
    await asks_first(one)
    await ConsentBook(one.store).allow("crm", "jonas", clock() + 10, at_ms=clock())
    await one.start(by("ada", "jonas", clock))
    clock.at += 300_000
    await Lapsing(ConsentBook(two.store), review_of(two, site), clock).look()
    assert await one.repository.live() == []


async def test_nothing_is_passed_over_when_the_store_was_away(
    one: Worker, clock: Clock, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asks_first(one)
    book, review = ConsentBook(one.store), review_of(one, site)
    await book.allow("crm", "jonas", clock() + 10, at_ms=clock())
    await one.start(by("ada", "jonas", clock))
    lapsing = Lapsing(book, review, clock)
    await lapsing.look()
    clock.at += 10

    async def away(*_: object) -> None:
        raise StoreAway("store_away", "The store did not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(review, "look", away)
        with pytest.raises(StoreAway):
            await lapsing.look()
    await lapsing.look()
    assert await one.repository.live() == []
