"""Sessions, as a program starts, sees and ends them."""

from __future__ import annotations

import msgspec

from gateway.model import Mode
from tests.console.characters import ADA, JONAS, SAM, make_session
from tests.console.support import World
from tests.console.visitor import Visitor

API = "/_gateway/api/"
ORDER = {"site": "crm", "subject": "jonas.weber", "mode": "read_only", "reason": "Looking into it"}


async def test_the_main_job_by_program(program: Visitor, world: World) -> None:
    started = await program.send("POST", f"{API}sessions", json=ORDER)
    assert started.status == 201
    session_id = started.json["id"]
    assert started.headers["Location"] == f"{API}sessions/{session_id}"
    assert set(started.json) == {"id", "enter_url", "expires_at"}
    assert started.json["expires_at"] == "2026-09-21T14:43:20.000Z"
    assert "/_gateway/enter?code=" in started.json["enter_url"]

    listed = await program.get(f"{API}sessions")
    assert [session["id"] for session in listed.json["sessions"]] == [session_id]
    one = await program.get(f"{API}sessions/{session_id}")
    assert one.json == listed.json["sessions"][0]

    ended = await program.send("DELETE", f"{API}sessions/{session_id}")
    assert (ended.status, ended.text) == (204, "")
    assert not world.live_sessions
    gone = await program.get(f"{API}sessions/{session_id}")
    assert (gone.status, gone.json["code"]) == (404, "session_not_live")


async def test_a_session_shows_actor_subject_and_limits(program: Visitor, world: World) -> None:
    world.live_sessions["s1"] = make_session(
        SAM, JONAS, id="s1", mode=Mode.READ_WRITE, reveal=("notes",), allowed_by=("admins",)
    )
    answer = await program.get(f"{API}sessions/s1")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "id": "s1",
        "site": "crm",
        "actor": {
            "id": "sam",
            "name": "Sam Rivera",
            "email": "sam@house.example",
            "profile": "Administrator",
        },
        "subject": {
            "id": "jonas.weber",
            "name": "Jonas Weber",
            "email": "jonas@nordlicht.example",
            "account": "n",
            "account_name": "Nordlicht GmbH",
            "status": "active",
            "groups": [],
        },
        "mode": "read_write",
        "reason": "Deal board empty after role change",
        "ticket": "",
        "isolation": "host",
        "host": "k3f9.crm.localhost",
        "started_at": "2026-09-21T14:13:20.000Z",
        "expires_at": "2026-09-21T14:43:20.000Z",
        "elevated_until": None,
        "approved_by": "",
        "break_glass": False,
        "workflow": "",
        "capabilities": [],
        "reveal": ["notes"],
        "allowed_by": ["admins"],
    }


async def test_a_refused_start_is_a_problem_with_its_record(program: Visitor, world: World) -> None:
    answer = await program.send("POST", f"{API}sessions", json=ORDER | {"subject": "root"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json == {
        "type": "urn:problem:impersonation-gateway:subject_protected",
        "title": "You cannot act as this person",
        "status": 403,
        "detail": "Root is an administrator of the app.",
        "code": "subject_protected",
        "advice": "Ask for somebody else.",
        "record": "r1",
    }
    (attempt,) = world.attempts
    assert attempt.order is not None
    assert (attempt.operator, attempt.order.subject) == (ADA, "root")


async def test_free_texts_of_programs_are_tidied_too(program: Visitor, world: World) -> None:
    body = msgspec.json.encode(ORDER | {"reason": "line\u2028one\x00\n two"})
    headers = {"Content-Type": "application/json"}
    await program.send("POST", f"{API}sessions", data=body, headers=headers)
    assert [session.reason for session in world.live_sessions.values()] == ["line one two"]


async def test_a_start_is_never_a_get(program: Visitor, world: World) -> None:
    answer = await program.get(f"{API}sessions?site=crm&subject=jonas.weber&mode=read_only")
    assert answer.status == 200
    assert not world.live_sessions
    assert world.attempts == []
