"""Exports are written beside, can be cancelled at any time, and leave nothing behind."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from gateway.app import exporting
from gateway.app.export_aside import ExportJob, Far, write
from gateway.app.exporting import Exporting
from gateway.audit.reading.choice import Choice
from gateway.audit.record import Kind
from gateway.config import Config, load
from gateway.console.export_values import ExportOrder
from gateway.errors import GatewayError
from gateway.sessions.export_book import ExportBook
from gateway.sessions.export_rules import PATIENCE_MS, Kept, Scope
from gateway.store.client import Store, connect
from tests.audit.support import a_record, emitting
from tests.e2e.harness import site, until, written
from tests.sessions.support import Clock
from tests.sessions.test_export_rules import an_export


class Side:
    """One worker's exports, over a real store and a folder."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.clock = Clock()
        self.book = ExportBook(store)
        self.exporting = Exporting(config, self.book, self.clock)
        self.folder = Path(config.data_dir) / "exports"

    async def begin(self, name: str, **more: object) -> Kept:
        now = self.clock()
        one = replace(an_export(name, asked_at=now, beat=now), **more)
        await self.book.decide(lambda _: (one, ()))
        self.exporting.write(one)
        return one

    async def ended(self, name: str) -> Kept:
        await self.is_at(name, "ready", "failed")
        kept = await self.book.get(name)
        assert kept is not None
        return kept

    async def is_at(self, name: str, *states: str) -> None:
        """Return when an export is in one of these states."""

        async def is_there() -> bool:
            kept = await self.book.get(name)
            return kept is not None and kept.state in states

        await until(is_there, 20)

    def names(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir()) if self.folder.exists() else []


@asynccontextmanager
async def side(tmp_path: Path, store_url: str, count: int = 3) -> AsyncIterator[Side]:
    path, _ = written(tmp_path, store_url, 1, site(1))
    async with emitting(store_url) as (emitter, _):
        for number in range(count):
            emitter.emit(a_record(f"{number:05}", Kind.REQUEST_OUTCOME))
        assert await emitter.drain(5) == 0
    store = await connect(store_url, timeout=5)
    one = Side(load(path, {}), store)
    try:
        yield one
    finally:
        await one.exporting.stop()
        await store.aclose()


async def test_an_export_is_written_and_sent_whole(tmp_path: Path, store_url: str) -> None:
    async with side(tmp_path, store_url) as one:
        await one.begin("a")
        kept = await one.ended("a")
        assert (kept.state, kept.taken, kept.read, kept.of) == ("ready", 3, 3, 3)
        assert one.names() == ["a.jsonl"]
        found = await one.exporting.download(kept)
        assert found is not None
        sent = b"".join([each async for each in found.pieces])
        assert len(sent) == found.size == kept.bytes
        assert sent.count(b"\n") == 3
        assert await one.exporting.download(an_export("b")) is None


async def test_whoever_waits_is_next_and_can_be_cancelled(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LOOK_EVERY", 0.02)
    async with side(tmp_path, store_url) as one:
        busy = [an_export(f"r{n}", state="running", beat=one.clock()) for n in range(2)]
        for each in busy:
            await one.book.decide(lambda _, each=each: (each, ()))  # type: ignore[misc]  # a lambda with a default
        await one.begin("a")
        await one.begin("b", asked_at=one.clock() + 1)
        await one.book.remove("a")
        await asyncio.wait(one.exporting._tasks, timeout=10, return_when=asyncio.FIRST_COMPLETED)
        kept = await one.book.get("b")
        assert kept is not None
        assert kept.state == "waiting"
        await one.book.remove("r0")
        assert (await one.ended("b")).state == "ready"
        assert one.names() == ["b.jsonl"]


async def test_one_that_is_cancelled_while_it_runs_leaves_nothing(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = 'import sys, time; sys.stdin.buffer.read(); print("{}", flush=True); time.sleep(60)'
    monkeypatch.setattr(exporting, "_command", (sys.executable, "-c", slow))
    monkeypatch.setattr(exporting, "LOOK_EVERY", 0.02)
    async with side(tmp_path, store_url) as one:
        await one.begin("a")
        await one.is_at("a", "running")
        (one.folder).mkdir(parents=True, exist_ok=True)
        (one.folder / "a.jsonl.part").write_text("x")
        await one.book.remove("a")
        await asyncio.wait(one.exporting._tasks, timeout=10)
        assert one.names() == []


async def test_one_whose_process_dies_or_whose_gateway_stops_has_failed(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with side(tmp_path, store_url) as one:
        monkeypatch.setattr(exporting, "_command", ("/bin/false",))
        await one.begin("a")
        assert (await one.ended("a")).why == "export_broken_off"
        monkeypatch.setattr(exporting, "_command", ("/bin/sleep", "60"))
        await one.begin("b")
        await one.is_at("b", "running")
        await one.exporting.stop()
        assert (await one.ended("b")).why == "gateway_stopping"
        assert one.names() == []


async def test_files_that_nobody_wants_any_more_are_swept(tmp_path: Path, store_url: str) -> None:
    async with side(tmp_path, store_url) as one:
        await one.exporting.sweep()
        await one.begin("a")
        await one.ended("a")
        for name in ("b.csv", "b.csv.part", "c.jsonl"):
            (one.folder / name).write_text("x")
        left = an_export("c", state="running", beat=one.clock() - PATIENCE_MS - 1)
        await one.book.decide(lambda _: (left, ()))
        await one.exporting.sweep()
        assert one.names() == ["a.jsonl"]
        one.clock.at += 86_400_000
        await one.exporting.sweep()
        assert one.names() == []


async def test_all_files_together_are_bounded(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_OF_ALL", -1)
    async with side(tmp_path, store_url) as one:
        await one.begin("a")
        assert (await one.ended("a")).why == "exports_full"


def a_job(one: Side, **more: object) -> ExportJob:
    path = one.folder / "a.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    job = ExportJob(one.config, "json", Choice(), Scope(all=True), path, os.getpid())
    return dataclasses.replace(job, **more)  # type: ignore[arg-type]  # a test's words


async def test_an_export_that_would_be_too_large_has_no_file(
    tmp_path: Path, store_url: str
) -> None:
    async with side(tmp_path, store_url) as one:
        with pytest.raises(GatewayError, match="export_too_large"):
            await write(a_job(one, most_bytes=500), lambda _: None)
        assert not (one.folder / "a.json").exists()


async def test_it_says_how_far_it_is(
    tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.export_aside._EVERY", -1)
    async with side(tmp_path, store_url, 250) as one:
        told: list[Far] = []
        far = await write(a_job(one), told.append)
        assert [(each.read, each.of) for each in told] == [(100, 250), (200, 250)]
        assert (far.read, far.taken, far.done, far.share) == (250, 250, True, 1.0)
        path = one.folder / "b.json"
        since = await write(a_job(one, choice=Choice(since=1), path=path), told.append)
        assert (since.of, since.taken) == (None, 250)


def test_every_format_that_can_be_asked_for_has_a_file() -> None:
    formats = ExportOrder.__annotations__["format"]
    assert formats == "ExportFormat"
    assert set(exporting._ENDS) == {"json", "csv", "ocsf", "cef", "ecs"}
