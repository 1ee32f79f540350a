"""Who may approve is told what waits, and who asked how it was decided."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.errors import StoreAway
from gateway.model import Mode
from gateway.notices import outbox
from gateway.notices.notice import Notice
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


async def told(desk: Desk) -> list[Notice]:
    due = await desk.outbox.due("mail", desk.clock(), 99)
    return [each.item.notice for each in due]


async def test_a_request_is_told_to_approvers_and_its_decision_to_who_asked(desk: Desk) -> None:
    asked = await desk.approving.request(operator("ada"), CHANGES, CLIENT)
    [request] = await told(desk)
    assert (request.kind, request.to) == ("approval_requested", ("boss@example.com",))
    assert (request.who, request.whom, request.mode) == ("Ada", "Jonas", "read_write")
    assert request.until == asked.until
    await desk.approving.decide(operator("max"), asked.id, "refused", "Not today", CLIENT)
    _, decision = await told(desk)
    assert (decision.kind, decision.to) == ("approval_decided", ("ada@example.com",))
    assert (decision.decision, decision.by, decision.why) == ("refused", "Max", "Not today")


async def test_who_withdraws_is_told_nothing(desk: Desk) -> None:
    asked = await desk.approving.request(operator("ada"), CHANGES, CLIENT)
    await desk.approving.decide(operator("ada"), asked.id, "withdrawn", "", CLIENT)
    assert len(await told(desk)) == 1


async def test_what_nobody_can_be_told_does_not_wait_and_what_is_decided_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await desk.approving.request(operator("ada"), CHANGES, CLIENT)
    monkeypatch.setattr(outbox, "MOST", 0)
    with pytest.raises(StoreAway, match="notices_full"):
        await desk.approving.request(operator("ada"), CHANGES, CLIENT)
    assert len(await desk.approving.listed(operator("ada"), CLIENT)) == 1
    after = await desk.approving.decide(operator("max"), asked.id, "approved", "", CLIENT)
    assert after.state == "approved"
