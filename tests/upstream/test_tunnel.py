from __future__ import annotations

import asyncio

import pytest

from gateway.errors import GatewayError, UpstreamError
from gateway.upstream.client import Upstream
from gateway.upstream.response import UpstreamResponse
from gateway.upstream.tunnel import Tunnel
from tests.upstream.support import OK, PERMIT, Apps, Script, Talk, once, request, whole

SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
KEY = (b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ==")


async def tunnel_to(upstream: Upstream) -> Tunnel:
    tunnel = await upstream.upgrade(PERMIT, request(target="/ws", headers=(KEY,)))
    assert isinstance(tunnel, Tunnel)
    return tunnel


def switching(then: Script) -> Script:
    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(SWITCH)
        await then(talk)

    return script


async def test_bytes_go_both_ways_until_the_app_closes(apps: Apps) -> None:
    heard = []

    async def script(talk: Talk) -> None:
        heard.append(await talk.head())
        await talk.say(SWITCH + b"first")
        heard.append(await talk.reader.readexactly(4))
        await talk.say(b"last")

    tunnel = await tunnel_to(await apps.start(script))
    assert tunnel.head.status == 101
    assert await tunnel.read() == b"first"
    tunnel.write(b"ping")
    await tunnel.drain()
    assert await tunnel.read() == b"last"
    assert await tunnel.read() == b""
    tunnel.close()
    assert heard == [
        b"GET /ws HTTP/1.1\r\nHost: crm.example\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"ping",
    ]


async def test_a_tunnel_may_be_silent_for_longer_than_the_timeouts(apps: Apps) -> None:
    wake = asyncio.Event()

    async def then(talk: Talk) -> None:
        await wake.wait()
        await talk.say(b"late")

    upstream = await apps.start(switching(then), read_timeout=0.02, idle_timeout=0.02)
    tunnel = await tunnel_to(upstream)
    asyncio.get_running_loop().call_later(0.1, wake.set)
    assert await tunnel.read() == b"late"
    tunnel.close()


@pytest.mark.threat(17)
async def test_threat_17_an_app_that_does_not_switch_gives_its_response(apps: Apps) -> None:
    upstream = await apps.start(once(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"))
    response = await upstream.upgrade(PERMIT, request(headers=(KEY,)))
    assert isinstance(response, UpstreamResponse)
    assert response.head.status == 403
    assert await whole(response) == b"no"


@pytest.mark.threat(17)
async def test_threat_17_a_connection_that_was_asked_to_switch_is_not_used_again(
    apps: Apps,
) -> None:
    async def script(talk: Talk) -> None:
        while True:
            await talk.head()
            await talk.say(OK)

    upstream = await apps.start(script)
    for _ in range(2):
        response = await upstream.upgrade(PERMIT, request(headers=(KEY,)))
        assert isinstance(response, UpstreamResponse)
        assert await whole(response) == b"ok"
    assert apps.connections == 2


@pytest.mark.threat(17)
@pytest.mark.parametrize("method", ["POST", "HEAD", "get"])
async def test_threat_17_only_get_can_ask_for_a_switch(apps: Apps, method: str) -> None:
    upstream = await apps.start(once(SWITCH))
    with pytest.raises(GatewayError, match="unsafe_request"):
        await upstream.upgrade(PERMIT, request(method, headers=(KEY,)))
    assert apps.connections == 0


@pytest.mark.threat(17)
async def test_threat_17_a_switch_to_another_protocol_is_a_502(apps: Apps) -> None:
    other = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"
    upstream = await apps.start(once(other))
    with pytest.raises(UpstreamError) as caught:
        await upstream.upgrade(PERMIT, request(headers=(KEY,)))
    assert (caught.value.status, caught.value.code) == (502, "upstream_malformed")


async def test_closing_sends_what_was_written_and_wakes_the_reader(apps: Apps) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    start = asyncio.Event()

    async def then(talk: Talk) -> None:
        await start.wait()
        heard.set_result(await talk.gone())

    tunnel = await tunnel_to(await apps.start(switching(then)))
    reading = asyncio.create_task(tunnel.read())
    await asyncio.sleep(0)
    tunnel.write(b"x" * 4_000_000)
    tunnel.close()
    tunnel.close()
    with pytest.raises(UpstreamError, match="upstream_abandoned"):
        await reading
    with pytest.raises(UpstreamError, match="upstream_abandoned"):
        tunnel.write(b"more")
    with pytest.raises(UpstreamError, match="upstream_abandoned"):
        await tunnel.drain()
    start.set()
    assert len(await heard) == 4_000_000


async def test_aborting_sends_nothing_more(apps: Apps) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
    start = asyncio.Event()

    async def then(talk: Talk) -> None:
        await start.wait()
        heard.set_result(await talk.gone())

    tunnel = await tunnel_to(await apps.start(switching(then)))
    tunnel.write(b"x" * 40_000_000)
    tunnel.abort()
    start.set()
    assert len(await heard) < 40_000_000


async def test_an_app_that_takes_nothing_holds_the_writer_up_and_then_fails_it(
    apps: Apps,
) -> None:
    done = asyncio.Event()

    async def then(talk: Talk) -> None:
        await done.wait()

    tunnel = await tunnel_to(await apps.start(switching(then), read_timeout=0.1))
    with pytest.raises(UpstreamError, match="upstream_timeout"):
        await flood(tunnel)
    done.set()
    tunnel.abort()


async def flood(tunnel: Tunnel) -> None:
    while True:
        tunnel.write(bytes(65536))
        await tunnel.drain()


async def test_a_connection_that_breaks_is_not_a_clean_end(apps: Apps) -> None:
    async def then(talk: Talk) -> None:
        await talk.reader.readexactly(1)
        talk.writer.transport.abort()

    tunnel = await tunnel_to(await apps.start(switching(then)))
    tunnel.write(b"xyz" * 100_000)  # unread bytes at the app's end turn its close into a reset
    with pytest.raises(UpstreamError, match="upstream_cut_short"):
        await tunnel.read()
    tunnel.abort()


async def test_a_tunnel_holds_a_place_and_gives_it_back(apps: Apps) -> None:
    async def then(talk: Talk) -> None:
        await talk.gone()

    upstream = await apps.start(switching(then), max_connections=1, connect_timeout=0.05)
    tunnel = await tunnel_to(upstream)
    with pytest.raises(UpstreamError, match="upstream_busy"):
        await upstream.upgrade(PERMIT, request(headers=(KEY,)))
    tunnel.close()
    (await tunnel_to(upstream)).abort()
