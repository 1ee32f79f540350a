"""Support starts for a ticket that its customer opened, and for no other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.e2e.harness import running, site
from tests.e2e.recorder_app import RecorderApp
from tests.people.desk import a_desk

OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Support}
"""
THEIRS = {
    "status": "pending",
    "organization": {"external_id": "nordlicht"},
    "requester": {"email": "JONAS@nordlicht.example", "role": "end-user"},
}
OURS = THEIRS | {"requester": {"email": "sue@gateway.example", "role": "agent"}}
OTHERS = THEIRS | {"organization": {"external_id": "suedwind"}}
CONDITIONS = {
    "open": {"at": "$.status", "one_of": ["new", "open", "pending"]},
    "same_account": {"at": "$.organization.external_id", "equals": "{user.account}"},
    "opened_by_customer": {"at": "$.requester.email", "equals": "{user.email}"},
}


async def failing(_request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(status=500, text="stack trace of the desk")


async def test_support_acts_for_the_customers_own_ticket_alone(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    (tmp_path / "desk-headers").write_text("Authorization: Bearer s3cret\n")
    tickets = {"CS-1": THEIRS, "CS-2": OURS, "CS-3": OTHERS}
    async with a_desk(tickets) as desk:
        lookup = {
            "url": desk.url + "/tickets/{ticket}",
            "headers_file": "desk-headers",
            "require": ["same_account"],
            "conditions": CONDITIONS,
        }
        said = {"pattern": "CS-[0-9]+", "example": "CS-4711", "lookup": lookup}
        more: dict[str, Any] = {
            "people": OPERATORS,
            "policies": {"ready": ["support_when_allowed", "side_by_side"]},
            "sessions": {"ticket": said, "reasons": ["Support request"]},
        }
        async with running(tmp_path, store_url, site(app.port), **more) as gw:

            async def code(ticket: str) -> str:
                answer = await gw.start(ticket=ticket, reason="Support request: cannot sign in")
                said: dict[str, str] = await answer.json()
                return said.get("code", str(answer.status))

            assert await code("CS-1") == "201"
            assert await code("CS-2") == "forbidden_by_policy"
            assert await code("CS-3") == "ticket_not_usable"
            assert await code("CS-4") == "ticket_unknown"
            assert await code("CS-1/../CS-1") == "ticket_malformed"
            desk.reply = failing
            assert await code("CS-5") == "ticket_unchecked"
            assert await code("CS-1") == "201"  # as it was some seconds ago
            refused = [each for each in await gw.records() if each["kind"] == "session.refused"]
    assert desk.asked == [f"GET /tickets/CS-{number}" for number in range(1, 6)]
    assert {each["Authorization"] for each in desk.headers} == {"Bearer s3cret"}
    assert [each["reason"] for each in refused] == [
        "forbidden_by_policy",
        "ticket_not_usable",
        "ticket_unknown",
        "ticket_malformed",
        "ticket_unchecked",
    ]
    assert "s3cret" not in str(refused)
    assert "stack trace" not in str(refused)


async def test_a_session_ends_when_its_ticket_is_closed_and_not_while_the_desk_is_away(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with a_desk({"CS-1": THEIRS}) as desk:
        lookup = {
            "url": desk.url + "/tickets/{ticket}",
            "keep": "200ms",
            "conditions": CONDITIONS,
        }
        more: dict[str, Any] = {
            "people": OPERATORS,
            "policies": {"ready": ["support_when_allowed"]},
            "sessions": {"ticket": {"lookup": lookup}},
        }
        async with running(tmp_path, store_url, site(app.port), **more) as gw:
            session = await gw.enter(ticket="CS-1")
            known, desk.reply = desk.reply, failing
            asked = len(desk.asked)
            async with asyncio.timeout(20):
                while len(desk.asked) < asked + 2:
                    await gw.get("/a", session.headers)
            assert (await gw.get("/a", session.headers)).status == 200
            desk.tickets["CS-1"] = {**THEIRS, "status": "solved"}
            desk.reply = known
            async with asyncio.timeout(20):
                while not (ends := [x for x in await gw.stream() if b'"session.ended"' in x]):
                    pass
    end = json.loads(ends[0])
    assert end["reason"] == "no_longer_allowed"
    assert "support_waits_for_leave_or_a_ticket" in end["detail"]


async def test_a_session_lasts_no_longer_while_the_desk_does_not_say_that_its_ticket_holds(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with a_desk({"CS-1": THEIRS}) as desk:
        lookup = {"url": desk.url + "/tickets/{ticket}", "keep": "1ms", "conditions": CONDITIONS}
        more: dict[str, Any] = {
            "people": OPERATORS,
            "policies": {"ready": ["support_when_allowed"]},
            "sessions": {"lifetime": "30s", "longest": "60s", "ticket": {"lookup": lookup}},
        }
        async with running(tmp_path, store_url, site(app.port), **more) as gw:
            session = await gw.enter(ticket="CS-1")
            known, desk.reply = desk.reply, failing

            async def extended() -> str:
                path = f"sessions/{session.id}/extension"
                answer = await gw.api("POST", path, reason="It takes longer than I thought")
                return str((await answer.json()).get("code", answer.status))

            async with asyncio.timeout(10):
                while (now := await extended()) == "lasts_long_enough":
                    pass
            assert now == "ticket_unchecked"
            assert (await gw.get("/a", session.headers)).status == 200
            desk.reply = known
            assert await extended() == "200"


async def test_a_desk_that_tells_of_a_change_ends_the_session_at_once(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with a_desk({"CS-1": THEIRS, "CS-2": THEIRS}) as desk:
        lookup = {"url": desk.url + "/tickets/{ticket}", "keep": "5m", "conditions": CONDITIONS}
        more: dict[str, Any] = {
            "people": OPERATORS,
            "policies": {"ready": ["support_when_allowed", "side_by_side"]},
            "sessions": {"ticket": {"lookup": lookup}},
        }
        async with running(tmp_path, store_url, site(app.port), **more) as gw:
            closed, other = await gw.enter(ticket="CS-1"), await gw.enter(ticket="CS-2")
            assert (await gw.api("POST", "tickets/changed", ticket="CS-1")).status == 204
            assert (await gw.get("/a", closed.headers)).status == 200
            desk.tickets["CS-1"] = {**THEIRS, "status": "solved"}
            assert (await gw.get("/a", closed.headers)).status == 200, "nobody has said so"
            asked = len(desk.asked)
            assert (await gw.api("POST", "tickets/changed", ticket="CS-1")).status == 204
            assert (await gw.get("/a", closed.headers)).status in (401, 403)
            assert desk.asked[asked:] == ["GET /tickets/CS-1"]
            assert (await gw.get("/a", other.headers)).status == 200
            assert (await gw.api("POST", "tickets/changed", ticket="CS-9")).status == 204
