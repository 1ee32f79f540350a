"""The JSON API, as a program uses it."""

from __future__ import annotations

import msgspec

from gateway.console.home import FOUND_LIMIT
from gateway.model import Mode
from tests.console.support import ADA, JONAS, SAM, World, make_session
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


async def test_sites_and_users(program: Visitor) -> None:
    sites = await program.get(f"{API}sites")
    labels = {
        "workflows": {"quotes": "Create a quote"},
        "capabilities": {"edit_prices": "Edit prices"},
    }
    assert sites.json == {"sites": [{"name": "crm", "label": "CRM", **labels}]}
    users = await program.get(f"{API}users?site=crm&q=tanaka")
    assert users.json == {
        "users": [
            {
                "id": "mei.tanaka",
                "name": "Mei Tanaka",
                "email": "mei@hoshi.example",
                "account": "h",
                "account_name": "Hoshi Trading",
                "status": "invited",
                "status_words": "invited, not yet joined",
                "protected": False,
                "house_contact": False,
            }
        ],
        "more": False,
    }
    assert (await program.get(f"{API}users?site=crm&q=")).json == {"users": [], "more": False}


async def test_users_are_found_by_status_and_account_alone(program: Visitor) -> None:
    for query in ("status=invited", "account=h&status=invited", "q=tanaka&account=h"):
        (user,) = (await program.get(f"{API}users?site=crm&{query}")).json["users"]
        assert user["id"] == "mei.tanaka"
    assert not (await program.get(f"{API}users?site=crm&q=tanaka&account=n")).json["users"]


async def test_it_is_said_when_more_are_found_than_given(program: Visitor, world: World) -> None:
    world.people = tuple(msgspec.structs.replace(JONAS, id=f"j{n}") for n in range(FOUND_LIMIT + 1))
    found = (await program.get(f"{API}users?site=crm&q=jonas")).json
    assert (len(found["users"]), found["more"]) == (FOUND_LIMIT, True)
    page = await program.get("/_gateway/?site=crm&q=jonas")
    assert f"The first {FOUND_LIMIT} people found; write more to find fewer." in page.words


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
