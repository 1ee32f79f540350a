"""Who asks for something is asked about when it is done, not only when the request began."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.people.people_book import PeopleBook
from tests.e2e.harness import CONSOLE, Running, running, site
from tests.e2e.recorder_app import RecorderApp

BEN = {"id": "ben", "name": "Ben", "email": "ben@gateway.example", "profile": "Administrator"}
EVE = {"id": "eve", "name": "Eve", "email": "eve@gateway.example", "profile": "Administrator"}


@pytest.fixture
async def gw(app: RecorderApp, tmp_path: Path, store_url: str) -> AsyncIterator[Running]:
    async with running(tmp_path, store_url, site(app.port)) as gateway:
        assert (await gateway.api("POST", "people", **BEN)).status == 201
        yield gateway


@asynccontextmanager
async def held(gw: Running, path: str, who: str, said: dict[str, Any]) -> AsyncIterator[Any]:
    """Send a request but for the last byte of its body; what is given sends it, and reads."""
    body = json.dumps(said).encode() + b" " * 30_000
    head = (
        f"POST /_gateway/api/{path} HTTP/1.1\r\nHost: {CONSOLE}\r\nConnection: close\r\n"
        f"Authorization: Bearer {gw.token(who)}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", gw.port)

    async def rest() -> bytes:
        writer.write(body[-1:])
        return await reader.read()

    try:
        writer.write(head.encode() + body[:-1])
        await asyncio.sleep(0.2)
        yield rest
    finally:
        writer.close()


async def test_who_is_disabled_while_their_request_arrives_does_nothing(gw: Running) -> None:
    async with held(gw, "people", "ben", EVE) as rest:
        assert (await gw.api("POST", "people/disable", id="ben", why="Left")).status == 200
        answer = await rest()
        assert answer.startswith(b"HTTP/1.1 403"), answer
        assert b"not_an_operator" in answer
    assert (await gw.api("GET", "people?id=eve")).status == 404


async def test_a_request_that_arrives_slowly_is_done_for_who_may(gw: Running) -> None:
    async with held(gw, "people", "ben", EVE) as rest:
        answer = await rest()
        assert answer.startswith(b"HTTP/1.1 201"), answer


async def test_of_two_who_disable_each_other_the_later_does_nothing(
    gw: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, waits, goes_on = PeopleBook.seen, asyncio.Event(), asyncio.Event()

    async def slow(book: PeopleBook) -> Any:
        if not waits.is_set():
            waits.set()
            await goes_on.wait()
        return await seen(book)

    third = BEN | {"id": "third", "email": "third@gateway.example"}
    assert (await gw.api("POST", "people", **third)).status == 201
    monkeypatch.setattr(PeopleBook, "seen", slow)
    late = asyncio.create_task(gw.api("POST", "people/disable", operator="ben", id="third"))
    await waits.wait()
    assert (await gw.api("POST", "people/disable", operator="third", id="ben")).status == 200
    goes_on.set()
    assert (await late).status == 403
    assert (await gw.api("GET", "sites", operator="third")).status == 200
