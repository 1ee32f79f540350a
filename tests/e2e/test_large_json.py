"""JSON that is larger than what is held in memory: blocked, or redacted while it streams."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from aiohttp import ClientError

from gateway.audit.record import Kind
from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp, http

RULES = {
    "categories": {"notes": "notes"},
    "redaction": [{"id": "notes", "category": "notes", "fields": ["note"]}],
    "max_readable": "64KiB",
}
ROWS = 3000
BODY = json.dumps([{"id": row, "note": f"canary {row}", "name": "Jonas"} for row in range(ROWS)])
LEFT = [{"id": row, "name": "Jonas"} for row in range(ROWS)]


async def outcome(gw: Running) -> dict[str, object]:
    records = await gw.records()
    return [each for each in records if each["kind"] == Kind.REQUEST_OUTCOME][-1]


@pytest.mark.threat(36)
async def test_row_36_large_json_is_redacted_while_it_streams(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, **RULES, large_json="stream")
    async with running(tmp_path, store_url, crm) as gw:
        session = await gw.enter()
        for coding, pack in (("identity", bytes), ("gzip", gzip.compress)):
            packed = pack(BODY.encode())
            said = (f"Content-Encoding: {coding}",)
            app.reply = http(packed, type_="application/json", headers=said)
            answer = await gw.get("/api", session.headers)
            assert json.loads(await answer.read()) == LEFT
            assert answer.headers["X-Gateway-Redacted"] == '"notes";category="notes"'
            said_hidden = (await outcome(gw))["redactions"]
            assert said_hidden == [{"rule": "notes", "category": "notes", "count": ROWS}]
        app.reply = http(b'[{"note": 1}]', type_="application/json")
        answer = await gw.get("/api", session.headers)
        assert (await answer.read(), answer.headers["Content-Length"]) == (b"[{}]", "4")
        assert answer.headers["X-Gateway-Redacted"] == '"notes";category="notes";count=1'


async def test_what_turns_out_to_be_no_json_late_never_looks_complete(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    crm = site(app.port, **RULES, large_json="stream")
    async with running(tmp_path, store_url, crm) as gw:
        session = await gw.enter()
        app.reply = http(BODY.encode() + b"x", type_="application/json")
        with pytest.raises(ClientError):
            await gw.get("/api", session.headers)
        last = await outcome(gw)
        assert (last["reason"], last["complete"]) == ("json_unreadable", False)


async def test_large_json_is_blocked_unless_the_site_says_otherwise(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    async with running(tmp_path, store_url, site(app.port, **RULES)) as gw:
        session = await gw.enter()
        app.reply = http(BODY.encode(), type_="application/json")
        answer = await gw.get("/api", session.headers)
        assert answer.status == 502
        assert b"canary" not in await answer.read()
