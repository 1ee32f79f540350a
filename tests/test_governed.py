"""A permitted request of a session, carried from its intent to its outcome, on a real gateway."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientPayloadError

from tests.e2e.harness import Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app

RULES: dict[str, Any] = {
    "categories": {"notes": "Notes"},
    "redaction": [{"id": "n", "category": "notes", "json": ["$..note"], "html": [".note"]}],
}


@pytest.fixture
async def app() -> AsyncIterator[RecorderApp]:
    async with recorder_app() as recorder:
        yield recorder


@pytest.fixture
async def gw(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **RULES)) as gateway:
        yield gateway


async def outcome(gw: Running) -> dict[str, Any]:
    """The one outcome on record, which joins its intent."""
    records = [each for each in await gw.records() if each["kind"].startswith("request.")]
    (intent,) = [each for each in records if each["kind"] == "request.intent"]
    (said,) = [each for each in records if each["kind"] == "request.outcome"]
    assert said["request"] == intent["request"]
    return said


async def test_what_was_hidden_and_sent_is_on_record(gw: Running, app: RecorderApp) -> None:
    entered = await gw.enter()
    app.reply = http(b'{"note": "secret", "a": 1.50}', type_="application/json")
    answer = await gw.get("/x", entered.headers)
    body = await answer.read()
    assert body == b'{"a":1.50}'
    said = await outcome(gw)
    assert said["redactions"] == [{"rule": "n", "category": "notes", "count": 1}]
    assert (said["status"], said["bytes_out"], said["complete"]) == (200, len(body), True)


async def test_a_body_that_the_client_sends_is_counted(gw: Running, app: RecorderApp) -> None:
    entered = await gw.enter(mode="read_write")
    app.reply = http(b"{}", type_="application/json")
    await gw.request("POST", "/x", entered.headers, data=b"x" * 100_000)
    assert app.seen[0].body == b"x" * 100_000
    assert (await outcome(gw))["bytes_in"] == 100_000


async def test_an_app_that_breaks_off_is_on_record_as_what_the_client_saw(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()

    async def half(_: Seen, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nContent-Length: 200000\r\n\r\n"
        writer.write(head + b".a{left:0}" * 10_000)
        await writer.drain()
        writer.close()

    app.answer = half
    answer = await gw.get("/x", entered.headers, stream=True)
    with pytest.raises(ClientPayloadError):
        await answer.read()
    said = await outcome(gw)
    assert (said["status"], said["reason"]) == (200, "upstream_cut_short")
    assert said["complete"] is False


async def test_an_answer_that_may_not_leave_is_refused_and_on_record(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()
    app.reply = http(b"%PDF-1.7", type_="application/pdf")
    answer = await gw.get("/x", entered.headers)
    assert answer.status == 502
    assert (await answer.json())["code"] == "type_unreadable"
    said = await outcome(gw)
    assert (said["status"], said["reason"]) == (502, "type_unreadable")


@pytest.mark.threat(37)
async def test_a_redirect_goes_without_what_it_says_beside_its_address(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter(mode="read_write")
    app.reply = http(
        b"Found. Redirecting to /y?note=secret", status="302 Found", headers=("Location: /y",)
    )
    answer = await gw.request("POST", "/x", entered.headers, data=b"a=b")
    assert (answer.status, answer.headers["Location"]) == (302, "/y")
    assert await answer.read() == b""


@pytest.mark.threat(40)
async def test_the_jar_keeps_cookies_and_the_browser_learns_its_version(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()
    app.reply = http(b"{}", type_="application/json", headers=("Set-Cookie: a=b; HttpOnly",))
    answer = await gw.get("/x", entered.headers)
    (cookie,) = answer.headers.getall("Set-Cookie")
    assert cookie.startswith("__Host-gateway_jar=1; ")
    await gw.get("/x", entered.headers)
    assert app.seen[1].all("Cookie") == [b"a=b"]


@pytest.mark.threat(37)
async def test_row_37_head_gets_no_body_and_no_length_of_what_is_hidden(
    gw: Running, app: RecorderApp
) -> None:
    entered = await gw.enter()
    app.reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"
    answer = await gw.request("HEAD", "/x", entered.headers)
    assert answer.status == 200
    assert "Content-Length" not in answer.headers
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.threat(32)
@pytest.mark.parametrize("way", ["json", "page", "style"])
async def test_compressed_answers_are_read(gw: Running, app: RecorderApp, way: str) -> None:
    entered = await gw.enter()
    kinds = {
        "json": ("application/json", b'{"note": "secret", "a": "open"}'),
        "page": ("text/html", b"<p class=note>secret</p><p>open</p>"),
        "style": ("text/css", b"p { color: red } /* open */"),
    }
    type_, body = kinds[way]
    app.reply = http(gzip.compress(body), type_=type_, headers=("Content-Encoding: gzip",))
    answer = await gw.get("/x", entered.headers)
    text = await answer.text()
    assert "open" in text
    assert "secret" not in text
    assert "Content-Encoding" not in answer.headers
    assert ("gateway" in text) is (way == "page")


@pytest.mark.threat(43)
async def test_the_end_of_a_session_cuts_a_request_under_way(gw: Running, app: RecorderApp) -> None:
    entered: Entered = await gw.enter()
    asked, release = asyncio.Event(), asyncio.Event()

    async def wait(_: Seen, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await release.wait()
        writer.write(http(b"{}", type_="application/json"))

    app.answer = wait
    head = f"GET /x HTTP/1.1\r\nHost: {entered.host}\r\nCookie: {entered.cookie}\r\n\r\n"
    request = asyncio.create_task(gw.raw(head.encode()))
    await asked.wait()
    ended = await gw.api("DELETE", f"sessions/{entered.id}")
    assert ended.status == 204
    with suppress(ConnectionResetError):
        assert await request == b""
    release.set()
    said = await outcome(gw)
    assert (said["reason"], said["complete"]) == ("cut", False)


async def test_what_the_gateway_breaks_off_says_so_on_record(
    gw: Running, app: RecorderApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    entered = await gw.enter()
    monkeypatch.setattr("gateway.governed.governed_head", fails)
    assert (await gw.get("/x", entered.headers)).status == 500
    said = await outcome(gw)
    assert (said["reason"], said["complete"], app.seen) == ("internal_error", False, [])
