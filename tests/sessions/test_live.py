"""This worker's sessions: what it was told while it read the store counts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from msgspec.structs import replace

from gateway.errors import Refused
from gateway.sessions import tokens
from gateway.sessions.jar import Cookie
from gateway.sessions.live import LiveSessions
from gateway.sessions.repository import Entry, Found, SessionRepository
from gateway.store import keys
from gateway.store.client import Store
from tests.sessions.support import CLIENT, Clock, Worker, a_cookie, a_session


class Interrupted(SessionRepository):
    """Something happens, once, between reading a session and reading its cookies."""

    def __init__(self, store: Store, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(store)
        self._meanwhile: Callable[[], Awaitable[object]] | None = meanwhile

    async def jar(self, session_id: str) -> tuple[int, dict[str, Cookie]]:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return await super().jar(session_id)


@pytest.mark.threat(43)
async def test_row_43_an_end_while_it_is_read_counts(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))

    async def end() -> None:
        await one.door.leave(session.host, token, CLIENT)
        live.cut(session.id)

    live = LiveSessions(Interrupted(one.store, end), clock)
    live.connected = True
    assert await live.find(token, 0) is None


@pytest.mark.threat(43)
async def test_row_43_a_new_token_while_it_is_read_counts(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    old = await one.enter(session, await one.start(session))
    new = tokens.new_secret()

    async def enter_again() -> None:
        await one.repository.admit(Entry(session.id), tokens.digest(new))
        live.cut(session.id)

    live = LiveSessions(Interrupted(one.store, enter_again), clock)
    live.connected = True
    assert await live.find(old, 0) is None
    assert await live.find(session.id + new, 0) is not None


async def test_a_loss_of_touch_while_it_is_read_counts(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))

    async def lose() -> None:
        live.connected = False
        live.cut_all()

    live = LiveSessions(Interrupted(one.store, lose), clock)
    live.connected = True
    assert await live.find(token, 0) is None
    assert live.under_way() == 0


@pytest.mark.parametrize("token", ["", "x", "a" * 16, "a" * 16 + "x" * 43])
async def test_what_names_no_session_finds_none(one: Worker, token: str) -> None:
    assert await one.live.find(token, 0) is None


async def test_the_jar_loses_no_change_of_two_workers(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))

    async def change(side: Worker, name: str) -> None:
        live = await side.live.find(token, 0)
        assert live is not None
        await side.live.change_jar(live, [a_cookie(name)], [])

    names = [f"c{number}" for number in range(20)]
    await asyncio.gather(*(change((one, two)[n % 2], name) for n, name in enumerate(names)))
    version, cookies = await one.repository.jar(session.id)
    assert version == 20
    assert {each.name for each in cookies.values()} == set(names)
    for side in (one, two):
        live = await side.live.find(token, version)
        assert live is not None
        assert (live.jar_version, live.cookies) == (version, cookies)


async def test_what_one_host_of_a_session_was_given_the_others_have_on_every_worker(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    main = await one.door.enter(session.host, await one.start(session), CLIENT)
    assert main is not None
    host, _, code = main.onward.removeprefix("https://").partition("/_gateway/enter?code=")
    further = await one.door.enter(host, code, CLIENT)
    assert further is not None
    assert await two.live.find(main.token, 0) is not None, "this worker has it in memory"
    live = await one.live.find(further.token, 0, 1)
    assert live is not None
    await one.live.change_jar(live, [a_cookie("a")], [])
    elsewhere = await two.live.find(main.token, 0)
    assert elsewhere is not None
    assert [each.name for each in elsewhere.cookies.values()] == ["a"]


class Overtaken(SessionRepository):
    """Something happens, once, after the cookies of a session were read."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def jar(self, session_id: str) -> tuple[int, dict[str, Cookie]]:
        read = await super().jar(session_id)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return read


async def test_a_jar_that_was_read_earlier_does_not_come_back(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    repository = Overtaken(one.store)
    here = LiveSessions(repository, clock)
    here.connected = True
    live, elsewhere = await here.find(token, 0), await one.live.find(token, 0)
    assert live is not None
    assert elsewhere is not None
    await one.live.change_jar(elsewhere, [a_cookie("a")], [])
    repository.meanwhile = lambda: here.change_jar(live, [a_cookie("c")], [])
    await here.change_jar(live, [a_cookie("b")], [])
    assert live.jar_version == 3
    assert {each.name for each in live.cookies.values()} == {"a", "b", "c"}


@pytest.mark.threat(40)
@pytest.mark.parametrize("removed", [False, True])
async def test_row_40_a_session_that_ends_keeps_no_cookie_of_an_answer_under_way(
    one: Worker, clock: Clock, removed: bool
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    live = await one.live.find(token, 0)
    assert live is not None
    await one.live.change_jar(live, [a_cookie("a")], [])
    assert await one.repository.claim_end(session.id, clock(), "left", "r1")
    if removed:
        await one.repository.remove(session.id)
    with pytest.raises(Refused, match="session_ended"):
        await one.live.change_jar(live, [a_cookie("b")], [live.cookies[a_cookie("a").key]])
    kept = [] if removed else ["a"]
    assert [each.name for each in (await one.repository.jar(session.id))[1].values()] == kept


async def test_a_jar_does_not_outlive_its_session_by_much(one: Worker, clock: Clock) -> None:
    session = a_session(clock, lifetime_ms=5_000)
    token = await one.enter(session, await one.start(session))
    live = await one.live.find(token, 0)
    assert live is not None
    await one.live.change_jar(live, [], [a_cookie("never there")])
    left = await one.store.redis.pttl(keys.jar(session.id))
    assert 60_000 < left <= 65_000


async def test_a_browser_that_has_seen_a_newer_jar_gets_it(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    here, there = await one.live.find(token, 0), await two.live.find(token, 0)
    assert here is not None
    assert there is not None
    await two.live.change_jar(there, [a_cookie("a"), a_cookie("b")], [])
    await two.live.change_jar(there, [a_cookie("a", "2")], [a_cookie("b")])
    assert here.cookies == {}
    seen = await one.live.find(token, there.jar_version)
    assert seen is here
    assert [(each.name, each.value) for each in here.cookies.values()] == [("a", "2")]


async def test_law_9_one_cut_that_fails_leaves_no_other_open(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    live = await one.live.find(token, 0)
    assert live is not None
    told: list[int] = []

    def cut(number: int) -> None:
        told.append(number)
        raise RuntimeError

    live.open = {lambda n=n: cut(n) for n in range(3)}  # type: ignore[misc]  # a default binds n
    one.live.cut(session.id)
    assert sorted(told) == [0, 1, 2]
    assert (live.ended, live.open) == (True, set())


class Counted(SessionRepository):
    """Says which sessions were read."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.read: list[str] = []

    async def get(self, session_id: str) -> Found | None:
        self.read.append(session_id)
        return await super().get(session_id)


async def test_what_was_looked_for_last_and_what_is_open_stays(
    one: Worker, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sessions.live._MOST", 2)
    sessions = [replace(a_session(clock), id=letter * 16) for letter in "abcd"]
    a, b, c, d = [await one.enter(each, await one.start(each)) for each in sessions]
    repository = Counted(one.store)
    live = LiveSessions(repository, clock)
    live.connected = True
    for token in (a, b, a, c):  # b was looked for longest ago
        assert await live.find(token, 0) is not None
    repository.read.clear()
    for token in (a, c):
        found = await live.find(token, 0)
        assert found is not None
        found.open.add(lambda: None)
    assert repository.read == []
    for token in (d, a, c):
        assert await live.find(token, 0) is not None
    assert repository.read == [sessions[3].id]


async def test_what_is_over_is_cut_at_once_and_what_is_used_is_not(
    one: Worker, clock: Clock
) -> None:
    sessions = [replace(a_session(clock), id=letter * 16) for letter in "ab"]
    used, unused = [
        await one.live.find(await one.enter(each, await one.start(each)), 0) for each in sessions
    ]
    assert used is not None
    assert unused is not None
    clock.at += sessions[0].idle_ms - 1
    await one.live.touch(used, clock.at)
    await one.live.cut_over()
    assert (used.ended, unused.ended) == (False, False)
    clock.at += 1
    await one.live.cut_over()
    assert (used.ended, unused.ended) == (False, True)


async def test_what_still_knows_an_ended_session_holds_none_of_its_cookies(
    one: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    found = await one.live.find(token, 0)
    assert found is not None
    await one.live.change_jar(found, [a_cookie("a")], [])
    assert found.cookies
    one.live.cut(session.id)
    assert not found.cookies
