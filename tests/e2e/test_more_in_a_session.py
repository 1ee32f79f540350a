"""A session that is raised, lowered, extended, and ended by others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionError

from gateway.errors import StoreAway
from gateway.policy.rights.ready import DEFAULT
from gateway.sessions.review import Review
from gateway.sessions.revocation import Revocation
from tests.e2e.harness import Entered, Running, running, site, until
from tests.e2e.recorder_app import RecorderApp, http

OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: max, name: Max, email: max@gateway.example, profile: Super Manager}
  - {id: sam, name: Sam Rivera, email: sam@gateway.example, profile: Support}
  - {id: nina, name: Nina, email: nina@nordlicht.example, profile: Account Admin,
     account: nordlicht}
  - {id: hiro, name: Hiro, email: hiro@hoshi.example, profile: Account Admin, account: hoshi}
"""
RULES: dict[str, Any] = {"preferences": {"support_may_act": True}}
SHORT = {"sessions": {"lifetime": "60s", "longest": "90s", "idle": "60s", "elevation": "600ms"}}
WHY = "A wrong address, see above"


async def change(gw: Running, session: Entered) -> int:
    """The status that a change gets; 0 when it is cut, because the session may do less."""
    try:
        return (await gw.request("POST", "/a", session.headers, data=b"a=1")).status
    except ClientConnectionError:
        return 0


async def gets(answer: Awaitable[int], status: int) -> bool:
    return await answer == status


async def more(gw: Running, what: str, **said: Any) -> tuple[int, dict[str, Any]]:
    operator = said.pop("operator", "sam")
    answer = await gw.api("POST", what, operator=operator, **({"reason": WHY} | said))
    return answer.status, await answer.json()


async def test_changes_are_real_for_some_minutes_and_no_longer(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(b"<!doctype html><p>Hi", type_="text/html")
    crm = site(app.port, **RULES)
    async with running(tmp_path, store_url, crm, people=OPERATORS, **SHORT) as gw:
        session = await gw.enter("sam")
        raised = f"sessions/{session.id}/elevation"
        assert await change(gw, session) == 403
        assert (await more(gw, raised, reason="short"))[0] == 422
        assert (await more(gw, raised, operator="ada"))[0] == 403
        assert (await more(gw, "sessions/abcdefghijklmnop/elevation"))[0] == 404
        assert await change(gw, session) == 403

        status, now = await more(gw, raised)
        assert (status, now["mode"]) == (200, "read_only")
        assert now["elevated_until"] < now["expires_at"]
        assert await change(gw, session) == 200
        page = await (await gw.get("/a", session.headers)).text()
        assert '"words":"your changes are real"' in page
        assert '"raised":' in page
        assert '"lowered":"look only"' in page
        css = await (await gw.get("/_gateway/bar.css", session.headers)).text()
        assert "until" in css

        await until(lambda: gets(change(gw, session), 403), 3)
        assert await change(gw, session) == 403
        assert '"words":"look only"' in await (await gw.get("/a", session.headers)).text()
        records = await gw.records()
        [record] = [each for each in records if each["kind"] == "session.elevated"]
        assert (record["why"], record["decision"]) == (WHY, "allow")
        assert record["rule"] == "support_acts_where_it_is_allowed"
        assert record["detail"].startswith("Changes are real until 20")
        posts = [each for each in records if each.get("method") == "POST"]
        modes = {each["mode"] for each in posts if each["kind"].startswith("request.")}
        assert modes == {"read_only", "read_write"}
        first = next(each for each in records if each.get("mode") == "read_write")
        assert records.index(record) < records.index(first), "on record before it counts"


async def test_lowered_nothing_is_changed_any_more_and_open_requests_are_cut(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, **RULES)
    async with running(tmp_path, store_url, crm, people=OPERATORS) as gw:
        session = await gw.enter("sam")
        raised = f"sessions/{session.id}/elevation"
        assert (await more(gw, raised))[0] == 200
        assert await change(gw, session) == 200
        assert (await gw.api("DELETE", raised, operator="sam")).status == 204
        assert await change(gw, session) == 403
        kinds = [each["kind"] for each in await gw.records()]
        assert kinds.count("session.lowered") == 1


async def test_who_changes_things_from_the_start_asks_for_nothing(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, **RULES)
    async with running(tmp_path, store_url, crm, people=OPERATORS) as gw:
        session = await gw.enter("sam", mode="read_write")
        status, said = await more(gw, f"sessions/{session.id}/elevation")
        assert (status, said["code"]) == (409, "changes_already")


async def test_an_elevation_that_policy_refuses_or_takes_back_is_none(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, **RULES)
    ready = [*DEFAULT, "side_by_side", "changes_for_active_users"]
    folder = tmp_path / "policies"
    folder.mkdir()
    own = folder / "own.cedar"
    allows = '@id("nothing")\npermit (principal, action == Gateway::Action::"approve", resource);'
    forbids = (
        '@id("no_changes_today")\n@reason("Nobody changes anything today.")\n'
        'forbid (principal, action == Gateway::Action::"act_read_write", resource);'
    )
    own.write_text(forbids)
    policies = {"ready": list(dict.fromkeys(ready)), "folder": str(folder)}
    async with running(tmp_path, store_url, crm, people=OPERATORS, policies=policies) as gw:
        session = await gw.enter("sam")
        raised = f"sessions/{session.id}/elevation"
        status, said = await more(gw, raised)
        assert (status, said["rule"]) == (403, "no_changes_today")
        assert said["title"] == "This session stays as it is"
        assert await change(gw, session) == 403

        async def say(text: str) -> None:
            loaded = gw.gateway.policies._in_force.policies
            own.write_text(text)

            async def others_hold() -> bool:
                await asyncio.sleep(0.01)
                return gw.gateway.policies._in_force.policies is not loaded

            await until(others_hold)

        await say(allows)
        assert (await more(gw, raised))[0] == 200
        assert await change(gw, session) == 200
        await say(forbids)
        await until(lambda: gets(change(gw, session), 403), 2)
        assert (await gw.get("/a", session.headers)).status == 200, "it looks on"


async def test_a_session_is_extended_with_a_reason_up_to_its_longest(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, **RULES)
    short = {"sessions": {"lifetime": "2s", "longest": "4s", "idle": "60s"}}
    async with running(tmp_path, store_url, crm, people=OPERATORS, **short) as gw:
        session = await gw.enter("sam")
        longer = f"sessions/{session.id}/extension"
        assert (await more(gw, longer, reason=""))[0] == 422
        assert (await more(gw, longer, operator="ada"))[0] == 403
        before = await (await gw.api("GET", f"sessions/{session.id}", operator="sam")).json()
        async with asyncio.timeout(3):
            while (answer := await more(gw, longer))[0] == 409:
                assert answer[1]["code"] == "lasts_long_enough"
                await asyncio.sleep(0.05)
        assert answer[0] == 200
        assert answer[1]["expires_at"] > before["expires_at"]
        async with asyncio.timeout(10):
            while (now := await more(gw, longer))[1].get("code") != "cannot_last_longer":
                assert now[0] in (200, 409), now
                await asyncio.sleep(0.05)
        assert "A session" not in now[1]["detail"]
        assert (await gw.get("/a", session.headers)).status == 200

        async def reasons() -> list[str]:
            await asyncio.sleep(0.05)
            records = await gw.records()
            return [each["reason"] for each in records if each["kind"] == "session.ended"]

        async def has_ended() -> bool:
            return await reasons() == ["expired"]

        await until(has_ended)
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        extended = [each for each in await gw.records() if each["kind"] == "session.extended"]
        assert extended
        assert {each["why"] for each in extended} == {WHY}


@pytest.mark.parametrize("who", ["ada", "max", "nina"])
async def test_those_whom_policy_lets_see_and_end_sessions_of_others(
    app: RecorderApp, tmp_path: Path, store_url: str, who: str
) -> None:
    crm = site(app.port, **RULES)
    async with running(tmp_path, store_url, crm, people=OPERATORS) as gw:
        session = await gw.enter("sam")
        listed = await (await gw.api("GET", "sessions", operator="hiro")).json()
        assert listed == {"sessions": []}, "another account's admin sees nothing of it"
        for method in ("GET", "DELETE"):
            refused = await gw.api(method, f"sessions/{session.id}", operator="hiro")
            assert refused.status == 404
        listed = await (await gw.api("GET", "sessions", operator=who)).json()
        assert [each["id"] for each in listed["sessions"]] == [session.id]
        ended = await gw.api("DELETE", f"sessions/{session.id}", operator=who)
        assert ended.status == 204
        assert (await gw.get("/a", session.headers)).status in (401, 403)
        [end] = [each for each in await gw.records() if each["kind"] == "session.ended"]
        assert (end["reason"], who in end["detail"]) == ("ended_by_other", True)


@pytest.mark.parametrize("allowed_in", ["quotes", ""])
async def test_a_session_is_raised_for_the_workflow_that_it_has(
    app: RecorderApp, tmp_path: Path, store_url: str, allowed_in: str
) -> None:
    quotes = {"id": "quotes", "label": "Quotes", "start": "/quotes", "paths": ["/quotes/**"]}
    crm = site(app.port, **RULES, workflows=[quotes])
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/own.cedar").write_text(
        '@id("changes_here_only")\n@reason("Changes are made elsewhere.")\n'
        'forbid (principal, action == Gateway::Action::"act_read_write", resource)\n'
        f'unless {{ context.workflow == "{allowed_in}" }};'
    )
    policies = {"ready": [*DEFAULT, "side_by_side"], "folder": str(tmp_path / "policies")}
    async with running(tmp_path, store_url, crm, people=OPERATORS, policies=policies) as gw:
        for workflow in ("quotes", ""):
            session = await gw.enter("sam", workflow=workflow)
            status, said = await more(gw, f"sessions/{session.id}/elevation")
            assert status == (200 if workflow == allowed_in else 403), said


async def test_policy_is_asked_once_more_where_workers_could_not_be_told_of_a_raise(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, store_url, site(app.port, **RULES), people=OPERATORS) as gw:
        session = await gw.enter("sam")
        looked, look = [], Review.of_session

        async def silent(*_: Any, **__: Any) -> None:
            raise StoreAway("workers_silent", "Not every worker has confirmed.")

        async def seen(review: Review, session_id: str) -> bool:
            looked.append(session_id)
            return await look(review, session_id)

        monkeypatch.setattr(Revocation, "announce", silent)
        monkeypatch.setattr(Review, "of_session", seen)
        assert (await more(gw, f"sessions/{session.id}/elevation"))[0] == 503
        assert looked == [session.id]
        monkeypatch.undo()
