"""What the bar asks the gateway for on the session's own host, over a real gateway and store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.app.bar_facts import BarFacts
from gateway.model import Session
from tests.e2e.harness import Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

PEOPLE: dict[str, Any] = {
    "rules": [{"id": "search_reads", "allow": ["POST"], "path": "/search"}],
    "block": ["sign_out"],
}


async def told(gw: Running, session: Entered, what: str = "", **headers: str) -> dict[str, Any]:
    answer = await gw.get(f"/_gateway/session{what}", session.headers | headers)
    assert answer.status == 200, await answer.text()
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    said: dict[str, Any] = await answer.json()
    return said


async def test_it_is_told_what_was_done_so_far_and_how_the_session_stands(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    app.reply = http(b"<!doctype html><p>Hi", type_="text/html")
    async with running(tmp_path, store_url, site(app.port, **PEOPLE)) as gw:
        session = await gw.enter()
        await (await gw.get("/a", session.headers)).read()
        refused = await gw.request("POST", "/b?secret=1", session.headers, data=b"x=1")
        assert refused.status == 403
        assert refused.headers["Server-Timing"] == 'gateway-refused;desc="read_only.safe_methods"'
        before = len(await gw.records())
        said = await told(gw, session)
        assert (said["requests"], said["refused"], said["changes"]) == (1, 1, 0)
        [refusal] = said["refusals"]
        assert refusal["at"].startswith("20")
        assert (refusal["what"], refusal["rule"]) == ("POST /b", "read_only.safe_methods")
        assert said["complete"]
        assert said["now"]["mode"] == "read_only"
        assert 0 < said["now"]["left"] <= 30 * 60_000
        assert len(await gw.records()) == before, "to be told is neither use nor on record"
        page = await (await gw.get("/a", session.headers)).text()
        assert "Server-Timing" not in page


async def test_it_is_told_which_requests_would_be_refused_as_they_are(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    asked = ["POST /a", "POST /search", "GET /a", "DELETE /a", "POST /sign-out", "GET /logout"]
    async with running(tmp_path, store_url, site(app.port, **PEOPLE)) as gw:
        session = await gw.enter()
        query = urlencode([("ask", each) for each in asked])
        rules = (await told(gw, session, f"/refused?{query}"))["rules"]
        came = []
        for each in asked:
            method, target = each.split(" ")
            answer = await gw.request(method, target, session.headers)
            refused = answer.headers.get("Server-Timing", "")
            came.append(refused.removeprefix('gateway-refused;desc="').rstrip('"'))
        assert rules == came
        assert any(rules)
        assert not all(rules)


@pytest.mark.parametrize(
    "query",
    ["ask=POST", "ask=POST+http://x/", "ask=po+/a", "other=1", "ask=POST+/%0a", "ask", "ask=%ff"],
)
async def test_a_question_that_is_none_is_refused(
    app: RecorderApp, tmp_path: Path, store_url: str, query: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()
        answer = await gw.get(f"/_gateway/session/refused?{query}", session.headers)
        assert (answer.status, (await answer.json())["code"]) == (400, "bad_fields")


async def test_only_pages_of_the_session_are_told(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port)) as gw:
        one, other = await gw.enter(), await gw.enter("sam", subject="priya")
        for path in ("", "/refused?ask=GET+/a"):
            target = f"/_gateway/session{path}"
            for headers in (
                {"Host": one.headers["Host"]},
                {"Host": one.headers["Host"], "Cookie": other.headers["Cookie"]},
                one.headers | {"Sec-Fetch-Site": "same-site"},
                one.headers | {"Sec-Fetch-Site": "cross-site"},
                one.headers | {"Origin": "http://elsewhere.example"},
                one.headers | {"Origin": "null"},
                one.headers | {"Sec-Fetch-Site": "same-origin", "Origin": "http://crm.localhost"},
            ):
                answer = await gw.get(target, headers)
                assert answer.status == 403
                assert (await answer.json())["code"] in ("no_session", "cross_site")
        assert (await gw.api("DELETE", f"sessions/{one.id}")).status == 204
        assert (await gw.get("/_gateway/session", one.headers)).status == 403
        assert (await told(gw, other))["requests"] == 0


@pytest.mark.parametrize("drawn", ["bar.css", "bar.svg"])
async def test_a_neighbours_page_sees_nothing_in_what_is_drawn(
    app: RecorderApp, tmp_path: Path, store_url: str, drawn: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **PEOPLE)) as gw:
        session = await gw.enter()

        async def seen(**of: str) -> str:
            headers = session.headers | {name.replace("_", "-"): each for name, each in of.items()}
            return await (await gw.get(f"/_gateway/{drawn}", headers)).text()

        whole = await seen()
        assert whole
        assert await seen(Sec_Fetch_Site="same-origin") == whole
        assert await seen(Sec_Fetch_Site="cross-site") == whole, "a sandboxed page of the app's"
        assert await seen(Sec_Fetch_Site="same-site") == ""


async def test_pages_that_ask_at_once_are_told_what_was_found_once(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = BarFacts._asked_anew
    asked: list[str] = []

    async def counted(self: BarFacts, session: Session) -> dict[str, object]:
        asked.append(session.id)
        return await read(self, session)

    monkeypatch.setattr(BarFacts, "_asked_anew", counted)
    async with running(tmp_path, store_url, site(app.port)) as gw:
        session = await gw.enter()
        said = await asyncio.gather(*(told(gw, session) for _ in range(10)))
        assert {each["requests"] for each in said} == {0}
        assert asked == [session.id]
        own = f"http://{session.headers['Host']}"
        assert (await told(gw, session, Origin=own))["requests"] == 0
