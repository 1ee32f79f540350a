"""A session for one workflow: its paths, its capabilities in the app, and the way back."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import ClientError

from gateway.app import file_watch
from tests.e2e.harness import CONSOLE, HOST, Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http
from tests.e2e.test_both_ways import Ways

PORTAL = "https://portal.example.com"
MAY = "X-Worker-Capabilities"
ONLY_PRICES = """
@id("prices_in_quotes")
permit (principal, action == Gateway::Action::"use_capability", resource)
when { context.workflow == "quotes" && context.mode == "read_write" };
"""
NONE = '@id("none") permit (principal, action == Gateway::Action::"reveal", resource);'
SITE: dict[str, Any] = {
    "capabilities": {"edit_prices": "Edit product prices on quotes"},
    "workflows": [
        {
            "id": "quotes",
            "label": "Create a quote",
            "start": "/quotes/new?kind=a",
            "paths": ["/quotes/**", "/api/quotes/**", "/assets/**"],
        }
    ],
    "websockets": [{"id": "live", "path": "/live"}, {"id": "quoting", "path": "/quotes/live"}],
}
IDENTITY = {
    "headers": {
        "X-Remote-User": "{subject.id}",
        MAY: {"value": "{capabilities}", "join": ","},
        "X-Worker-Workflow": "{workflow}",
    },
    "jwt": {"header": "X-Token", "audience": "crm", "capabilities_claim": "capabilities"},
}


@asynccontextmanager
async def quoting(
    app: RecorderApp, folder: Path, store_url: str, **more: Any
) -> AsyncIterator[Running]:
    """A gateway whose policies give the capability in the workflow `quotes`."""
    policies = folder / "policies"
    policies.mkdir()
    (policies / "own.cedar").write_text(ONLY_PRICES)
    ready = ["shipped_profiles", "management", "side_by_side"]
    said = site(app.port, **{"identity": IDENTITY} | SITE | more)
    async with running(
        folder,
        store_url,
        said,
        policies={"ready": ready, "folder": str(policies)},
        console={"host": CONSOLE, "return_to": [PORTAL]},
    ) as gw:
        yield gw


async def begin(gw: Running, **order: Any) -> tuple[Entered, str]:
    """Start the workflow and enter; give the session, and where entering leads."""
    order = {"mode": "read_write", "workflow": "quotes"} | order
    started = await gw.start(**order)
    answer = await started.json()
    assert started.status == 201, answer
    host = answer["enter_url"].split("/")[2].partition(":")[0]
    code = answer["enter_url"].partition("code=")[2]
    entered = await gw.request("POST", "/_gateway/enter", {"Host": host}, data={"code": code})
    assert entered.status == 303
    cookie = entered.headers["Set-Cookie"].partition(";")[0]
    return Entered(answer["id"], host, cookie), entered.headers["Location"]


def claims(token: bytes) -> Any:
    return jwt.decode(token, options={"verify_signature": False})["capabilities"]


@pytest.mark.parametrize("isolation", ["host", "cookie"])
async def test_an_operator_makes_a_quote_and_goes_back_to_the_portal(
    app: RecorderApp, tmp_path: Path, store_url: str, isolation: str
) -> None:
    came_from = f"{PORTAL}/customers/7?tab=quotes"
    async with quoting(app, tmp_path, store_url, isolation=isolation) as gw:
        session, onward = await begin(gw, return_to=came_from)
        assert onward == "/quotes/new?kind=a"
        shown = await (await gw.api("GET", f"sessions/{session.id}")).json()
        assert (shown["workflow"], shown["capabilities"]) == ("quotes", ["edit_prices"])
        assert (await gw.get(onward, session.headers)).status == 200
        posted = await gw.request("POST", "/api/quotes/1", session.headers, data=b"price=1")
        assert posted.status == 200
        for seen in app.seen:
            assert seen.folded("X-Remote-User") == [b"jonas"]
            assert seen.folded(MAY) == [b"edit_prices"]
            assert seen.folded("X-Worker-Workflow") == [b"quotes"]
            assert claims(seen.all("X-Token")[0]) == ["edit_prices"]
        page = await (await gw.get("/_gateway/leave", session.headers)).text()
        token = page.partition('name="token" value="')[2].partition('"')[0]
        origin = {"Origin": f"http://{session.host}:{gw.port}"}
        left = await gw.request(
            "POST", "/_gateway/leave", session.headers | origin, data={"token": token}
        )
        assert f'href="{came_from}" autofocus>Back to portal.example.com</a>' in await left.text()
        [started] = [r for r in await gw.records() if r["kind"] == "session.started"]
    assert started["detail"] == "For the workflow quotes. With the capabilities edit_prices."
    assert "prices_in_quotes" in started["rule"]


@pytest.mark.threat(9, 10, 11, 25)
async def test_nothing_outside_of_the_workflow_reaches_the_app_and_each_try_is_on_record(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with quoting(app, tmp_path, store_url) as gw:
        session, _ = await begin(gw)
        page = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        told = await gw.get("/deals", session.headers | page)
        text = await told.text()
        assert (told.status, told.content_type) == (403, "text/html")
        assert "This session is for “Create a quote” and nothing else." in text
        assert 'href="/_gateway/leave">Leave</a>' in text
        assert 'href="/quotes/new?kind=a">Go back</a>' in text
        tried = ["/", "/deals", "/deals/1?x=/quotes/new", "/quotesx", "/Quotes/new", "/a.css",
                 "/%71uotes/new", "/quotes/..%2fdeals", "/quotes/a;b", "/quotes//new"]  # fmt: skip
        for target in tried:
            for method in ("GET", "POST"):
                answer = await gw.request(method, target, session.headers)
                assert answer.status in (400, 403), target
                assert (await answer.json())["code"] in ("outside_workflow", "ambiguous_target")
        upgrade = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Origin": f"http://{session.host}",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
        closed = await gw.get("/live", session.headers | upgrade)
        assert (closed.status, (await closed.json())["code"]) == (403, "outside_workflow")
        assert app.seen == []
        await gw.get("/quotes/live", session.headers | upgrade)
        assert [seen.target for seen in app.seen] == ["/quotes/live"]
        kept = [r["reason"] for r in await gw.records() if r["kind"] == "request.refused"]
    assert kept.count("outside_workflow") > len(tried)


async def test_both_ways_refuse_what_is_outside_and_carry_what_is_within(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sessions.live._TOUCH_EVERY_MS", 1 << 40)
    async with quoting(app, tmp_path, store_url) as gw:
        session, _ = await begin(gw)
        two = Ways(gw, app, session)
        mine = f"Host: {session.host}\r\nCookie: {session.cookie}\r\n\r\n"
        for target, short in (
            ("/quotes/new", True),
            ("/assets/a.js?b=/deals", True),
            ("/deals", False),
            ("/deals?x=/quotes/new", False),
            ("/Quotes/new", False),
        ):
            head = f"GET {target} HTTP/1.1\r\n{mine}".encode()
            long, other, taken = await two.both(head, http(b"ok"))
            without = [re.sub(rb"ey[\w.-]+", b"token", seen.head) for seen in long[0]]
            assert without == [re.sub(rb"ey[\w.-]+", b"token", each.head) for each in other[0]]
            assert long[1:] == other[1:], target
            assert taken == short, target
            assert bool(long[0]) == bool(other[0]) == short, target


@pytest.mark.threat(1, 2, 3, 5)
async def test_nothing_that_anybody_sends_adds_a_capability(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    identity = IDENTITY | {"trusted_from": ["127.0.0.1"]}
    sent = {MAY: "edit_shipping", "X-Worker-Workflow": "all", "X-Remote-User": "priya"}
    async with quoting(app, tmp_path, store_url, identity=identity) as gw:
        assert (await gw.get("/quotes", {"Host": HOST} | sent)).status == 200
        assert app.seen[-1].folded("X-Remote-User") == [b"priya"]  # a listed peer says who it is
        assert app.seen[-1].folded(MAY) == app.seen[-1].folded("X-Worker-Workflow") == []
        within, _ = await begin(gw)
        looking = await gw.enter()
        for session, may in ((within, [b"edit_prices"]), (looking, [])):
            headers = session.headers | sent | {"Connection": "close, x-worker-capabilities"}
            assert (await gw.get("/quotes/1?capabilities=all", headers)).status == 200
            assert app.seen[-1].folded(MAY) == may
            assert app.seen[-1].folded("X-Remote-User") == [b"jonas"]
            assert claims(app.seen[-1].all("X-Token")[0]) == [each.decode() for each in may]
        assert app.seen[-1].folded("X-Worker-Workflow") == []
        count = len(app.seen)
        for odd in ("X_Worker_Capabilities", "x-worker.capabilities", "X!Worker-Capabilities"):
            for headers in (within.headers, {"Host": HOST}):
                assert (await gw.get("/quotes", headers | {odd: "all"})).status == 400
        wrong: list[dict[str, Any]] = [
            {"capabilities": ["edit_shipping"]},
            {"workflow": ["quotes"]},
        ]
        for order in wrong:
            assert (await gw.start(**order)).status == 400
        assert len(app.seen) == count


async def test_a_capability_that_no_policy_permits_any_more_is_gone_within_a_second(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_watch, "EVERY", 0.02)
    async with quoting(app, tmp_path, store_url) as gw:
        session, _ = await begin(gw)
        await gw.get("/quotes", session.headers)
        assert app.seen[-1].folded(MAY) == [b"edit_prices"]
        first = app.seen[-1].all("X-Token")
        (tmp_path / "policies" / "own.cedar").write_text(NONE)
        begun = time.monotonic()
        async with asyncio.timeout(10):
            while app.seen[-1].folded(MAY):
                with suppress(ClientError):  # what is under way when it shrinks is cut
                    assert (await gw.get("/quotes", session.headers)).status == 200
        assert time.monotonic() - begun < 5
        assert claims(app.seen[-1].all("X-Token")[0]) == []
        assert app.seen[-1].all("X-Token") != first
        assert app.seen[-1].folded("X-Remote-User") == [b"jonas"]
        (tmp_path / "policies" / "own.cedar").write_text(ONLY_PRICES)
        async with asyncio.timeout(10):
            while not app.seen[-1].folded(MAY):
                again, _ = await begin(gw)
                await gw.get("/quotes", again.headers)
        await gw.get("/quotes", session.headers)
        assert app.seen[-1].folded(MAY) == []


@pytest.mark.threat(45)
async def test_row_45_what_is_no_workflow_and_no_way_back_starts_nothing(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with quoting(app, tmp_path, store_url) as gw:
        for order, status, code in (
            ({"workflow": "orders"}, 404, "unknown_workflow"),
            ({"return_to": "//evil.example"}, 422, "return_to_elsewhere"),
            ({"return_to": f"{PORTAL}.evil.example/"}, 422, "return_to_elsewhere"),
            ({"return_to": "/\\evil.example"}, 422, "return_to_elsewhere"),
        ):
            answer = await gw.start(**order)
            assert (answer.status, (await answer.json())["code"]) == (status, code)
        sites = (await (await gw.api("GET", "sites")).json())["sites"]
        assert (await (await gw.api("GET", "sessions")).json())["sessions"] == []
    assert sites[0]["workflows"] == {"quotes": "Create a quote"}
    assert sites[0]["capabilities"] == {"edit_prices": "Edit product prices on quotes"}


OPERATORS = """
  - {id: ada, name: Ada Okafor, email: ada@gateway.example, profile: Administrator}
  - {id: cora, name: Cora, email: cora@gateway.example, profile: Customer Success Manager,
     accounts: [nordlicht]}
"""


async def test_a_second_person_approves_a_workflow_and_nothing_beside_it(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    ready = ["shipped_profiles", "management", "second_approver", "changes_in_workflows"]
    said = site(app.port, **SITE)
    order = {"site": "crm", "subject": "jonas", "mode": "read_write", "reason": "Makes a quote"}
    async with running(
        tmp_path, store_url, said, people=OPERATORS, policies={"ready": ready}
    ) as gw:
        for workflow, code in (("", "forbidden_by_policy"), ("orders", "unknown_workflow")):
            no = await gw.api("POST", "approvals", operator="cora", **order, workflow=workflow)
            assert (await no.json())["code"] == code
        asked = await gw.api("POST", "approvals", operator="cora", **order, workflow="quotes")
        approval = (await asked.json())["id"]
        await gw.api("POST", f"approvals/{approval}/approve", why="Fine")
        no = await gw.start("cora", mode="read_write", approval=approval)
        assert (await no.json())["detail"] == "It is for something else than this."
        session, _ = await begin(gw, operator="cora", approval=approval)
        assert (await gw.get("/deals", session.headers)).status == 403
        assert (await gw.get("/quotes", session.headers)).status == 200
        [started] = [r for r in await gw.records() if r["kind"] == "session.started"]
    assert started["detail"] == "Approved by Ada Okafor (ada). For the workflow quotes."
