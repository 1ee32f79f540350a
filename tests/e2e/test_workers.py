"""Several workers behind one port are one gateway."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import main
from tests.e2e.harness import CONSOLE, HOST, Entered, Running
from tests.e2e.recorder_app import Seen, http, recorder_app
from tests.e2e.served import Served, served
from tests.scratch import scratch
from tests.servers import unused_port
from tests.store.support import ended

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"


@pytest.fixture(scope="module")
def both() -> Iterator[Served]:
    """Two workers, for all tests that leave two."""
    with (
        scratch() as folder,
        served(Path(folder), unused_port()) as one,
    ):
        yield one


def get(target: str, session: Entered) -> bytes:
    said = f"GET {target} HTTP/1.1\r\nHost: {session.host}\r\nCookie: {session.cookie}\r\n\r\n"
    return said.encode()


@dataclass
class Connection:
    """A connection, and who accepted it."""

    worker: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> tuple[int, bytes]:
        """Read an answer that has a length; give its status and its body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = await self.reader.readexactly(int(length[1]) if length else 0)
        return int(head.split()[1]), body


@asynccontextmanager
async def connections(one: Served, count: int = 2) -> AsyncIterator[list[Connection]]:
    """Connections to so many workers, one to each."""
    found: dict[int, Connection] = {}
    opened = []
    while len(found) < count:
        reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
        opened.append(writer)
        writer.write(f"GET /_gateway/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        new = Connection(0, reader, writer)
        await new.answer()
        new.worker = await asyncio.to_thread(one.server_of, writer.get_extra_info("socket"))
        found[new.worker] = new
    try:
        yield list(found.values())
    finally:
        for writer in opened:
            writer.close()


async def refused(port: int) -> None:
    """Return when nothing listens on a port any more."""
    while True:
        try:
            (await asyncio.open_connection("127.0.0.1", port))[1].close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue


async def metric(gw: Running, name: str) -> float:
    async with gw.client.get(f"http://127.0.0.1:{gw.ops_port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(name)))


async def outcome(gw: Running, target: str) -> dict[str, Any]:
    """Wait for the outcome of the request to `target` on record."""
    last: Any = "0"
    async with asyncio.timeout(20):
        while True:
            came: Any = await gw.store.redis.xread({"gateway:audit:0": last}, block=1000)
            for position, fields in came[b"gateway:audit:0"] if came else ():
                last, record = position, json.loads(fields[b"record"])
                if record["kind"] == "request.outcome" and record.get("target") == target:
                    found: dict[str, Any] = record
                    return found


@pytest.mark.threat(43)
async def test_an_end_asked_of_one_worker_cuts_a_stream_of_another_within_100_ms(
    both: Served,
) -> None:
    loop, took = asyncio.get_running_loop(), []
    async with recorder_app(both.app_port) as app, both.client() as gw:
        for _ in range(3):
            async with connections(both) as (stream, other):
                session = await gw.enter()
                app.reply = STREAM
                stream.writer.write(get("/events", session))
                await stream.reader.readuntil(b"data: 1\n\n")
                began = loop.time()
                other.writer.write(
                    f"DELETE /_gateway/api/sessions/{session.id} HTTP/1.1\r\nHost: {CONSOLE}\r\n"
                    f"Authorization: Bearer {gw.token()}\r\n\r\n".encode()
                )
                with suppress(ConnectionResetError):
                    assert await stream.reader.read() == b""
                took.append(loop.time() - began)
                assert (await other.answer())[0] == 204
    assert min(took) < 0.1, took


@pytest.mark.threat(53)
async def test_a_worker_that_is_killed_is_replaced_and_what_it_carried_is_closed(
    both: Served,
) -> None:
    arrived = asyncio.Event()

    async def never(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.set()

    async with (
        recorder_app(both.app_port) as app,
        both.client() as gw,
        connections(both) as (cut, other),
    ):
        session = await gw.enter()
        app.answer = never
        cut.writer.write(get("/killed", session))
        await arrived.wait()
        app.answer = None
        counted = await metric(gw, 'gateway_requests_total{kind="governed"}')
        os.kill(cut.worker, signal.SIGKILL)
        for _ in range(20):
            assert (await gw.get("/after", session.headers)).status == 200
        closed = await outcome(gw, "/killed")
        assert (closed["reason"], closed["complete"]) == ("unknown", False)
        assert (closed["actor"]["id"], closed["subject"]["id"]) == ("ada", "jonas")
        assert await metric(gw, 'gateway_requests_total{kind="governed"}') == counted + 20
        other.writer.write(get("/", session))
        assert await other.answer() == (200, b"ok")
        await asyncio.to_thread(both.logged, "worker.serves", 3)
        assert await metric(gw, "gateway_workers ") == 2
        assert await metric(gw, "gateway_workers_replaced_total") == 1
        async with connections(both) as found:
            assert cut.worker not in {each.worker for each in found}
        async with gw.client.get(f"http://127.0.0.1:{both.ops_port}/readyz") as ready:
            assert await ready.text() == "ready\n"
    words = ["audit", "verify", "--config", str(both.folder / "gateway.yaml")]
    whole = await asyncio.to_thread(CliRunner().invoke, main, words)
    assert (whole.exit_code, whole.output.splitlines()[-1]) == (0, "Nothing was found.")


@pytest.mark.threat(53)
async def test_a_supervisor_takes_its_workers_with_it_and_asked_to_stop_it_lets_them_finish(
    short_folder: Path,
) -> None:
    arrived: asyncio.Queue[str] = asyncio.Queue()
    go = asyncio.Event()

    async def slowly(seen: Seen, writer: asyncio.StreamWriter) -> None:
        arrived.put_nowait(seen.target)
        await go.wait()
        writer.write(http(b"done"))

    async with recorder_app() as app:
        app.answer = slowly
        with served(short_folder, app.port) as one:
            async with one.client() as gw, connections(one, 1) as (client,):
                client.writer.write(get("/killed", await gw.enter()))
                await arrived.get()
                others = one.children()
                assert len(others) == 3, "two workers and a store"
                one.process.kill()
                await asyncio.gather(*map(ended, others))
        with served(short_folder, app.port) as one:
            others = one.children()
            async with one.client() as gw, connections(one, 1) as (client,):
                assert (await outcome(gw, "/killed"))["reason"] == "unknown"
                client.writer.write(get("/slow", await gw.enter()))
                await arrived.get()
                one.process.terminate()
                await refused(one.port)
                go.set()
                assert await client.answer() == (200, b"done")
            assert await asyncio.to_thread(one.process.wait) == 0
            await asyncio.gather(*map(ended, others))
