"""WebSockets of ordinary users, end to end: untouched, both ways, at each side's pace."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

from tests.e2e.harness import HOST, Running, running, site

LARGE = 8 << 20


async def echo(request: web.Request) -> web.StreamResponse:
    """Give every message back; on the word `flood`, send 64 MiB; on `bye`, close with a code."""
    socket = web.WebSocketResponse(protocols=("chat",), max_msg_size=0, autoping=False)
    await socket.prepare(request)
    async for message in socket:
        if message.data == "bye":
            await socket.close(code=4001, message=b"so long")
        elif message.data == "flood":
            for _ in range(64):
                await socket.send_bytes(b"x" * (1 << 20))
            await socket.send_str("done")
        elif message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
        elif message.type is WSMsgType.PING:
            await socket.pong(message.data)
    return socket


@asynccontextmanager
async def gateway(folder: Path, store_url: str) -> AsyncIterator[Running]:
    app = web.Application()
    app.router.add_get("/ws", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    try:
        async with running(folder, store_url, site(runner.addresses[0][1])) as gw:
            yield gw
    finally:
        await runner.cleanup()


@asynccontextmanager
async def socket(gw: Running) -> AsyncIterator[ClientWebSocketResponse]:
    async with (
        ClientSession() as client,
        client.ws_connect(
            f"http://127.0.0.1:{gw.port}/ws",
            headers={"Host": HOST},
            protocols=("chat",),
            max_msg_size=0,
        ) as opened,
    ):
        yield opened


async def test_frames_of_any_size_pass_both_ways(tmp_path: Path, store_url: str) -> None:
    async with gateway(tmp_path, store_url) as gw, socket(gw) as ws:
        assert ws.protocol == "chat"
        await ws.send_str("héllo")
        assert (await ws.receive()).data == "héllo"
        large = os.urandom(LARGE)
        await ws.send_bytes(large)
        assert (await ws.receive()).data == large
        await ws.send_bytes(b"")
        assert (await ws.receive()).data == b""


async def test_the_apps_close_code_arrives(tmp_path: Path, store_url: str) -> None:
    async with gateway(tmp_path, store_url) as gw, socket(gw) as ws:
        await ws.send_str("bye")
        closed = await ws.receive()
        assert (closed.type, closed.data, closed.extra) == (WSMsgType.CLOSE, 4001, "so long")


async def test_both_sides_at_once_lose_nothing(tmp_path: Path, store_url: str) -> None:
    pieces = [os.urandom(200_000) for _ in range(40)]
    async with gateway(tmp_path, store_url) as gw, socket(gw) as ws:

        async def send() -> None:
            for piece in pieces:
                await ws.send_bytes(piece)

        sending = asyncio.create_task(send())
        assert [(await ws.receive()).data for _ in pieces] == pieces
        await sending


async def test_a_flood_is_all_there_for_a_slow_reader(tmp_path: Path, store_url: str) -> None:
    async with gateway(tmp_path, store_url) as gw, socket(gw) as ws:
        await ws.send_str("flood")
        total = 0
        while (message := await ws.receive()).type is WSMsgType.BINARY:
            total += len(message.data)
        assert (total, message.data) == (64 << 20, "done")


@pytest.mark.threat(28)
async def test_row_28_in_a_session_a_websocket_is_closed(tmp_path: Path, store_url: str) -> None:
    async with gateway(tmp_path, store_url) as gw:
        session = await gw.enter(mode="read_write")
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        answer = await gw.get("/ws", {**session.headers, **upgrade})
        assert answer.status == 403
        assert (await answer.json())["code"] == "websocket_closed"
