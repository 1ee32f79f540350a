"""The main job by HTTP: start, enter, see the app as the subject, be stopped, leave, on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.harness import CONSOLE, HOST, OPERATORS, Running, running, site
from tests.e2e.recorder_app import http, recorder_app

PAGE = (
    b"<!doctype html><html lang=en><head><title>CRM</title></head><body>Hi<p class=note>secret</p>"
)
RULES = [
    {
        "id": "notes",
        "category": "private_notes",
        "json": ["$..private_notes"],
        "html": [".note"],
    }
]


async def test_an_operator_acts_for_a_user_and_leaves(tmp_path: Path, store_url: str) -> None:
    async with recorder_app() as app:
        crm = site(app.port, categories={"private_notes": "Private notes"}, redaction=RULES)
        async with running(tmp_path, store_url, crm) as gw:
            session = await gw.enter()
            app.reply = http(PAGE, type_="text/html; charset=utf-8")
            page = await gw.get("/", session.headers)
            text = await page.read()
            assert page.status == 200
            assert b"/_gateway/bar.js" in text
            assert b"Jonas Weber" in text
            assert b"secret" not in text
            assert app.seen[-1].all("X-Remote-User") == [b"jonas"]
            assert app.seen[-1].all("X-Remote-Groups") == [b"sales,emea"]

            app.reply = http(b'{"name": "x", "private_notes": "s"}', type_="application/json")
            data = await gw.get("/api/1", session.headers)
            assert await data.json() == {"name": "x"}

            seen = len(app.seen)
            blocked = await gw.request("POST", "/deals/7", session.headers, data=b"stage=won")
            assert blocked.status == 403
            problem = await blocked.json()
            assert problem["code"] == "read_only"
            assert len(app.seen) == seen

            ended = await gw.api("DELETE", f"sessions/{session.id}")
            assert ended.status in (200, 204)
            after = await gw.get("/", session.headers)
            assert after.status == 403
            assert len(app.seen) == seen

            records = await gw.records()
            kinds = [record["kind"] for record in records]
            for kind in (
                "gateway.started",
                "session.started",
                "session.entered",
                "request.intent",
                "request.outcome",
                "request.refused",
                "session.ended",
            ):
                assert kind in kinds
            intent = next(r for r in records if r["kind"] == "request.intent")
            assert intent["actor"]["id"] == "ada"
            assert intent["subject"]["id"] == "jonas"
            assert intent["rule"] == "read_only.safe_methods"


async def test_an_ordinary_user_passes_untouched(tmp_path: Path, store_url: str) -> None:
    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        app.reply = http(b"hello", headers=("ETag: x", "Set-Cookie: a=b"))
        answer = await gw.request(
            "POST",
            "/a?b=%27",
            {"Host": HOST, "Cookie": "a=1; b=2", "X-Remote-User": "root"},
            data=b"q",
        )
        assert answer.status == 200
        assert await answer.read() == b"hello"
        assert answer.headers["ETag"] == "x"
        assert answer.headers["Set-Cookie"] == "a=b"
        assert app.seen[0].line == b"POST /a?b=%27 HTTP/1.1"
        assert app.seen[0].body == b"q"
        assert app.seen[0].all("Cookie") == [b"a=1; b=2"]
        assert app.seen[0].folded("X-Remote-User") == []


async def test_the_console_page_is_served_on_its_host_only(tmp_path: Path, store_url: str) -> None:
    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        page = await gw.get("/_gateway/sign-in", {"Host": CONSOLE, "Accept": "text/html"})
        assert page.status == 200
        other = await gw.get("/_gateway/sign-in", {"Host": HOST})
        assert other.status == 404
        unknown = await gw.get("/", {"Host": "evil.example"})
        assert unknown.status == 421
        assert app.seen == []


@pytest.mark.parametrize(
    ("order", "status", "code"),
    [
        ({"subject": "nobody"}, 404, "unknown_subject"),
        ({"site": "nowhere"}, 404, "unknown_site"),
        ({"reason": "  "}, 422, "reason_missing"),
        ({"subject": "root"}, 403, "protected_user"),
        ({"subject": "sam"}, 403, "protected_user"),
        ({"subject": "ada.user"}, 403, "oneself"),
    ],
)
async def test_a_start_is_refused_by_name_and_on_record(
    gw: Running, order: dict[str, str], status: int, code: str
) -> None:
    answer = await gw.start(**order)
    problem = await answer.json()
    assert (answer.status, problem["code"]) == (status, code)
    refused = [record for record in await gw.records() if record["kind"] == "session.refused"]
    assert [record["reason"] for record in refused] == [code]
    assert refused[0]["id"] == problem["record"]
    assert refused[0]["actor"]["id"] == "ada"


async def test_a_refused_start_names_the_policy_that_refused_it(
    tmp_path: Path, store_url: str
) -> None:
    manager = (
        "  - {id: mia, name: Mia, email: mia@gateway.example, "
        "profile: Customer Success Manager, accounts: [nordlicht]}\n"
    )
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port), people=OPERATORS + manager) as gw,
    ):
        order = {"site": "crm", "subject": "jonas", "mode": "read_write", "reason": "Looks into it"}
        problem = await (await gw.api("POST", "sessions", operator="mia", **order)).json()
        (refused,) = [each for each in await gw.records() if each["kind"] == "session.refused"]
    assert problem["rule"] == refused["rule"] == "changes_need_a_ticket"
    assert (refused["decision"], refused["reason"]) == ("deny", "forbidden_by_policy")


async def test_a_session_that_is_not_live_is_told_by_one_code(gw: Running) -> None:
    for method in ("GET", "DELETE"):
        answer = await gw.api(method, "sessions/none")
        assert (answer.status, (await answer.json())["code"]) == (404, "session_not_live")


async def test_a_session_cannot_be_started_inside_a_session(gw: Running) -> None:
    session = await gw.enter()
    headers = session.headers | {"Authorization": f"Bearer {gw.token()}"}
    answer = await gw.request("POST", "/_gateway/api/sessions", headers)
    assert answer.status == 403
    assert (await answer.json())["code"] == "nested_session"


async def test_an_answer_without_a_body_hides_nothing_and_passes(
    tmp_path: Path, store_url: str
) -> None:
    async with recorder_app() as app:
        crm = site(app.port, categories={"private_notes": "Private notes"}, redaction=RULES)
        async with running(tmp_path, store_url, crm) as gw:
            session = await gw.enter(mode="read_write")
            app.reply = http(b"", status="303 See Other", type_=None, headers=("Location: /deals",))
            moved = await gw.request("POST", "/deals/7", session.headers, data=b"stage=won")
            assert (moved.status, moved.headers["Location"]) == (303, "/deals")
            app.reply = b"HTTP/1.1 204 No Content\r\n\r\n"
            assert (await gw.request("DELETE", "/deals/7", session.headers)).status == 204
            for status in ("200 OK", "205 Reset Content"):
                app.reply = http(b"secret", status=status, type_=None)
                blocked = await gw.request("POST", "/deals/7", session.headers, data=b"a=b")
                assert blocked.status == 502
                assert b"secret" not in await blocked.read()
            app.reply = http(b"secret", status="303 See Other", type_=None)
            bare = await gw.request("POST", "/deals/7", session.headers, data=b"a=b")
            assert (bare.status, await bare.read()) == (303, b"")


async def test_head_tells_an_ordinary_user_what_get_would_give(
    tmp_path: Path, store_url: str
) -> None:
    async with recorder_app() as app, running(tmp_path, store_url, site(app.port)) as gw:
        app.reply = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1234\r\n\r\n"
        ordinary = await gw.request("HEAD", "/file", {"Host": HOST})
        assert (ordinary.status, ordinary.headers["Content-Length"]) == (200, "1234")
        app.reply = b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 1234\r\n\r\n'
        same = await gw.get("/file", {"Host": HOST, "If-None-Match": '"x"'})
        assert (same.status, same.headers["Content-Length"]) == (304, "1234")
        session = await gw.enter()
        app.reply = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1234\r\n\r\n"
        governed = await gw.request("HEAD", "/file", session.headers)
        assert governed.status == 200
        assert "Content-Length" not in governed.headers
        assert "Transfer-Encoding" not in governed.headers
