"""A second person's word: asked for, given, used once; and what did not wait for it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.policy.rights.ready import DEFAULT
from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp

OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: max, name: Max, email: max@gateway.example, profile: Super Manager}
  - {id: mia, name: Mia, email: mia@gateway.example, profile: Super Manager}
  - {id: sam, name: Sam Rivera, email: sam@gateway.example, profile: Support}
  - {id: dev, name: Dev, email: dev@gateway.example, profile: Developer}
"""
MORE: dict[str, Any] = {
    "policies": {"ready": [*DEFAULT, "side_by_side", "second_approver", "break_glass"]}
}
WHY = "A wrong address, see above"
ORDER = {"site": "crm", "subject": "jonas", "mode": "read_write", "reason": WHY}
ALLOWS = {"preferences": {"support_may_act": True}}
Told = tuple[int, dict[str, Any]]


async def told(gw: Running, method: str, path: str, who: str, **said: Any) -> Told:
    answer = await gw.api(method, path, operator=who, **said)
    return answer.status, await answer.json()


async def open_reviews(gw: Running) -> int:
    answer = await gw.client.get(f"http://127.0.0.1:{gw.ops_port}/metrics")
    [line] = re.findall(r"^gateway_broken_glass_unreviewed (.*)$", await answer.text(), re.M)
    return int(float(line))


async def asked(gw: Running, who: str = "sam", **order: Any) -> str:
    status, approval = await told(gw, "POST", "approvals", who, **(ORDER | order))
    assert (status, approval["state"]) == (201, "pending"), approval
    return str(approval["id"])


async def test_a_start_that_needs_a_second_person_gets_one_and_once(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(
        tmp_path, store_url, site(app.port, **ALLOWS), people=OPERATORS, **MORE
    ) as gw:
        status, no = await told(gw, "POST", "sessions", "sam", **ORDER)
        assert (status, no["rule"]) == (403, "changes_need_approval")
        assert no["helps"] == [["read_only"], ["approval"], ["break_glass"]]
        approval = await asked(gw)
        status, no = await told(gw, "POST", "sessions", "sam", **ORDER, approval=approval)
        assert (status, no["code"]) == (403, "approval_unusable")
        assert no["detail"] == "Nobody has decided yet."

        for who in ("max", "ada"):
            listed = (await told(gw, "GET", "approvals", who))[1]["approvals"]
            assert [each["id"] for each in listed] == [approval]
        assert (await told(gw, "GET", "approvals", "dev"))[1] == {"approvals": []}
        for path in ("", "/approve", "/refuse"):
            way = ("POST", {"why": "x"}) if path else ("GET", {})
            status, no = await told(gw, way[0], f"approvals/{approval}{path}", "dev", **way[1])
            assert (status, no["code"]) == (404, "no_such_approval")
        status, no = await told(gw, "POST", f"approvals/{approval}/approve", "sam", why="Me")
        assert (status, no["code"]) == (403, "own_approval")
        status, no = await told(gw, "POST", f"approvals/{approval}/refuse", "max", why="")
        assert (status, no["code"]) == (422, "reason_missing")
        status, given = await told(gw, "POST", f"approvals/{approval}/approve", "max", why="Fine")
        assert (status, given["state"], given["by"]["id"]) == (200, "approved", "max")
        assert "by_address" not in given

        for other in ({"subject": "priya"}, {"ticket": "CS-1"}, {"mode": "read_only"}):
            order = ORDER | other
            status, no = await told(gw, "POST", "sessions", "sam", **order, approval=approval)
            assert (status, no["detail"]) == (403, "It is for something else than this.")
        status, no = await told(gw, "POST", "sessions", "ada", **ORDER, approval=approval)
        assert (status, no["detail"]) == (403, "There is no such approval of yours.")
        starts = [
            told(gw, "POST", "sessions", "sam", **(ORDER | {"reason": "Another reason"}),
                 approval=approval)
            for _ in range(5)
        ]  # fmt: skip
        statuses = [status for status, _ in await asyncio.gather(*starts)]
        assert statuses.count(201) == 1
        assert set(statuses) <= {201, 403, 409}
        used = (await told(gw, "GET", f"approvals/{approval}", "sam"))[1]
        assert used["state"] == "used"
        session = (await told(gw, "GET", f"sessions/{used['used_by']}", "sam"))[1]
        assert (session["approved_by"], session["reason"]) == ("max", WHY)

        records = await gw.records()
        of = [each for each in records if each.get("about") == approval]
        assert [each["kind"] for each in of] == ["approval.requested", "approval.given"]
        assert {each["subject"]["id"] for each in of} == {"jonas"}
        assert [each["actor"]["id"] for each in of] == ["sam", "max"]
        assert [each["why"] for each in of] == [WHY, "Fine"]
        [started] = [each for each in records if each["kind"] == "session.started"]
        assert (started["detail"], started["why"]) == ("Approved by Max (max).", WHY)


async def test_of_those_who_decide_at_the_same_moment_one_does(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(
        tmp_path, store_url, site(app.port, **ALLOWS), people=OPERATORS, **MORE
    ) as gw:
        for _ in range(4):
            approval = await asked(gw)
            answers = await asyncio.gather(
                told(gw, "POST", f"approvals/{approval}/approve", "max", why="Yes"),
                told(gw, "POST", f"approvals/{approval}/refuse", "mia", why="No"),
                told(gw, "POST", f"approvals/{approval}/withdraw", "sam", why=""),
            )
            done = sorted(status for status, _ in answers)
            assert done in ([200, 409, 409], [200, 200, 409]), answers
            state = (await told(gw, "GET", f"approvals/{approval}", "sam"))[1]["state"]
            if done == [200, 200, 409]:  # what was approved can be withdrawn
                assert state == "withdrawn"
            codes = {no["code"] for status, no in answers if status == 409}
            assert codes == {"decided_already"}


async def test_a_session_is_raised_with_an_approval_of_its_own(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(
        tmp_path, store_url, site(app.port, **ALLOWS), people=OPERATORS, **MORE
    ) as gw:
        session = await gw.enter("sam")
        raised = f"sessions/{session.id}/elevation"
        status, no = await told(gw, "POST", raised, "sam", reason=WHY)
        assert (status, no["rule"]) == (403, "changes_need_approval")
        for_start = await asked(gw)
        await told(gw, "POST", f"approvals/{for_start}/approve", "max", why="")
        status, no = await told(gw, "POST", raised, "sam", reason=WHY, approval=for_start)
        assert (status, no["code"]) == (403, "approval_unusable")
        status, more = await told(gw, "POST", "approvals", "sam", session=session.id, reason=WHY)
        assert (status, more["session"]) == (201, session.id)
        await told(gw, "POST", f"approvals/{more['id']}/approve", "max", why="")
        status, now = await told(gw, "POST", raised, "sam", reason=WHY, approval=more["id"])
        assert (status, now["approved_by"]) == (200, "max")
        changed = await gw.request("POST", "/a", session.headers, data=b"a=1")
        assert changed.status == 200
        status, no = await told(gw, "POST", raised, "sam", reason=WHY, approval=more["id"])
        assert (status, no["detail"]) == (403, "It was used already.")


@pytest.mark.parametrize(
    ("who", "order", "code"),
    [
        ("ada", {"mode": "read_only"}, "approval_not_needed"),
        ("dev", {}, "not_permitted"),
        ("sam", {"subject": "nobody"}, "unknown_subject"),
        ("sam", {"reason": "short"}, "reason_missing"),
    ],
)
async def test_what_an_approval_would_not_help_is_not_asked_for(
    app: RecorderApp, tmp_path: Path, store_url: str, who: str, order: dict[str, Any], code: str
) -> None:
    async with running(
        tmp_path, store_url, site(app.port, **ALLOWS), people=OPERATORS, **MORE
    ) as gw:
        status, no = await told(gw, "POST", "approvals", who, **(ORDER | order))
        assert (status >= 400, no["code"]) == (True, code)
        assert (await told(gw, "GET", "approvals", "ada"))[1] == {"approvals": []}


async def test_who_breaks_the_glass_acts_at_once_and_somebody_else_looks_into_it(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<!doctype html>"
    )
    async with running(
        tmp_path, store_url, site(app.port, **ALLOWS), people=OPERATORS, **MORE
    ) as gw:
        status, no = await told(gw, "POST", "sessions", "max", **ORDER, break_glass=True)
        assert (status, no["code"]) == (403, "no_glass_to_break")
        session = await gw.enter("sam", **(ORDER | {"break_glass": True}))
        changed = await gw.request("POST", "/a", session.headers, data=b"a=1")
        assert changed.status == 200
        page = await (await gw.get("/a", session.headers)).text()
        assert "emergency access, your changes are real" in page
        for who, may in (("sam", True), ("max", True), ("dev", False)):
            reviews = (await told(gw, "GET", "reviews", who))[1]["reviews"]
            assert [each["session"] for each in reviews] == [session.id] * may
        assert await open_reviews(gw) == 1
        path = f"reviews/{session.id}"
        said = {"verdict": "justified", "why": "The shop was down"}
        assert (await told(gw, "POST", path, "dev", **said))[1]["code"] == "no_such_review"
        assert (await told(gw, "POST", path, "sam", **said))[1]["code"] == "no_such_review"
        status, no = await told(gw, "POST", path, "max", verdict="justified", why=" ")
        assert (status, no["code"]) == (422, "reason_missing")
        both = await asyncio.gather(
            told(gw, "POST", path, "max", **said), told(gw, "POST", path, "mia", **said)
        )
        assert sorted(status for status, _ in both) == [200, 409]
        records = await gw.records()
        [started] = [each for each in records if each["kind"] == "session.started"]
        assert started["break_glass"] is True
        assert await open_reviews(gw) == 0
        reviewed = [each for each in records if each["kind"] == "session.reviewed"]
        assert {each["reason"] for each in reviewed} == {"justified"}
        assert reviewed[0]["session"] == session.id


async def test_who_acted_does_not_review_it(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(
        tmp_path, store_url, site(app.port, **ALLOWS), people=OPERATORS, **MORE
    ) as gw:
        session = await gw.enter("ada", **(ORDER | {"break_glass": True}))
        said = {"verdict": "justified", "why": "I know why"}
        status, no = await told(gw, "POST", f"reviews/{session.id}", "ada", **said)
        assert (status, no["code"]) == (403, "own_review")


async def test_what_was_reviewed_is_open_again_when_it_changes_things_by_the_glass(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(
        tmp_path, store_url, site(app.port, **ALLOWS), people=OPERATORS, **MORE
    ) as gw:
        session = await gw.enter("sam", **(ORDER | {"mode": "read_only", "break_glass": True}))
        path, said = f"reviews/{session.id}", {"verdict": "justified", "why": "They only looked"}
        assert (await told(gw, "POST", path, "max", **said))[0] == 200
        why = "It has to be mended too"
        status, _ = await told(gw, "POST", f"sessions/{session.id}/elevation", "sam", reason=why)
        assert status == 200
        [open_again] = (await told(gw, "GET", "reviews", "max"))[1]["reviews"]
        assert (open_again["mode"], open_again["reason"]) == ("read_write", why)
        assert not open_again["verdict"]
        assert (await told(gw, "POST", path, "mia", **said))[0] == 200


async def test_a_session_is_raised_for_the_reason_that_was_approved(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(
        tmp_path, store_url, site(app.port, **ALLOWS), people=OPERATORS, **MORE
    ) as gw:
        session = await gw.enter("sam")
        _, more = await told(gw, "POST", "approvals", "sam", session=session.id, reason=WHY)
        await told(gw, "POST", f"approvals/{more['id']}/approve", "max", why="")
        said = {"reason": "Another reason", "approval": more["id"]}
        status, _ = await told(gw, "POST", f"sessions/{session.id}/elevation", "sam", **said)
        assert status == 200
        [raised] = [each for each in await gw.records() if each["kind"] == "session.elevated"]
        assert raised["why"] == WHY
