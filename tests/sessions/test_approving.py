"""Approvals: how long they wait and hold, and that the word of who lost the right is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.console.approval_values import Approval
from gateway.errors import Refused, StoreAway
from gateway.model import Mode, Operator, Session
from gateway.policy.rights.ready import DEFAULT
from gateway.sessions.events import Events
from tests.audit.support import emitting, new_ids
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


async def test_a_start_that_comes_to_nothing_gives_its_approval_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval = await given(desk)
    order = replace(CHANGES, approval=approval.id)

    async def away(session: Session, code: str) -> None:
        raise StoreAway("store_away", "The store did not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(desk.repository, "add", away)
        with pytest.raises(StoreAway):
            await desk.starting.start(operator("ada"), order, CLIENT)
    desk.clock.at += 1
    assert (await desk.approving.find(operator("ada"), approval.id, CLIENT)).state == "approved"


async def test_nobody_lets_more_than_twenty_requests_wait(desk: Desk) -> None:
    ada: Operator = operator("ada")
    for _ in range(20):
        await desk.approving.request(ada, CHANGES, CLIENT)
    with pytest.raises(Refused) as many:
        await desk.approving.request(ada, CHANGES, CLIENT)
    assert many.value.code == "too_many_requests_wait"
    desk.clock.at += 1000
    await desk.approving.request(ada, CHANGES, CLIENT)
