"""Entering and leaving: codes work once, a token only until the next one."""

from __future__ import annotations

import asyncio

import pytest

from tests.sessions.support import CLIENT, Clock, Worker, a_session, ends


async def test_a_code_enters_once_however_many_try(one: Worker, two: Worker, clock: Clock) -> None:
    session = a_session(clock)
    code = await one.start(session)
    tries = [side.door.enter(session.host, code, CLIENT) for side in (one, two) * 8]
    entered = [each for each in await asyncio.gather(*tries) if each is not None]
    assert len(entered) == 1
    assert await one.door.enter(session.host, code, CLIENT) is None
    live = await two.live.find(entered[0].token, 0)
    assert live is not None
    assert live.session == session


async def test_looking_does_not_use_a_code_up(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    code = await one.start(session)
    assert await one.door.look(session.host, code) == session
    assert await one.door.look(session.host + ":8080", code) == session
    assert await one.enter(session, code)
    assert await one.door.look(session.host, code) is None


async def test_a_code_is_worth_nothing_on_another_host_and_stays_good(
    one: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    code = await one.start(session)
    for host in (a_session(clock).host, "crm.example.com", ""):
        assert await one.door.enter(host, code, CLIENT) is None
    assert await one.enter(session, code)


async def test_entering_again_makes_the_old_token_worth_nothing_on_every_worker(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    old = await one.enter(session, await one.start(session))
    for side in (one, two):
        assert await side.live.find(old, 0) is not None, "each worker has it in memory"
    new = await one.enter(session, await one.code(session))
    for side in (one, two):
        assert await side.live.find(old, 0) is None
        assert await side.live.find(new, 0) is not None
        assert await side.live.find(old, 0) is None


async def test_entering_again_cuts_what_the_old_browser_has_open(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    old = await one.enter(session, await one.start(session))
    cut = []
    for side in (one, two):
        live = await side.live.find(old, 0)
        assert live is not None
        live.open.add(lambda side=side: cut.append(side))  # type: ignore[misc]  # mypy#15459
    await one.enter(session, await one.code(session))
    assert len(cut) == 2


async def test_a_token_belongs_to_its_host(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    assert await one.door.current(session.host, token) == session
    assert await one.door.current(a_session(clock).host, token) is None
    assert await one.door.leave(a_session(clock).host, token, CLIENT) is None
    assert await one.door.current(session.host, token) == session


@pytest.mark.threat(43)
async def test_row_43_after_leaving_the_token_is_worth_nothing_anywhere(
    one: Worker, two: Worker, clock: Clock, store_url: str
) -> None:
    session = a_session(clock)
    token = await one.enter(session, await one.start(session))
    late = await one.code(session)
    assert await two.live.find(token, 0) is not None
    assert await one.door.leave(session.host, token, CLIENT) == session
    for side in (one, two):
        assert await side.live.find(token, 0) is None
        assert await side.door.enter(session.host, late, CLIENT) is None
    assert [each.reason for each in await ends(store_url)] == ["left"]


def part(onward: str) -> tuple[str, str]:
    """The host and the code of the address that enters a session's next host."""
    host, _, code = onward.removeprefix("https://").partition("/_gateway/enter?code=")
    return host, code


async def test_each_host_of_a_session_has_a_token_of_its_own(one: Worker, clock: Clock) -> None:
    session = a_session(clock)
    entered = await one.door.enter(session.host, await one.start(session), CLIENT)
    assert entered is not None
    host, code = part(entered.onward)
    assert host == f"{session.id}-1.crm.example.com"
    assert await one.door.enter(session.host, code, CLIENT) is None
    further = await one.door.enter(host, code, CLIENT)
    assert further is not None
    assert further.onward == f"https://{session.host}/"
    assert await one.door.current(host, further.token) == session
    assert await one.door.current(session.host, entered.token) == session
    assert await one.door.current(host, entered.token) is None
    assert await one.door.current(session.host, further.token) is None


async def test_entering_anew_closes_the_way_of_who_was_on_it(
    one: Worker, two: Worker, clock: Clock
) -> None:
    session = a_session(clock)
    early = await one.door.enter(session.host, await one.start(session), CLIENT)
    late = await two.door.enter(session.host, await one.code(session), CLIENT)
    assert early is not None
    assert late is not None
    assert await one.door.enter(*part(early.onward), CLIENT) is None
    further = await one.door.enter(*part(late.onward), CLIENT)
    assert further is not None
    host, _ = part(late.onward)
    await one.enter(session, await one.code(session))
    for side in (one, two):
        assert await side.door.current(host, further.token) is None
