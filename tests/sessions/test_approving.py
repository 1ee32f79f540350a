"""Approvals: how long they wait and hold, and that the word of who lost the right is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.console.approval_values import Approval
from gateway.errors import Refused, StoreAway
from gateway.model import Mode, Operator
from gateway.policy.rights.ready import DEFAULT
from gateway.sessions.events import Events
from gateway.store import keys
from tests.audit.support import emitting, new_ids
from tests.sample import SESSION
from tests.sessions.support import CLIENT, Clock
from tests.sessions.test_starting import ORDER, Desk, crm, operator

CHANGES = replace(ORDER, mode=Mode.READ_WRITE)


@pytest.fixture
async def desk(tmp_path: Path, store_url: str) -> AsyncIterator[Desk]:
    async with emitting(store_url) as (emitter, store):
        events = Events(emitter, new_ids(), Clock())
        yield Desk(crm(tmp_path), store_url, store, events, ready=[*DEFAULT, "second_approver"])


async def given(desk: Desk) -> Approval:
    asked = await desk.approving.request(operator("ada"), CHANGES, CLIENT)
    return await desk.approving.decide(operator("max"), asked.id, "approved", "", CLIENT)


async def unusable(desk: Desk, approval: Approval) -> str:
    order = replace(CHANGES, approval=approval.id)
    with pytest.raises(Refused) as refused:
        await desk.starting.start(operator("ada"), order, CLIENT)
    assert refused.value.code == "approval_unusable"
    return refused.value.detail


async def test_a_request_waits_for_its_time_and_is_then_decided_by_nobody(desk: Desk) -> None:
    asked = await desk.approving.request(operator("ada"), CHANGES, CLIENT)
    desk.clock.at += 999
    assert (await desk.approving.find(operator("ada"), asked.id, CLIENT)).state == "pending"
    desk.clock.at += 1
    assert (await desk.approving.find(operator("ada"), asked.id, CLIENT)).state == "expired"
    with pytest.raises(Refused) as late:
        await desk.approving.decide(operator("max"), asked.id, "approved", "", CLIENT)
    assert late.value.code == "decided_already"


async def test_an_approval_holds_for_its_time(desk: Desk) -> None:
    approval = await given(desk)
    desk.clock.at += 500
    assert await unusable(desk, approval) == "It was not decided or not used in time."
    another = await given(desk)
    desk.clock.at += 499
    order = replace(CHANGES, approval=another.id)
    session, _ = await desk.starting.start(operator("ada"), order, CLIENT)
    assert session.approved_by == "max"


async def test_the_word_of_who_may_not_approve_any_more_is_none(desk: Desk) -> None:
    approval = await given(desk)
    people = desk.approving._operators
    desk.approving._operators = type(people)(
        {each.id: each for each in people if each.id != "max"}, {}
    )
    assert "may not approve this any more" in await unusable(desk, approval)
    lowered = {each.id: each for each in people}
    lowered["max"] = replace(lowered["max"], profile="Developer")
    desk.approving._operators = type(people)(lowered, {})
    assert "may not approve this any more" in await unusable(desk, approval)


@pytest.mark.parametrize(("where", "state"), [("record", "approved"), ("add", "used")])
async def test_a_start_that_comes_to_nothing_gives_its_approval_back_where_nothing_is_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, where: str, state: str
) -> None:
    approval = await given(desk)
    order = replace(CHANGES, approval=approval.id)

    async def away(*_: object, **__: object) -> None:
        raise StoreAway("store_away", "The store did not answer.")

    with monkeypatch.context() as patched:
        if where == "add":
            patched.setattr(desk.repository, "add", away)
        else:
            patched.setattr(desk.starting._events, "of_session", away)
        with pytest.raises(StoreAway):
            await desk.starting.start(operator("ada"), order, CLIENT)
    desk.clock.at += 1
    assert (await desk.approving.find(operator("ada"), approval.id, CLIENT)).state == state
    assert await desk.repository.live() == []


async def test_what_waits_is_listed_however_much_was_asked_since(desk: Desk) -> None:
    asked = await desk.approving.request(operator("max"), CHANGES, CLIENT)
    for _ in range(201):
        desk.clock.at += 1
        noise = await desk.approving.request(operator("ada"), CHANGES, CLIENT)
        await desk.approving.decide(operator("ada"), noise.id, "withdrawn", "", CLIENT)
    listed = await desk.approving.listed(operator("max"), CLIENT)
    assert listed[0].id == asked.id


async def test_a_review_that_broke_off_locks_nobody_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    glass = desk.starting._glass
    session = replace(
        SESSION, id="s1", site="crm", actor=replace(SESSION.actor, id="ada"), break_glass=True
    )
    subject = replace(SESSION.subject, id="jonas", account="nordlicht")
    await glass.broken(replace(session, subject=subject, started_at=desk.clock()))
    redis = glass._book._redis

    async def gone(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(redis, "zrem", gone)
        with pytest.raises(StoreAway):
            await glass.review(operator("max"), "s1", "justified", "I asked", CLIENT)
    desk.clock.at += 73 * 3_600_000
    await glass.check(operator("ada"))
    assert await glass._book.unreviewed() == []
    assert [each.verdict for each in await glass.listed(operator("max"), CLIENT)] == ["justified"]


async def test_what_is_done_by_the_glass_while_somebody_looks_into_it_is_not_reviewed_by_that(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    glass = desk.starting._glass
    subject = replace(SESSION.subject, id="jonas", account="nordlicht")
    looks = replace(SESSION, id="s1", site="crm", subject=subject, mode=Mode.READ_ONLY)
    changes = replace(looks, mode=Mode.READ_WRITE, reason="It has to be mended too")
    await glass.broken(looks)
    record = glass._events.of_desk

    async def and_meanwhile(*said: Any, **more: Any) -> None:
        await record(*said, **more)
        await glass.broken(changes)

    with monkeypatch.context() as patched:
        patched.setattr(glass._events, "of_desk", and_meanwhile)
        with pytest.raises(Refused, match="meanwhile") as refused:
            await glass.review(operator("max"), "s1", "justified", "They only looked", CLIENT)
    assert refused.value.code == "changed_meanwhile"
    [broken] = await glass._book.unreviewed()
    assert (broken.mode, broken.reason, broken.verdict) == (changes.mode, changes.reason, None)
    await glass.review(operator("max"), "s1", "justified", "It was broken", CLIENT)
    assert await glass._book.unreviewed() == []


async def test_what_the_glass_opens_again_while_it_is_closed_stays_open(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    glass = desk.starting._glass
    subject = replace(SESSION.subject, id="jonas", account="nordlicht")
    session = replace(SESSION, id="s1", site="crm", subject=subject)
    await glass.broken(session)
    redis = glass._book._redis
    zrem = redis.zrem

    async def after_it_is_raised(*said: Any) -> None:
        await glass.broken(replace(session, reason="It has to be mended too"))
        await zrem(*said)

    with monkeypatch.context() as patched:
        patched.setattr(redis, "zrem", after_it_is_raised)
        await glass.review(operator("max"), "s1", "justified", "They only looked", CLIENT)
    assert [each.reason for each in await glass._book.unreviewed()] == ["It has to be mended too"]
    assert await redis.pttl(keys.broken_glass("s1")) == -1


async def test_nobody_lets_more_than_twenty_requests_wait(desk: Desk) -> None:
    ada: Operator = operator("ada")
    asking = (desk.approving.request(ada, CHANGES, CLIENT) for _ in range(40))
    asked = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(each, Approval) for each in asked) == 20
    with pytest.raises(Refused) as many:
        await desk.approving.request(ada, CHANGES, CLIENT)
    assert many.value.code == "too_many_requests_wait"
    desk.clock.at += 1000
    await desk.approving.request(ada, CHANGES, CLIENT)
