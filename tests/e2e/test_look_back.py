"""Looking back over the JSON API: sessions, timelines, exports and the gateway itself."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import signal
import stat
from pathlib import Path
from typing import Any

from gateway.policy.rights.ready import DEFAULT
from tests.e2e.harness import Running, running, site, until
from tests.e2e.recorder_app import http, recorder_app
from tests.e2e.served import served
from tests.scratch import scratch
from tests.servers import unused_port

PEOPLE = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: sam, name: Sam Rivera, email: sam@gateway.example, profile: Developer}
  - {id: nina, name: "=Nina", email: nina@nordlicht.example, profile: Account Admin,
     account: nordlicht}
  - {id: paul, name: Paul, email: paul@p.example, profile: Partner Admin, partner: p}
"""
RULES: dict[str, Any] = {
    "categories": {"notes": "Private notes"},
    "redaction": [{"id": "n", "category": "notes", "json": ["$..note"]}],
    "rules": [{"id": "no_export", "path": "/export", "block": ["ANY"]}],
}


async def told(gw: Running, path: str, operator: str = "ada", method: str = "GET") -> Any:
    answer = await gw.api(method, path, operator=operator)
    return answer.status, await answer.json()


async def test_a_session_is_found_again_and_followed(tmp_path: Path, store_url: str) -> None:
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port, **RULES), people=PEOPLE) as gw,
    ):
        session = await gw.enter("sam")
        app.reply = http(b'{"note": "x", "a": {"note": "y"}}', type_="application/json")
        assert (await gw.get("/contacts?token=s3cret", session.headers)).status == 200
        assert (await gw.get("/export", session.headers)).status == 403
        await gw.records()

        _, found = await told(gw, "history?account=nordlicht", "nina")
        [one] = found["sessions"]
        assert (one["id"], one["state"], one["own"]) == (session.id, "live", False)
        assert (one["actor"]["id"], one["subject"]["account_name"]) == ("sam", "Nordlicht GmbH")
        assert (await told(gw, "history", "paul")) == (
            200,
            {"sessions": [], "earlier": "", "complete": True},
        )
        status, answer = await told(gw, f"sessions/{session.id}/timeline", "paul")
        assert (status, answer["code"]) == (404, "session_not_on_record")

        _, line = await told(gw, f"sessions/{session.id}/timeline", "nina")
        kinds = [each["kind"] for each in line["steps"]]
        assert kinds[:4] == [
            "session.started",
            "session.entered",
            "request.intent",
            "request.refused",
        ]
        asked, refused = line["steps"][2:4]
        assert asked["target"] == "/contacts?token=*"
        assert asked["hidden"] == [{"category": "notes", "label": "Private notes", "count": 2}]
        assert (refused["refused"], refused["rule"]) == (True, "no_export")
        totals = line["totals"]
        assert (totals["requests"], totals["refused"], totals["complete"]) == (1, 1, True)
        assert sum(totals["bars"]["refused"]) == 1
        _, hidden = await told(gw, f"sessions/{session.id}/timeline?only=hidden", "nina")
        assert [each["id"] for each in hidden["steps"]] == [asked["id"]]

        later = line["later"]
        assert (await gw.api("DELETE", f"sessions/{session.id}")).status == 204
        path = f"sessions/{session.id}/timeline?after={later}&totals=false"
        _, more = await told(gw, path, "nina")
        assert more["session"]["ended"] == "ended_by_other"
        assert [each["kind"] for each in more["steps"]][-1] == "session.ended"
        assert more["totals"] is None
        viewed = [each for each in await gw.records() if each["kind"] == "audit.viewed"]
        assert [(each["actor"]["id"], each["session"]) for each in viewed] == [("nina", session.id)]
        for bad in ("only=x", "limit=0", "limit=x", "after=x", "totals=maybe"):
            assert (await told(gw, f"sessions/{session.id}/timeline?{bad}"))[0] == 400


async def exported(gw: Running, operator: str, **order: str) -> dict[str, Any]:
    """Ask for an export and wait for its end."""
    answer = await gw.api("POST", "exports", operator=operator, **order)
    made: dict[str, Any] = await answer.json()
    assert answer.status == 201, made
    path = answer.headers["Location"].partition("api/")[2]
    seen: dict[str, Any] = {}

    async def is_done() -> bool:
        nonlocal seen
        _, seen = await told(gw, path, operator)
        return seen["state"] not in ("waiting", "running")

    await until(is_done, 30)
    return seen


async def test_exports_hold_what_one_may_see_and_are_on_record(
    tmp_path: Path, store_url: str
) -> None:
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port, **RULES), people=PEOPLE) as gw,
    ):
        session = await gw.enter("sam", reason="=1+1 Looks into it")
        app.reply = http(b"{}", type_="application/json")
        assert (await gw.get("/contacts", session.headers)).status == 200
        await gw.records()
        for operator in ("nina", "paul", "sam"):
            answer = await gw.api("POST", "exports", operator=operator, format="json")
            assert (await answer.json())["code"] == "export_not_allowed"
        for order in ({"account": "other"}, {"session": session.id}, {"account": "nordlicht"}):
            answer = await gw.api("POST", "exports", operator="paul", format="json", **order)
            assert (answer.status, (await answer.json())["code"]) == (403, "export_not_allowed")

        mine = await exported(gw, "nina", format="csv", account="nordlicht")
        assert (mine["state"], mine["share"]) == ("ready", 1.0)
        assert (mine["of"], mine["read"]) == (None, mine["taken"])
        [file] = (tmp_path / "data" / "exports").iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        answer = await gw.api("GET", f"exports/{mine['id']}/file", operator="nina")
        assert answer.headers["Content-Disposition"].endswith('.csv"')
        text = (await answer.read()).decode()
        assert len(text.encode()) == mine["bytes"] == int(answer.headers["Content-Length"])
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == mine["taken"]
        assert {each["subject.account"] for each in rows} == {"nordlicht"}
        house = [name for name in rows[0] if name.partition(".")[0] in ("client", "facts")]
        assert house
        assert {each[name] for each in rows for name in house} == {""}
        [started] = [each for each in rows if each["kind"] == "session.started"]
        assert started["why"] == "'=1+1 Looks into it"

        for operator in ("ada", "paul"):
            for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
                found = await told(gw, f"exports/{mine['id']}{path}", operator, method)
                assert (found[0], found[1]["code"]) == (404, "export_unknown")
            assert (await told(gw, "exports", operator))[1] == {"exports": []}

        whole = await exported(gw, "ada", format="json")
        assert whole["of"] >= whole["read"] == whole["taken"]
        answer = await gw.api("GET", f"exports/{whole['id']}/file")
        lines = [json.loads(each) for each in (await answer.read()).splitlines()]
        assert {"gateway.started", "audit.export_requested"} <= {each["kind"] for each in lines}
        assert any("client" in each for each in lines)

        kinds = [
            (each["kind"], each["actor"]["id"], each["about"])
            for each in await gw.records()
            if each["kind"].startswith("audit.export")
        ]
        assert kinds == [
            ("audit.export_requested", "nina", mine["id"]),
            ("audit.exported", "nina", mine["id"]),
            ("audit.export_requested", "ada", whole["id"]),
            ("audit.exported", "ada", whole["id"]),
        ]
        assert (await gw.api("DELETE", f"exports/{whole['id']}")).status == 204
        assert [each.name.partition(".")[0] for each in file.parent.iterdir()] == [mine["id"]]


async def test_whoever_may_see_it_no_more_gets_no_file(tmp_path: Path, store_url: str) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "own.cedar").write_text(
        '@id("dev_views") permit (principal == Gateway::Operator::"sam", '
        'action == Gateway::Action::"view_audit", resource);'
    )
    policies = {"ready": [*DEFAULT, "side_by_side"], "folder": str(folder)}
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port), people=PEOPLE, policies=policies) as gw,
    ):
        mine = await exported(gw, "sam", format="ecs", account="nordlicht")
        assert mine["state"] == "ready"
        (folder / "own.cedar").write_text(
            '@id("nobody") @reason("No.") forbid (principal == Gateway::Operator::"sam", '
            'action == Gateway::Action::"view_audit", resource);'
        )

        async def is_refused() -> bool:
            answer = await gw.api("GET", f"exports/{mine['id']}/file", operator="sam")
            return answer.status == 403 and (await answer.json())["code"] == "export_not_allowed"

        await until(is_refused)


async def test_the_gateway_says_how_it_is_to_those_who_see_policies(
    tmp_path: Path, store_url: str
) -> None:
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port), people=PEOPLE) as gw,
    ):
        session = await gw.enter("ada")
        assert (await gw.get("/contacts", session.headers)).status == 200
        for operator in ("nina", "paul"):
            assert (await told(gw, "system", operator))[0] == 403
        status, says = await told(gw, "system", "sam")
        assert status == 200
        assert says["store"]["reachable"]
        assert says["store"]["kind"] == "single"
        assert says["store"]["servers"][0].startswith(("valkey ", "redis "))
        [one] = says["sites"]
        assert one["app"]["connected_at"] is not None
        assert one["app"]["fault"] == ""
        assert (one["directory"]["kept_in"], one["directory"]["users"]) == ("file", 5)
        assert (says["serving"], says["audit"]["writers"], says["unreviewed"]) == (1, 1, 0)
        assert says["notices"]["configured"] is False
        assert says["config"]
        assert store_url not in json.dumps(says)

        (tmp_path / "people.yaml").write_text("accounts: [")

        async def is_stale() -> bool:
            [one] = (await told(gw, "system"))[1]["sites"]
            return bool(one["directory"]["stale"] and "people.yaml" in one["directory"]["fault"])

        await until(is_stale)


async def test_whichever_worker_is_asked_knows_the_export_and_sends_its_file() -> None:
    with scratch() as folder, served(Path(folder), unused_port()) as one:
        async with recorder_app(one.app_port), one.client() as gw:
            session = await gw.enter()
            assert (await gw.get("/contacts", session.headers)).status == 200
            mine = await exported(gw, "ada", format="json", session=session.id)
            assert mine["state"] == "ready"
            names, sent = set[str](), set[bytes]()
            async with asyncio.timeout(20):
                while len(names) < 2:  # each takes some of them
                    names.add((await told(gw, "system"))[1]["worker"])
                    answer = await gw.api("GET", f"exports/{mine['id']}/file")
                    sent.add(await answer.read())
                    _, line = await told(gw, f"sessions/{session.id}/timeline")
                    assert [each["kind"] for each in line["steps"]][-1] == "request.intent"
            [text] = sent
            assert text.count(b"\n") == mine["taken"] == 4
            _, says = await told(gw, "system")
            assert (says["serving"], says["store"]["kind"]) == (2, "embedded")


def sockets_of(pid: int) -> list[str]:
    """The sockets that a process holds."""
    files = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
    return [each for each in files if each.startswith("socket:")]


async def test_an_export_ends_with_the_worker_that_has_it_written() -> None:
    with scratch() as folder, served(Path(folder), unused_port()) as one:
        async with one.client() as gw:
            assert (await gw.api("POST", "exports", format="json")).status == 201

            def writers() -> dict[int, int]:
                return {
                    int(child): pid
                    for pid in one.workers()
                    for thread in Path(f"/proc/{pid}/task").iterdir()
                    for child in (thread / "children").read_text().split()
                    if "export_aside" in Path(f"/proc/{child}/cmdline").read_text()
                }

            async def is_begun() -> bool:
                return bool(await asyncio.to_thread(writers))

            await until(is_begun)
            [(child, worker)] = writers().items()
            assert not await asyncio.to_thread(sockets_of, child)
            os.kill(worker, signal.SIGKILL)

            async def is_gone() -> bool:
                return not await asyncio.to_thread(Path(f"/proc/{child}").exists)

            await until(is_gone)
            [left] = (await told(gw, "exports"))[1]["exports"]
            assert left["state"] in ("waiting", "running")  # until it is silent for half a minute
            assert (await gw.api("DELETE", f"exports/{left['id']}")).status == 204
            assert (await exported(gw, "ada", format="json"))["state"] == "ready"
