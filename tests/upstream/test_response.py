from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.errors import UpstreamError
from gateway.upstream.response import UpstreamResponse
from tests.upstream.support import OK, PERMIT, Apps, Talk, always, once, request, whole

MIB = 1 << 20
BLOCK = bytes(64 * 1024)


async def read_on(response: UpstreamResponse) -> None:
    """Read until it fails, whatever the end says before that."""
    while True:
        await response.read()
        await asyncio.sleep(0)


def resident() -> int:
    """Bytes of memory that this process, the app's end included, holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def test_an_app_that_sends_faster_than_we_read_is_made_to_wait(apps: Apps) -> None:
    stalled: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def script(talk: Talk) -> None:
        await talk.head()
        total = 64 * MIB
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total)
        for sent in range(0, total, len(BLOCK)):
            talk.writer.write(BLOCK)
            try:
                await asyncio.wait_for(asyncio.shield(talk.writer.drain()), 0.3)
            except TimeoutError:
                if not stalled.done():
                    stalled.set_result(sent)
                await talk.writer.drain()

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request())
    assert await stalled < 16 * MIB  # the sockets' own buffers, and 64 KiB of ours
    total = 0
    while piece := await response.read():
        total += len(piece)
    response.close()
    assert total == 64 * MIB


async def test_a_large_download_keeps_memory_flat(apps: Apps) -> None:
    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(128 * MIB // len(BLOCK)):
            await talk.say(b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK))
        await talk.say(b"0\r\n\r\n")

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request())
    before, most, total = resident(), 0, 0
    while piece := await response.read():
        total += len(piece)
        if total % (4 * MIB) < len(piece):
            most = max(most, resident())
    response.close()
    assert total == 128 * MIB
    assert most - before < 16 * MIB


@pytest.mark.parametrize("length", [128 * MIB, None])
async def test_a_large_upload_keeps_memory_flat(apps: Apps, length: int | None) -> None:
    async def script(talk: Talk) -> None:
        await talk.head()
        taken, last = 0, b""
        while taken < 128 * MIB or (length is None and not last.endswith(b"\r\n0\r\n\r\n")):
            piece = await talk.reader.read(MIB)
            taken += len(piece)
            last = last[-10:] + piece
        await talk.say(OK)

    most = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal most
        for number in range(128 * MIB // len(BLOCK)):
            if number % 64 == 0:
                most = max(most, resident())
            yield bytes([number % 256]) * len(BLOCK)  # each has memory of its own

    upstream = await apps.start(script)
    before = resident()
    response = await upstream.send(PERMIT, request("PUT"), body(), length)
    assert await whole(response) == b"ok"
    assert most - before < 16 * MIB


async def test_an_upload_goes_on_while_the_response_comes(apps: Apps) -> None:
    """An app that echoes: each piece is read back before the next one is written."""

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        for _ in range(5):
            await talk.say(await talk.reader.readexactly(1))
        await talk.gone()

    echoed = asyncio.Queue[bytes]()

    async def body() -> AsyncIterator[bytes]:
        for letter in (b"a", b"b", b"c", b"d", b"e"):
            yield letter
            assert await echoed.get() == letter

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request("POST"), body(), 5)
    for letter in (b"a", b"b", b"c", b"d", b"e"):
        assert await response.read() == letter
        echoed.put_nowait(letter)
    assert await whole(response) == b""


async def test_an_answer_before_the_end_of_the_request_ends_the_request(apps: Apps) -> None:
    left, ended = asyncio.Event(), asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await talk.gone()
        left.set()

    async def body() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            await asyncio.Event().wait()
        finally:
            for _ in range(5):  # a body may need some turns of the loop to let go
                await asyncio.sleep(0)
            ended.set()

    # Half a request is on the connection: it is closed at once, not kept for the next one.
    upstream = await apps.start(script, idle_timeout=600)
    response = await upstream.send(PERMIT, request("POST"), body())
    assert response.head.status == 413
    assert await response.read() == b"no"
    assert await response.read() == b""
    assert ended.is_set()  # nobody reads the client's body any more when the end is told
    response.close()
    await left.wait()


async def test_an_app_that_takes_no_more_of_a_request_is_a_504(apps: Apps) -> None:
    done = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await done.wait()

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield BLOCK

    upstream = await apps.start(script, read_timeout=0.1)
    with pytest.raises(UpstreamError) as caught:
        await upstream.send(PERMIT, request("POST"), body())
    done.set()
    assert (caught.value.status, caught.value.code) == (504, "upstream_timeout")


async def test_an_app_that_is_silent_after_an_upload_is_a_504(apps: Apps) -> None:
    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.gone()

    async def body() -> AsyncIterator[bytes]:
        for _ in range(5):
            await asyncio.sleep(0)  # so that the response is waited for before the request's end
        yield b"a"

    upstream = await apps.start(script, total_timeout=0.05)
    with pytest.raises(UpstreamError) as caught:
        await upstream.send(PERMIT, request("POST"), body())
    assert (caught.value.status, caught.value.code) == (504, "upstream_timeout")


async def test_a_read_that_is_given_up_may_be_taken_up_again(apps: Apps) -> None:
    """No clock runs while nobody waits."""
    go = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        await go.wait()
        await talk.say(b"ok")

    upstream = await apps.start(script, read_timeout=0.1)
    response = await upstream.send(PERMIT, request())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(response.read(), 0.02)
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.2, passed.set)
    await passed.wait()
    go.set()
    assert await whole(response) == b"ok"


async def test_a_whole_response_outlives_its_connection(apps: Apps) -> None:
    upstream = await apps.start(once(OK))
    response = await upstream.send(PERMIT, request())
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"  # the first is gone by now
    assert await whole(response) == b"ok"


async def test_a_slow_client_is_not_the_apps_fault(apps: Apps) -> None:
    """The clock for the app does not run while the request waits for its client."""
    more = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        assert await talk.reader.readexactly(2) == b"ab"
        await talk.say(OK)

    async def body() -> AsyncIterator[bytes]:
        yield b"a"
        await more.wait()
        yield b"b"

    upstream = await apps.start(script, total_timeout=0.05, read_timeout=0.05)
    asyncio.get_running_loop().call_later(0.2, more.set)
    response = await upstream.send(PERMIT, request("POST"), body(), 2)
    assert await whole(response) == b"ok"


async def test_a_slow_reader_is_not_the_apps_fault(apps: Apps) -> None:
    upstream = await apps.start(always(OK), read_timeout=0.03)
    response = await upstream.send(PERMIT, request())
    passed = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, passed.set)
    await passed.wait()
    assert await whole(response) == b"ok"


async def test_what_the_clients_body_raises_is_raised_and_the_app_sees_no_end(apps: Apps) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def script(talk: Talk) -> None:
        await talk.head()
        heard.set_result(await talk.gone())

    async def body() -> AsyncIterator[bytes]:
        yield b"abc"
        raise ConnectionResetError("the client went away")

    upstream = await apps.start(script)
    with pytest.raises(ConnectionResetError, match="went away"):
        await upstream.send(PERMIT, request("POST"), body())
    assert not (await heard).endswith(b"0\r\n\r\n")


async def test_a_clients_body_that_breaks_off_breaks_the_response_off(apps: Apps) -> None:
    answered = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
        await talk.gone()

    async def body() -> AsyncIterator[bytes]:
        yield b"abc"
        await answered.wait()
        raise ConnectionResetError("the client went away")

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request("POST"), body())
    answered.set()
    with pytest.raises(ConnectionResetError, match="went away"):
        await whole(response)


async def test_whoever_waits_is_told_when_the_response_is_closed(apps: Apps) -> None:
    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
        await talk.gone()

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request())
    assert await response.read() == b"ok"
    reading = asyncio.create_task(response.read())
    await asyncio.sleep(0)
    response.close()
    with pytest.raises(UpstreamError, match="upstream_abandoned"):
        await reading


async def test_a_closed_response_gives_nothing_and_never_looks_complete(apps: Apps) -> None:
    upstream = await apps.start(always(OK))
    response = await upstream.send(PERMIT, request())
    response.close()
    other = await upstream.send(PERMIT, request())
    with pytest.raises(UpstreamError, match="upstream_abandoned"):
        await response.read()
    response.close()
    assert await whole(other) == b"ok"
    assert apps.connections == 1


@pytest.mark.threat(18)
async def test_threat_18_surplus_bytes_that_come_before_the_end_is_read_spoil_it(
    apps: Apps,
) -> None:
    more, said = asyncio.Event(), asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(OK)
        await more.wait()
        await talk.say(b"evil")
        said.set()
        await talk.gone()

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request())
    assert await response.read() == b"ok"
    more.set()
    await said.wait()
    with pytest.raises(UpstreamError, match="bytes follow its end"):
        await read_on(response)
    response.close()
