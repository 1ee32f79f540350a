"""Which sessions were there, what happened in one, and what was changed for whom."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.cli import main
from tests.e2e.harness import running, site
from tests.e2e.recorder_app import http, recorder_app

RULES = {
    "categories": {"notes": "Notes"},
    "redaction": [{"id": "n", "category": "notes", "json": ["$..note"]}],
    "rules": [{"id": "no_export", "path": "/export", "block": ["ANY"]}],
}


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

        def ask(*words: str) -> Result:
            return CliRunner().invoke(
                main, ["audit", *words, "--config", str(tmp_path / "gateway.yaml")]
            )

        def asked(*words: str) -> list[str]:
            result = ask(*words)
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
            assert ask("changes", "--subject", "jonas").exit_code == 2
            assert "nothing is on record" in ask("timeline", "a" * 16).output

        await asyncio.to_thread(told)
