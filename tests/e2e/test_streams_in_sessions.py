"""What streams, and JSON in other clothes, in a session under rules: one gateway, every type."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientResponse

from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app

RULES: dict[str, Any] = {
    "categories": {"notes": "Notes"},
    "redaction": [{"id": "n", "category": "notes", "json": ["$..note"], "html": [".note"]}],
}
DATA = b'{"note": "SECRET", "\\u006eote": "SECRET", "open": 1}'
HIDDEN = b'{"open":1}'
PART = b"\r\nContent-Type: application/json\r\n\r\n"
CLEAN: dict[str, tuple[bytes, bytes]] = {
    "application/x-ndjson": (DATA + b"\n\n" + DATA, HIDDEN + b"\n\n" + HIDDEN),
    "application/json-seq": (b"\x1e" + DATA + b"\n", b"\x1e" + HIDDEN + b"\n"),
    "text/event-stream": (
        b": SECRET\r\nid: 7\r\ndata: " + DATA + b"\r\n\r\ndata: SECRET\r\n\r\ndata: SEC",
        b":\nid: 7\ndata: " + HIDDEN + b"\n\n",
    ),
    "text/javascript": (b"cb(" + DATA + b")", b"/**/cb(" + HIDDEN + b");"),
    "application/json": (b")]}',\n" + DATA, b")]}',\n" + HIDDEN),
    'multipart/mixed; boundary="-"': (
        b"\r\n---" + PART + DATA + b"\r\n-----\r\nSECRET",
        b"\r\n---" + PART + HIDDEN + b"\r\n-----\r\n",
    ),
}
BLOCKED: dict[str, bytes] = {
    "application/jsonl": b"x" + DATA,
    "application/geo+json-seq": b"\x1e" + DATA,
    "application/javascript": b" " * 5000 + DATA,
    "text/ecmascript": b"/*" + b"x" * 5000 + b"*/ cb(" + DATA + b"); x()",
    "text/css": b"/*" + b"x" * 5000 + b"*/" + DATA,
    "multipart/mixed; boundary=a": b"--a\r\nContent-Type: text/plain\r\n\r\n" + DATA + b"\r\n--a--",
    "multipart/mixed": DATA,
    "multipart/byteranges; boundary=a": DATA,
}


@pytest.fixture
async def app() -> AsyncIterator[RecorderApp]:
    async with recorder_app() as recorder:
        yield recorder


@pytest.fixture
async def gw(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port, **RULES)) as gateway:
        yield gateway


@pytest.mark.threat(31)
async def test_row_31_every_type_is_redacted_or_blocked(gw: Running, app: RecorderApp) -> None:
    session = await gw.enter()
    for coding in (None, "gzip"):
        headers = (f"Content-Encoding: {coding}",) if coding else ()
        for kind, (body, left) in CLEAN.items():
            app.reply = http(gzip.compress(body) if coding else body, type_=kind, headers=headers)
            answer = await gw.get("/", session.headers)
            assert (answer.status, await answer.read()) == (200, left), kind
            assert answer.headers["Content-Type"].startswith(kind)
        for kind, body in BLOCKED.items():
            app.reply = http(gzip.compress(body) if coding else body, type_=kind, headers=headers)
            answer = await gw.get("/", session.headers)
            assert answer.status == 502, kind
            assert b"SECRET" not in await answer.read()
    outcomes = [each for each in await gw.records() if each["kind"] == "request.outcome"]
    hidden = {each["rule"] for outcome in outcomes for each in outcome.get("redactions", ())}
    assert hidden == {"n", "event.unreadable"}


async def chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(b"%x\r\n%b\r\n" % (len(data), data))
    await writer.drain()


async def read(answer: ClientResponse) -> bytes:
    async with asyncio.timeout(5):
        return await answer.content.readany()


@pytest.mark.threat(36)
async def test_row_36_events_leave_one_by_one_and_end_with_the_session(
    gw: Running, app: RecorderApp
) -> None:
    turn, gone = asyncio.Semaphore(0), asyncio.Event()

    async def events(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        await writer.drain()
        try:
            while True:
                await turn.acquire()
                await chunk(writer, b'data: {"no')
                await chunk(writer, b'te": "SECRET"}\n\n')
        except ConnectionError:
            gone.set()
            raise

    session = await gw.enter()
    app.answer = events
    async with asyncio.timeout(5):
        answer = await gw.get("/events", session.headers, stream=True)  # before the first event
    assert answer.headers["X-Gateway-Redacted"] == '"n";category="notes"'
    for _ in range(3):
        turn.release()
        assert await read(answer) == b"data: {}\n\n"  # before the app sends the next
    assert (await gw.api("DELETE", f"sessions/{session.id}")).status in (200, 204)
    with pytest.raises(ClientError):  # it does not look complete
        await read(answer)
    answer.close()
    async with asyncio.timeout(5):
        while not gone.is_set():
            turn.release()
            await asyncio.sleep(0)
    outcome = [each for each in await gw.records() if each["kind"] == "request.outcome"][-1]
    assert (outcome["reason"], outcome["complete"]) == ("cut", False)
    assert outcome["redactions"] == [{"rule": "n", "category": "notes", "count": 3}]
