"""What a governed request and a live session take in bytes: on record, in the store, in a worker.

The request is a typical one: a page's call for 2.3 KB of JSON in which two rules hit, by a desktop
browser, answered with cookies. Bytes repeat exactly but for the length of ids; nothing is timed.

    python -m tests.bench.sizing
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import sys
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from gateway.sessions import tokens
from gateway.sessions.jar import Cookie
from gateway.sessions.live import LiveSessions
from gateway.sessions.repository import Entry, SessionRepository
from gateway.store import keys
from gateway.store.client import Store, connect
from tests.bench.figure import Figure
from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import http, recorder_app
from tests.sample import NOW, SESSION
from tests.scratch import scratch
from tests.servers import store_server_in

STREAM = keys.audit_stream(0)
TARGET = "/api/accounts/4711/contacts?page=2&sort=name"
AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/131.0.0.0 Safari/537.36"
)
RULES: dict[str, Any] = {
    "categories": {"notes": "Notes"},
    "redaction": [
        {"id": "notes", "category": "notes", "json": ["$..private_notes"]},
        {"id": "mail", "category": "notes", "json": ["$..email"]},
    ],
}
COOKIES = 5
COOKIE_VALUE = "v" * 64


def measure(quick: bool) -> list[Figure]:
    """Measure on a store of its own."""
    return asyncio.run(_measure(100 if quick else 300))


async def _measure(count: int) -> list[Figure]:
    with scratch() as name:
        folder = Path(name)
        server = store_server_in(folder)
        server.start()
        try:
            async with _gateway(folder, server.url) as gw:
                requests = await _of_requests(gw, count)
            store = await connect(server.url, timeout=5)
            try:
                return requests + await _of_sessions(store, count)
            finally:
                await store.aclose()
        finally:
            server.remove()


@asynccontextmanager
async def _gateway(folder: Path, store_url: str) -> AsyncIterator[Running]:
    people = [
        {"id": n, "name": f"Contact {n}", "email": f"c{n}@example.org", "stage": "Proposal",
         "amount": 1000 * n, "private_notes": "Thinks of leaving in spring"}
        for n in range(17)
    ]  # fmt: skip
    async with (
        recorder_app() as app,
        running(folder / "gateway", store_url, site(app.port, **RULES)) as gw,
    ):
        app.reply = http(json.dumps({"contacts": people}).encode(), type_="application/json")
        yield gw


async def _of_requests(gw: Running, count: int) -> list[Figure]:
    session = await gw.enter()
    headers = session.headers | {"User-Agent": AGENT}
    await gw.store.redis.config_set("appendfsync", "no")  # the same bytes, and each at once
    await gw.get(TARGET, headers)
    before = await _stored(gw)
    for _ in range(count):
        answer = await gw.get(TARGET, headers)
        assert answer.status == 200
    records, memory, file = (
        (now - then) / count for then, now in zip(before, await _stored(gw), strict=True)
    )
    assert records == 2
    return [
        *[
            Figure(8, f"record: {kind}", (await _length(gw, f"request.{kind}"),), "B")
            for kind in ("intent", "outcome")
        ],
        Figure(8, "stream's memory, a governed request", (memory,), "B"),
        Figure(8, "append-only file, a governed request", (file,), "B"),
    ]


async def _length(gw: Running, kind: str) -> float:
    """The mean length of the records of one kind."""
    return statistics.mean(
        len(line) for line in await gw.stream() if json.loads(line)["kind"] == kind
    )


async def _stored(gw: Running) -> tuple[int, int, int]:
    """Records in the stream, its memory, and the append-only file's size."""
    await gw.records()
    redis: Any = gw.store.redis
    persistence = await redis.info("persistence")
    return (
        await redis.xlen(STREAM),
        await redis.memory_usage(STREAM, samples=0),
        persistence["aof_current_size"],
    )


async def _of_sessions(store: Store, count: int) -> list[Figure]:
    redis: Any = store.redis
    index = await redis.memory_usage(keys.live_sessions(), samples=0) or 0
    repository = SessionRepository(store)
    held = [await _start(repository) for _ in range(count)]
    in_store = await redis.memory_usage(keys.live_sessions(), samples=0) - index
    for session_id, _ in held:
        in_store += await redis.memory_usage(keys.session(session_id), samples=0)
        in_store += await redis.memory_usage(keys.jar(session_id), samples=0)
    live = LiveSessions(repository, lambda: NOW)
    live.connected = True
    gc.collect()
    tracemalloc.start()
    for session_id, secret in held:
        assert await live.find(session_id + secret, 0) is not None
    gc.collect()
    in_worker = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    name = f"a session with {COOKIES} cookies"
    return [
        Figure(7, f"store's memory, {name}", (in_store / count,), "B"),
        Figure(6, f"worker's memory, {name}", (in_worker / count,), "B"),
    ]


async def _start(repository: SessionRepository) -> tuple[str, str]:
    """Keep a session that was entered, with a jar; give its id and its secret."""
    session_id, secret = tokens.new_id(), tokens.new_secret()
    session = replace(SESSION, id=session_id, host=f"{session_id}.crm.example.com")
    await repository.add(session, tokens.digest(secret))
    await repository.admit(Entry(session_id), tokens.digest(secret))
    jar = [
        Cookie(
            name=f"cookie_{number}",
            value=COOKIE_VALUE,
            domain="crm.example.com",
            host_only=True,
            path="/",
            secure=True,
            http_only=True,
            same_site="Lax",
            created_at=NOW,
        )
        for number in range(COOKIES)
    ]
    await repository.change_jar(session, jar, [], NOW)
    return session_id, secret


if __name__ == "__main__":
    for figure in measure(quick="--quick" in sys.argv):
        sys.stdout.write(f"{figure.name:44}{figure.median:10.0f} {figure.unit}\n")
