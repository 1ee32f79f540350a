"""Client connections on real sockets: one request after the other, deadlines, and clean ends."""

from __future__ import annotations

import asyncio
import select
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from gateway.errors import ClientError, GatewayError
from gateway.listener.connection import Connection, Shortcut
from gateway.listener.request_reader import ClientRequest, RequestReader
from gateway.listener.server import Listener

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"


@dataclass
class Serving:
    """A listener on a port, and what it told: requests, crashes, what could not be read."""

    port: int
    listener: Listener
    served: list[ClientRequest] = field(default_factory=list)
    crashes: list[BaseException | None] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    async def talk(self, *pieces: bytes) -> bytes:
        """Send pieces, and give everything that comes until the other side closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        got = await reader.read()
        writer.close()
        return got


Handle = Callable[[Connection, ClientRequest], Awaitable[bool]]


@asynccontextmanager
async def serving(
    handle: Handle,
    *,
    shortcut: Shortcut = lambda connection, data: False,
    head_timeout: float = 5,
    idle_timeout: float = 5,
    write_timeout: float = 5,
) -> AsyncIterator[Serving]:
    def unread(_: Connection, error: GatewayError) -> bytes:
        state.unread.append(error.code)
        return b"HTTP/1.1 %d No\r\nConnection: close\r\n\r\n" % error.status

    async def counted(connection: Connection, request: ClientRequest) -> bool:
        state.served.append(request)
        return await handle(connection, request)

    listener = Listener(
        counted,
        shortcut=shortcut,
        unread=unread,
        on_crash=lambda error: state.crashes.append(error),
        scheme="https",
        max_head=4096,
        head_timeout=head_timeout,
        idle_timeout=idle_timeout,
        write_timeout=write_timeout,
    )
    server = await asyncio.get_running_loop().create_server(listener, "127.0.0.1", 0)
    state = Serving(server.sockets[0].getsockname()[1], listener)
    try:
        yield state
    finally:
        server.close()
        listener.pre_shutdown()
        await listener.shutdown(1)


async def say_ok(connection: Connection, request: ClientRequest) -> bool:
    connection.write(OK)
    return True


async def echo(connection: Connection, request: ClientRequest) -> bool:
    body = b""
    while piece := await connection.read_body():
        body += piece
    connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    return True


CLOSE = GET.replace(b"Host", b"Connection: close\r\nHost")


async def test_requests_are_served_in_order_however_they_come() -> None:
    stream = POST + GET + POST.replace(b"hello", b"again") + CLOSE
    async with serving(echo) as state:
        whole = await state.talk(stream)
        by_byte = await state.talk(*(stream[at : at + 1] for at in range(len(stream))))
    assert whole == by_byte
    assert whole.count(b"200 OK") == 4
    assert whole.index(b"hello") < whole.index(b"again")
    assert [request.target for request in state.served] == ["/p", "/", "/p", "/"] * 2
    assert {request.scheme for request in state.served} == {"https"}
    assert {request.peer for request in state.served} == {"127.0.0.1"}


async def test_a_body_that_nobody_reads_is_not_taken_for_a_request() -> None:
    smuggled = POST.replace(b": 5", b": %d" % len(GET)).replace(b"hello", GET)
    async with serving(say_ok) as state:
        answer = await state.talk(smuggled + CLOSE)
    assert answer == OK + OK
    assert [request.target for request in state.served] == ["/p", "/"]


async def test_a_reply_is_read_before_the_close_though_the_body_is_still_coming() -> None:
    async def refuse(connection: Connection, request: ClientRequest) -> bool:
        connection.write(OK)
        return False

    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n"
    async with serving(refuse) as state:
        assert await state.talk(head + b"x" * 1000) == OK


async def test_a_large_body_waits_for_its_reader() -> None:
    started, go_on = asyncio.Event(), asyncio.Event()
    size = 64 << 20
    largest = 0

    async def slow(connection: Connection, request: ClientRequest) -> bool:
        nonlocal largest
        started.set()
        await go_on.wait()
        read = 0
        while piece := await connection.read_body():
            largest = max(largest, len(piece))
            read += len(piece)
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n%8d" % read)
        return False

    async with serving(slow) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        writer.write(b"x" * size)
        await started.wait()
        go_on.set()
        assert (await reader.read()).endswith(b"%8d" % size)
        writer.close()
    assert largest < 1 << 20


async def test_a_client_that_goes_away_is_told_to_the_handler() -> None:
    lost, ended = asyncio.Event(), asyncio.Event()

    async def wait(connection: Connection, request: ClientRequest) -> bool:
        connection.lost = lost.set
        assert await connection.read_body() == b"hel"
        with pytest.raises(ConnectionResetError):
            await connection.read_body()
        ended.set()
        return True

    async with serving(wait) as state:
        _, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(POST[:-2])
        await writer.drain()
        writer.close()
        await asyncio.wait_for(asyncio.gather(lost.wait(), ended.wait()), 5)


@pytest.mark.threat(16)
async def test_row_16_a_body_in_doubt_is_an_error_of_its_reader() -> None:
    seen: list[str] = []

    async def read(connection: Connection, request: ClientRequest) -> bool:
        try:
            while await connection.read_body():
                pass
        except ClientError as error:
            seen.append(error.code)
        connection.write(OK)
        return True

    stream = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX"
    async with serving(read) as state:
        assert await state.talk(stream + GET) == OK
    assert seen == ["malformed_request"]
    assert len(state.served) == 1


async def test_law_10_a_crash_is_answered_or_what_was_begun_is_cut() -> None:
    async def crash(connection: Connection, request: ClientRequest) -> bool:
        if request.method == "POST":
            connection.write(OK)
        raise RuntimeError

    async with serving(crash) as state:
        assert (await state.talk(GET)).startswith(b"HTTP/1.1 500")
        with pytest.raises(ConnectionResetError):
            await state.talk(POST)
    assert [type(error) for error in state.crashes] == [RuntimeError, RuntimeError]


@pytest.mark.threat(22)
async def test_row_22_a_slow_head_is_408_and_a_silent_connection_is_closed() -> None:
    async with serving(say_ok, head_timeout=0.2, idle_timeout=0.3) as state:
        slow = await state.talk(GET + GET[:9])
        silent = await state.talk()
        kept = await state.talk(GET)
    assert slow.startswith(OK + b"HTTP/1.1 408")
    assert (silent, kept) == (b"", OK)
    assert state.unread == ["head_timeout"]


@pytest.mark.threat(22)
async def test_row_22_who_asks_and_never_reads_is_not_read_on() -> None:
    async def much(connection: Connection, request: ClientRequest) -> bool:
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000)
        return True

    async with serving(much) as state:
        with socket.create_connection(("127.0.0.1", state.port)) as client:
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, GET * 500)
            async with asyncio.timeout(10):
                while not state.served:
                    await loop.sock_recv(client, 1)
            assert len(state.served) < 20


async def test_aiohttps_handlers_get_the_request_and_reply_through_the_connection() -> None:
    async def page(connection: Connection, request: ClientRequest) -> bool:
        body = await connection.read_body()
        asked = connection.as_aiohttp(request, body)
        text = f"{asked.method} {asked.rel_url.query['q']} {await asked.text()} {asked.host}"
        reply = web.Response(text=text, headers={"X-A": "1"})
        reply.set_cookie("c", "d")
        return await connection.reply(asked, reply)

    head = b"POST /x?q=%C3%A9 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
    async with serving(page) as state:
        answer = await state.talk(
            head + b"\r\nhi" + head.replace(b"Host", b"Connection: close\r\nHost") + b"\r\nho"
        )
    assert answer.count(b"Set-Cookie: c=d; Path=/\r\n") == 2
    assert answer.count(b"POST \xc3\xa9 hi a") == 1
    assert answer.endswith(b"POST \xc3\xa9 ho a")


async def test_a_tunnel_gets_what_came_early_and_all_that_follows() -> None:
    got = bytearray()
    enough = asyncio.Event()

    def take(data: bytes) -> None:
        got.extend(data)
        if len(got) >= 10:
            enough.set()

    async def switch(connection: Connection, request: ClientRequest) -> bool:
        connection.open_tunnel(take)
        connection.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        await enough.wait()
        return False

    upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"
    async with serving(switch) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(upgrade + b"early")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"later")
        assert await reader.read() == b""
        writer.close()
    assert got == b"earlylater"


async def test_bytes_behind_an_upgrade_may_be_read_as_they_are_wanted() -> None:
    size = 8 << 20
    pieces: list[bytes] = []
    gone = asyncio.Event()

    async def switch(connection: Connection, request: ClientRequest) -> bool:
        connection.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        with suppress(ConnectionResetError):
            while True:
                pieces.append(await connection.read_upgraded())
        gone.set()
        return False

    async with serving(switch) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\nearly")
        await reader.readuntil(b"\r\n\r\n")
        writer.write(bytes(size))
        await writer.drain()
        writer.close()
        await gone.wait()
    assert b"".join(pieces) == b"early" + bytes(size)
    assert pieces[0] == b"early"


async def test_all_is_sent_when_nothing_waits_here_or_in_the_system() -> None:
    told: list[bool] = []

    async def answer(connection: Connection, request: ClientRequest) -> bool:
        told.append(connection.all_sent)
        connection.write(OK)
        await connection.flushed()
        told.append(connection.all_sent)
        connection.write(bytes(16 << 20))
        told.append(connection.all_sent)
        connection.cut()
        told.append(connection.all_sent)
        return False

    async with serving(answer) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(GET)
        with suppress(ConnectionResetError):
            await reader.read()
        writer.close()
    assert told == [True, True, False, False]


async def test_a_shutdown_waits_for_the_request_under_way_and_takes_no_other() -> None:
    started, go_on = asyncio.Event(), asyncio.Event()

    async def wait(connection: Connection, request: ClientRequest) -> bool:
        started.set()
        await go_on.wait()
        connection.write(OK)
        return True

    async with serving(wait) as state:
        busy = asyncio.create_task(state.talk(GET + GET))
        idle = asyncio.create_task(state.talk())
        await started.wait()
        state.listener.pre_shutdown()
        stopping = asyncio.create_task(state.listener.shutdown(5))
        assert await idle == b""
        go_on.set()
        assert await busy == OK
        await stopping
    assert len(state.served) == 1


@pytest.mark.threat(17)
async def test_row_17_an_upgrade_that_is_answered_is_the_connections_last_request() -> None:
    async def page(connection: Connection, request: ClientRequest) -> bool:
        return await connection.reply(connection.as_aiohttp(request), web.Response(text="no"))

    upgrade = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"
    async with serving(page) as state:
        answer = await state.talk(upgrade + GET)
    assert answer.count(b"HTTP/1.1 200") == 1
    assert b"Connection: close\r\n" in answer


async def test_law_9_what_was_written_and_not_yet_sent_is_dropped_by_a_cut() -> None:
    size = 16 << 20
    cut = asyncio.Event()

    async def much(connection: Connection, request: ClientRequest) -> bool:
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        connection.cut()
        assert connection.gone
        cut.set()
        return False

    async with serving(much) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(GET)
        await cut.wait()
        got = 0
        with suppress(ConnectionResetError):
            while piece := await reader.read(1 << 20):
                got += len(piece)
        writer.close()
    assert got < size


@pytest.mark.threat(16)
@pytest.mark.parametrize("pause", [1, 60, 100])
async def test_row_16_a_body_that_comes_after_the_answer_is_never_read_as_requests(
    pause: int,
) -> None:
    inner = GET.replace(b"/ ", b"/smuggled ")
    stream = b"POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(inner), inner)
    stream += CLOSE
    async with serving(say_ok) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        head = stream.index(b"\r\n\r\n") + 4
        writer.write(stream[:head])
        assert await reader.readexactly(len(OK)) == OK
        for at in range(head, len(stream), pause):
            writer.write(stream[at : at + pause])
            await writer.drain()
        assert await reader.read() == OK
        writer.close()
    assert [request.target for request in state.served] == ["/p", "/"]
    assert state.unread == []


@pytest.mark.threat(16)
async def test_row_16_requests_that_come_while_a_client_is_waited_for_stay_in_order() -> None:
    size = 24 << 20
    waiting = asyncio.Event()

    async def much(connection: Connection, request: ClientRequest) -> bool:
        body = await connection.read_body()
        if request.target == "/":
            connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
            connection.write(b"x" * size)
            waiting.set()
        else:
            connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        return True

    async with serving(much) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(GET)
        await waiting.wait()
        last = CLOSE.replace(b"/ ", b"/last ")
        for piece in (POST[:50], POST[50:], POST.replace(b"hello", b"again"), last[:9], last[9:]):
            writer.write(piece)
            await writer.drain()
        answer = await reader.read()
        writer.close()
    assert answer.count(b"HTTP/1.1 200 OK") == 4
    assert answer.index(b"hello") < answer.index(b"again")
    assert [request.target for request in state.served] == ["/", "/p", "/p", "/last"]


@pytest.mark.threat(22)
@pytest.mark.parametrize("stays", [True, False])
async def test_row_22_who_takes_nothing_is_cut(stays: bool) -> None:
    async def much(connection: Connection, request: ClientRequest) -> bool:
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 64000000\r\n\r\n" + b"x" * 64_000_000)
        if stays:
            with pytest.raises(ConnectionResetError):
                await connection.flushed()
        return stays

    async with serving(much, write_timeout=0.3) as state:
        with socket.create_connection(("127.0.0.1", state.port)) as client:
            client.sendall(GET)
            reset = select.poll()
            reset.register(client, 0)  # errors are told always
            assert await asyncio.to_thread(reset.poll, 5000)
            assert state.listener.connections == []


@pytest.mark.threat(19)
async def test_row_19_a_cut_is_a_reset() -> None:
    async def half(connection: Connection, request: ClientRequest) -> bool:
        connection.write(b"HTTP/1.1 200 OK\r\n\r\nhello")
        await connection.flushed()
        connection.cut()
        return False

    async with serving(half) as state:
        with pytest.raises(ConnectionResetError):
            await state.talk(GET)


async def test_a_shutdown_ends_in_time_whatever_clients_do() -> None:
    started = asyncio.Event()

    async def wait(connection: Connection, request: ClientRequest) -> bool:
        started.set()
        await asyncio.Event().wait()
        return True

    async with serving(wait) as state:
        _, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(GET)
        await started.wait()
        state.listener.pre_shutdown()
        async with asyncio.timeout(2):
            await state.listener.shutdown(0.2)
        assert state.listener.connections == []
        writer.close()


async def test_a_client_that_takes_a_little_now_and_then_gets_it_all() -> None:
    size = 48 << 20

    async def much(connection: Connection, request: ClientRequest) -> bool:
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        await connection.flushed()
        return False

    async with serving(much, write_timeout=0.2) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(GET)
        got = 0
        for _ in range(12):  # longer than the timeout by far, never still for so long
            got += len(await reader.readexactly(1 << 20))
            await asyncio.sleep(0.05)
        while piece := await reader.read(1 << 20):
            got += len(piece)
        writer.close()
    assert got == size + len(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)


def handing_over(handle: Handle, before: bytes = b"") -> Shortcut:
    """A shortcut that takes each request, writes `before`, and gives it to a handler."""

    def take(connection: Connection, data: bytes) -> bool:
        reader = RequestReader(4096)
        reader.feed(data)
        request = reader.head()
        assert request is not None
        connection.busy()
        if before:
            connection.write(before)
        connection.hand_over(request, handle)
        return True

    return take


async def test_a_slow_client_may_take_longer_than_an_idle_one_may_wait() -> None:
    size, now = 16 << 20, asyncio.Event()

    async def much(connection: Connection, request: ClientRequest) -> bool:
        connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.write(bytes(size))
        asyncio.get_running_loop().call_later(0.2, now.set)
        return True

    async with serving(say_ok, shortcut=handing_over(much), idle_timeout=0.1) as state:
        reader, writer = await asyncio.open_connection("127.0.0.1", state.port)
        writer.write(GET)
        await now.wait()
        await reader.readuntil(b"\r\n\r\n")
        assert len(await reader.readexactly(size)) == size
        writer.close()


async def test_law_10_a_crash_behind_what_a_shortcut_wrote_is_cut_and_what_it_held_is_let_go() -> (
    None
):
    async def crash(connection: Connection, request: ClientRequest) -> bool:
        raise RuntimeError

    lost: list[bool] = []

    def crash_at_once(connection: Connection, data: bytes) -> bool:
        connection.busy()
        connection.lost = lambda: lost.append(True)
        raise RuntimeError

    async with serving(say_ok, shortcut=handing_over(crash, OK[:-1])) as state:
        with pytest.raises(ConnectionResetError):
            await state.talk(GET)
    async with serving(say_ok, shortcut=crash_at_once) as other:
        assert (await other.talk(GET)).startswith(b"HTTP/1.1 500")
    assert (len(state.crashes), len(other.crashes), lost) == (1, 1, [True])


async def test_law_10_no_answer_of_ours_stands_behind_one_that_was_begun() -> None:
    async def twice(connection: Connection, request: ClientRequest) -> bool:
        connection.write(OK)
        return await connection.reply(connection.as_aiohttp(request), web.Response(text="no"))

    async with serving(twice) as state:
        with pytest.raises(ConnectionResetError):
            await state.talk(GET)
