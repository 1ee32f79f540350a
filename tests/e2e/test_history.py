"""Which sessions were there, what happened in one, and what was changed for whom."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.policy.rights.ready import DEFAULT
from tests.e2e.harness import running, site
from tests.e2e.recorder_app import http, recorder_app

RULES = {
    "categories": {"notes": "Notes"},
    "redaction": [{"id": "n", "category": "notes", "json": ["$..note"]}],
    "rules": [{"id": "no_export", "path": "/export", "block": ["ANY"]}],
}


REVEAL = """
@id("notes_are_shown") @reason("They may see notes.")
permit (principal, action == Gateway::Action::"reveal", resource)
when { context.category == Gateway::Category::"notes" };
"""


def ask(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["audit", *words, "--config", str(folder / "gateway.yaml")])


@pytest.mark.parametrize("only_reports", [False, True])
async def test_who_may_have_seen_what_is_hidden_from_others_can_be_asked_for(
    tmp_path: Path, store_url: str, *, only_reports: bool
) -> None:
    more: dict[str, Any] = {}
    rules: dict[str, Any] = {**RULES, "categories": {"notes": "Notes", "mail": "Mail"}}
    if only_reports:
        rules["report_only"] = ["redaction"]
    else:
        folder = tmp_path / "policies"
        folder.mkdir()
        (folder / "reveal.cedar").write_text(REVEAL)
        more["policies"] = {"ready": [*DEFAULT, "side_by_side"], "folder": str(folder)}
    hidden = {"id": "m", "category": "mail", "json": ["$..mail"], "paths": ["/other"]}
    rules["redaction"] = [*rules["redaction"], hidden]
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port, **rules), **more) as gw,
    ):
        session = await gw.enter()
        app.reply = http(b'{"note": "x"}', type_="application/json")
        for _ in range(2):
            assert b"x" in await (await gw.get("/contacts", session.headers)).read()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        app.reply = head + b'data: {"note": "x"}\n\n'
        under_way = await gw.get("/live", session.headers, stream=True)
        assert b"x" in await under_way.content.readany()
        app.reply = b"no HTTP\r\n\r\n"
        assert (await gw.get("/contacts", session.headers)).status == 502
        await gw.stream()

        def told() -> None:
            whom = ["--site", "crm", "--subject", "jonas"]
            for words in (whom, ["--account", "nordlicht", "--since", "1h"]):
                found = ask(tmp_path, "exposure", *words)
                (line,) = found.output.splitlines()
                assert "notes of jonas@nordlicht.example in 3 answers to ada@gateway" in line
                assert line.endswith(f"session {session.id}")
            assert ask(tmp_path, "exposure", "--account", "other").output == ""
            (said,) = ask(tmp_path, "exposure", *whom, "--json").output.splitlines()
            assert (json.loads(said)["category"], json.loads(said)["count"]) == ("notes", 3)

        await asyncio.to_thread(told)
        under_way.close()


async def test_the_history_of_sessions_can_be_asked_for(tmp_path: Path, store_url: str) -> None:
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port, **RULES), audit={"shards": 3}) as gw,
    ):
        looked = await gw.enter()
        app.reply = http(b'{"note": "x", "a": 1}', type_="application/json")
        await gw.get("/contacts?q=secret", looked.headers)
        await gw.get("/export", looked.headers)
        changed = await gw.enter(mode="read_write")
        answer = await gw.request("PUT", "/contacts/1", changed.headers, data=b"{}")
        assert answer.status == 200
        await gw.api("DELETE", f"sessions/{changed.id}")
        await gw.records()

        def asked(*words: str) -> list[str]:
            result = ask(tmp_path, *words)
            assert result.exit_code == 0, result.output
            return result.output.splitlines()

        def told() -> None:
            for words in ([], ["--account", "nordlicht"], ["--site", "crm", "--subject", "jonas"]):
                second, first = asked("sessions", *words)
                assert changed.id in second
                assert "(ended_in_console)" in second or "(ended_by_other)" in second
                assert looked.id in first
                assert "ended" not in first
            assert len(asked("sessions", "--last", "1")) == 1
            assert asked("sessions", "--account", "other") == []
            assert asked("sessions", "--actor", "bob") == []

            steps = asked("timeline", looked.id)
            assert "session.started" in steps[0]
            assert [step for step in steps if "/contacts?q=*" in step and " 200 " in step]
            (hidden,) = asked("timeline", looked.id, "--hidden")
            assert "hidden: 1 notes" in hidden
            (refused,) = asked("timeline", looked.id, "--refused")
            assert "/export" in refused
            (change,) = asked("timeline", changed.id, "--changes", "--json")
            said = json.loads(change)
            assert (said["told"]["target"], said["outcome"]["status"]) == ("/contacts/1", 200)

            for words in (["--account", "nordlicht"], ["--site", "crm", "--subject", "jonas"]):
                (line,) = asked("changes", *words)
                assert "PUT" in line
                assert line.endswith("by ada@gateway.example")
            assert asked("changes", "--account", "nordlicht", "--until", "1d") == []
            assert ask(tmp_path, "changes", "--subject", "jonas").exit_code == 2
            assert "nothing is on record" in ask(tmp_path, "timeline", "a" * 16).output

        await asyncio.to_thread(told)
