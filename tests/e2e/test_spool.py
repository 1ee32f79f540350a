"""`audit.when_away: spool`: requests go on record on disk while the store takes nothing."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import redis.asyncio

from tests.e2e.harness import Running, running, site
from tests.e2e.recorder_app import RecorderApp
from tests.servers import StoreServer

SPOOL = {"when_away": "spool", "timeout": "1s"}


def spooled(folder: Path) -> list[dict[str, Any]]:
    """The records on disk, in their order."""
    rows = [
        row for each in (folder / "data/spool").glob("*") for row in each.read_bytes().split(b"\n")
    ]
    return [json.loads(row.partition(b"\t")[2]) for row in rows if row]


async def passed_on(gw: Running) -> None:
    async with asyncio.timeout(10):
        while gw.gateway.emitter.spooled:  # noqa: ASYNC110 - it tells nobody: as /metrics is read
            await asyncio.sleep(0.01)


async def test_a_session_goes_on_for_as_long_as_its_end_would_be_heard(
    app: RecorderApp, tmp_path: Path, store_server: StoreServer
) -> None:
    async with (
        redis.asyncio.Redis.from_url(store_server.url) as store,
        running(tmp_path, store_server.url, site(app.port), audit=SPOOL) as gw,
    ):
        session = await gw.enter()
        before = len(await gw.stream())
        await store.config_set("maxmemory", "1")
        assert (await gw.get("/during", session.headers)).status == 200
        assert (await gw.request("POST", "/change", session.headers)).status == 403
        held = await asyncio.to_thread(spooled, tmp_path)
        assert [(r["kind"], r["target"]) for r in held][:1] == [("request.intent", "/during")]
        assert ("request.refused", "/change") in [(r["kind"], r["target"]) for r in held]
        assert len(await gw.stream()) == before
        await store.config_set("maxmemory", "0")
        await passed_on(gw)
        told = [(r["kind"], r["target"]) for r in (await gw.records())[before:] if "target" in r]
        assert told == [
            ("request.intent", "/during"),
            ("request.outcome", "/during"),
            ("request.refused", "/change"),
        ]
        assert [seen.target for seen in app.seen] == ["/during"]
        assert not await asyncio.to_thread(spooled, tmp_path)


async def test_what_a_gateway_could_not_write_before_it_ended_the_next_one_does(
    app: RecorderApp, tmp_path: Path, store_server: StoreServer
) -> None:
    async with running(tmp_path, store_server.url, site(app.port), audit=SPOOL) as gw:
        writer = gw.gateway.emitter.writer
        store_server.kill()
        assert (await gw.get("/", {"Host": "unknown.localhost"})).status == 421
    left = await asyncio.to_thread(spooled, tmp_path)
    assert [record["kind"] for record in left] == ["request.refused", "gateway.stopped"]
    store_server.start()
    async with running(tmp_path, store_server.url, site(app.port)) as gw:
        held = [record for record in await gw.records() if record["writer"] == writer]
    assert [record["seq"] for record in held] == list(range(1, len(held) + 1))
    assert [record["id"] for record in held[-2:]] == [record["id"] for record in left]
    assert not await asyncio.to_thread(spooled, tmp_path)
