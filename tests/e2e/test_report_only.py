"""A site that only reports: nothing is refused or hidden, and the record says what would be."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from gateway.cli import main
from tests.e2e.harness import CONSOLE, Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

RULES = {
    "graphql": [{"path": "/graphql"}],
    "block": ["sign_out"],
    "rules": [{"id": "saved", "allow": ["POST"], "path": "/api/saved"}],
}


def told(records: list[dict[str, Any]], target: str) -> list[tuple[str, str, str]]:
    """Kind, rule and what it would have been, of each record of a target."""
    return [
        (record["kind"].partition(".")[2], record.get("rule", ""), record.get("would", ""))
        for record in records
        if record.get("target") == target
    ]


@pytest.mark.threat(25)
@pytest.mark.threat(26)
async def test_rules_that_only_report_let_pass_and_tell(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    reporting = site(app.port, report_only=["rules"], **RULES)
    async with running(tmp_path, store_url, reporting) as gw:
        inside = await gw.enter()
        app.reply = http(b"[]", type_="Application/JSON; charset=utf-8")
        for method, target in [
            ("POST", "/api/search?q=x"),
            ("POST", "/logout"),
            ("GET", "/a?_method=DELETE"),
            ("POST", "/api/saved"),
        ]:
            assert (await gw.request(method, target, inside.headers)).status == 200, target
        form = {**inside.headers, "Content-Type": "application/x-www-form-urlencoded"}
        assert (await gw.request("POST", "/api/saved", form, data=b"_method=DELETE")).status == 200

        asks = {**inside.headers, "Content-Type": "application/json"}
        changes, broken = b'{"query": "mutation { pay }"}', b'{"query": "{"}'
        assert (await gw.request("POST", "/graphql", asks, data=changes)).status == 200
        before = len(app.seen)
        assert (await gw.request("POST", "/graphql", asks, data=broken)).status == 403
        assert len(app.seen) == before  # nobody could say what its answer holds

        records = await gw.records()
        assert [would for kind, _, would in told(records, "/graphql") if kind == "outcome"] == [
            "graphql_changes"
        ]
        search = told(records, "/api/search?q=*")
        assert search == [("intent", "read_only.safe_methods", "read_only"), ("outcome", "", "")]
        assert told(records, "/logout")[0] == ("intent", "sign_out.common", "blocked_by_rule")
        assert told(records, "/a?_method=*")[0] == ("intent", "method_override", "method_override")
        assert told(records, "/api/saved") == [
            ("intent", "saved", ""),
            ("outcome", "", ""),
            ("intent", "saved", ""),
            ("outcome", "", "method_override"),
        ]
        outcomes = [each for each in records if each["kind"] == "request.outcome"]
        assert {each["media"] for each in outcomes} == {"application/json"}

        await what_is_never_softened(gw, inside, len(app.seen), app)

        learned = await asyncio.to_thread(
            CliRunner().invoke, main, ["learn", "--config", str(tmp_path / "gateway.yaml")]
        )
        assert learned.exit_code == 0, learned.output
        assert "refused" not in learned.output
        assert yaml.safe_load(learned.output)["rules"] == [
            {"id": "api_search", "allow": ["POST"], "path": "/api/search"}
        ]


async def what_is_never_softened(
    gw: Running, inside: Entered, before: int, app: RecorderApp
) -> None:
    worker = await gw.get("/sw.js", {**inside.headers, "Service-Worker": "script"})
    assert worker.status == 403
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    socket = await gw.get("/ws", {**inside.headers, **upgrade, "Sec-WebSocket-Key": "a" * 22})
    assert socket.status == 403
    identity = await gw.get("/", {**inside.headers, "X_Remote_User": "root"})
    assert identity.status == 400
    nobody = await gw.get("/", {"Host": inside.host})
    assert nobody.status == 403
    assert len(app.seen) == before


async def test_a_page_of_a_site_that_only_reports_says_so(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    reporting = site(app.port, report_only=["rules", "redaction"], **RULES)
    async with running(tmp_path, store_url, reporting) as gw:
        asks = {"Host": CONSOLE, "Authorization": f"Bearer {gw.token()}", "Accept": "text/html"}
        start = await gw.get("/_gateway/start?site=crm&subject=jonas", asks)
        assert "Nothing is hidden or blocked yet." in await start.text()
        assert "every change" not in await start.text()
        inside = await gw.enter()
        app.reply = http(b"<!doctype html><p>Hello", type_="text/html")
        page = await (await gw.get("/", inside.headers)).text()
        assert "your changes are real: nothing is hidden or blocked yet" in page
        style = await (await gw.get("/_gateway/bar.css", inside.headers)).text()
        assert "nothing is hidden or blocked yet" in style


async def test_validate_says_loudly_that_a_site_only_reports(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    reporting = site(app.port, report_only=["redaction"])
    async with running(tmp_path, store_url, reporting):
        path = str(tmp_path / "gateway.yaml")
        said = CliRunner().invoke(main, ["config", "validate", "--config", path])
    assert said.output == f"{path} is valid\nSite crm only reports: nothing is hidden yet!\n"


HIDING = {
    "categories": {"notes": "Notes"},
    "redaction": [
        {"id": "notes", "category": "notes", "json": ["$..note"], "html": [".note"]},
        {"id": "only_json", "category": "notes", "json": ["$..x"], "paths": ["/mail"]},
        {"id": "who", "category": "notes", "headers": ["Set-Cookie"], "paths": ["/who"]},
    ],
}


PASSED = [
    ("/json", "application/json", b'{"note": "x", "a" : 1}', "redaction", {"notes": 1}),
    ("/page", "text/html", b"<p class=note>x</p><p>y", "redaction", {"notes": 1}),
    ("/mail", "text/html", b"<p class=note>x</p>", "type_unreadable", {}),
    ("/pdf", "application/pdf", b"%PDF-1.4", "type_unreadable", {}),
    ("/broken", "application/json", b'{"note": ', "json_unreadable", {}),
    ("/big", "application/json", b'["%s"]' % (b"x" * 2048), "encoding_unreadable", {}),
    ("/none", "application/json", b'{"a" :1}', "", {}),
    ("/odd", "application/json; charset=utf-7", b'{"a": 1}', "charset_unreadable", {}),
]


@pytest.mark.threat(31)
async def test_redaction_that_only_reports_lets_pass_and_tells(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    reporting = site(app.port, report_only=["redaction"], max_readable="1KiB", **HIDING)
    async with running(tmp_path, store_url, reporting) as gw:
        inside = await gw.enter()
        for target, type_, body, would, hits in PASSED:
            app.reply = http(body, type_=type_)
            script = {**inside.headers, "Sec-Fetch-Dest": "empty"}
            answer = await gw.get(target, script)
            assert (answer.status, await answer.read()) == (200, body), target
            assert "X-Gateway-Redacted" not in answer.headers
            *_, outcome = await gw.records()
            assert outcome.get("would", "") == would, target
            found = {each["rule"]: each["count"] for each in outcome.get("redactions", ())}
            assert found == hits, target

        app.reply = http(b"?", type_="application/json", headers=("Content-Encoding: zzz",))
        assert await (await gw.get("/coded", script)).read() == b"?"
        assert (await gw.records())[-1]["would"] == "encoding_unreadable"

        app.reply = http(b"{}", type_="application/json", headers=("Set-Cookie: who=1; Path=/",))
        answer = await gw.get("/who", script)
        assert f"|{inside.id}|%2F|who=1;" in answer.headers["Set-Cookie"]
        assert "X-Gateway-Redacted" not in answer.headers
        *_, outcome = await gw.records()
        assert (outcome["would"], outcome["redactions"][0]["rule"]) == ("redaction", "who")

        app.reply = http(b"<p class=note>x</p>", type_="text/html")
        page = await (await gw.get("/page", inside.headers)).text()
        assert page.endswith("<p class=note>x</p>")
        assert "look only: nothing is hidden yet" in page
        *_, outcome = await gw.records()
        assert (outcome["would"], outcome["redactions"][0]["count"]) == ("redaction", 1)
