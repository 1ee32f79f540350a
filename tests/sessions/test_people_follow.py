"""A worker knows how the people of the store are, and ends what they may not have any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from gateway.errors import StoreAway
from gateway.model import Operator, Session
from gateway.people.operators import Operators
from gateway.people.people_book import Kept, PeopleBook
from gateway.sessions.people_follow import PeopleFollow
from gateway.sessions.review import Review
from gateway.store.ledger import Change
from tests.people.test_group_operators import NINA, Site, groups
from tests.servers import StoreServer
from tests.sessions.support import Clock, Worker, ends, worker
from tests.sessions.test_review import by, review_of
from tests.sessions.test_starting import OPERATORS, crm

BEN = Operator(id="ben", name="Ben", email="b@x.example", profile="Administrator")


async def change(book: PeopleBook, **people: Kept) -> None:
    await book.change(people, await book.seen(), by="ada", why="", at_ms=1)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.get_running_loop().run_in_executor(None, int)


@asynccontextmanager
async def following(side: Worker, review: Review, operators: Operators) -> AsyncIterator[None]:
    follow = PeopleFollow(side.store, PeopleBook(side.store), operators, review)
    await follow.load()
    follow.start()
    try:
        yield
    finally:
        await follow.stop()


class Looks(Review):
    """Counts, and raises what a test says."""

    def __init__(self) -> None:
        self.faults: list[Exception] = []
        self.count = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def look(self, concerned: Callable[[Session], bool]) -> None:
        await self.gate.wait()
        self.count += 1
        if self.faults:
            raise self.faults.pop()


async def test_those_of_before_and_each_who_is_changed_are_known(one: Worker) -> None:
    book, operators = PeopleBook(one.store), Operators({}, {})
    await change(book, ben=Kept(operator=BEN))
    async with following(one, Looks(), operators):
        assert operators.get("ben") == BEN
        await change(book, ben=Kept(operator=BEN, disabled=True, epoch=1))
        await until(lambda: operators.get("ben") is None)
        await change(book, kim=Kept(operator=BEN), ben=Kept(operator=BEN, epoch=1))
        await until(lambda: operators.get("ben") == BEN and operators.get("kim") == BEN)
        assert operators.listed["ben"].version == 3


async def test_sessions_end_of_who_was_disabled_before_and_is_meanwhile(
    one: Worker, clock: Clock, store_url: str, tmp_path: Path
) -> None:
    book = PeopleBook(one.store)
    site = crm(tmp_path)
    before, later, stays = (by(who, "jonas", clock) for who in ("sam", "mia", "ada"))
    for each in (before, later, stays):
        await one.start(each)
    await change(book, sam=Kept(disabled=True))
    try:
        async with following(one, review_of(one, site), OPERATORS):
            await change(book, mia=Kept(disabled=True))

            async with asyncio.timeout(10):
                while {each.session for each in await ends(store_url)} != {before.id, later.id}:
                    pass
        assert [found.session for found in await one.repository.live()] == [stays]
    finally:
        await change(book, sam=Kept(), mia=Kept())
        OPERATORS.take((await book.seen()).people)


async def test_however_many_change_sessions_are_looked_at_together(one: Worker) -> None:
    book, operators, looks = PeopleBook(one.store), Operators({}, {}), Looks()
    async with following(one, looks, operators):
        await until(lambda: looks.count == 2)
        looks.gate.clear()
        many = {f"p{n}": Kept(operator=BEN) for n in range(50)}
        await change(book, **many)
        await until(lambda: len(operators.listed) == 50)
        looks.gate.set()
        await until(lambda: looks.count >= 4)
        await change(book, last=Kept(operator=BEN))
        await until(lambda: operators.get("last") is not None)
    assert looks.count <= 8


async def test_sessions_are_looked_at_when_a_directory_makes_others_operators(one: Worker) -> None:
    site, looks, operators = Site(NINA), Looks(), Operators({}, {})
    operators.join(groups(site))
    async with following(one, looks, operators):
        await until(lambda: looks.count == 2)
        site.swap([replace(NINA, groups=())])
        assert operators.get("nina") is None, "somebody asks before the worker looks"
        await until(lambda: looks.count == 4)


@pytest.mark.parametrize("fault", [StoreAway("store_away", "Gone."), ValueError("odd")])
async def test_what_could_not_be_looked_at_is_looked_at_again(
    one: Worker, fault: Exception
) -> None:
    looks = Looks()
    looks.faults = [fault]
    async with following(one, looks, Operators({}, {})):
        await until(lambda: looks.count == 3)


async def test_what_changed_while_the_store_was_away_is_heard_then(
    store_server: StoreServer, clock: Clock
) -> None:
    async with worker(store_server.url, clock, wait=0.5) as side:
        book, operators = PeopleBook(side.store), Operators({}, {})
        with capture_logs() as logs:
            async with following(side, Looks(), operators):
                await change(book, ben=Kept(operator=BEN))
                await until(lambda: operators.get("ben") == BEN)
                store_server.kill()
                await until(lambda: any(each["event"] == "people.store_away" for each in logs))
                store_server.start()
                async with asyncio.timeout(10):
                    while True:
                        try:
                            await change(book, ben=Kept(operator=BEN, disabled=True))
                            break
                        except StoreAway:
                            continue
                await until(lambda: operators.get("ben") is None)


async def test_where_changes_cannot_be_followed_people_are_read(
    one: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def follow(*_: object) -> AsyncIterator[tuple[str, Change]]:
        raise StoreAway("store_away", "The log may not be read.")
        yield

    monkeypatch.setattr("gateway.sessions.people_follow.follow", follow)
    book, operators, looks = PeopleBook(one.store), Operators({}, {}), Looks()
    async with following(one, looks, operators):
        await until(lambda: looks.count == 2)
        await change(book, ben=Kept(operator=BEN))
        await until(lambda: operators.get("ben") == BEN and looks.count == 4)
