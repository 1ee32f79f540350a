from __future__ import annotations

import asyncio

import pytest

from gateway.errors import GatewayError, UpstreamError
from gateway.upstream.client import Upstream
from tests.upstream.support import OK, PERMIT, Apps, Talk, always, once, request, whole


async def refused(upstream: Upstream, method: str = "GET") -> UpstreamError:
    """The error that a request ends in, at its head or in its body."""
    with pytest.raises(UpstreamError) as caught:
        await whole(await upstream.send(PERMIT, request(method)))
    return caught.value


async def test_a_request_arrives_as_it_was_given_and_the_response_comes_back(apps: Apps) -> None:
    heard = []

    async def script(talk: Talk) -> None:
        heard.append(await talk.head())
        await talk.say(b"HTTP/1.1 201 Made It\r\nX-One: 1\r\nx-one:2 \r\nContent-Length: 4\r\n\r\n")
        await talk.say(b"body")

    upstream = await apps.start(script)
    head = request("POST", "/a%2e/%41?q=%27", ((b"X-Remote-User", b"mei"), (b"accept", b"*/*")))
    response = await upstream.send(PERMIT, head, b"")

    assert heard == [
        b"POST /a%2e/%41?q=%27 HTTP/1.1\r\nHost: crm.example\r\nX-Remote-User: mei\r\n"
        b"accept: */*\r\nContent-Length: 0\r\n\r\n"
    ]
    assert (response.head.status, response.head.reason, response.length) == (201, b"Made It", 4)
    assert response.head.headers == ((b"X-One", b"1"), (b"x-one", b"2"), (b"Content-Length", b"4"))
    assert await whole(response) == b"body"


async def test_a_body_that_came_with_the_head_is_read_without_waiting(apps: Apps) -> None:
    upstream = await apps.start(always(OK))
    response = await upstream.send(PERMIT, request())
    with pytest.raises(StopIteration) as first:
        response.read().send(None)
    with pytest.raises(StopIteration) as second:
        response.read().send(None)
    assert (first.value.value, second.value.value) == (b"ok", b"")
    response.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 6\r\n\r\nabcdef",
        b"HTTP/1.1 200 OK\r\n\r\nabcdef",
        b"HTTP/1.0 200 OK\r\n\r\nabcdef",
    ],
)
async def test_every_way_to_end_a_body_works(apps: Apps, answer: bytes) -> None:
    upstream = await apps.start(once(answer))
    assert await whole(await upstream.send(PERMIT, request())) == b"abcdef"


async def test_responses_without_a_body_do_not_wait_for_one(apps: Apps) -> None:
    answer = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"
    upstream = await apps.start(always(answer))
    for method in ("GET", "HEAD", "GET"):
        response = await upstream.send(PERMIT, request(method))
        assert response.length == 0
        assert (b"Content-Length", b"500") in response.head.headers
        assert await whole(response) == b""
    assert apps.connections == 1


@pytest.mark.threat(50)
async def test_threat_50_redirects_are_answers_like_any_other(
    apps: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    redirect = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    upstream = await apps.start(always(redirect))
    response = await upstream.send(PERMIT, request())
    assert response.head.status == 302
    assert await whole(response) == b""


@pytest.mark.threat(19)
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nA: 1\r\n B\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA\x00: 1\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: caf\xe9\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n",
    ],
)
async def test_threat_19_an_app_that_lies_is_a_502_and_its_connection_is_closed(
    apps: Apps, answer: bytes
) -> None:
    left = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(answer)
        await talk.gone()
        left.set()

    upstream = await apps.start(script)
    error = await refused(upstream)
    assert (error.status, error.code) == (502, "upstream_malformed")
    await left.wait()


@pytest.mark.threat(19)
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_threat_19_an_app_that_stops_in_the_middle_is_a_502(
    apps: Apps, answer: bytes
) -> None:
    upstream = await apps.start(once(answer))
    error = await refused(upstream)
    assert (error.status, error.code) == (502, "upstream_cut_short")


@pytest.mark.threat(20)
async def test_threat_20_an_app_that_says_continue_unasked_is_read_past_it(apps: Apps) -> None:
    upstream = await apps.start(always(b"HTTP/1.1 100 Continue\r\n\r\n" + OK))
    assert await whole(await upstream.send(PERMIT, request("POST"), b"x" * 10)) == b"ok"


async def test_a_silent_app_is_a_504(apps: Apps) -> None:
    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nX: ")
        await talk.gone()

    upstream = await apps.start(script, total_timeout=0.05)
    error = await refused(upstream)
    assert (error.status, error.code) == (504, "upstream_timeout")


async def test_an_app_that_falls_silent_in_a_body_is_a_504(apps: Apps) -> None:
    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
        await talk.gone()

    upstream = await apps.start(script, read_timeout=0.05)
    response = await upstream.send(PERMIT, request())
    assert await response.read() == b"ok"
    with pytest.raises(UpstreamError) as caught:
        await response.read()
    response.close()
    assert caught.value.status == 504


async def test_chunk_framing_without_content_does_not_count_as_life(apps: Apps) -> None:
    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;")
        while not talk.reader.at_eof():
            await talk.say(b"")
            await asyncio.sleep(0.01)  # the trickle itself is what is tested
            await talk.say(b"x")

    upstream = await apps.start(script, read_timeout=0.08)
    assert (await refused(upstream)).code == "upstream_timeout"


async def test_an_event_stream_may_be_silent_for_longer_than_the_timeout(apps: Apps) -> None:
    wake = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        await talk.say(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        await wake.wait()
        await talk.say(b"data: 1\n\n")

    upstream = await apps.start(script, read_timeout=0.02)
    response = await upstream.send(PERMIT, request())
    asyncio.get_running_loop().call_later(0.1, wake.set)
    assert await whole(response) == b"data: 1\n\n"


async def test_events_come_one_by_one_as_they_are_sent(apps: Apps) -> None:
    heard = asyncio.Semaphore(0)

    async def script(talk: Talk) -> None:
        await talk.head()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked"
        await talk.say(head + b"\r\n\r\n")
        for number in range(5):
            await talk.say(b"9\r\ndata: %d\n\n\r\n" % number)
            await heard.acquire()
        await talk.say(b"0\r\n\r\n")

    upstream = await apps.start(script)
    response = await upstream.send(PERMIT, request())
    for number in range(5):
        assert await response.read() == b"data: %d\n\n" % number
        heard.release()
    assert await whole(response) == b""


async def test_an_app_that_is_not_there_is_a_502_that_says_nothing_was_sent(
    apps: Apps, free_port: int
) -> None:
    error = await refused(apps.upstream(port=free_port))
    assert (error.status, error.code) == (502, "upstream_unreachable")
    assert "Nothing was sent" in error.advice


async def test_a_name_that_does_not_exist_is_a_502(apps: Apps) -> None:
    error = await refused(apps.upstream(host="no-such-host.invalid", port=80))
    assert (error.status, error.code) == (502, "upstream_unreachable")


async def test_an_unsafe_request_reaches_nobody(apps: Apps) -> None:
    upstream = await apps.start(always(OK))
    with pytest.raises(GatewayError, match="unsafe_request"):
        await upstream.send(PERMIT, request(headers=((b"X", b"1\r\nY: 2"),)))
    assert apps.connections == 0


async def test_a_cancelled_request_leaves_nothing_behind(apps: Apps) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.head()
        asked.set()
        await talk.gone()
        left.set()

    upstream = await apps.start(script, max_connections=1)
    task = asyncio.create_task(upstream.send(PERMIT, request()))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await left.wait()


async def test_after_close_nothing_is_sent(apps: Apps) -> None:
    upstream = await apps.start(always(OK))
    assert await whole(await upstream.send(PERMIT, request())) == b"ok"
    await upstream.aclose()
    error = await refused(upstream)
    assert (error.status, error.code) == (503, "upstream_closed")
    assert apps.connections == 1
