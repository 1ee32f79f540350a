"""Bodies and query values on record, where a site's rules say so, on a whole gateway."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from gateway.audit.bodies.bodies import READ_LIMIT
from gateway.audit.writing.redis_sink import RedisSink
from gateway.errors import StoreAway
from gateway.policy.rights.ready import DEFAULT
from tests.e2e.harness import Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app

LEVELS: dict[str, Any] = {
    "categories": {"notes": "Notes"},
    "redaction": [
        {"id": "n", "category": "notes", "fields": ["note"], "html": [".note"], "text": ["email"]}
    ],
    "rules": [{"id": "search", "allow": ["POST"], "path": "/search"}],
    "graphql": [{"path": "/graphql"}],
    "audit": [
        {"id": "plain", "paths": ["/plain/**"], "query_shown": ["page"]},
        {
            "id": "api",
            "paths": ["/api/**"],
            "level": "request_response",
            "query_shown": ["page", "sort"],
            "cap": "2KiB",
        },
        {"id": "posts", "paths": ["/**"], "methods": ["POST"], "level": "request"},
    ],
}
JSON = {"Content-Type": "application/json"}
JSON_TYPE = JSON["Content-Type"]
SECRET = "K7-never-on-record"
WITH_SECRETS = json.dumps(
    {"name": "Ada", "note": SECRET, "user": {"newPassword": SECRET}, "said": f"token={SECRET}"}
).encode()
SCRUBBED = '{"name":"Ada","user":{"newPassword":"*"},"said":"*"}'


@pytest.fixture
async def app() -> AsyncIterator[RecorderApp]:
    async with recorder_app() as recorder:
        yield recorder


REVEAL = """
@id("all_is_shown") @reason("They may see it.")
permit (principal, action == Gateway::Action::"reveal", resource);
"""


@pytest.fixture
async def gw(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **LEVELS)) as gateway:
        yield gateway


class Records:
    """What comes on record from now on."""

    def __init__(self, gw: Running) -> None:
        self._gw = gw
        self._seen = 0

    async def new(self) -> list[dict[str, Any]]:
        return self._fresh(await self._gw.records())

    def _fresh(self, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        fresh, self._seen = found[self._seen :], len(found)
        return [each for each in fresh if not each["kind"].startswith("audit.")]

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """What comes up to the first of a kind, of which nobody is told."""
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(10):
            while kind not in kinds(found):
                await asyncio.sleep(0.01)
                found += self._fresh([json.loads(line) for line in await self._gw.stream()])
        return found


def kinds(records: list[dict[str, Any]]) -> list[str]:
    return [each["kind"] for each in records]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.threat(47)
async def test_bodies_are_on_record_by_the_level_of_their_rule(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter(mode="read_write")
    records = Records(gw)
    await records.new()
    await _both_bodies_less_what_is_hidden(gw, app, session, records)
    await _request_alone(gw, session, records)
    await _codings(gw, app, session, records)
    await _a_page(gw, app, session, records)
    await _long_text_is_cut(gw, app, session, records)
    await _too_long_bodies(gw, app, session, records)
    await _files_of_other_types(gw, app, session, records)
    await _query_values(gw, app, session, records)
    assert SECRET.encode() not in b"".join(await gw.stream())


async def _both_bodies_less_what_is_hidden(
    gw: Running, app: RecorderApp, session: Entered, records: Records
) -> None:
    app.reply = http(WITH_SECRETS, type_="application/json")
    answer = await gw.request("POST", "/api/a", session.headers | JSON, data=WITH_SECRETS)
    got = await answer.read()
    assert json.loads(got) == {k: v for k, v in json.loads(WITH_SECRETS).items() if k != "note"}
    assert app.seen[-1].body == WITH_SECRETS
    found = await records.new()
    assert kinds(found) == ["request.body", "request.intent", "response.body", "request.outcome"]
    sent, intent, received, outcome = found
    assert len({each["request"] for each in found}) == 1
    assert sent["body"] == received["body"] == SCRUBBED
    assert sent["body_hash"] == sha256(WITH_SECRETS)
    assert received["body_hash"] == sha256(got)
    assert (sent["bytes_in"], received["bytes_out"]) == (len(WITH_SECRETS), len(got))
    for each in (sent, received):
        assert (each["rule"], each["media"]) == ("api", "application/json")
        for name in ("session", "site", "actor", "subject", "mode", "method", "target"):
            assert each[name] == intent[name]
    assert outcome["bytes_in"] == len(WITH_SECRETS)


async def _request_alone(gw: Running, session: Entered, records: Records) -> None:
    form = f"a=1&pin={SECRET}&user%5Bnote%5D={SECRET}"
    headers = session.headers | {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await gw.request("POST", "/x", headers, data=form)).status == 200
    assert (await gw.request("POST", "/x", session.headers)).status == 200  # without a body
    assert (await gw.get("/x", session.headers)).status == 200
    found = await records.new()
    assert kinds(found) == ["request.body", *["request.intent", "request.outcome"] * 3]
    assert found[0]["body"] == "a=1&pin=*"


async def _codings(gw: Running, app: RecorderApp, session: Entered, records: Records) -> None:
    packed = gzip.compress(WITH_SECRETS)
    headers = ("Content-Encoding: gzip",)
    app.reply = http(packed, type_="application/json", headers=headers)
    sent = session.headers | JSON | {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    await gw.request("PUT", "/api/a", sent, data=packed)
    assert app.seen[-1].body == packed
    before, _, after, _ = await records.new()
    assert (before["body"], before["body_hash"]) == (SCRUBBED, sha256(packed))
    assert after["body"] == SCRUBBED
    app.reply = http(WITH_SECRETS, type_="application/json", headers=("Content-Encoding: rot13",))
    await gw.request("PUT", "/api/a", sent | {"Content-Encoding": "gzip, gzip"}, data=packed)
    before, *_ = await records.new()
    assert (before["reason"], "body" in before) == ("encoding_unreadable", False)


async def _a_page(gw: Running, app: RecorderApp, session: Entered, records: Records) -> None:
    page = (
        b"<!doctype html><title>T</title><p class=note>K7-never-on-record</p><form><input type="
        b'hidden name=csrf_token value="K7-never-on-record"><input name=q value=1></form>'
    )
    app.reply = http(page, type_="text/html")
    headers = session.headers | {"Sec-Fetch-Dest": "document"}
    answer = await gw.get("/api/page", headers)
    assert b"/_gateway/" in await answer.read()
    _, got, _ = await records.new()
    assert got["body"] == "<!doctype html><title>T</title><form><input name=q value=1></form>"


async def _long_text_is_cut(
    gw: Running, app: RecorderApp, session: Entered, records: Records
) -> None:
    app.reply = http(json.dumps(["é" * 3000], ensure_ascii=False).encode(), type_=JSON_TYPE)
    await gw.get("/api/long", session.headers)
    _, got, _ = await records.new()
    assert (len(got["body"].encode()), got["cut"], got["complete"]) == (2048, True, True)


async def _too_long_bodies(
    gw: Running, app: RecorderApp, session: Entered, records: Records
) -> None:
    long = b'"' + b"a" * (READ_LIMIT + 5) + b'"'
    app.reply = http(long, type_="image/png")

    async def chunks() -> AsyncIterator[bytes]:
        yield long[:3]
        yield long[3:]

    for data in (io.BytesIO(long), chunks()):
        headers = session.headers | JSON
        answer = await gw.request("POST", "/api/long", headers, data=data)
        assert (answer.status, await answer.read()) == (200, long)
        assert app.seen[-1].body == long
        found = await records.new()
        assert kinds(found) == [
            "request.intent",
            "request.body",
            "response.body",
            "request.outcome",
        ]
        for each in found[1:3]:
            assert (each["reason"], each["complete"]) == ("too_long", True)
            assert (each["body_hash"], "body" in each) == (sha256(long), False)


async def _files_of_other_types(
    gw: Running, app: RecorderApp, session: Entered, records: Records
) -> None:
    app.reply = http(b"\x89PNG", type_="image/png")
    await gw.get("/api/i.png", session.headers)
    _, got, _ = await records.new()
    assert (got["reason"], got["bytes_out"]) == ("type_unreadable", 4)
    assert got["body_hash"] == sha256(b"\x89PNG")


async def _query_values(gw: Running, app: RecorderApp, session: Entered, records: Records) -> None:
    app.reply = http()
    query = f"?page=2&sort=-name&q={SECRET}&page=3;t={SECRET}"
    for path in ("/plain/a", "/PLAIN/a", "/api/a"):
        for _ in range(2):  # the second goes the short way, where there is one
            await gw.get(path + query, session.headers)
    await gw.request("PROPFIND", "/plain/a" + query, session.headers)
    targets = [each["target"] for each in await records.new() if "target" in each]
    assert sorted(set(targets)) == [
        "/PLAIN/a?page=*&sort=*&q=*&page=*",
        "/api/a?page=2&sort=-name&q=*&page=*",
        "/plain/a?page=2&sort=*&q=*&page=*",
    ]
    assert targets[-1].startswith("/plain/a?page=2")


@pytest.mark.threat(24)
async def test_what_was_read_for_a_record_is_still_looked_into(
    gw: Running, app: RecorderApp
) -> None:
    session = await gw.enter()
    records = Records(gw)
    await records.new()
    form = session.headers | {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await gw.request("POST", "/search", form, data="q=1&_method=DELETE")).status == 403
    long = io.BytesIO(b"q=" + b"1" * READ_LIMIT + b"&_method=DELETE")
    assert (await gw.request("POST", "/search", form, data=long)).status == 403
    assert app.seen == []
    found = await records.new()
    assert [each.get("reason") for each in found] == [
        *(None, None, "method_override"),
        *(None, "too_long", "method_override"),
    ]

    query = json.dumps({"query": "query A { me { id } }", "variables": {"pin": SECRET}})
    assert (await gw.request("POST", "/graphql", session.headers | JSON, data=query)).status == 200
    sent, intent, _ = await records.new()
    assert json.loads(sent["body"])["variables"] == {"pin": "*"}
    assert intent["detail"] == "query A"
    assert app.seen[0].body == query.encode()

    asked = (
        f"POST /search HTTP/1.1\r\nHost: {session.host}\r\nCookie: {session.cookie}\r\n"
        "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"
        "Expect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    writer.write(asked.encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()
    sent, *_ = await records.new()
    assert (sent["body"], sent["bytes_in"]) == ("abcde", 5)
    assert app.seen[1].body == b"abcde"


async def test_what_a_session_may_see_is_hidden_on_record_all_the_same(
    app: RecorderApp, tmp_path: Path, store_url: str
) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "reveal.cedar").write_text(REVEAL)
    policies = {"ready": [*DEFAULT, "side_by_side"], "folder": str(folder)}
    reports = LEVELS | {"name": "wiki", "hosts": ["wiki.localhost"], "report_only": ["redaction"]}
    sites = (site(app.port, **LEVELS), site(app.port, **reports))
    async with running(tmp_path, store_url, *sites, policies=policies) as gw:
        for name in ("crm", "wiki"):
            session = await gw.enter(site=name)
            records = Records(gw)
            await records.new()
            app.reply = http(WITH_SECRETS, type_=JSON_TYPE)
            answer = await gw.get("/api/a", session.headers)
            assert await answer.read() == WITH_SECRETS
            _, got, outcome = await records.new()
            assert outcome["shown"] == ["notes"]
            assert (got["body"], got["body_hash"]) == (SCRUBBED, sha256(WITH_SECRETS))


async def test_a_client_that_goes_in_the_middle_is_on_record(gw: Running, app: RecorderApp) -> None:
    session = await gw.enter(mode="read_write")
    records = Records(gw)
    await records.new()
    seen = len(app.seen)
    head = (
        f"POST /x HTTP/1.1\r\nHost: {session.host}\r\nCookie: {session.cookie}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {READ_LIMIT + 1000}\r\n\r\n"
    ).encode()
    await _sent_and_left(gw, head + b"1" * 1000)
    [refused] = await records.until("request.refused")
    assert refused["reason"] == "body_broken"
    assert len(app.seen) == seen  # nothing of it was sent

    await _sent_and_left(gw, head + b"1" * (READ_LIMIT + 10))
    intent, told, _ = await records.until("request.outcome")
    assert (told["kind"], told["reason"], told["complete"]) == ("request.body", "too_long", False)
    assert told["bytes_in"] == READ_LIMIT + 10
    assert told["request"] == intent["request"]


async def _sent_and_left(gw: Running, data: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", gw.port)
    writer.write(data)
    await writer.drain()
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


async def test_an_answer_that_is_cut_short_is_not_kept(gw: Running, app: RecorderApp) -> None:
    session = await gw.enter()
    records = Records(gw)
    await records.new()
    begun = asyncio.Event()

    async def cut(seen: Seen, writer: asyncio.StreamWriter) -> None:
        page = b"<!doctype html>" + b"<p>Hello</p>" * 10_000
        writer.write(http(page, type_="text/html")[:-1])
        await begun.wait()
        writer.close()

    app.answer = cut
    answer = await gw.get("/api/a", session.headers, stream=True)
    await answer.content.readany()
    begun.set()
    with suppress(ClientError):
        await answer.read()
    _, got, outcome = await records.until("request.outcome")
    assert (got["reason"], got["complete"], "body" in got) == ("cut_short", False, False)
    assert outcome["complete"] is False


async def test_without_a_store_the_app_sees_nothing_and_the_body_is_on_record_later(
    app: RecorderApp, tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> int:
        raise StoreAway("store_away", "The store is away.", "Wait.")

    levels = site(app.port, **LEVELS)
    async with running(tmp_path, store_url, levels, audit={"timeout": "200ms"}) as gw:
        session = await gw.enter(mode="read_write")
        records = Records(gw)
        await records.new()
        with monkeypatch.context() as patched:
            patched.setattr(RedisSink, "append", away)
            answer = await gw.request("POST", "/x", session.headers | JSON, data=b'{"a":1}')
        assert answer.status == 503
        found = await records.new()
    assert app.seen == []
    assert kinds(found) == ["request.body", "request.intent", "request.outcome"]
    assert (found[0]["body"], found[2]["reason"]) == ('{"a":1}', "audit_away")
