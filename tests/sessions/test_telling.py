"""What is told of a start, to whom, and that nothing starts that cannot be told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.audit.record import Kind
from gateway.errors import StoreAway
from gateway.model import Preferences, Recipient
from gateway.notices import outbox
from gateway.notices.item import WayName
from gateway.notices.notice import Notice
from gateway.policy.rights.ready import DEFAULT
from gateway.sessions.events import Events
from tests.audit.support import emitting, new_ids, records
from tests.e2e.harness import until
from tests.sessions.support import CLIENT, Clock
from tests.sessions.test_starting import ORDER, Desk, crm, operator

Open = Callable[..., Desk]
NINA = Recipient(to="nina@nordlicht.example", about=("support",))
ALL = Recipient(to="all@nordlicht.example")


@pytest.fixture
async def opened(tmp_path: Path, store_url: str) -> AsyncIterator[Open]:
    async with emitting(store_url) as (emitter, store):

        def open_desk(**more: Any) -> Desk:
            events = Events(emitter, new_ids(), Clock())
            return Desk(crm(tmp_path), store_url, store, events, **more)

        yield open_desk


async def prefer(desk: Desk, *told: Recipient) -> None:
    await desk.preferences.change(
        "crm",
        "nordlicht",
        Preferences(support_may_act=True, notify=told),
        by=operator("ada"),
        why="",
        at_ms=0,
        expected=None,
    )


async def told(desk: Desk, way: WayName = "mail") -> dict[str, Notice]:
    due = await desk.outbox.due(way, desk.clock(), 99)
    return {each.item.to: each.item.notice for each in due}


async def test_of_supports_sessions_the_reason_and_the_ticket_are_told(opened: Open) -> None:
    desk = opened()
    await prefer(desk, NINA, ALL)
    session, _ = await desk.starting.start(operator("sue"), replace(ORDER, ticket="CS-7"), CLIENT)
    notices = await told(desk)
    assert set(notices) == {NINA.to, ALL.to}
    notice = notices[NINA.to]
    assert notice.id == f"session_started:{session.id}"
    assert (notice.who, notice.profile, notice.whom) == ("Sue", "Support", "Jonas")
    assert (notice.reason, notice.ticket) == ("Looks into it", "CS-7")
    assert (notice.account, notice.since) == ("Nordlicht GmbH", session.started_at)
    assert notice.until == session.expires_at


async def test_of_others_neither(opened: Open) -> None:
    desk = opened()
    await prefer(desk, NINA, ALL)
    await desk.starting.start(operator("ada"), replace(ORDER, ticket="CS-7"), CLIENT)
    [(to, notice)] = (await told(desk)).items()
    assert (to, notice.reason, notice.ticket) == (ALL.to, "", "")


async def test_broken_glass_is_told_to_all_and_to_approvers_with_its_reason(opened: Open) -> None:
    desk = opened(ready=[*DEFAULT, "break_glass", "second_approver"])
    await prefer(desk, NINA)
    order = replace(ORDER, break_glass=True)
    await desk.starting.start(operator("ada"), order, CLIENT)
    notices = await told(desk)
    assert set(notices) == {NINA.to, "boss@example.com"}
    assert notices[NINA.to].kind == "session_broke_glass"
    assert notices[NINA.to].reason == "Looks into it"


async def test_who_wants_to_know_nothing_is_told_nothing(opened: Open) -> None:
    desk = opened()
    await desk.starting.start(operator("ada"), ORDER, CLIENT)
    await prefer(desk, NINA)
    await desk.starting.start(operator("mia"), ORDER, CLIENT)
    assert await told(desk) == {}


async def test_where_nobody_can_be_told_a_session_that_must_be_does_not_start(
    opened: Open,
) -> None:
    desk = opened(ways=())
    await prefer(desk, NINA)
    refusal = await desk.refusal("sue")
    assert (refusal.code, refusal.status) == ("cannot_tell_account", 503)
    await desk.starting.start(operator("ada"), ORDER, CLIENT)


async def test_a_session_whose_notice_is_not_kept_does_not_start_and_that_is_on_record(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "MOST", 0)
    desk = opened()
    await prefer(desk, ALL)
    with pytest.raises(StoreAway, match="notices_full"):
        await desk.starting.start(operator("ada"), ORDER, CLIENT)
    assert await desk.repository.live() == []

    async def is_recorded() -> bool:
        return len(await records(desk.url)) == 2

    await until(is_recorded)
    started, ended = await records(desk.url)
    assert (started.kind, ended.kind) == (Kind.SESSION_STARTED, Kind.SESSION_ENDED)
    assert (ended.session, ended.reason) == (started.session, "notices_full")
    assert ended.detail.startswith("It was not started. People have to be told")
