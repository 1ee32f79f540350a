"""What one may know before a start: who is told, how long, what would help, what the desk says."""

from __future__ import annotations

import calendar
import time
from pathlib import Path
from typing import Any

import pytest

from gateway.policy.rights.ready import DEFAULT
from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp
from tests.e2e.test_consent import BY_HEADER
from tests.people.desk import a_desk
from tests.servers import unused_port

OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: max, name: Max, email: max@gateway.example, profile: Super Manager}
  - {id: sam, name: Sam Rivera, email: sam@gateway.example, profile: Support}
  - {id: dev, name: Dev, email: dev@gateway.example, profile: Developer}
"""
WHY = "A wrong address, see above"
READY = [*DEFAULT, "side_by_side", "second_approver", "break_glass"]
ORDER: dict[str, Any] = {"site": "crm", "subject": "jonas", "mode": "read_write", "reason": WHY}
NOBODY = {
    "read_only": False,
    "ticket": False,
    "approval": False,
    "consent": False,
    "asked_at": None,
    "fresh_sign_in": False,
    "end_other_session": False,
    "break_glass": False,
}


async def look(gw: Running, who: str = "sam", **order: Any) -> dict[str, Any]:
    answer = await gw.api("POST", "outlook", operator=who, **(ORDER | order))
    said: dict[str, Any] = await answer.json()
    assert answer.status == 200, said
    return said


def mailing() -> dict[str, Any]:
    mail = {"host": "127.0.0.1", "port": unused_port(), "security": "none", "from": "g@x.example"}
    return {"mail": mail, "approvals": ["boss@x.example", "chief@x.example"]}


async def test_who_is_told_and_their_addresses_for_those_who_may_see_them(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    more: dict[str, Any] = {"policies": {"ready": READY}, "notifications": mailing()}
    async with running(tmp_path, store_url, site(app.port), people=OPERATORS, **more) as gw:
        notify = [
            {"to": "nina@nordlicht.example", "about": ["support"]},
            {"to": "all@nordlicht.example"},
        ]
        prefers = {"support_may_act": True, "notify": notify}
        said: dict[str, Any] = {"site": "crm", "account": "nordlicht", "preferences": prefers}
        assert (await gw.api("PUT", "preferences", **said)).status == 200
        account = {"whom": "account", "account": "Nordlicht GmbH"}
        to_sam = await look(gw, mode="read_only")
        assert to_sam["told"] == [{**account, "people": 2, "addresses": []}]
        to_ada = await look(gw, "ada", mode="read_only")
        assert to_ada["told"] == [{**account, "people": 1, "addresses": ["all@nordlicht.example"]}]
        broken = await look(gw, break_glass=True)
        assert broken["refusal"] is None
        assert [(each["whom"], each["people"]) for each in broken["told"]] == [
            ("account", 2),
            ("approvers", 2),
        ]
        assert (await look(gw, "dev", subject="root"))["told"] == []


async def test_what_would_help_and_what_was_asked_for_already(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    more: dict[str, Any] = {"policies": {"ready": READY}}
    said = site(app.port, preferences={"support_may_act": True})
    async with running(tmp_path, store_url, said, people=OPERATORS, **more) as gw:
        first = await look(gw)
        assert first["refusal"]["helps"] == [["read_only"], ["approval"], ["break_glass"]]
        assert first["ways"] == NOBODY | {"read_only": True, "approval": True, "break_glass": True}
        assert first["approval"] is None

        asked = await (await gw.api("POST", "approvals", operator="sam", **ORDER)).json()
        waiting = (await look(gw))["approval"]
        assert (waiting["id"], waiting["state"], waiting["by"]) == (asked["id"], "pending", "")
        given = f"approvals/{asked['id']}/approve"
        assert (await gw.api("POST", given, operator="max", why="Fine")).status == 200
        approved = (await look(gw))["approval"]
        assert (approved["state"], approved["by"], approved["reason"]) == ("approved", "Max", WHY)
        for other in ({"mode": "read_only"}, {"subject": "priya"}, {"ticket": "CS-1"}):
            assert (await look(gw, **other))["approval"] is None
        assert (await look(gw, "ada"))["approval"] is None
        with_it = await look(gw, approval=asked["id"])
        assert (with_it["refusal"], with_it["ways"]) == (None, NOBODY)
        started = await gw.start("sam", **ORDER, approval=asked["id"])
        assert started.status == 201
        assert (await look(gw))["approval"] is None

        none = await look(gw, "dev")
        assert none["refusal"] is not None
        assert none["ways"]["break_glass"] is False


async def test_a_user_can_be_asked_where_they_have_a_page_and_once_in_an_hour(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    more: dict[str, Any] = {"policies": {"ready": [*DEFAULT, "ask_first", "side_by_side"]}}
    without = {key: BY_HEADER[key] for key in ("preferences", "identity")}
    other = site(app.port, **without, name="shop", hosts=["shop.localhost"])
    sites = (site(app.port, **BY_HEADER), other)
    async with running(tmp_path, store_url, *sites, people=OPERATORS, **more) as gw:
        ways = (await look(gw, mode="read_only"))["ways"]
        assert (ways["consent"], ways["asked_at"]) == (True, None)
        assert not (await look(gw, mode="read_only", site="shop"))["ways"]["consent"]
        asking = {"site": "crm", "subject": "jonas", "why": "To see the import"}
        assert (await gw.api("POST", "consents", operator="sam", **asking)).status == 201
        assert (await look(gw, mode="read_only"))["ways"]["asked_at"] is not None
        assert (await look(gw, "ada", mode="read_only"))["ways"]["asked_at"] is None


@pytest.mark.parametrize(
    ("minutes", "seconds", "code"),
    [(None, 1800, None), (1, 60, None), (30, 1800, None), (31, 1800, "bad_length")]
    + [(each, 1800, "bad_length") for each in (0, -5, 10**12)],
)
async def test_a_session_lasts_as_long_as_asked_and_no_longer_than_it_may(
    app: RecorderApp,
    tmp_path: Path,
    store_url: str,
    minutes: int | None,
    seconds: int,
    code: str | None,
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        said = await look(gw, "ada", minutes=minutes)
        assert said["minutes"] == [5, 15, 30]
        assert (said["seconds"], said["extended_seconds"]) == (seconds, 7200)
        assert (said["refusal"] or {}).get("code") == code
        now = time.time()
        answer = await gw.start(minutes=minutes)
        body = await answer.json()
        assert answer.status == (422 if code else 201), body
        records = await gw.records()
        if code:
            assert body["code"] == records[-1]["reason"] == code
            assert "30 minutes" in body["detail"] or "one minute" in body["detail"]
        else:
            [live] = (await (await gw.api("GET", "sessions")).json())["sessions"]
            ends = time.strptime(live["expires_at"][:19], "%Y-%m-%dT%H:%M:%S")
            assert 0 <= calendar.timegm(ends) - int(now) - seconds <= 5


async def test_a_short_session_can_be_extended_as_any_other(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        started = await (await gw.start(minutes=1)).json()
        path = f"sessions/{started['id']}/extension"
        longer = await (await gw.api("POST", path, reason="Not done yet")).json()
    assert longer["expires_at"] > started["expires_at"]


async def test_what_the_desk_says_is_shown_as_far_as_the_config_names_it(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    ticket = {
        "state": "Open",
        "by": {"name": "Jonas\u202e Weber\n", "phone": "secret-4711"},
        "at": "2026-11-23T09:00:00+01:00",
    }
    async with a_desk({"CS-1": ticket}) as desk:
        lookup: dict[str, Any] = {
            "url": desk.url + "/tickets/{ticket}",
            "conditions": {"open": {"at": "$.state", "equals": "Open"}},
            "shows": {"status": "$.state", "asked_by": "$.by.name", "asked_at": "$.at"},
        }
        more: dict[str, Any] = {"sessions": {"ticket": {"lookup": lookup}}}
        async with running(tmp_path, store_url, site(app.port), people=OPERATORS, **more) as gw:
            said = await look(gw, "ada", ticket="CS-1")
            assert said["ticket"] == {
                "number": "CS-1",
                "status": "Open",
                "asked_by": "Jonas Weber",
                "asked_at": "2026-11-23T08:00:00.000Z",
            }
            assert "secret-4711" not in str(said)
            assert (await look(gw, "ada"))["ticket"] is None
            unknown = await look(gw, "ada", ticket="CS-2")
            assert (unknown["refusal"]["code"], unknown["ticket"]) == ("ticket_unknown", None)
            protected = await look(gw, "dev", subject="root", ticket="CS-1")
            assert (protected["refusal"]["helps"], protected["ticket"]) == ([], None)


async def test_whoever_broke_the_glass_too_long_ago_is_told_before(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sessions.glass.PATIENCE_MS", -60_000)
    said = site(app.port, preferences={"support_may_act": True})
    more: dict[str, Any] = {"policies": {"ready": READY}}
    async with running(tmp_path, store_url, said, people=OPERATORS, **more) as gw:
        assert (await gw.start("sam", **ORDER, break_glass=True)).status == 201
        assert not (await look(gw))["ways"]["break_glass"]
        again = await look(gw, break_glass=True)
        assert again["refusal"]["code"] == "glass_unreviewed"


async def test_nothing_is_looked_at_without_a_way_to_look(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        for order, code in (
            ({"subject": "nobody"}, "unknown_subject"),
            ({"site": "no"}, "unknown_site"),
            ({"workflow": "no"}, "unknown_workflow"),
        ):
            answer = await gw.api("POST", "outlook", **(ORDER | order))
            assert (answer.status, (await answer.json())["code"]) == (404, code)
        before = await gw.stream()
        await look(gw, "ada")
        assert await gw.stream() == before
