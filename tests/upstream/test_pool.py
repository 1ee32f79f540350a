from __future__ import annotations

import asyncio
import os

import pytest

from gateway.errors import UpstreamError
from gateway.upstream.response import UpstreamResponse
from tests.upstream.support import OK, PERMIT, Apps, Talk, always, once, request, whole


async def test_requests_one_after_the_other_share_a_connection(apps: Apps) -> None:
    upstream = await apps.start(always(OK))
    for _ in range(5):
        assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    assert apps.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_a_connection_that_the_app_will_not_keep_is_not_used_again(
    apps: Apps, answer: bytes
) -> None:
    upstream = await apps.start(always(answer))
    for _ in range(2):
        assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    assert apps.connections == 2


async def test_a_response_that_was_not_read_to_its_end_costs_its_connection(apps: Apps) -> None:
    left = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok")
        await talk.gone()
        left.set()

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request())
    response.close()
    response.close()
    await left.wait()


@pytest.mark.threat(18)
async def test_threat_18_an_early_response_on_an_idle_connection_goes_to_nobody(apps: Apps) -> None:
    poisoned = asyncio.Event()
    evil = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(OK)
        if apps.connections == 1:
            await poison.wait()
            await talk.say(evil)
            poisoned.set()
        await talk.gone()

    poison = asyncio.Event()
    upstream = await apps.start(script)
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    poison.set()
    await poisoned.wait()
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    assert apps.connections == 2


@pytest.mark.threat(18)
async def test_threat_18_bytes_that_the_loop_has_not_seen_yet_are_seen(apps: Apps) -> None:
    """The early response sits in the socket; no turn of the loop lies between it and `send`."""
    writers: list[asyncio.StreamWriter] = []

    async def script(talk: Talk) -> None:
        writers.append(talk.writer)
        await talk.head()
        await talk.say(OK)
        await talk.gone()

    upstream = await apps.start(script)
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    raw = writers[0].get_extra_info("socket").fileno()
    os.write(raw, b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    assert apps.connections == 2


async def test_a_connection_that_the_app_closed_is_replaced_before_anything_is_sent(
    apps: Apps,
) -> None:
    closed = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(OK)
        talk.writer.close()
        await talk.writer.wait_closed()
        closed.set()

    upstream = await apps.start(script)
    for number in range(1, 4):
        assert await whole(await upstream.send(PERMIT, request("POST"), b"x")) == b"ok"
        await closed.wait()
        closed.clear()
        assert apps.connections == number


async def test_a_request_that_was_sent_is_never_sent_again(apps: Apps) -> None:
    heard = []

    async def script(talk: Talk) -> None:
        heard.append(await talk.head())
        await talk.say(OK)
        heard.append(await talk.head())  # and closes without an answer

    upstream = await apps.start(script)
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    with pytest.raises(UpstreamError, match="upstream_cut_short"):
        await upstream.send(PERMIT, request("DELETE"))
    assert [line.split()[0] for line in heard] == [b"GET", b"DELETE"]
    assert apps.connections == 1


async def test_an_idle_connection_is_closed_after_a_while(apps: Apps) -> None:
    left = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(OK)
        await talk.gone()
        left.set()

    upstream = await apps.start(script, idle_timeout=0.03)
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    await left.wait()


async def test_no_more_connections_than_allowed_and_the_next_waits_for_a_place(apps: Apps) -> None:
    upstream = await apps.start(always(OK), max_connections=2)
    held = [await upstream.send(PERMIT, request()) for _ in range(2)]
    waiting = [asyncio.create_task(upstream.send(PERMIT, request())) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    for response in held:
        assert await whole(response) == b"ok"
    for task in waiting:
        assert await whole(await task) == b"ok"
    assert apps.connections == 2


async def test_waiting_too_long_for_a_place_is_a_503(apps: Apps) -> None:
    upstream = await apps.start(always(OK), max_connections=1, connect_timeout=0.05)
    held = await upstream.send(PERMIT, request())
    for _ in range(2):
        with pytest.raises(UpstreamError) as caught:
            await upstream.send(PERMIT, request())
        assert (caught.value.status, caught.value.code) == (503, "upstream_busy")
    assert await whole(held) == b"ok"
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"


@pytest.mark.parametrize("release_first", [True, False])
async def test_a_place_is_not_lost_when_its_waiter_goes_away_as_it_comes(
    apps: Apps, release_first: bool
) -> None:
    upstream = await apps.start(always(OK), max_connections=1)
    held = await upstream.send(PERMIT, request())
    waiting = asyncio.create_task(upstream.send(PERMIT, request()))
    await asyncio.sleep(0)
    if release_first:
        held.close()
        waiting.cancel()
    else:
        waiting.cancel()
        held.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"


async def test_failures_give_their_places_back(apps: Apps, free_port: int) -> None:
    nowhere = apps.upstream(port=free_port, max_connections=1)
    for _ in range(3):
        with pytest.raises(UpstreamError, match="upstream_unreachable"):
            await nowhere.send(PERMIT, request())
    broken = await apps.start(once(b"nonsense\r\n\r\n"), max_connections=1)
    for _ in range(3):
        with pytest.raises(UpstreamError, match="upstream_malformed"):
            await broken.send(PERMIT, request())


async def test_many_at_once(apps: Apps) -> None:
    upstream = await apps.start(always(OK), max_connections=8)

    async def one() -> bytes:
        response: UpstreamResponse = await upstream.send(PERMIT, request())
        return await whole(response)

    assert await asyncio.gather(*[one() for _ in range(200)]) == [b"ok"] * 200
    assert apps.connections <= 8


async def test_closing_wakes_and_ends_everything(apps: Apps) -> None:
    left = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok")
        await talk.gone()
        left.set()

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request())
    assert await response.read() == b"ok"
    reading = asyncio.create_task(response.read())
    await asyncio.sleep(0)
    await upstream.aclose()
    with pytest.raises(UpstreamError):
        await reading
    response.close()
    await left.wait()


async def test_how_connecting_went_last_is_known(apps: Apps, free_port: int) -> None:
    upstream = await apps.start(always(OK))
    assert (upstream.seen.connected_at, upstream.seen.failed_at) == (0, 0)
    await whole(await upstream.send(PERMIT, request()))
    assert upstream.seen.connected_at > 0
    assert upstream.seen.fault == ""
    nobody = apps.upstream(port=free_port)
    with pytest.raises(UpstreamError):
        await nobody.send(PERMIT, request())
    assert (nobody.seen.connected_at, nobody.seen.fault) == (0, "upstream_unreachable")
    assert nobody.seen.failed_at > 0
