"""Requests of sessions on the short way: whoever leaves, ends or fails at any stage of it.

At each stage the same holds: each intent has one outcome, the app hears of a request at most once,
nothing passes after the session's end, and the app's connections are given back.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.audit.writing.sink import Batch, Sink
from gateway.listener.connection import Connection
from gateway.model import Session
from gateway.shortcut.outbox import Outbox, Write
from tests.e2e.harness import Entered, Running, running, site
from tests.e2e.recorder_app import RecorderApp, Seen, http, recorder_app
from tests.shortcut.support import lent, over, parted

TEXT = http(b"ok")
LARGE = http(b"x" * 60_000)
HANDED_OVER = {
    "in pieces": http(b"x" * 300_000),
    "with a cookie": http(b"ok", headers=("Set-Cookie: a=b; Path=/",)),
    "not readable": http(b"{", type_="application/json"),
    "larger than the client takes": LARGE,
}


class Held:
    """A sink that writes when it may, and says that it was asked to."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.asked = asyncio.Event()
        self.may = asyncio.Event()
        self.may.set()

    def spooled(self, shard: int) -> int:
        return self._sink.spooled(shard)

    async def append(self, batch: Batch) -> int:
        if batch.lines:
            self.asked.set()
        await self.may.wait()
        return await self._sink.append(batch)

    async def aclose(self) -> None:
        await self._sink.aclose()


@dataclass
class Client:
    """A client's end of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    session: Entered

    def asks(self, target: str, more: str = "") -> None:
        head = f"GET {target} HTTP/1.1\r\nHost: {self.session.host}\r\n{more}"
        self.writer.write(f"{head}Cookie: {self.session.cookie}\r\n\r\n".encode())

    async def answer(self) -> tuple[int, bytes]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head.split(b" ")[1]), await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """All that still comes, until the gateway closes; a reset is b"cut"."""
        try:
            return await self.reader.read()
        except ConnectionResetError:
            return b"cut"

    def reads(self, does: bool) -> None:
        transport: Any = self.writer.transport
        if does:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def leaves(self) -> None:
        self.writer.transport.abort()


@dataclass
class Stage:
    """A gateway, its app, a session, and what goes the short way."""

    gw: Running
    app: RecorderApp
    session: Entered
    sink: Held
    taken: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    """A request reached the app."""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    """The app answers."""
    answer: bytes = TEXT

    def __post_init__(self) -> None:
        listener = self.gw.gateway.listener
        shortcut = listener.shortcut
        self.shortcut: Any = getattr(shortcut, "__self__", None)

        def counted(connection: Connection, data: bytes) -> bool:
            taken = shortcut(connection, data)
            self.taken += taken
            return taken

        listener.shortcut = counted
        self.app.answer = self._answer
        self.go_on.set()

    async def _answer(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        self.arrived.set()
        await self.go_on.wait()
        writer.write(self.answer if not seen.target.startswith("/warm") else TEXT)

    @asynccontextmanager
    async def client(self, *, slow: bool = False) -> AsyncIterator[Client]:
        """A client that was answered once; a slow one has little room for what it is sent."""
        opened = socket.socket()
        if slow:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.setblocking(False)
        await asyncio.get_running_loop().sock_connect(opened, ("127.0.0.1", self.gw.port))
        reader, writer = await asyncio.open_connection(sock=opened, limit=4096)
        client = Client(reader, writer, self.session)
        try:
            client.asks("/warm")
            assert await client.answer() == (200, b"ok")
            if slow:
                for each in self.connections():
                    assert each.transport is not None
                    each.transport.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_SNDBUF, 4096
                    )
                client.reads(False)
            self.arrived.clear()
            self.sink.asked.clear()
            self.taken = 0
            yield client
        finally:
            self.go_on.set()
            self.sink.may.set()
            writer.close()

    def connections(self) -> list[Any]:
        return list(self.gw.gateway.listener.connections)

    def end_session(self) -> None:
        """Do what this worker does when it is told of the session's end."""
        self.gw.gateway.live.cut(self.session.id)

    async def outcomes(self, target: str) -> list[dict[str, Any]]:
        """The outcomes of a target's requests; each of their intents has one."""
        records = [r for r in await self.gw.records() if r.get("target") == target]
        intents = [r["request"] for r in records if r["kind"] == "request.intent"]
        outcomes = [r for r in records if r["kind"] == "request.outcome"]
        assert [r["request"] for r in outcomes] == intents
        return outcomes

    async def outcome(self, target: str) -> tuple[str, bool, int]:
        """Why one request ended, whether its client has all, and its bytes; nothing stays lent."""
        (said,) = await self.outcomes(target)
        assert lent(self.gw) == 0
        assert self.gw.gateway.live.under_way() == 0
        return said.get("reason", ""), said.get("complete", False), said.get("bytes_out", 0)

    def reached(self, target: str) -> int:
        """How often the app was asked for a target."""
        return sum(seen.target == target for seen in self.app.seen)


@pytest.fixture
async def stage(tmp_path: Path, store_url: str) -> AsyncIterator[Stage]:
    rules = {
        "categories": {"notes": "Notes"},
        "redaction": [
            {"id": "n", "category": "notes", "json": ["$..note"], "paths": ["/ruled/**"]}
        ],
    }
    said: dict[str, Any] = {"audit": {"timeout": "300ms"}}
    async with (
        recorder_app() as app,
        running(tmp_path, store_url, site(app.port, **rules), **said) as gw,
    ):
        lane: Any = gw.gateway.emitter._lanes[0]
        lane._sink = sink = Held(lane._sink)
        session = await gw.enter()
        yield Stage(gw, app, session, sink)


async def test_requests_follow_each_other_on_one_connection(stage: Stage) -> None:
    async with stage.client() as client:
        for at in range(3):
            client.asks(f"/{at}")
            assert await client.answer() == (200, b"ok")
        assert stage.taken == 3
        client.asks("/3")
        client.asks("/4")  # it may come while the first is under way
        assert [await client.answer(), await client.answer()] == [(200, b"ok")] * 2
    assert [seen.target for seen in stage.app.seen[-5:]] == [f"/{at}" for at in range(5)]
    for at in range(5):
        assert await stage.outcome(f"/{at}") == ("", True, 2)


async def test_how_long_the_app_took_is_on_record_on_both_ways(stage: Stage) -> None:
    async with stage.client() as client:
        for target, more, taken in (("/short", "", 1), ("/long", "Connection: close\r\n", 0)):
            stage.go_on.clear()
            stage.taken = 0
            asyncio.get_running_loop().call_later(0.2, stage.go_on.set)
            client.asks(target, more)
            assert (await client.answer(), stage.taken) == ((200, b"ok"), taken)
            (said,) = await stage.outcomes(target)
            assert 20 <= said["app_ms"] <= said["ms"]


@pytest.mark.threat(43)
async def test_law_2_what_is_remembered_of_a_head_says_nothing_of_its_session(
    stage: Stage,
) -> None:
    sessions: Any = stage.gw.gateway.live

    def over(session: Session) -> Session:
        return replace(session, expires_at=session.started_at + 1)

    def end_in(field: str) -> Callable[[Any], object]:
        return lambda live: setattr(live, field, 0)

    changes: dict[str, tuple[Callable[[Any], object], int, int]] = {
        "nothing": (lambda live: None, 200, 1),
        "same-tokens": (lambda live: setattr(live, "tokens", (*live.tokens,)), 200, 1),
        "other-tokens": (lambda live: setattr(live, "tokens", ("0" * 64,)), 200, 0),
        "more-tokens": (lambda live: setattr(live, "tokens", (*live.tokens, "0" * 64)), 200, 0),
        "forgotten": (lambda live: sessions._by_id.clear(), 200, 0),
        "idle": (end_in("seen_at"), 200, 0),  # the store knows better
        "untold": (end_in("touched_at"), 200, 0),  # the store has to hear of it
        "disconnected": (lambda live: setattr(sessions, "connected", False), 503, 0),
        "over": (lambda live: live.take(over(live.session)), 200, 0),  # so it does of this
    }
    async with stage.client() as client:
        for name, (change, status, taken) in changes.items():
            stage.taken = 0
            client.asks("/warm")
            assert ((await client.answer())[0], stage.taken) == (200, 1)
            live = sessions._by_id[stage.session.id]
            change(live)
            stage.taken = 0
            client.asks(f"/{name}")
            assert ((await client.answer())[0], stage.taken) == (status, taken), name
            assert stage.reached(f"/{name}") == (status == 200)
            sessions.connected, live.tokens = True, live.tokens[:1]


async def test_what_targets_of_all_sessions_may_take_of_the_memory_is_bounded(
    stage: Stage,
) -> None:
    shortcut = stage.shortcut
    shortcut._routes._most = 2
    async with stage.client() as client:
        for at in range(5):
            client.asks(f"/{at}?{'x' * 600 * (at == 4)}")
            assert await client.answer() == (200, b"ok")
        assert stage.taken == 5
    lines = [f"GET /{at}? HTTP/1.1".encode() for at in (2, 3)]
    assert [line for _, line in shortcut._routes] == lines
    assert len(shortcut._routes._older) == 2


Leave = Callable[[Stage, Client], None]


def client_leaves(stage: Stage, client: Client) -> None:
    client.leaves()


def session_ends(stage: Stage, client: Client) -> None:
    stage.end_session()


LEAVES = [(client_leaves, "client_gone"), (session_ends, "cut")]


@pytest.mark.threat(43)
async def test_law_9_who_leaves_before_the_intent_is_durable_is_not_sent_to_the_app(
    stage: Stage,
) -> None:
    for leave, reason in (client_leaves, "client_gone"), (session_ends, "session_ended"):
        async with stage.client() as client:
            stage.sink.may.clear()
            client.asks(f"/{reason}")
            await stage.sink.asked.wait()
            leave(stage, client)
            await parted(stage.gw)
            stage.sink.may.set()
            assert await stage.outcome(f"/{reason}") == (reason, False, 0)
            assert stage.reached(f"/{reason}") == 0
            assert stage.taken == 1


@pytest.mark.threat(43)
@pytest.mark.parametrize(("leave", "reason"), LEAVES)
async def test_law_9_who_leaves_while_the_app_works_lets_go_of_both_sides(
    stage: Stage, leave: Leave, reason: str
) -> None:
    async with stage.client() as client:
        stage.go_on.clear()
        client.asks("/a")
        await stage.arrived.wait()
        leave(stage, client)
        await parted(stage.gw)
        stage.go_on.set()
        assert await stage.outcome("/a") == (reason, False, 0)
        assert (stage.reached("/a"), stage.taken) == (1, 1)
        if leave is session_ends:
            assert await client.rest() in (b"", b"cut")


@pytest.mark.threat(43)
@pytest.mark.parametrize(("leave", "reason"), LEAVES)
@pytest.mark.parametrize(("waits", "sent"), [("_start", 0), ("_give", 1)])
async def test_law_9_who_leaves_in_the_turn_in_which_something_is_to_be_written_gets_nothing_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, leave: Leave, reason: str, waits: str, sent: int
) -> None:
    put = Outbox.put

    def leaving(outbox: Outbox, write: Write) -> None:
        put(outbox, write)
        if getattr(write, "__name__", "") == waits:
            if leave is client_leaves:
                for each in stage.connections():
                    each.transport.abort()  # the loop tells of it in its next turn
            else:
                session_ends(stage, client)

    async with stage.client() as client:
        monkeypatch.setattr(Outbox, "put", leaving)
        client.asks("/a")
        await parted(stage.gw)
        monkeypatch.undo()
        assert await client.rest() in (b"", b"cut")
        assert await stage.outcome("/a") == (reason, False, 0)
        assert (stage.reached("/a"), stage.taken) == (sent, 1)


@pytest.mark.threat(43)
@pytest.mark.parametrize(("leave", "reason"), LEAVES)
async def test_law_9_who_leaves_between_the_short_way_and_the_long_one_gets_nothing_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, leave: Leave, reason: str
) -> None:
    hand_over = Connection.hand_over
    handed: list[str] = []

    for name, answer in HANDED_OVER.items():
        stage.answer = answer
        target = f"/ruled/{name.replace(' ', '-')}"
        stage.session = await stage.gw.enter()
        async with stage.client(slow=answer is LARGE) as client:

            def leaving(connection: Connection, *said: Any, by: Client = client) -> None:
                hand_over(connection, *said)
                handed.append(said[0].target)
                assert connection.transport is not None
                if leave is client_leaves:
                    connection.connection_lost(None)
                else:
                    session_ends(stage, by)

            monkeypatch.setattr(Connection, "hand_over", leaving)
            client.asks(target)
            await parted(stage.gw)
            monkeypatch.undo()
            assert handed == [target]
            assert await stage.outcome(target) == (reason, False, 0)
            assert stage.reached(target) == 1
            handed.clear()


@pytest.mark.threat(43)
@pytest.mark.parametrize(("leave", "reason"), LEAVES)
async def test_law_9_who_leaves_on_the_long_way_after_the_short_one_has_one_outcome(
    stage: Stage, leave: Leave, reason: str
) -> None:
    async def half(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(http(b"x" * 300_000)[:-1] if seen.target == "/a" else TEXT)

    stage.app.answer = half
    async with stage.client() as client:
        client.asks("/a")
        await client.reader.readuntil(b"\r\n\r\n")
        leave(stage, client)
        await parted(stage.gw)
        why, complete, _ = await stage.outcome("/a")
        assert (why, complete, stage.taken) == (reason, False, 1)


@pytest.mark.threat(43)
@pytest.mark.parametrize(("leave", "reason"), LEAVES)
async def test_law_9_who_leaves_while_a_slow_client_reads_is_cut(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, leave: Leave, reason: str
) -> None:
    stage.answer = LARGE
    flushing = asyncio.Event()
    flushed = Connection.flushed

    async def noted(connection: Connection) -> None:
        flushing.set()
        await flushed(connection)

    monkeypatch.setattr(Connection, "flushed", noted)
    async with stage.client(slow=True) as client:
        client.asks("/a")
        await flushing.wait()
        leave(stage, client)
        await parted(stage.gw)
        assert await stage.outcome("/a") == (reason, False, 0)


async def test_a_slow_client_gets_it_all_and_asks_again(stage: Stage) -> None:
    stage.answer = LARGE
    async with stage.client(slow=True) as client:
        client.asks("/a")
        client.asks("/b")
        await stage.arrived.wait()
        client.reads(True)
        for _ in range(2):
            assert await client.answer() == (200, b"x" * 60_000)
    for target in ("/a", "/b"):
        assert await stage.outcome(target) == ("", True, 60_000)


@pytest.mark.threat(52)
async def test_law_3_without_its_record_nothing_is_sent_and_the_client_is_told(
    stage: Stage,
) -> None:
    async with stage.client() as client:
        stage.sink.may.clear()
        client.asks("/a")
        status, body = await client.answer()
        assert (status, b"audit_away" in body) == (503, True)
        stage.sink.may.set()
        client.asks("/b")  # it recovers by itself, on the same connection
        assert await client.answer() == (200, b"ok")
        assert (stage.reached("/a"), stage.taken) == (0, 2)
        assert await stage.outcome("/a") == ("audit_away", False, 0)
        stage.gw.gateway.emitter._max_pending = 0  # as after a long outage: it is not even taken
        client.asks("/c")
        status, body = await client.answer()
        assert (status, b"audit_full" in body) == (503, True)
        assert (stage.reached("/c"), await stage.outcomes("/c")) == (0, [])
        assert stage.gw.gateway.live.under_way() == 0


def crash(*_: object, **__: object) -> Any:
    raise RuntimeError


@pytest.mark.parametrize(
    ("place", "reached", "recorded"),
    [
        ("gateway.recorder.Recorder.begin", 0, []),
        ("gateway.shortcut.governed.cookies_to_app", 0, ["internal_error"]),
        ("gateway.upstream.client.Upstream.exchange", 0, ["internal_error"]),
        ("gateway.release.Release.now", 1, ["internal_error"]),
        ("gateway.listener.connection.Connection.answer", 1, ["internal_error"]),
    ],
)
async def test_law_2_a_fault_of_our_own_is_answered_and_on_record(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    reached: int,
    recorded: list[str],
) -> None:
    async with stage.client() as client:
        monkeypatch.setattr(place, crash)
        client.asks("/a")
        assert (await client.answer())[0] == 500
        assert await client.rest() == b""
        assert [each["reason"] for each in await stage.outcomes("/a")] == recorded
        assert stage.reached("/a") == reached
        assert stage.gw.gateway.live.under_way() == 0


@pytest.mark.threat(53)
async def test_row_53_a_graceful_stop_waits_for_what_is_under_way(stage: Stage) -> None:
    listener = stage.gw.gateway.listener
    async with stage.client() as client:
        stage.go_on.clear()
        client.asks("/a")
        client.asks("/b")
        await stage.arrived.wait()
        listener.pre_shutdown()
        stopping = asyncio.create_task(listener.shutdown(5))
        await asyncio.sleep(0)
        stage.go_on.set()
        assert await client.answer() == (200, b"ok")
        assert await client.rest() == b""
        await stopping
        assert await stage.outcome("/a") == ("", True, 2)
        assert stage.reached("/b") == 0


@pytest.mark.threat(53)
async def test_row_53_a_stop_in_which_the_app_does_not_answer_says_so(stage: Stage) -> None:
    async with stage.client() as client:
        stage.go_on.clear()
        client.asks("/a")
        await stage.arrived.wait()
        (connection,) = stage.connections()
        await connection.shutdown(0)
        await parted(stage.gw)
        assert await stage.outcome("/a") == ("gateway_stopping", False, 0)
        assert stage.taken == 1


@pytest.mark.threat(43)
@pytest.mark.parametrize("short", [True, False])
async def test_law_9_what_only_the_kernel_still_holds_is_not_sent_after_the_end(
    stage: Stage, *, short: bool
) -> None:
    stage.answer = LARGE
    if not short:
        stage.gw.gateway.listener.shortcut = lambda connection, data: False
    async with stage.client(slow=True) as client:
        (connection,) = stage.connections()
        opened = connection.transport.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        client.asks("/a")
        await stage.arrived.wait()
        await over(stage.gw)
        assert await stage.outcome("/a") == ("", True, 60_000)
        stage.end_session()
        client.reads(True)
        assert await client.rest() == b"cut"


@pytest.mark.threat(53)
async def test_row_53_a_stop_that_cannot_wait_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.answer = LARGE
    flushing = asyncio.Event()

    async def never(connection: Connection) -> None:
        flushing.set()
        await asyncio.Event().wait()

    async with stage.client(slow=True) as client:
        monkeypatch.setattr(Connection, "flushed", never)
        client.asks("/a")
        await flushing.wait()
        (connection,) = stage.connections()
        await connection.shutdown(0)
        await parted(stage.gw)
        assert await stage.outcome("/a") == ("gateway_stopping", False, 0)
