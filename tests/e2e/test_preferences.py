"""What an account allows decides who may come in, and who may stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.e2e.harness import running, site
from tests.e2e.recorder_app import RecorderApp, http

OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: sam, name: Sam Rivera, email: sam@gateway.example, profile: Support}
  - {id: nina, name: Nina, email: nina@nordlicht.example, profile: Account Admin,
     account: nordlicht}
  - {id: hiro, name: Hiro, email: hiro@hoshi.example, profile: Account Admin, account: hoshi}
"""
RULES: dict[str, Any] = {
    "categories": {"notes": "Notes", "mail": "Mail"},
    "redaction": [
        {"id": "n", "category": "notes", "json": ["$..note"]},
        {"id": "m", "category": "mail", "json": ["$..mail"]},
    ],
}
ALLOWS = {"support_may_act": True, "support_may_see": ["notes", "mail"]}
NORD = "preferences?site=crm&account=nordlicht"


async def test_who_an_account_lets_in_is_out_as_soon_as_it_does_not(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(b'{"note": "n1", "mail": "m1", "a": 1}', type_="application/json")
    async with running(tmp_path, store_url, site(app.port, **RULES), people=OPERATORS) as gw:

        async def prefers(who: str, preferences: object, **more: Any) -> tuple[int, str]:
            said = {"site": "crm", "account": "nordlicht", "preferences": preferences, **more}
            answer = await gw.api("PUT", "preferences", operator=who, **said)
            return answer.status, (await answer.json()).get("code", "")

        refused = await gw.start("sam")
        assert (refused.status, (await refused.json())["rule"]) == (
            403,
            "support_waits_for_leave_or_a_ticket",
        )
        for who, no in (("sam", (403, "not_permitted")), ("hiro", (404, "unknown_account"))):
            assert await prefers(who, ALLOWS) == no
            assert (await gw.api("GET", NORD, operator=who)).status == no[0]
        assert await prefers("nina", ALLOWS | {"support_may_see": ["salary"]}) == (
            422,
            "unknown_category",
        )
        assert await prefers("nina", ALLOWS, why="We need help", version=0) == (200, "")
        assert await prefers("nina", {}, version=0) == (409, "changed_meanwhile")

        session = await gw.enter("sam")
        assert await (await gw.get("/a", session.headers)).read() == app.reply.split(b"\r\n\r\n")[1]

        assert await prefers("nina", ALLOWS | {"support_may_see": ["mail"]}) == (200, "")
        assert await (await gw.get("/a", session.headers)).read() == b'{"mail":"m1","a":1}'
        assert await prefers("nina", ALLOWS) == (200, "")
        less = await (await gw.get("/a", session.headers)).read()
        assert less == b'{"mail":"m1","a":1}', "nothing comes back to a session that had less"

        assert await prefers("nina", None, why="No more") == (200, "")
        seen = len(app.seen)
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        assert len(app.seen) == seen

        history = await (await gw.api("GET", NORD.replace("?", "/history?"))).json()
        assert [each["by"] for each in history["changes"]] == ["nina"] * 4
        assert history["changes"][0]["preferences"] is None
        records = await gw.records()
        changed = [each for each in records if each["kind"] == "preferences.changed"]
        assert len(changed) == 4, "what was refused is on record as refused alone"
        first, *_, last = changed
        assert (first["actor"]["id"], first["about"], first["why"]) == (
            "nina",
            "nordlicht",
            "We need help",
        )
        assert "support_may_act: no -> yes" in first["detail"]
        assert first["rule"] == "account_admins_look_after_their_account"
        assert last["detail"] == "It says nothing of its own any more."
        [end] = [each for each in records if each["kind"] == "session.ended"]
        assert (end["session"], end["reason"]) == (session.id, "no_longer_allowed")
        assert "support_waits_for_leave_or_a_ticket" in end["detail"]
        positions = [records.index(each) for each in (last, end)]
        assert positions == sorted(positions), "why it ended is on record before its end"


async def test_sessions_elsewhere_stay(app: RecorderApp, tmp_path: Path, store_url: str) -> None:
    more: dict[str, Any] = {"people": OPERATORS}
    async with running(tmp_path, store_url, site(app.port), **more) as gw:
        session = await gw.enter("ada")
        said: dict[str, Any] = {"site": "crm", "account": "nordlicht"}
        said["preferences"] = {"ask_first": True}
        unknown = await gw.api("PUT", "preferences", **(said | {"account": "nobody"}))
        assert (unknown.status, (await unknown.json())["code"]) == (404, "unknown_account")
        assert (await gw.get("/a", session.headers)).status == 200
        assert (await gw.api("PUT", "preferences", **said)).status == 200
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        assert (await (await gw.start("ada")).json())["rule"] == "users_are_asked_first"
